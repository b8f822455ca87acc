"""Handing out what is kept: the whole client list, or all there is of one client."""

from __future__ import annotations

from modules.client_data import ClientData
from modules.contract import Module
from modules.exports import resolvers, rules
from modules.exports.events import ExportAsked

module = Module(
    name="exports",
    requires=["accounts", "clients"],
    schema=[
        resolvers.BusinessExports,
        resolvers.ExportMutations,
        *resolvers.GETTERS,
    ],
    events=[ExportAsked],
    reactions={ExportAsked: [rules.WRITING]},
    sweeps=[rules.sweep],
    client_data=[ClientData(table="exports", name="exports", hidden=True, stays=True)],
)

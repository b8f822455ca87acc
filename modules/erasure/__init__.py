"""Deleting a client's file for good, down to the last trace, and the receipts of it."""

from __future__ import annotations

from modules.contract import Module
from modules.erasure import resolvers, rules

module = Module(
    name="erasure",
    requires=["accounts", "clients"],
    schema=[
        resolvers.ErasureQueries,
        resolvers.BusinessErasures,
        resolvers.ErasureMutations,
        *resolvers.GETTERS,
    ],
    jobs={rules.FINISH: rules.FINISHING},
    sweeps=[rules.resume],
)

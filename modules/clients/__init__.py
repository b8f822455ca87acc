"""The client list: one file per person, found by any part of name, mail address or phone number."""

from __future__ import annotations

from modules.clients import resolvers
from modules.clients.events import ClientCreated, ClientsImported, ClientUpdated
from modules.contract import Module

module = Module(
    name="clients",
    requires=["accounts"],
    schema=[
        resolvers.BusinessClients,
        resolvers.ClientMutations,
    ],
    events=[ClientCreated, ClientUpdated, ClientsImported],
)

"""The client list: one file per person, found by any part of name, mail address or phone number."""

from __future__ import annotations

from modules.belongings import Belonging
from modules.clients.events import (
    ClientCreated,
    ClientFieldChanged,
    ClientsChanged,
    ClientsImported,
    ClientsTakenBack,
    ClientUpdated,
)
from modules.clients.resolvers import SCHEMA
from modules.contract import Module

module = Module(
    name="clients",
    requires=["accounts", "services"],
    schema=SCHEMA,
    belongings=[
        Belonging(table="client_notes", name="notes"),
        Belonging(table="client_consents", name="consents"),
    ],
    events=[
        ClientCreated,
        ClientUpdated,
        ClientFieldChanged,
        ClientsImported,
        ClientsChanged,
        ClientsTakenBack,
    ],
)

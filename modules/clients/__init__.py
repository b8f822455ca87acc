"""The client list: one file per person, found by any part of name, mail address or phone number."""

from __future__ import annotations

from modules.accounts.events import TeamMemberRemoved
from modules.client_data import ClientData
from modules.clients import rules
from modules.clients.events import (
    ClientCreated,
    ClientDeleted,
    ClientFieldChanged,
    ClientsChanged,
    ClientSegmentChanged,
    ClientsImported,
    ClientsMerged,
    ClientsTakenBack,
    ClientsUnmerged,
    ClientUpdated,
    ClientVerificationAsked,
    ClientVerified,
)
from modules.clients.notices import EMAILS
from modules.clients.profile import FIELDS
from modules.clients.resolvers import SCHEMA
from modules.contract import Module

module = Module(
    name="clients",
    requires=["accounts", "services"],
    schema=SCHEMA,
    client_data=[
        ClientData(table="client_notes", name="notes"),
        ClientData(table="client_consents", name="consents"),
        ClientData(table="client_links", name="links", hidden=True, stays=True),
    ],
    events=[
        ClientCreated,
        ClientUpdated,
        ClientFieldChanged,
        ClientSegmentChanged,
        ClientsImported,
        ClientsChanged,
        ClientsTakenBack,
        ClientVerificationAsked,
        ClientVerified,
        ClientDeleted,
        ClientsMerged,
        ClientsUnmerged,
    ],
    settings=[rules.ClientSettings],
    reactions={TeamMemberRemoved: [rules.readmit]},
    sweeps=[rules.sort_in],
    every_minute=[rules.refold],
    emails=EMAILS,
    profile=FIELDS,
)

"""Groups of clients, and services that only some clients can see and book."""

from __future__ import annotations

from modules.appointments.hooks import MAY_BOOK, MAY_MOVE
from modules.client_data import ClientData
from modules.clients.hooks import MISSING
from modules.contract import Module
from modules.groups.events import GroupCreated, GroupDeleted, GroupMembersChanged, GroupUpdated
from modules.groups.resolvers import SCHEMA
from modules.groups.resolvers.audience import chosen_for
from modules.groups.rules import GroupSettings, may_book, may_move, missing, refold
from modules.services.hooks import CHOSEN

module = Module(
    name="groups",
    requires=["accounts", "clients", "services", "appointments"],
    schema=SCHEMA,
    client_data=[
        ClientData(table="group_members", name="groups", shows=("group_id", "added_at")),
        ClientData(table="service_clients", name="services for them", shows=("service_id",)),
    ],
    events=[GroupCreated, GroupUpdated, GroupMembersChanged, GroupDeleted],
    settings=[GroupSettings],
    every_minute=[refold],
    hooks={MAY_BOOK: may_book, MAY_MOVE: may_move, MISSING: missing, CHOSEN: chosen_for},
)

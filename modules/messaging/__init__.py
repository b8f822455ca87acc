"""Sends the messages other modules cause, and keeps a ledger of every one."""

from __future__ import annotations

from modules.accounts.events import AccountMerged, AddressConfirmed
from modules.client_data import ClientData
from modules.contract import Module
from modules.emails import SUPPRESSED
from modules.messaging import pages, resolvers, rules
from modules.messaging.events import AddressSuppressed, AddressUnsuppressed, MessageResent

module = Module(
    name="messaging",
    requires=("accounts",),
    schema=(
        resolvers.BusinessMessages,
        resolvers.SuppressionAddress,
        resolvers.MessageMutations,
        *resolvers.GETTERS,
    ),
    events=(MessageResent, AddressSuppressed, AddressUnsuppressed),
    reactions={AddressConfirmed: [rules.release], AccountMerged: [rules.release]},
    hooks={SUPPRESSED: rules.suppressed},
    client_data=(
        ClientData(
            table="messages",
            name="messages",
            shows=("kind", "recipient", "status", "created_at", "sent_at"),
        ),
    ),
    mailer=rules.open_mailer,
    routes=pages.routes,
)

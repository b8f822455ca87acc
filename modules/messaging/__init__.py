"""Sends the messages other modules cause, and keeps a ledger of every one."""

from __future__ import annotations

from modules.belongings import Belonging
from modules.contract import Module
from modules.messaging import rules

module = Module(
    name="messaging",
    requires=("accounts",),
    belongings=(
        Belonging(
            table="messages",
            name="messages",
            shows=("kind", "recipient", "status", "created_at", "sent_at"),
        ),
    ),
    post_office=rules.open_post_office,
)

"""Sends the messages other modules cause, and keeps a ledger of every one."""

from __future__ import annotations

from modules.contract import Module
from modules.messaging import rules

module = Module(name="messaging", requires=("accounts",), post_office=rules.open_post_office)

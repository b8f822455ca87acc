"""People, the businesses they run or work for, and how they get in."""

from __future__ import annotations

from modules.accounts import rules
from modules.accounts.events import EVENTS, PasswordResetRequested
from modules.accounts.notices import EMAILS
from modules.contract import Module

module = Module(
    name="accounts",
    events=EVENTS,
    reactions={PasswordResetRequested: [rules.find_accounts]},
    emails=EMAILS,
    authenticate=rules.authenticate,
)

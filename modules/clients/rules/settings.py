"""What a business asks of whoever wants to be its client."""

from __future__ import annotations

from collections.abc import Collection

from modules.accounts.rules import attempts, has_account, with_account
from modules.errors import Refusal
from modules.settings import read, settings
from modules.viewer import Viewer

UNKNOWN_PER_BUSINESS = attempts.INVITATIONS_PER_BUSINESS
"""How often a business may learn that an address has no account."""


class ClientHasNoAccount(Refusal):
    """This business only keeps files on people who have an account."""

    code = "CLIENT_HAS_NO_ACCOUNT"
    remedy = "Invite them, or let an owner allow files without an account in the settings."
    client_message = "This business only takes addresses that people sign in with."
    client_remedy = "Use the address you sign in with."


@settings(table="client_settings")
class ClientSettings:
    """What a business says about its clients."""

    require_client_account: bool = False
    """Whether files are kept only on people who have an account with their address."""
    accepts_new_clients: bool = True
    """Whether whoever is no client yet may open a file on themselves, on the business's own site.

    Remembered for that site: what the team opens or invites is opened whatever is said here."""


async def check_account(by: Viewer, email: str | None) -> None:
    """Let pass an address with an account, where the business insists on accounts.

    Refuses: ClientHasNoAccount; TooManyAttempts, after so many of those that it is guessing.
    """
    business_id = by.of_business()
    if not (await read(ClientSettings, business_id)).require_client_account:
        return
    limits = [attempts.Limit("no account", str(business_id), UNKNOWN_PER_BUSINESS)]
    await attempts.check(limits)
    if email is None or not await has_account(email):
        await attempts.count(limits)
        raise ClientHasNoAccount(field="email")


async def without_account(by: Viewer, emails: Collection[str]) -> set[str]:
    """Name the addresses, in their one form, no file may be opened for here; usually none."""
    if not (await read(ClientSettings, by.of_business())).require_client_account:
        return set()
    return set(emails) - await with_account(emails)

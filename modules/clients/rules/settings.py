"""What a business asks of whoever wants to be its client."""

from __future__ import annotations

from collections.abc import Collection
from typing import TypedDict, Unpack
from uuid import UUID

from modules.accounts.rules import attempts, has_account, with_account
from modules.clients.events import ClientSettingsChanged
from modules.clients.models import ClientSettings
from modules.errors import InvalidInput, Refusal
from modules.events import record
from modules.viewer import Viewer
from storage.database import execute

UNKNOWN_PER_BUSINESS = attempts.INVITATIONS_PER_BUSINESS
"""How often a business may learn that an address has no account."""


class ClientHasNoAccount(Refusal):
    """This business only keeps files on people who have an account."""

    code = "CLIENT_HAS_NO_ACCOUNT"
    remedy = "Invite them, or let an owner allow files without an account in the settings."


class SettingsChanges(TypedDict, total=False):
    """What can be changed about the settings; what is left out stays."""

    require_client_account: bool | None
    accepts_new_clients: bool | None


async def settings_of(business_id: UUID) -> ClientSettings:
    """Read a business's settings; the defaults where it never said anything."""
    known = await ClientSettings.get_or_none(business_id=business_id)
    return known or ClientSettings(business_id=business_id)


async def update_settings(by: Viewer, **changes: Unpack[SettingsChanges]) -> UUID:
    """Change the settings; gives the business. Refuses: InvalidInput."""
    business_id = by.of_business()
    asked = {column: _known(column, value) for column, value in changes.items()}
    await execute(
        "INSERT INTO client_settings (business_id) VALUES ($1) ON CONFLICT DO NOTHING", business_id
    )
    held = await ClientSettings.filter(business_id=business_id).select_for_update().get()
    changed = [column for column, value in asked.items() if getattr(held, column) != value]
    if changed:
        await ClientSettings.filter(business_id=business_id).update(**asked)
        record(ClientSettingsChanged(business_id=business_id, subject=business_id, changed=changed))
    return business_id


async def check_account(by: Viewer, email: str | None) -> None:
    """Let pass an address with an account, where the business insists on accounts.

    Refuses: ClientHasNoAccount; TooManyAttempts, after so many of those that it is guessing.
    """
    business_id = by.of_business()
    if not (await settings_of(business_id)).require_client_account:
        return
    limits = [attempts.Limit("no account", str(business_id), UNKNOWN_PER_BUSINESS)]
    await attempts.check(limits)
    if email is None or not await has_account(email):
        await attempts.count(limits)
        raise ClientHasNoAccount(field="email")


async def without_account(by: Viewer, emails: Collection[str]) -> set[str]:
    """Name the addresses, in their one form, no file may be opened for here; usually none."""
    if not (await settings_of(by.of_business())).require_client_account:
        return set()
    return set(emails) - await with_account(emails)


def _known(column: str, value: object) -> bool:
    if column not in SettingsChanges.__annotations__:
        raise TypeError(f"there is no setting {column}")
    if not isinstance(value, bool):
        raise InvalidInput("This is either true or false.", field=column)
    return value

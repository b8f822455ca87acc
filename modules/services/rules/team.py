"""The people who work here and can be booked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict, Unpack
from uuid import UUID

from tortoise.expressions import F

from modules import text
from modules.errors import Checks, InvalidInput, NotFound
from modules.events import record
from modules.services import models
from modules.services.events import StaffChanged
from modules.services.rules import performers, values
from modules.viewer import Viewer
from storage import database

_NOTHING = {"version": F("version")}
"""An update of no column, which counts as a change all the same."""


class AccountAlreadyStaff(InvalidInput):
    """Another member of staff has this account."""

    code = "ACCOUNT_ALREADY_STAFF"
    remedy = "Unlink it there first, or link another account."


class StaffDetails(TypedDict, total=False):
    """What may be said about a member of staff."""

    colour: str | None
    active: bool
    account_id: UUID | None
    """Whom they sign in as, if they do."""
    service_ids: Sequence[UUID]
    """The services they perform: exactly these."""


class StaffChanges(StaffDetails, total=False):
    """What can be changed about a member of staff; what is left out stays."""

    name: str


async def create_staff(by: Viewer, *, name: str, **rest: Unpack[StaffDetails]) -> UUID:
    """Add somebody to the team; they are at work once they have hours."""
    asked: dict[str, Any] = {"colour": None, **rest, "name": name}
    service_ids = asked.pop("service_ids", None) or ()
    columns = await _tidied(by, asked)
    staff = await models.Staff.create(business_id=by.of_business(), **columns)
    await performers.performs(by, staff_id=staff.id, service_ids=service_ids)
    changed(by, staff.id)
    return staff.id


async def update_staff(by: Viewer, *, staff_id: UUID, **changes: Unpack[StaffChanges]) -> UUID:
    """Change a member of staff; whoever is not active can no longer be booked.

    Refuses: NotFound and what `create_staff` refuses.
    """
    asked: dict[str, Any] = dict(changes)
    service_ids = asked.pop("service_ids", None)
    columns = await _tidied(by, asked, staff_id)
    if not await by.rows(models.Staff).filter(id=staff_id).update(**columns or _NOTHING):
        raise NotFound("There is no such member of staff.", field="id")
    if service_ids is not None:
        await performers.performs(by, staff_id=staff_id, service_ids=service_ids)
    changed(by, staff_id)
    return staff_id


def changed(by: Viewer, staff_id: UUID) -> None:
    """Note that something about a member of staff is not what it was."""
    record(StaffChanged(business_id=by.of_business(), subject=staff_id))


async def _tidied(
    by: Viewer, asked: Mapping[str, Any], staff_id: UUID | None = None
) -> dict[str, Any]:
    """Check all that is said about a member of staff, and refuse all that is wrong together."""
    checks, columns = Checks(), {}
    for column, value in asked.items():
        with checks:
            columns[column] = await _tidy(by, column, value, staff_id)
    checks.done()
    return columns


async def _tidy(by: Viewer, column: str, value: Any, staff_id: UUID | None = None) -> Any:
    """Check one column of a member of staff, and put it into the form it is kept in."""
    match column:
        case "name":
            return text.name(value, column)
        case "colour":
            return values.colour(value)
        case "account_id" if value is not None:
            return await _colleague(by, value, staff_id)
        case "account_id":
            return None
        case "active":
            return values.known(value, column)
        case _:
            raise TypeError(f"staff have no {column}")


async def _colleague(by: Viewer, account_id: UUID, staff_id: UUID | None) -> UUID:
    # Whoever leaves the team, or is linked elsewhere, at this moment does so before or after us.
    member = await database.fetchval(
        "SELECT id FROM memberships WHERE business_id = $1 AND account_id = $2"
        " AND role <> 'CLIENT' FOR NO KEY UPDATE",
        by.of_business(), account_id,
    )  # fmt: skip
    if member is None:
        raise NotFound("Nobody with this account works here.", field="account_id")
    linked = by.rows(models.Staff).filter(account_id=account_id).exclude(id=staff_id)
    if await linked.exists():
        raise AccountAlreadyStaff(field="account_id")
    return account_id

"""Asking the team behind this service to take a list over: done within two business days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from modules import mail_address
from modules.accounts.rules import card
from modules.clients.rules import ClientChanges, Facts, facts, tidy
from modules.errors import Checks, NotFound, Refusal
from modules.events import record
from modules.imports import models
from modules.imports.events import ImportRequestChanged, ImportRequested
from modules.imports.models import ImportRequestStatus
from modules.text import paragraphs
from modules.viewer import Viewer
from modules.zones import ZoneInfo
from storage import database
from storage.log import change
from storage.process import here

DAYS = 2
CLOSING = time(18)
SATURDAY = 6
OPEN = (ImportRequestStatus.REQUESTED, ImportRequestStatus.IN_PROGRESS)


class RequestOpen(Refusal):
    """You asked for this already."""

    code = "REQUEST_OPEN"
    remedy = "Change or cancel the request that is open."


class RequestOver(Refusal):
    """This request is done or was cancelled."""

    code = "REQUEST_OVER"
    remedy = "Make a new request."


def due(asked: datetime, zone: ZoneInfo) -> datetime:
    """Tell by when it is done: two business days later, at the end of the day there."""
    day, left = asked.astimezone(zone).date(), DAYS
    while left:
        day += timedelta(days=1)
        left -= day.isoweekday() < SATURDAY
    return datetime.combine(day, CLOSING, tzinfo=zone).astimezone(UTC)


async def request(
    by: Viewer,
    *,
    note: str | None = None,
    contact_email: str | None = None,
    contact_phone: str | None = None,
    client_import_id: UUID | None = None,
) -> UUID:
    """Ask for a list to be taken over; whoever looks after the server and the owners get a mail."""
    if (business := await card(by.of_business())) is None:
        raise NotFound("There is no such business.")
    given: ClientChanges = {"email": contact_email, "phone": contact_phone}
    known, checks = await facts(by), Checks()
    with checks:
        contact = _contact(given, known)
    with checks:
        note = paragraphs(note, "note", limit=5_000)
    with checks:
        await _check_import(by, client_import_id)
    checks.done()
    if await by.rows(models.ImportRequest).filter(status__in=OPEN).exists():
        raise RequestOpen
    made = await models.ImportRequest.create(
        business_id=by.of_business(),
        account_id=by.account_id,
        note=note,
        contact_email=contact.get("email"),
        contact_phone=contact.get("phone"),
        client_import_id=client_import_id,
        operator_email=mail_address.optional(here.settings.operator_email),
        due_at=due(datetime.now(UTC), ZoneInfo(business.zone)),
    )
    record(ImportRequested(business_id=by.of_business(), subject=made.id))
    return made.id


async def _check_import(by: Viewer, import_id: UUID | None) -> None:
    """Make sure that an upload is there, if one is named. Refuses: NotFound."""
    if import_id is None:
        return
    if not await by.rows(models.ClientImport).filter(id=import_id).exists():
        raise NotFound("There is no such import.", field="client_import_id")


def _contact(given: ClientChanges, known: Facts) -> dict[str, Any]:
    """Check how to reach whoever asks; refusals name the fields as this input calls them."""
    try:
        return tidy(given, known).columns
    except Refusal as refusal:
        for each in refusal.every:
            each.field = (f"contact_{each.field[0]}", *each.field[1:])
        raise


async def change_request(by: Viewer, *, request_id: UUID, status: ImportRequestStatus) -> UUID:
    """Say how far a request is."""
    rows = by.rows(models.ImportRequest)
    found = await rows.select_for_update(no_key=True).get_or_none(id=request_id)
    if found is None:
        raise NotFound("There is no such request.", field="id")
    if found.status not in OPEN:
        raise RequestOver
    await rows.filter(id=request_id).update(status=status)
    record(ImportRequestChanged(business_id=by.of_business(), subject=request_id))
    return request_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A request somebody has to see to."""

    id: UUID
    business: str
    status: str
    due_at: datetime
    created_at: datetime
    note: str | None
    contact: str | None


async def waiting() -> list[Waiting]:
    """List the open requests of all businesses, the one due first first: for the operator."""
    return [Waiting(**row) for row in await database.fetch(_WAITING)]


async def settle(request_id: UUID) -> bool:
    """Mark a request of any business as done, for the operator; False when none like it is open."""
    business_id = await database.fetchval(_WHOSE, request_id)
    if business_id is None:
        return False
    async with change(actor=None, business_id=business_id):
        operator = Viewer.on_behalf(business_id)
        await change_request(operator, request_id=request_id, status=ImportRequestStatus.DONE)
    return True


_WAITING = """
SELECT r.id, b.name AS business, r.status, r.due_at, r.created_at, r.note,
    nullif(concat_ws(', ', r.contact_email, r.contact_phone), '') AS contact
FROM import_requests r JOIN businesses b ON b.id = r.business_id
WHERE r.status IN ('REQUESTED', 'IN_PROGRESS') ORDER BY r.due_at, r.id"""
_WHOSE = """
SELECT business_id FROM import_requests
WHERE id = $1 AND status IN ('REQUESTED', 'IN_PROGRESS')"""

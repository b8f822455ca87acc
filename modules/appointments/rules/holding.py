"""Holding a time for whoever is about to book it: minutes, which end by themselves."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from modules.appointments.events import SlotHeld, SlotReleased
from modules.appointments.rules import alternatives, assigning, facts, taking, windows
from modules.appointments.rules.offering import Segment, Wish
from modules.appointments.rules.refusals import HoldExpired, SlotTaken, TooManyHolds
from modules.errors import Checks
from modules.events import record
from modules.services.rules import BookingSettings, now
from modules.settings import read
from modules.viewer import TEAM, Viewer
from storage import database

MOST = 3
"""How many times one account or network address holds at once at a business; the team has more."""
MOST_OF_TEAM = 50
MOST_OF_STRANGERS = 30
"""How many times all who are not signed in hold together, so that nobody takes them all."""

_HOLD = """
INSERT INTO slot_holds (id, business_id, account_id, address, starts_at, ends_at, staff_ids, during,
    expires_at)
SELECT $1, $2, $3, $4, $5, $6, $7, array_agg(tstzrange(since, until) ORDER BY n), $10
FROM unnest($8::timestamptz[], $9::timestamptz[]) WITH ORDINALITY AS span (since, until, n)"""
_HELD = """
SELECT count(*) FILTER (WHERE CASE WHEN $2::uuid IS NULL THEN account_id IS NULL AND address = $3
        ELSE account_id = $2 END) AS own,
    count(*) FILTER (WHERE account_id IS NULL) AS strangers
FROM slot_holds WHERE business_id = $1 AND expires_at > now()"""
_RELEASE = """
DELETE FROM slot_holds WHERE id = $1 AND business_id = $2 AND account_id IS NOT DISTINCT FROM $3
    AND expires_at > now()
RETURNING starts_at, ends_at"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A time that is held."""

    secret: str
    expires_at: datetime
    segments: Sequence[Segment]


async def hold(
    by: Viewer,
    *,
    starts_at: datetime,
    service_id: UUID | None = None,
    staff_id: UUID | None = None,
    segments: Sequence[Wish] | None = None,
) -> Hold:
    """Keep others from a time for some minutes, as many as the business has set.

    Only what could be booked can be held. Whoever has its secret books the time.

    Refuses: NotFound, InvalidInput, StartsInPast, TooSoon, TooFarAhead, SlotTaken, TooManyHolds.
    """
    wishes: Sequence[Wish] = ()
    checks = Checks()
    with checks:
        wishes = taking.wished(service_id, staff_id, segments)
        taking.check_number(wishes, "service_id" if segments is None else "segments")
    with checks:
        facts.in_time(by, starts_at, entered=False)
    field = assigning.alone if segments is None else taking.listed
    await taking.check_wishes(by, wishes, field, checks)
    checks.done()
    await windows.may_book(
        by,
        service_ids=[wish.service_id for wish in wishes],
        starts_at=starts_at,
        requested=True,
    )
    business_id = by.of_business()
    await _limit(by)
    chosen = await assigning.segments(by, wishes, starts_at, field)
    if not chosen:
        raise SlotTaken(
            alternatives=await alternatives.nearest_visits(by, wishes, around=starts_at)
        )
    minutes = (await read(BookingSettings, business_id)).hold_minutes
    held = Hold(
        secret=secrets.token_urlsafe(24),
        expires_at=now() + timedelta(minutes=minutes),
        segments=chosen,
    )
    ends_at = chosen[-1].ends_at
    await database.execute(
        _HOLD, _key(held.secret), business_id, by.account_id, by.address, starts_at, ends_at,
        [each.staff_id for each in chosen], [each.taken_from for each in chosen],
        [each.taken_until for each in chosen], held.expires_at,
    )  # fmt: skip
    record(
        SlotHeld(business_id=business_id, subject=business_id, starts_at=starts_at, ends_at=ends_at)
    )
    return held


async def release(by: Viewer, *, secret: str) -> datetime:
    """Give a time back before it ends by itself; answers when it starts. Refuses: HoldExpired."""
    return await _give_back(by, secret)


async def use(by: Viewer, secret: str, starts_at: datetime) -> None:
    """Give a time back in the transaction that books it, and no other. Refuses: HoldExpired."""
    if await _give_back(by, secret) != starts_at:
        raise HoldExpired("What is held starts at another time.", field="hold")


async def drop_expired() -> None:
    """Forget what ended by itself."""
    await database.execute("DELETE FROM slot_holds WHERE expires_at < now() - interval '1 minute'")


async def _give_back(by: Viewer, secret: str) -> datetime:
    business_id = by.of_business()
    row = await database.fetchrow(_RELEASE, _key(secret), business_id, by.account_id)
    if row is None:
        raise HoldExpired(field="hold")
    starts_at: datetime = row["starts_at"]
    record(
        SlotReleased(
            business_id=business_id,
            subject=business_id,
            starts_at=starts_at,
            ends_at=row["ends_at"],
        )
    )
    return starts_at


def _key(secret: str) -> UUID:
    """Give what is kept of a secret."""
    return UUID(bytes=sha256(secret.encode()).digest()[:16])


async def _limit(by: Viewer) -> None:
    # Those who hold at one business do so one after another: else many at once were not counted.
    await database.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('slot_holds ' || $1, 0))",
        str(by.of_business()),
    )
    row = await database.fetchrow(_HELD, by.of_business(), by.account_id, by.address)
    assert row is not None  # it counts
    most = MOST_OF_TEAM if by.role in TEAM else MOST
    if row["own"] >= most or (by.account_id is None and row["strangers"] >= MOST_OF_STRANGERS):
        raise TooManyHolds

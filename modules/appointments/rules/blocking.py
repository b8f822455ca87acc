"""Blocking time on the calendar: it takes somebody's time as an appointment does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, TypedDict, Unpack
from uuid import UUID

from modules.appointments.events import (
    BlockedBefore,
    BlockedTimeUpdated,
    TimeBlocked,
    TimeUnblocked,
)
from modules.appointments.models import BlockedTime
from modules.appointments.rules.refusals import TimeTaken
from modules.errors import Checks, InvalidInput, NotFound, OutOfRange, checked
from modules.events import record
from modules.services.rules import EndsBeforeStart
from modules.text import line
from modules.viewer import Viewer
from storage import database

LONGEST = timedelta(days=31)
FAR = timedelta(days=5 * 366)
"""How far from today blocked time may lie, either way."""
MOST = 2_000
"""Blocked times of one member of staff that are not over."""
TOLD = 10
"""How much of what is in the way is told."""

_HOLD = "SELECT id FROM staff WHERE business_id = $1 AND id = ANY($2) ORDER BY id FOR NO KEY UPDATE"
_IN_THE_WAY = """
SELECT k.taker_id, a.id AS appointment_id, b.id AS blocked_id
FROM claims k
LEFT JOIN appointments a ON a.business_id = k.business_id AND a.id = k.taker_id
LEFT JOIN blocked_times b ON b.business_id = k.business_id AND b.id = k.taker_id
WHERE k.business_id = $1 AND k.holder_id = $2 AND k.during && tstzrange($3, $4)
    AND k.taker_id IS DISTINCT FROM $5::uuid AND (k.expires_at IS NULL OR k.expires_at > now())
ORDER BY k.during LIMIT $6"""


class BlockedTimeChanges(TypedDict, total=False):
    """What can be changed about blocked time; what is left out stays."""

    staff_id: UUID
    starts_at: datetime
    ends_at: datetime
    reason: str | None


async def block_time(
    by: Viewer, *, staff_id: UUID, starts_at: datetime, ends_at: datetime, reason: str | None = None
) -> UUID:
    """Keep somebody from being booked for a while; answers the blocked time's id.

    Refuses: NotFound, InvalidInput, EndsBeforeStart, OutOfRange, TimeTaken, TextTooLong,
    TextNotAllowed.
    """
    reason = _checked(starts_at, ends_at, reason)
    await _hold(by, [staff_id])
    await _free(by, staff_id, starts_at, ends_at)
    kept = await database.fetchval(
        "SELECT count(*) FROM blocked_times"
        " WHERE business_id = $1 AND staff_id = $2 AND ends_at > now()",
        by.of_business(), staff_id,
    )  # fmt: skip
    if kept >= MOST:
        raise OutOfRange("At most {most} blocked times are kept.", field="starts_at", most=MOST)
    made = await BlockedTime.create(
        business_id=by.of_business(),
        staff_id=staff_id,
        starts_at=starts_at,
        ends_at=ends_at,
        reason=reason,
    )
    record(
        TimeBlocked(
            business_id=by.of_business(),
            subject=made.id,
            staff_id=staff_id,
            starts_at=starts_at,
            ends_at=ends_at,
        )
    )
    return made.id


async def update_blocked_time(
    by: Viewer, *, blocked_time_id: UUID, **changes: Unpack[BlockedTimeChanges]
) -> UUID:
    """Move blocked time, give it to somebody else, or say another reason; answers its id.

    Refuses: NotFound and what `block_time` refuses.
    """
    values = checked(changes, _given)
    held = await _held(by, blocked_time_id)
    before = BlockedBefore(starts_at=held.starts_at, ends_at=held.ends_at, staff_id=held.staff_id)
    held.update_from_dict(values)
    held.reason = _checked(held.starts_at, held.ends_at, held.reason)
    await _hold(by, [before.staff_id, held.staff_id])
    await _free(by, held.staff_id, held.starts_at, held.ends_at, moving=held.id)
    await held.save(update_fields=["staff_id", "starts_at", "ends_at", "reason"])
    record(
        BlockedTimeUpdated(
            business_id=held.business_id,
            subject=held.id,
            staff_id=held.staff_id,
            starts_at=held.starts_at,
            ends_at=held.ends_at,
            before=before,
        )
    )
    return held.id


async def unblock_time(by: Viewer, *, blocked_time_id: UUID) -> UUID:
    """Let somebody be booked again where time was blocked; answers who. Refuses: NotFound."""
    held = await _held(by, blocked_time_id)
    await held.delete()
    record(
        TimeUnblocked(
            business_id=held.business_id,
            subject=held.id,
            staff_id=held.staff_id,
            starts_at=held.starts_at,
            ends_at=held.ends_at,
        )
    )
    return held.staff_id


def _given(name: str, value: Any) -> Any:
    """Check one change by itself: only the reason can be taken away."""
    if name not in BlockedTimeChanges.__annotations__:
        raise TypeError(f"blocked time has no {name}")
    if value is None and name != "reason":
        raise InvalidInput("This has a value: leave it out to keep it.", field=name)
    return value


def _checked(starts_at: datetime, ends_at: datetime, reason: str | None) -> str | None:
    """Check what blocked time says by itself."""
    checks, now = Checks(), datetime.now(UTC)
    for name, at in (("starts_at", starts_at), ("ends_at", ends_at)):
        with checks:
            if at.tzinfo is None:
                raise InvalidInput("An instant needs a zone.", field=name)
            if not now - FAR < at < now + FAR:
                raise OutOfRange(
                    "Blocked time has to lie within five years from today.", field=name
                )
    checks.done()
    with checks:
        if ends_at <= starts_at:
            raise EndsBeforeStart(field="ends_at")
        if ends_at - starts_at > LONGEST:
            raise OutOfRange("Time is blocked for at most 31 days at once.", field="ends_at")
    with checks:
        reason = line(reason, "reason", limit=200)
    checks.done()
    return reason


async def _hold(by: Viewer, staff_ids: list[UUID]) -> None:
    """Let others who move something to the same staff wait, in one order. Refuses: NotFound."""
    found = await database.fetch(_HOLD, by.of_business(), staff_ids)
    if len(found) < len(set(staff_ids)):
        raise NotFound("There is no such member of staff.", field="staff_id")


async def _held(by: Viewer, blocked_time_id: UUID) -> BlockedTime:
    rows = by.rows(BlockedTime).filter(id=blocked_time_id).select_for_update(no_key=True)
    held: BlockedTime | None = await rows.first()
    if held is None:
        raise NotFound("There is no such blocked time.", field="id")
    return held


async def _free(
    by: Viewer,
    staff_id: UUID,
    starts_at: datetime,
    ends_at: datetime,
    moving: UUID | None = None,
) -> None:
    """Make sure that nothing else takes this time. Refuses: TimeTaken."""
    rows = await database.fetch(
        _IN_THE_WAY, by.of_business(), staff_id, starts_at, ends_at, moving, TOLD
    )
    if rows:
        raise TimeTaken(
            field="starts_at",
            appointments=[row["appointment_id"] for row in rows if row["appointment_id"]],
            blocked_times=[row["blocked_id"] for row in rows if row["blocked_id"]],
        )


async def is_blocked(by: Viewer, staff_id: UUID, starts_at: datetime, ends_at: datetime) -> bool:
    """Tell whether blocked time takes some of this time of somebody."""
    found: bool = await database.fetchval(
        "SELECT EXISTS (SELECT FROM blocked_times WHERE business_id = $1 AND staff_id = $2"
        " AND starts_at < $4 AND ends_at > $3)",
        by.of_business(), staff_id, starts_at, ends_at,
    )  # fmt: skip
    return found

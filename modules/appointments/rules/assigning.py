"""Who performs what, where anybody will do: whoever has least to do that day, then by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from modules.appointments.rules.availability import availability
from modules.appointments.rules.offering import Segment, Visit, Wanted, Wish
from modules.services.rules import terms
from modules.viewer import Viewer

MINUTE = timedelta(minutes=1)


async def assigned(by: Viewer, wishes: Sequence[Wish], starts_at: datetime) -> Sequence[UUID]:
    """Choose staff for services that begin at an instant, one after another; nobody: none.

    It is the choice that is made for times that are offered.
    """
    return [segment.staff_id for segment in await segments(by, wishes, starts_at)]


async def segments(by: Viewer, wishes: Sequence[Wish], starts_at: datetime) -> Sequence[Segment]:
    """Say when each of these services would be, and with whom; nothing where it cannot be done."""
    known = await terms(by, [wish.service_id for wish in wishes])
    if not all(wish.service_id in known for wish in wishes):
        return ()
    wanted = [Wanted(known[wish.service_id], wish.staff_id) for wish in wishes]
    found = await availability(
        by.of_business(),
        known,
        since=starts_at,
        until=starts_at + MINUTE,
        longest=sum((one.needs.service + one.needs.after for one in wanted), timedelta()),
    )
    at_once = replace(found, offered=1 << found.window.minute(starts_at))
    if not all(one.service.active for one in wanted):
        return ()
    visit = Visit(at_once, wanted).between(starts_at, starts_at + MINUTE)
    return next((found for found in visit if found), ())

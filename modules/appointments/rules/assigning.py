"""Who performs what, where anybody will do: whoever has least to do that day, then by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from modules.appointments.rules.availability import availability
from modules.appointments.rules.offering import Segment, Visit, Wanted, Wish
from modules.errors import NotFound
from modules.services.rules import terms
from modules.viewer import Viewer

MINUTE = timedelta(minutes=1)

Field = Callable[[int, str], Sequence[str]]


def alone(_: int, name: str) -> Sequence[str]:
    """Name a field of what is wanted where it is no list."""
    return (name,)


async def assigned(
    by: Viewer, wishes: Sequence[Wish], starts_at: datetime, field: Field = alone
) -> Sequence[UUID]:
    """Choose staff for services that begin at an instant, one after another; nobody: none.

    It is the choice that is made for times that are offered.
    """
    return [segment.staff_id for segment in await segments(by, wishes, starts_at, field)]


async def segments(
    by: Viewer, wishes: Sequence[Wish], starts_at: datetime, field: Field = alone
) -> Sequence[Segment]:
    """Say when each of these services would be, and with whom; nothing where it cannot be done.

    `field` names a field of a wish, counted from 1. Refuses: NotFound, for services that somebody
    may not know of.
    """
    known = await terms(by, [wish.service_id for wish in wishes])
    for position, wish in enumerate(wishes, 1):
        if wish.service_id not in known:
            raise NotFound("There is no such service.", field=field(position, "service_id"))
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

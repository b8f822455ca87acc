"""Blocked time: reading, changing and watching it."""

from __future__ import annotations

from datetime import datetime

from modules.accounts.types import told
from modules.appointments import models, rules
from modules.appointments.events import (
    BlockedTimeEvent,
    BlockedTimeUpdated,
    TimeBlocked,
    TimeUnblocked,
)
from modules.appointments.types import (
    BlockedTime,
    BlockedTimeBefore,
    BlockedTimeChange,
    BlockedTimeChangeKind,
    BlockTimeInput,
    Calendar,
    UnblockTimeInput,
    UpdateBlockedTimeInput,
)
from modules.errors import InvalidInput, NotFound
from modules.services.rules import EndsBeforeStart, OutOfRange, now
from modules.services.types import Staff
from modules.text import TextNotAllowed, TextTooLong
from modules.viewer import Viewer
from schema import (
    Connection,
    Happened,
    IdOf,
    Many,
    Mutation,
    Parent,
    Payload,
    Subscription,
    derive,
    extend,
    given,
    mutation,
    ref,
    rows,
    subscription,
)

KINDS = {
    TimeBlocked: BlockedTimeChangeKind.BLOCKED,
    BlockedTimeUpdated: BlockedTimeChangeKind.UPDATED,
    TimeUnblocked: BlockedTimeChangeKind.UNBLOCKED,
}
REFUSES = (
    InvalidInput,
    EndsBeforeStart,
    OutOfRange,
    rules.TimeTaken,
    TextTooLong,
    TextNotAllowed,
    NotFound,
)


@extend(Calendar)
class CalendarBlockedTimes:
    """A calendar shows blocked time."""

    @rows
    @staticmethod
    def blocked_times(calendar: Parent[Calendar], viewer: Viewer) -> Many[BlockedTime]:
        """The blocked time in this stretch, in the order it begins."""
        found = viewer.rows(models.BlockedTime).filter(
            business_id=calendar.business_id,
            starts_at__lt=calendar.until,
            ends_at__gt=calendar.since,
        )
        if calendar.staff_ids is not None:
            found = found.filter(staff_id__in=calendar.staff_ids)
        return found.order_by("starts_at", "id")


@extend(Staff)
class StaffBlockedTimes:
    """Staff have blocked time."""

    @rows
    @staticmethod
    def blocked_times(
        staff: Parent[Staff], viewer: Viewer, include_past: bool = False
    ) -> Connection[BlockedTime]:
        """Their blocked time, in the order it begins.

        Args:
            include_past: Also blocked time that is over.
        """
        found = viewer.rows(models.BlockedTime).filter(staff_id=staff.id).order_by("starts_at")
        return found if include_past else found.filter(ends_at__gt=derive(now))


@extend(Mutation)
class BlockedTimeMutations:
    """Blocking time, moving it, giving it back."""

    @mutation(refuses=REFUSES)
    @staticmethod
    async def block_time(by: Viewer, input: BlockTimeInput) -> Payload[BlockedTime]:
        """Keep somebody from being booked for a while; it takes time as an appointment does."""
        return await rules.block_time(
            by,
            staff_id=input.staff_id,
            starts_at=input.starts_at,
            ends_at=input.ends_at,
            reason=input.reason,
        )

    @mutation(updates=BlockedTime, refuses=REFUSES)
    @staticmethod
    async def update_blocked_time(
        by: Viewer, input: UpdateBlockedTimeInput
    ) -> Payload[BlockedTime]:
        """Move blocked time, give it to somebody else, or say another reason."""
        return await rules.update_blocked_time(by, blocked_time_id=input.id, **given(input))

    @mutation(deletes=BlockedTime, refuses=(NotFound,))
    @staticmethod
    async def unblock_time(by: Viewer, input: UnblockTimeInput) -> Payload[Staff]:
        """Let somebody be booked again where their time was blocked."""
        return await rules.unblock_time(by, blocked_time_id=input.id)


@extend(Subscription)
class BlockedTimeSubscriptions:
    """Watching blocked time."""

    @subscription(TimeBlocked, BlockedTimeUpdated, TimeUnblocked)
    @staticmethod
    def blocked_time_changes(
        happened: Happened,
        from_: datetime | None = None,
        to: datetime | None = None,
        staff_ids: list[IdOf[Staff]] | None = None,
    ) -> BlockedTimeChange | None:
        """What happens to blocked time, as it happens, and first what happened since `after`.

        A change is delivered when it concerns the stretch and the staff watched, also when the
        blocked time leaves them.

        Args:
            from_: The beginning of the stretch watched; without it, all the past.
            to: The end of the stretch watched; without it, all the future.
            staff_ids: Only blocked time of these; without it, of everybody.
        """
        event = happened.event
        if not isinstance(event, BlockedTimeEvent):
            return None
        before = event.before
        if not any(
            (from_ is None or place.ends_at > from_)
            and (to is None or place.starts_at < to)
            and (staff_ids is None or place.staff_id in staff_ids)
            for place in (event, before)
            if place is not None
        ):
            return None
        was = None
        if before is not None:
            was = BlockedTimeBefore(
                starts_at=before.starts_at,
                ends_at=before.ends_at,
                staff=ref(Staff, before.staff_id),
            )
        return BlockedTimeChange(
            kind=KINDS[type(event)],
            **told(happened, BlockedTime),
            blocked_time=ref(BlockedTime, event.subject),
            before=was,
        )

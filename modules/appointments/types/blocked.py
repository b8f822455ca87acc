"""Blocked time as the API shows it."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

from strawberry import UNSET

from modules.accounts.types import Change
from modules.appointments import models
from modules.services.types import Staff
from schema import IdOf, Node, VersionedInput, enum, input, object, table


@table(models.BlockedTime, prefix="blt")
class BlockedTime(Node):
    """Time in which somebody cannot be booked, as it stands in the calendar."""

    staff: Staff
    """The member of staff whose time is blocked."""
    starts_at: datetime
    """When the blocked time begins."""
    ends_at: datetime
    """When the blocked time ends."""
    reason: str | None
    """Why it is blocked, for the team."""
    version: int
    """Grows with every change: send it along with an update."""


@input
class BlockTimeInput:
    """Time in which somebody cannot be booked."""

    staff_id: IdOf[Staff]
    """The member of staff whose time is blocked."""
    starts_at: datetime
    """When it begins, within five years from today."""
    ends_at: datetime
    """When it ends, at most 31 days later."""
    reason: str | None = None
    """Why, for the team; up to 200 characters."""


@input
class UpdateBlockedTimeInput(VersionedInput):
    """What to change about blocked time; what is left out stays."""

    id: IdOf[BlockedTime]
    """The blocked time to change."""
    staff_id: IdOf[Staff] | None = UNSET
    """The member of staff whose time is blocked from now on."""
    starts_at: datetime | None = UNSET
    """When it begins, within five years from today."""
    ends_at: datetime | None = UNSET
    """When it ends, at most 31 days after it begins."""
    reason: str | None = UNSET
    """Why, for the team; up to 200 characters, null for no reason."""


@input
class UnblockTimeInput:
    """Blocked time that can be booked again."""

    id: IdOf[BlockedTime]
    """The blocked time to remove."""


@enum
class BlockedTimeChangeKind(Enum):
    """What happened to blocked time."""

    BLOCKED = "BLOCKED"
    """Time was blocked that could be booked before."""
    UPDATED = "UPDATED"
    """It moved, went to somebody else, or has another reason."""
    UNBLOCKED = "UNBLOCKED"
    """It can be booked again."""


@object
class BlockedTimeBefore:
    """Where blocked time was before a change."""

    starts_at: datetime
    """When it began before the change."""
    ends_at: datetime
    """When it ended before the change."""
    staff: Staff
    """The member of staff whose time it was."""


@object
class BlockedTimeChange(Change):
    """Something that happened to blocked time."""

    kind: BlockedTimeChangeKind
    """What happened to the blocked time."""
    blocked_time: BlockedTime | None
    """The blocked time as it is now; null when it was removed."""
    before: BlockedTimeBefore | None
    """Where it was before; null unless it was updated."""

"""The calendar of a business."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from modules.accounts.types import Business
from modules.appointments import rules
from modules.appointments.types import (
    Calendar,
)
from modules.services.types import Staff
from modules.viewer import Viewer
from modules.zones import midnight
from schema import (
    IdOf,
    Parent,
    check,
    derive,
    extend,
    nested,
)


@extend(Business)
class BusinessCalendar:
    """A business has a calendar."""

    @nested
    @staticmethod
    def calendar(  # noqa: PLR0917 - a client names what it sends
        business: Parent[Business],
        viewer: Viewer,
        day: date | None = None,
        days: int = 1,
        from_: datetime | None = None,
        to: datetime | None = None,
        staff_ids: list[IdOf[Staff]] | None = None,
        include_cancelled: bool = False,
    ) -> Calendar:
        """A stretch of the calendar.

        Its days are the business's, whatever the zone of whoever looks: one, or several, or what
        lies between two instants.

        Args:
            day: The first day, as the business counts them; today, when nothing is said.
            days: How many days are shown, 1 to 62.
            from_: The beginning, included, in place of a day.
            to: The end, not included; at most 62 days later. It goes with `from`.
            staff_ids: Only appointments with these; without it, with everybody.
            include_cancelled: Also what was cancelled or declined, or has expired.
        """
        since, until = _stretch(viewer, day, days, from_, to)
        return Calendar(
            business_id=business.id,
            since=since,
            until=until,
            staff_ids=staff_ids,
            cancelled=include_cancelled,
        )


def _stretch(viewer: Viewer, day: Any, days: Any, from_: Any, to: Any) -> tuple[datetime, datetime]:
    """Say from when to when a calendar goes. Refuses: RangeInvalid."""
    if from_ is None and to is None:
        check(rules.check_days, day, days)
        since, until = (
            derive(midnight, day, after, viewer.zone, sql_type="timestamptz") for after in (0, days)
        )
        return since, until
    check(rules.check_ends, from_, to, day)
    return to if from_ is None else from_, from_ if to is None else to

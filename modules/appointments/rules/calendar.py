"""Which stretch of time a calendar shows."""

from __future__ import annotations

from datetime import datetime, timedelta

from modules.appointments.rules.refusals import RangeInvalid
from modules.services.rules import LONGEST

WIDEST = timedelta(days=62)
"""Two months, with the days around them that a calendar shows."""


def check_range(from_: datetime, to: datetime) -> None:
    """Make sure that a calendar can show this stretch. Refuses: RangeInvalid."""
    if to <= from_:
        raise RangeInvalid("The calendar has to end after it starts.", field="to")
    if to - from_ > WIDEST:
        raise RangeInvalid("A calendar shows at most 62 days.", field="to")
    if not 1900 <= from_.year <= to.year <= 2200:
        raise RangeInvalid("A calendar shows the years from 1900 to 2200.", field="from")


def longest_before(from_: datetime) -> datetime:
    """Say when whatever is still under way at this instant has started at the earliest."""
    return from_ - timedelta(minutes=LONGEST)

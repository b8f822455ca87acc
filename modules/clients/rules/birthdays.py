"""When a client was born."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from modules.errors import InvalidInput


class BirthdayInvalid(InvalidInput):
    """That cannot be a birthday."""

    code = "BIRTHDAY_INVALID"
    remedy = "Choose a day between 1900 and today."


def birthday(day: date | None, field: str) -> date | None:
    """Check a day of birth. Refuses: BirthdayInvalid."""
    # Tomorrow is allowed for: somewhere it is that day already.
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    if day is not None and not date(1900, 1, 1) <= day <= tomorrow:
        raise BirthdayInvalid(field=field)
    return day

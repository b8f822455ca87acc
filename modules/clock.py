"""Moments and days by the clock of a business, as SQL."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from pypika_tortoise.context import SqlContext
from pypika_tortoise.terms import Term

from modules.zones import offset, on_the_wall

_INSTANT = len("2026-03-29 07:30:00")


def _zone_of(business_id: Any, ctx: SqlContext) -> str:
    key = business_id.get_sql(ctx)
    return f"(SELECT zone FROM businesses WHERE id = {key})"  # noqa: S608 -- a column of ours


class OnTheWall(Term):
    """An instant by the clock of a business, as text.

    PostgreSQL gives the instant and the zone; which time that is there, Python's rules decide.
    """

    written: ClassVar[Any] = staticmethod(on_the_wall)

    def __init__(self, instant: Term, business_id: Term) -> None:
        """Take the instant, and whose clock it is."""
        super().__init__()
        self.instant, self.business_id = instant, business_id

    def get_sql(self, ctx: SqlContext) -> str:
        """Write it."""
        instant, zone = self.instant.get_sql(ctx), _zone_of(self.business_id, ctx)
        return f"to_char({instant} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') || {zone}"

    @classmethod
    def read(cls, text: str) -> str:
        """Make of what PostgreSQL gives what the field shows."""
        instant, zone = text[:_INSTANT], text[_INSTANT:]
        shown: str = cls.written(datetime.fromisoformat(f"{instant}+00:00"), zone)
        return shown


class Offset(OnTheWall):
    """How far the clock of a business is ahead of UTC at an instant, as text."""

    written = staticmethod(offset)


class Before(Term):
    """The instant some minutes before another one."""

    def __init__(self, instant: Term, minutes: int) -> None:
        """Take the instant and the minutes."""
        super().__init__()
        self.instant, self.minutes = instant, minutes

    def get_sql(self, ctx: SqlContext) -> str:
        """Write it."""
        instant = self.instant.get_sql(ctx)
        return f"({instant}::timestamptz - interval '{self.minutes} minutes')"


class Seconds(Term):
    """An instant as seconds, in which every zone agrees."""

    def __init__(self, instant: Term) -> None:
        """Take the instant."""
        super().__init__()
        self.instant = instant

    def get_sql(self, ctx: SqlContext) -> str:
        """Write it."""
        instant = self.instant.get_sql(ctx)
        return f"extract(epoch FROM {instant}::timestamptz)::text"

"""The scalars of the API, and how their values travel in JSON."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any, NewType

import orjson
import strawberry
from graphql import GraphQLError
from strawberry.scalars import JSON
from strawberry.types.scalar import ScalarDefinition

from storage.codecs import show_instant

LONGEST_INSTANT = 40
LARGEST_AMOUNT = 2**53 - 1
"""The largest whole number that every reader of JSON keeps exactly."""

MinorUnits = NewType("MinorUnits", int)
"""An amount of money: GraphQL's own `Int` ends at 2,147,483,647, which a sum can exceed."""


def _instant(value: object) -> datetime:
    if not isinstance(value, str) or len(value) > LONGEST_INSTANT:
        raise GraphQLError("An instant is a string such as 2026-03-29T09:30:00Z.")
    try:
        read = datetime.fromisoformat(value)
    except ValueError as error:
        raise GraphQLError("An instant is written like 2026-03-29T09:30:00Z.") from error
    if read.tzinfo is None or read.utcoffset() is None:
        raise GraphQLError("An instant needs a zone: end it with Z or an offset like +02:00.")
    try:
        exact = read.astimezone(UTC)
    except OverflowError as error:
        raise GraphQLError("That instant is outside the calendar.") from error
    return exact.replace(microsecond=exact.microsecond // 1000 * 1000)


def _day(value: object) -> date:
    try:
        if isinstance(value, str) and len(value) == len("2026-03-29"):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise GraphQLError("A date is a string such as 2026-03-29.")


def _wall_time(value: object) -> time:
    try:
        if isinstance(value, str) and len(value) in (5, 8) and value[2] == ":":
            return time.fromisoformat(value)
    except ValueError:
        pass
    raise GraphQLError("A wall time is a string such as 09:30.")


def _amount(value: object) -> int:
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    if isinstance(value, bool) or not whole:
        raise GraphQLError("An amount is a whole number of the currency's smallest unit.")
    amount = int(value)  # type: ignore[call-overload]  # a number, as was just found
    if abs(amount) > LARGEST_AMOUNT:
        raise GraphQLError(f"An amount is at most {LARGEST_AMOUNT}, either way.")
    return int(amount)


def show_wall_time(value: time) -> str:
    """Write a wall time as HH:MM, with seconds only when there are any."""
    return value.isoformat("minutes" if not value.second else "seconds")


SCALARS: dict[object, ScalarDefinition] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="An instant, RFC 3339 with an offset: `2026-03-29T09:30:00+02:00`, to the"
        " millisecond. Answers are all of one form: `2026-03-29T07:30:00.000Z`.",
        specified_by_url="https://scalars.graphql.org/andimarek/date-time.html",
        serialize=show_instant,
        parse_value=_instant,
    ),
    date: strawberry.scalar(
        name="Date",
        description="A calendar day, RFC 3339: `2026-03-29`.",
        specified_by_url="https://scalars.graphql.org/andimarek/local-date.html",
        serialize=date.isoformat,
        parse_value=_day,
    ),
    time: strawberry.scalar(
        name="LocalTime",
        description="A wall time in the business's zone, as HTML writes it, `HH:MM` or"
        " `HH:MM:SS`: `09:30`.",
        specified_by_url="https://html.spec.whatwg.org/multipage/common-microsyntaxes.html#valid-time-string",
        serialize=show_wall_time,
        parse_value=_wall_time,
    ),
    MinorUnits: strawberry.scalar(
        name="MinorUnits",
        description="An amount of money in its currency's smallest unit, as a whole JSON number of"
        " at most 53 bits: 3500 is 35.00 euros. Unlike `Int` it may exceed 2147483647.",
        serialize=int,
        parse_value=_amount,
    ),
}

WRITERS: dict[str, Callable[[Any], Any]] = {
    "DateTime": show_instant,
    "LocalTime": show_wall_time,
    "JSON": lambda value: orjson.Fragment(value) if isinstance(value, str) else value,
    "String": str,
    "ID": str,
}
"""How a value of a scalar becomes JSON; one that is not named here orjson writes as it is."""

OPTIONS = orjson.OPT_UTC_Z
"""Instants are written with `Z`."""

__all__ = ["JSON", "OPTIONS", "SCALARS", "WRITERS", "MinorUnits"]

"""Which clients: conditions to be combined."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, cast

from strawberry import UNSET
from tortoise.expressions import Q

from modules.clients.profile import How
from modules.clients.types.profiled import filters
from modules.services.types import Staff
from schema import IdOf, MinorUnits, input


@input
class TimeFilter:
    """When something happened, or will; what is left out does not matter."""

    after: datetime | None = UNSET
    """At this instant or later."""
    before: datetime | None = UNSET
    """Before this instant."""
    never: bool | None = UNSET
    """True: not at all. False: at some time."""

    def of(self, column: str) -> Iterator[Q]:
        """Give the conditions that a column has to meet."""
        if _given(self.after):
            yield Q(**cast(Any, {f"{column}__gte": self.after}))
        if _given(self.before):
            yield Q(**cast(Any, {f"{column}__lt": self.before}))
        if _given(self.never):
            yield Q(**cast(Any, {f"{column}__isnull": self.never}))


class _Bounds:
    """What has to lie within bounds."""

    at_least: Any
    at_most: Any

    def of(self, column: str) -> Iterator[Q]:
        """Give the conditions that a column has to meet."""
        if _given(self.at_least):
            yield Q(**{f"{column}__gte": self.at_least})
        if _given(self.at_most):
            yield Q(**{f"{column}__lte": self.at_most})


@input
class NumberFilter(_Bounds):
    """How many; what is left out does not matter."""

    at_least: int | None = UNSET
    """This or more."""
    at_most: int | None = UNSET
    """This or less."""


@input
class AmountFilter(_Bounds):
    """How much money; what is left out does not matter."""

    at_least: MinorUnits | None = UNSET
    """This or more, in the currency's smallest unit."""
    at_most: MinorUnits | None = UNSET
    """This or less, in the currency's smallest unit."""


@input
@filters(
    {
        How.KNOWN: bool,
        How.TIME: TimeFilter,
        How.NUMBER: NumberFilter,
        "preferred_staff": list[IdOf[Staff]],
    }
)
class ClientFilter:
    """Which clients: those that meet every condition that is set.

    A list of alternatives that is empty is met by nobody.
    """

    and_: list[ClientFilter] | None = UNSET
    """All of these filters."""
    or_: list[ClientFilter] | None = UNSET
    """At least one of these filters."""
    not_: ClientFilter | None = UNSET
    """Not this filter; that includes those of whom it cannot be told."""


def _given(value: Any) -> bool:
    return value is not None and value is not UNSET

"""Which clients: conditions to be combined."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, cast

from strawberry import UNSET
from tortoise.expressions import Q, Subquery

from modules.accounts.types import Business
from modules.clients.profile import How
from modules.clients.types.profiled import filters
from modules.services.types import MoneyInput, Staff
from modules.viewer import Viewer
from modules.zones import midnight
from schema import IdOf, derive, input, is_given, model_of


@input
class TimeFilter:
    """When something happened, or will; what is left out does not matter."""

    after: datetime | None = UNSET
    """At this instant or later."""
    before: datetime | None = UNSET
    """Before this instant."""
    from_date: date | None = UNSET
    """On this day of the business or later."""
    to_date: date | None = UNSET
    """On this day of the business, included, or before."""
    never: bool | None = UNSET
    """True: not at all. False: at some time."""

    def of(self, column: str, viewer: Viewer) -> Iterator[Q]:
        """Give the conditions that a column has to meet."""
        if is_given(self.after):
            yield Q(**cast(Any, {f"{column}__gte": self.after}))
        if is_given(self.before):
            yield Q(**cast(Any, {f"{column}__lt": self.before}))
        if is_given(self.from_date):
            yield Q(**cast(Any, {f"{column}__gte": _midnight(self.from_date, 0, viewer)}))
        if is_given(self.to_date):
            yield Q(**cast(Any, {f"{column}__lt": _midnight(self.to_date, 1, viewer)}))
        if is_given(self.never):
            yield Q(**cast(Any, {f"{column}__isnull": self.never}))


@input
class NumberFilter:
    """How many; what is left out does not matter."""

    at_least: int | None = UNSET
    """This number or a larger one."""
    at_most: int | None = UNSET
    """This number or a smaller one."""

    def of(self, column: str, _: Viewer) -> Iterator[Q]:
        """Give the conditions that a column has to meet."""
        if is_given(self.at_least):
            yield Q(**cast(Any, {f"{column}__gte": self.at_least}))
        if is_given(self.at_most):
            yield Q(**cast(Any, {f"{column}__lte": self.at_most}))


@input
class MoneyFilter:
    """How much money; what is left out does not matter.

    An amount in another currency than the business's is met by nobody.
    """

    at_least: MoneyInput | None = UNSET
    """This amount or a larger one."""
    at_most: MoneyInput | None = UNSET
    """This amount or a smaller one."""

    def of(self, column: str, viewer: Viewer) -> Iterator[Q]:
        """Give the conditions that a column has to meet."""
        for bound, compared in ((self.at_least, "gte"), (self.at_most, "lte")):
            if not is_given(bound):
                continue
            money = cast(MoneyInput, bound)
            yield Q(**cast(Any, {f"{column}__{compared}": money.amount_minor}))
            if is_given(money.currency):
                currency: Any = money.currency
                whose = viewer.rows(model_of(Business)).filter(
                    id=viewer.business_id, currency=currency
                )
                yield Q(business_id__in=Subquery(whose.values("id")))


@input
@filters(
    {
        How.KNOWN: bool,
        How.TIME: TimeFilter,
        How.NUMBER: NumberFilter,
        "preferred_staff_ids": list[IdOf[Staff]],
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


def _midnight(day: Any, after: int, viewer: Viewer) -> Any:
    return derive(midnight, day, after, viewer.zone, sql_type="timestamptz")

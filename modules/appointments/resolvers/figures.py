"""How clients come and go: in their files, and as conditions and orders of the client list."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Any, ClassVar, cast

from pypika_tortoise.functions import Coalesce
from pypika_tortoise.terms import Term
from strawberry import UNSET
from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from modules.appointments.types import CurrencyOf
from modules.clients.types import (
    AmountFilter,
    Client,
    ClientFilter,
    ClientOrder,
    NumberFilter,
    TimeFilter,
)
from modules.services.types import Money
from modules.viewer import Viewer
from schema import Expression, Parent, expression, extend, nested, ranked

FIGURES = "figures"
"""What a client's row of figures is called, as a relation."""


@extend(Client)
class ClientFigures:
    """A client's visits are counted."""

    @expression
    @staticmethod
    def visit_count(client: Parent[Client]) -> Expression[int]:
        """How often they came: appointments that were completed, or are over. Exact to a minute."""
        return Coalesce(_figure(client, "visit_count"), 0)

    @expression
    @staticmethod
    def last_visit_at(client: Parent[Client]) -> Expression[datetime | None]:
        """When they came last. Exact to a minute, like all that time itself changes."""
        return _figure(client, "last_visit_at")

    @expression
    @staticmethod
    def next_visit_at(client: Parent[Client]) -> Expression[datetime | None]:
        """When they come next."""
        return _figure(client, "next_visit_at")

    @expression
    @staticmethod
    def no_show_count(client: Parent[Client]) -> Expression[int]:
        """How often they did not come."""
        return Coalesce(_figure(client, "no_show_count"), 0)

    @expression
    @staticmethod
    def late_cancel_count(client: Parent[Client]) -> Expression[int]:
        """How often they themselves cancelled less than 24 hours before."""
        return Coalesce(_figure(client, "late_cancel_count"), 0)

    @nested
    @staticmethod
    def lifetime_value(client: Parent[Client]) -> Money:
        """What they spent on visits, in the currency of the business."""
        row: Any = client
        spent: Any = Coalesce(_figure(client, "spent_minor"), 0)
        return Money(amount_minor=spent, currency=cast(Any, CurrencyOf(row.business_id)))


def _figure(client: Client, column: str) -> Term:
    """Read what the database keeps of how a client comes and goes."""
    found: Term = getattr(cast(Any, client).figures, column)
    return found


@extend(ClientFilter)
class FilteredByVisits:
    """The client list, cut down by how clients come and go."""

    last_visit: TimeFilter | None = UNSET
    """When they came last."""
    next_visit: TimeFilter | None = UNSET
    """When they come next; `never` means that nothing is booked."""
    visits: NumberFilter | None = UNSET
    """How often they came."""
    spent: AmountFilter | None = UNSET
    """What they spent on visits, in the currency's smallest unit."""
    no_shows: NumberFilter | None = UNSET
    """How often they did not come."""
    late_cancellations: NumberFilter | None = UNSET
    """How often they themselves cancelled less than 24 hours before."""

    beside: ClassVar = FIGURES

    @staticmethod
    def where(viewer: Viewer, **asked: TimeFilter | NumberFilter | AmountFilter | None) -> Q:
        """Compare the figures of a client, which the list joins."""
        conditions = [
            condition
            for name, bounds in asked.items()
            if bounds is not None
            for condition in bounds.of(f"{FIGURES}__{COLUMNS[name]}")
        ]
        return Q(*conditions) if conditions else Q(id__isnull=False)


COLUMNS = {
    "last_visit": "last_visit_at",
    "next_visit": "next_visit_at",
    "visits": "visit_count",
    "spent": "spent_minor",
    "no_shows": "no_show_count",
    "late_cancellations": "late_cancel_count",
}
"""What each condition is about."""


@extend(ClientOrder)
class OrderByVisits(Enum):
    """Orders of the client list by how clients come and go."""

    LAST_VISIT = "LAST_VISIT"
    """Whoever was here last comes first; those who never came, last."""
    LONGEST_AWAY = "LONGEST_AWAY"
    """Whoever has not been here for the longest time comes first; those who never came, last."""
    NEXT_VISIT = "NEXT_VISIT"
    """Whoever comes next comes first; those who are not booked, last."""
    SPENT = "SPENT"
    """Whoever spent most comes first."""
    VISITS = "VISITS"
    """Whoever came most often comes first."""
    NO_SHOWS = "NO_SHOWS"
    """Whoever failed to come most often comes first."""

    def sort(self, found: QuerySet[Any], business_id: Any) -> QuerySet[Any]:
        """Sort clients by their figures, and equals by the key of these, as the indexes do."""
        joined = found.filter(**{f"{FIGURES}__business_id": business_id})
        column, way = SORTED_BY[self]
        by = (f"{way}{column}", f"{way}{KEY}")
        if column not in SOMETIMES:
            return ranked(joined.order_by(*by), rows=found)
        return ranked(
            joined.filter(**{f"{column}__isnull": False}).order_by(*by),
            joined.filter(**{f"{column}__isnull": True}).order_by(f"-{OPENED}", f"-{KEY}"),
            rows=found,
        )


LAST_VISIT = f"{FIGURES}__last_visit_at"
NEXT_VISIT = f"{FIGURES}__next_visit_at"
SOMETIMES = (LAST_VISIT, NEXT_VISIT)
"""What not everybody has."""
OPENED = f"{FIGURES}__opened_at"
KEY = f"{FIGURES}__client_id"
SORTED_BY = {
    OrderByVisits.LAST_VISIT: (LAST_VISIT, "-"),
    OrderByVisits.LONGEST_AWAY: (LAST_VISIT, ""),
    OrderByVisits.NEXT_VISIT: (NEXT_VISIT, ""),
    OrderByVisits.SPENT: (f"{FIGURES}__spent_minor", "-"),
    OrderByVisits.VISITS: (f"{FIGURES}__visit_count", "-"),
    OrderByVisits.NO_SHOWS: (f"{FIGURES}__no_show_count", "-"),
}
"""The column of each order, and which way it goes."""

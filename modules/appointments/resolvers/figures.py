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
    Client,
    ClientFilter,
    ClientOrderField,
    MoneyFilter,
    NumberFilter,
    TimeFilter,
)
from modules.services.types import Money
from modules.viewer import Viewer
from schema import Expression, OrderDirection, Parent, expression, extend, nested, ranked

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

    last_visit_at: TimeFilter | None = UNSET
    """When they came last."""
    next_visit_at: TimeFilter | None = UNSET
    """When they come next; `never` means that nothing is booked."""
    visit_count: NumberFilter | None = UNSET
    """How often they came."""
    lifetime_value: MoneyFilter | None = UNSET
    """What they spent on visits."""
    no_show_count: NumberFilter | None = UNSET
    """How often they did not come."""
    late_cancel_count: NumberFilter | None = UNSET
    """How often they themselves cancelled less than 24 hours before."""

    beside: ClassVar = FIGURES

    @staticmethod
    def where(viewer: Viewer, **asked: TimeFilter | NumberFilter | MoneyFilter | None) -> Q:
        """Compare the figures of a client, which the list joins."""
        conditions = [
            condition
            for name, bounds in asked.items()
            if bounds is not None
            for condition in bounds.of(f"{FIGURES}__{COLUMNS.get(name, name)}", viewer)
        ]
        return Q(*conditions) if conditions else Q(id__isnull=False)


COLUMNS = {"lifetime_value": "spent_minor"}
"""What columns are called, where not as the API calls them."""


@extend(ClientOrderField)
class OrderByVisits(Enum):
    """Orders of the client list by how clients come and go."""

    LAST_VISIT_AT = "LAST_VISIT_AT"
    """By when they came last; those who never came, last, whatever the direction."""
    NEXT_VISIT_AT = "NEXT_VISIT_AT"
    """By when they come next; those who are not booked, last, whatever the direction."""
    LIFETIME_VALUE = "LIFETIME_VALUE"
    """By what they spent."""
    VISIT_COUNT = "VISIT_COUNT"
    """By how often they came."""
    NO_SHOW_COUNT = "NO_SHOW_COUNT"
    """By how often they failed to come."""

    def sort(
        self, found: QuerySet[Any], business_id: Any, direction: OrderDirection
    ) -> QuerySet[Any]:
        """Sort clients by their figures, and equals by the key of these, as the indexes do."""
        joined = found.filter(**{f"{FIGURES}__business_id": business_id})
        name = self.value.lower()
        column = f"{FIGURES}__{COLUMNS.get(name, name)}"
        by = direction.of(column, KEY)
        if self not in SOMETIMES:
            return ranked(joined.order_by(*by), rows=found)
        return ranked(
            joined.filter(**{f"{column}__isnull": False}).order_by(*by),
            joined.filter(**{f"{column}__isnull": True}).order_by(f"-{OPENED}", f"-{KEY}"),
            rows=found,
        )


SOMETIMES = (OrderByVisits.LAST_VISIT_AT, OrderByVisits.NEXT_VISIT_AT)
"""What not everybody has."""
OPENED = f"{FIGURES}__opened_at"
KEY = f"{FIGURES}__client_id"

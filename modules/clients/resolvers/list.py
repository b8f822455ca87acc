"""The client list: searched, filtered, sorted, page by page."""

from __future__ import annotations

from typing import Any, cast

from tortoise.expressions import Subquery
from tortoise.queryset import QuerySet

from modules.accounts.types import Business
from modules.clients import models, rules
from modules.clients.resolvers.filtering import conditions, held
from modules.clients.resolvers.searching import Search
from modules.clients.types import Client, ClientFilter, ClientOrder, ClientOrderField, ClientSegment
from modules.viewer import Viewer
from schema import (
    Connection,
    Expansion,
    IdOf,
    OrderDirection,
    Parent,
    by_values,
    extend,
    ranked,
    rows,
    standing_for,
)

BY_NAME = (ClientOrderField.RELEVANCE, ClientOrderField.NAME)
COLUMNS = dict.fromkeys(BY_NAME, "sort_name") | {ClientOrderField.CREATED_AT: "created_at"}

SEGMENT = Expansion(
    form=ClientFilter,
    read=rules.filters,
    outdated=rules.SegmentOutdated,
    every=rules.all_filters,
)


@extend(Business)
class BusinessClients:
    """A business keeps a list of its clients."""

    @rows(expands={"segment_id": SEGMENT})
    @staticmethod
    def clients(  # noqa: PLR0917 - a client names what it sends
        business: Parent[Business],
        viewer: Viewer,
        search: str | None = None,
        filter: ClientFilter | None = None,
        segment_id: IdOf[ClientSegment] | None = None,
        order_by: ClientOrder | None = None,
    ) -> Connection[Client]:
        """The clients of the business.

        Args:
            search: Any part of a name, a mail address or a phone number, in any order; accents,
                capitals and the spaces of a phone number do not matter. By RELEVANCE, names that
                are one slip away follow.
            filter: Only such clients.
            segment_id: Only clients this saved filter means, of those `filter` means.
            order_by: How to sort it; a search by RELEVANCE, all else by NAME, when nothing is said.
        """
        found = viewer.rows(models.Client).filter(business_id=business.id)
        named = cast(ClientFilter | None, segment_id)
        asked = [each for each in (filter, named) if each is not None]
        for each in asked:
            found = found.filter(conditions(viewer, each), **held(each, business.id))
        order = order_by or ClientOrder(field=ClientOrderField.RELEVANCE)
        if search is None:
            picked = sorted_by(found, order, business.id)
            return by_values(picked) if asked else picked
        typed = Search(search)
        words = viewer.rows(models.ClientWords).filter(business_id=business.id)
        if order.field not in BY_NAME:
            matching = words.filter(typed.contained).values("id")
            return by_values(sorted_by(found.filter(id__in=Subquery(matching)), order, business.id))
        if asked:
            words = words.filter(id__in=Subquery(found.values("id")))
        return by_values(_searched(words, typed, order))


def _searched(words: QuerySet[Any], search: Search, order: ClientOrder) -> QuerySet[Any]:
    if order.field is ClientOrderField.RELEVANCE:
        tiers, whole = search.tiers(words), words.filter(search.found)
        return standing_for(models.Client, ranked(*tiers, rows=whole))
    picked = words.filter(search.contained).order_by(*order.direction.of("sort_name", "id"))
    return standing_for(models.Client, picked)


def sorted_by(found: QuerySet[Any], order: ClientOrder, business_id: Any) -> QuerySet[Any]:
    """Sort clients, also by what other modules let them be sorted by."""
    field: Any = order.field  # or a member that a module added
    if field in COLUMNS:
        relevance = field is ClientOrderField.RELEVANCE
        direction = OrderDirection.ASC if relevance else order.direction
        return found.order_by(*direction.of(COLUMNS[field], "id"))
    sorted_: QuerySet[Any] = field.sort(found, business_id, order.direction)
    return sorted_

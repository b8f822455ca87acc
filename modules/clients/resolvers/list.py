"""The client list: searched, filtered, sorted, page by page."""

from __future__ import annotations

from typing import Any, cast

from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet

from modules.accounts.types import Business
from modules.clients import models, rules
from modules.clients.resolvers.filtering import conditions
from modules.clients.resolvers.searching import Search
from modules.clients.types import Client, ClientFilter, ClientOrder, ClientSegment
from modules.viewer import Viewer
from schema import (
    Connection,
    Expansion,
    IdOf,
    Parent,
    by_values,
    extend,
    ranked,
    rows,
    standing_for,
)

BY_NAME = {
    ClientOrder.RELEVANCE: ("sort_name", "id"),
    ClientOrder.NAME: ("sort_name", "id"),
    ClientOrder.NAME_DESCENDING: ("-sort_name", "-id"),
}
ORDERS = {
    **BY_NAME,
    ClientOrder.NEWEST: ("-created_at", "-id"),
    ClientOrder.OLDEST: ("created_at", "id"),
    ClientOrder.SPENT: ("-spent_minor", "-id"),
    ClientOrder.VISITS: ("-visit_count", "-id"),
    ClientOrder.NO_SHOWS: ("-no_show_count", "-id"),
}
SOMETIMES = {
    ClientOrder.LAST_VISIT: ("last_visit_at", "-last_visit_at", "-id"),
    ClientOrder.LONGEST_AWAY: ("last_visit_at", "last_visit_at", "id"),
    ClientOrder.NEXT_VISIT: ("next_visit_at", "next_visit_at", "id"),
}
"""Orders by what not everybody has: the column, and how those who have it are sorted."""


SEGMENT = Expansion(form=ClientFilter, read=rules.filters, outdated=rules.SegmentOutdated)


@extend(Business)
class BusinessClients:
    """A business keeps a list of its clients."""

    @rows(expands={"segment": SEGMENT})
    @staticmethod
    def clients(  # noqa: PLR0917 - a client names what it sends
        business: Parent[Business],
        viewer: Viewer,
        search: str | None = None,
        filter: ClientFilter | None = None,
        segment: IdOf[ClientSegment] | None = None,
        order_by: ClientOrder | None = None,
    ) -> Connection[Client]:
        """The client list.

        Args:
            search: Any part of a name, a mail address or a phone number, in any order; accents,
                capitals and the spaces of a phone number do not matter. By RELEVANCE, names that
                are one slip away follow.
            filter: Only such clients.
            segment: Only clients this saved filter means, of those `filter` means.
            order_by: How to sort it; a search by RELEVANCE, all else by NAME, when nothing is said.
        """
        found = viewer.rows(models.Client).filter(business_id=business.id)
        asked = [each for each in (filter, cast(ClientFilter | None, segment)) if each is not None]
        wanted = Q(*(conditions(viewer, each) for each in asked)) if asked else None
        order = order_by or ClientOrder.RELEVANCE
        if search is None:
            picked = _sorted(found if wanted is None else found.filter(wanted), order)
            return picked if wanted is None else by_values(picked)
        words = viewer.rows(models.ClientWords).filter(business_id=business.id)
        return by_values(_searched(found, words, wanted, Search(search), order))


def _searched(
    found: QuerySet[Any],
    words: QuerySet[Any],
    wanted: Q | None,
    search: Search,
    order: ClientOrder,
) -> QuerySet[Any]:
    if order not in BY_NAME:
        clients = found if wanted is None else found.filter(wanted)
        named = words.filter(search.contained)
        return _sorted(clients.filter(id__in=Subquery(named.values("id"))), order)
    if wanted is not None:
        words = words.filter(id__in=Subquery(found.filter(wanted).values("id")))
    if order is ClientOrder.RELEVANCE:
        tiers, whole = search.tiers(words), words.filter(search.found)
        return standing_for(models.Client, ranked(*tiers, rows=whole))
    picked = words.filter(search.contained).order_by(*BY_NAME[order])
    return standing_for(models.Client, picked)


def _sorted(found: QuerySet[Any], order: ClientOrder) -> QuerySet[Any]:
    if order in ORDERS:
        return found.order_by(*ORDERS[order])
    column, *by = SOMETIMES[order]
    return ranked(
        found.filter(**{f"{column}__isnull": False}).order_by(*by),
        found.filter(**{f"{column}__isnull": True}).order_by("-created_at", "-id"),
        rows=found,
    )

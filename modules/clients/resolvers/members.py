"""Who is in the segments, found anew every time."""

from __future__ import annotations

from typing import Any

from pypika_tortoise.terms import Case, NullValue, Term
from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from modules.clients import models
from modules.clients.resolvers.filtering import NOBODY, conditions, held
from modules.clients.resolvers.list import SEGMENT, sorted_by
from modules.clients.types import Client, ClientFilter, ClientOrder, ClientOrderField, ClientSegment
from modules.viewer import Viewer
from schema import (
    Connection,
    Every,
    Expression,
    Parent,
    by_values,
    expression,
    extend,
    rows,
    scoped_term,
    where,
)


@extend(ClientSegment)
class SegmentMembers:
    """A segment means clients."""

    @rows(every=SEGMENT)
    @staticmethod
    def clients(
        segment: Parent[ClientSegment],
        viewer: Viewer,
        filters: Every[ClientFilter],
        order_by: ClientOrder | None = None,
    ) -> Connection[Client]:
        """The clients whom its filter means now; null in what a change or a subscription answers.

        Nobody is meant by a filter that is outdated. To search them too, ask
        `Business.clients(segmentId:, search:)`.

        Args:
            order_by: How to sort them; by name, when nothing is said.
        """
        business: Any = segment
        meant = [Q(_is(business, key), conditions(viewer, each)) for key, each in filters]
        found = viewer.rows(models.Client).filter(business_id=business.business_id)
        for _, each in filters:
            found = found.filter(**held(each, business.business_id))
        found = found.filter(Q(NOBODY, *meant, join_type="OR"))
        order = order_by or ClientOrder(field=ClientOrderField.NAME)
        return by_values(sorted_by(found, order, business.business_id))

    @expression(every=SEGMENT)
    @staticmethod
    def client_count(
        segment: Parent[ClientSegment], viewer: Viewer, filters: Every[ClientFilter]
    ) -> Expression[int | None]:
        """How many clients its filter means now.

        Null where the filter is outdated, and in what a change or a subscription answers.
        """
        business: Any = segment
        found = Case()
        for key, each in filters:
            clients = _clients(viewer, business.business_id, each)
            found = found.when(business.id == key, scoped_term(clients.count(), viewer))
        return found if filters else NullValue()


def _clients(viewer: Viewer, business_id: Any, filter: ClientFilter) -> QuerySet[Any]:
    found = viewer.rows(models.Client).filter(business_id=business_id)
    return found.filter(conditions(viewer, filter), **held(filter, business_id))


def _is(segment: Any, key: Term) -> Q:
    return where(lambda _: segment.id == key)

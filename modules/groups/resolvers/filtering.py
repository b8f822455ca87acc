"""Clients of some groups, in the list of all."""

from __future__ import annotations

from strawberry import UNSET
from tortoise.expressions import Q

from modules.clients.types import ClientFilter
from modules.groups.types import Group
from modules.groups.written import Written
from modules.viewer import Viewer
from schema import IdOf, derive, extend, where


@extend(ClientFilter)
class FilteredByGroup:
    """The client list, cut down to some groups."""

    group_ids: list[IdOf[Group]] | None = UNSET
    """Is in one of these groups."""

    @staticmethod
    def where(viewer: Viewer, group_ids: list[IdOf[Group]] | None) -> Q:
        """Look among the members; the groups as one value, so that PostgreSQL knows how many."""
        if group_ids is None:
            return Q(id__isnull=False)
        asked = derive(list, group_ids, sql_type="uuid[]")
        return where(
            lambda table: Written(
                "EXISTS (SELECT FROM group_members m WHERE m.business_id = {business}"
                " AND m.client_id = {id} AND m.group_id = ANY({groups}))",
                business=viewer.business_id, id=table.id, groups=asked,
            )
        )  # fmt: skip

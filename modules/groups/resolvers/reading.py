"""Groups, and who is in them."""

from __future__ import annotations

from typing import Any

from modules.accounts.types import Business
from modules.clients.types import Client
from modules.groups import models, rules
from modules.groups.types import Group
from modules.groups.written import Written
from modules.viewer import TEAM, Viewer
from schema import (
    Connection,
    Many,
    Parent,
    derive,
    extend,
    model_of,
    rows,
    standing_for,
    where,
)


@extend(Business)
class BusinessGroups:
    """A business keeps groups of clients."""

    @rows
    @staticmethod
    def groups(
        business: Parent[Business], viewer: Viewer, search: str | None = None
    ) -> Connection[Group]:
        """The groups, by name.

        Args:
            search: Any part of a name, whatever capitals and accents.
        """
        found = viewer.rows(models.ClientGroup).filter(business_id=business.id)
        if search is not None:
            pattern = derive(rules.pattern, search)
            found = found.filter(where(lambda table: table.sort_name.like(pattern)))
        return found.order_by("sort_name")


@extend(Group)
class GroupClients:
    """A group has clients in it."""

    @rows
    @staticmethod
    def clients(group: Parent[Group], viewer: Viewer) -> Connection[Client]:
        """Who is in it, by name."""
        members = viewer.rows(models.GroupClient).filter(group_id=group.id)
        return standing_for(model_of(Client), members.order_by("sort_name", "id"))


@extend(Client)
class ClientGroups:
    """A client may be in several groups."""

    @rows(audience=TEAM)
    @staticmethod
    def groups(client: Parent[Client], viewer: Viewer) -> Many[Group]:
        """The groups they are in, by name."""
        here: Any = client
        among = where(
            lambda table: Written(
                "{id} IN (SELECT m.group_id FROM group_members m"
                " WHERE m.business_id = {business} AND m.client_id = {client})",
                id=table.id, business=here.business_id, client=here.id,
            )
        )  # fmt: skip
        return viewer.rows(models.ClientGroup).filter(among).order_by("sort_name", "id")

"""Groups, and who is in them."""

from __future__ import annotations

from typing import Any

from modules.accounts.types import Business
from modules.appointments.types import Appointment
from modules.clients.types import Client, ClientSegment
from modules.groups import models, rules
from modules.groups.types import Group, GroupDeletionPreview
from modules.groups.types.order import GroupOrder, columns
from modules.groups.written import Written
from modules.services.types import Service
from modules.viewer import TEAM, Viewer
from schema import (
    Connection,
    IdOf,
    Parent,
    Query,
    answer,
    derive,
    extend,
    model_of,
    ref,
    rows,
    seen,
    standing_for,
    where,
)


@extend(Business)
class BusinessGroups:
    """A business keeps groups of clients."""

    @rows
    @staticmethod
    def groups(
        business: Parent[Business],
        viewer: Viewer,
        search: str | None = None,
        order_by: GroupOrder | None = None,
    ) -> Connection[Group]:
        """The groups of the business.

        Args:
            search: Any part of a name, whatever capitals and accents.
            order_by: How to sort them; by name, when nothing is said.
        """
        found = viewer.rows(models.ClientGroup).filter(business_id=business.id)
        if search is not None:
            pattern = derive(rules.pattern, search)
            found = found.filter(where(lambda table: table.sort_name.like(pattern)))
        return found.order_by(*columns(order_by))


@extend(Group)
class GroupClients:
    """A group has clients in it."""

    @rows
    @staticmethod
    def clients(group: Parent[Group], viewer: Viewer) -> Connection[Client]:
        """Who is in it, by name."""
        members = viewer.rows(models.GroupClient).filter(group_id=group.id)
        return standing_for(model_of(Client), members.order_by("sort_name", "id"))

    @rows
    @staticmethod
    def services(group: Parent[Group], viewer: Viewer) -> Connection[Service]:
        """The services that are for it, by name; also those that cannot be booked now."""
        here: Any = group
        among = where(
            lambda table: Written(
                "{id} IN (SELECT s.service_id FROM service_groups s"
                " WHERE s.business_id = {business} AND s.group_id = {group})",
                id=table.id, business=here.business_id, group=here.id,
            )
        )  # fmt: skip
        found = viewer.rows(model_of(Service)).filter(among, audience="SELECTED")
        return found.order_by("name")


@extend(Client)
class ClientGroups:
    """A client may be in several groups."""

    @rows(audience=TEAM)
    @staticmethod
    def groups(
        client: Parent[Client], viewer: Viewer, order_by: GroupOrder | None = None
    ) -> Connection[Group]:
        """The groups they are in.

        Args:
            order_by: How to sort them; by name, when nothing is said.
        """
        here: Any = client
        among = where(
            lambda table: Written(
                "{id} IN (SELECT m.group_id FROM group_members m"
                " WHERE m.business_id = {business} AND m.client_id = {client})",
                id=table.id, business=here.business_id, client=here.id,
            )
        )  # fmt: skip
        return viewer.rows(models.ClientGroup).filter(among).order_by(*columns(order_by))


@extend(Query)
class GroupPreviews:
    """Before a group is deleted."""

    @answer(audience=TEAM)
    @staticmethod
    async def group_deletion_preview(
        by: Viewer, group_id: IdOf[Group]
    ) -> GroupDeletionPreview | None:
        """What deleting a group would leave behind, and a token to send to `deleteGroup`.

        Args:
            group_id: The group that would be deleted.
        """
        gone, preview = await rules.look(by, group_id)
        return GroupDeletionPreview(
            group=ref(Group, group_id),
            closed_services=[ref(Service, each) for each in gone.closed],
            outdated_segments=[ref(ClientSegment, each) for each in gone.outdated],
            appointments_left_standing=[ref(Appointment, each) for each in gone.left_standing],
            **seen(preview),
        )

"""How the list of a business's appointments is cut down and sorted."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import cast

from strawberry import UNSET
from tortoise.expressions import Q

from modules.appointments import events
from modules.clients.types import Client, TimeFilter
from modules.services.types import Service, Staff
from modules.viewer import Viewer
from schema import IdOf, OrderDirection, enum, input, is_given


@input
class AppointmentFilter:
    """Which appointments: those that meet every condition that is set."""

    statuses: list[events.AppointmentStatus] | None = UNSET
    """With one of these statuses."""
    sources: list[events.AppointmentSource] | None = UNSET
    """Made in one of these ways."""
    client_id: IdOf[Client] | None = UNSET
    """Those of this client only."""
    staff_ids: list[IdOf[Staff]] | None = UNSET
    """With one of these members of staff, for any of its services."""
    service_ids: list[IdOf[Service]] | None = UNSET
    """For one of these services."""
    starts_at: TimeFilter | None = UNSET
    """When the appointments start."""
    created_at: TimeFilter | None = UNSET
    """When the appointments were made."""

    def conditions(self, viewer: Viewer) -> Iterator[Q]:
        """Give what columns of an appointment itself have to meet."""
        if is_given(self.statuses):
            yield Q(status__in=self.statuses)
        if is_given(self.sources):
            yield Q(source__in=self.sources)
        if is_given(self.client_id):
            yield Q(client_id=self.client_id)
        if is_given(self.starts_at):
            yield from cast(TimeFilter, self.starts_at).of("starts_at", viewer)
        if is_given(self.created_at):
            yield from cast(TimeFilter, self.created_at).of("created_at", viewer)


@enum
class AppointmentOrderField(Enum):
    """What the list of appointments is sorted by."""

    STARTS_AT = "STARTS_AT"
    """By when the appointments start."""
    CREATED_AT = "CREATED_AT"
    """By when the appointments were made."""


@input
class AppointmentOrder:
    """How the list of appointments is sorted."""

    field: AppointmentOrderField
    """What it is sorted by."""
    direction: OrderDirection = OrderDirection.ASC
    """Which way the list goes."""

    def columns(self) -> tuple[str, ...]:
        """Name the columns to sort by; ids sort by the time their rows were made."""
        by = {AppointmentOrderField.STARTS_AT: ("starts_at", "id")}
        return self.direction.of(*by.get(self.field, ("id",)))

"""How the price list and the team are cut down and sorted."""

from __future__ import annotations

from enum import Enum

from strawberry import UNSET

from modules.services.types.catalogue import Service, Staff
from modules.services.types.categories import ServiceCategory
from schema import IdOf, OrderDirection, enum, input


@input
class ServiceFilter:
    """Which services: those that meet every condition that is set."""

    active: bool | None = True
    """True: what is offered. False: what is not offered any more. Null: both."""
    staff_id: IdOf[Staff] | None = UNSET
    """Performed by this member of staff."""
    category_id: IdOf[ServiceCategory] | None = UNSET
    """Standing in this category of the price list."""


@enum
class ServiceOrderField(Enum):
    """What the price list is sorted by; of equals, what was put on it last comes last."""

    NAME = "NAME"
    """By what it is called."""
    PRICE = "PRICE"
    """By what it costs now."""
    DURATION = "DURATION"
    """By how long it takes."""


@input
class ServiceOrder:
    """How the price list is sorted."""

    field: ServiceOrderField
    """What it is sorted by."""
    direction: OrderDirection = OrderDirection.ASC
    """Which way the list goes."""


@input
class StaffFilter:
    """Which members of staff: those that meet every condition that is set."""

    active: bool | None = True
    """True: those who can be booked. False: those who cannot any more. Null: both."""
    service_id: IdOf[Service] | None = UNSET
    """Who perform this service."""


@enum
class StaffOrderField(Enum):
    """What the staff is sorted by; of equals, whoever came last comes last."""

    NAME = "NAME"
    """By what clients call them."""
    CREATED_AT = "CREATED_AT"
    """By when they were added."""


@input
class StaffOrder:
    """How the staff is sorted."""

    field: StaffOrderField
    """What it is sorted by."""
    direction: OrderDirection = OrderDirection.ASC
    """Which way the list goes."""


COLUMNS = {
    ServiceOrderField.NAME: ("name", "id"),
    ServiceOrderField.PRICE: ("price_minor", "id"),
    ServiceOrderField.DURATION: ("duration_minutes", "id"),
    StaffOrderField.NAME: ("name", "id"),
    StaffOrderField.CREATED_AT: ("id",),  # ids sort by the time their rows were made
}


def columns(order_by: ServiceOrder | StaffOrder | None) -> tuple[str, ...]:
    """Name the columns to sort by; the name, when nothing is said."""
    return order_by.direction.of(*COLUMNS[order_by.field]) if order_by else ("name", "id")

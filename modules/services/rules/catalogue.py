"""The price list: what can be booked, for how long, for how much, and from whom."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypedDict, Unpack
from uuid import UUID

from tortoise.expressions import F

from modules import text
from modules.errors import Checks, NotFound, between, checked
from modules.events import record
from modules.services import models
from modules.services.events import ServiceCreated, ServiceUpdated
from modules.services.rules import booking, categories, performers, values
from modules.viewer import Viewer

LONGEST = 24 * 60
"""Minutes a service may take; whoever looks for what is under way looks back this far."""

_NOTHING = {"version": F("version")}
"""An update of no column, which counts as a change all the same."""


class ServiceDetails(TypedDict, total=False):
    """What may be said about a service."""

    description: str | None
    buffer_before_minutes: int
    buffer_after_minutes: int
    colour: str | None
    active: bool
    booking_mode: models.BookingMode | None
    lead_minutes: int | None
    horizon_days: int | None
    cancel_until_minutes: int | None
    move_until_minutes: int | None
    category_id: UUID | None
    staff_ids: Sequence[UUID]
    """The staff who perform it: exactly these."""


class ServiceChanges(ServiceDetails, total=False):
    """What can be changed about a service; what is left out stays."""

    name: str
    duration_minutes: int
    price: values.Price


async def create_service(
    by: Viewer,
    *,
    name: str,
    duration_minutes: int,
    price: values.Price,
    **rest: Unpack[ServiceDetails],
) -> UUID:
    """Put a service on the price list, priced in the business's currency."""
    asked: dict[str, Any] = {
        "colour": None,
        **rest,
        "name": name,
        "duration_minutes": duration_minutes,
        "price": price,
    }
    staff_ids = asked.pop("staff_ids", None) or ()
    columns = await _tidied(by, asked)
    business_id = by.of_business()
    service = await models.Service.create(business_id=business_id, **columns)
    await performers.perform(by, service_id=service.id, staff_ids=staff_ids)
    record(ServiceCreated(business_id=business_id, subject=service.id))
    return service.id


async def update_service(
    by: Viewer, *, service_id: UUID, **changes: Unpack[ServiceChanges]
) -> UUID:
    """Change a service; appointments already made keep their time and price.

    Refuses: NotFound and what `create_service` refuses.
    """
    asked: dict[str, Any] = dict(changes)
    staff_ids = asked.pop("staff_ids", None)
    columns = await _tidied(by, asked)
    # An update of nothing else still counts: the performers are part of what has a version.
    found = by.rows(models.Service).filter(id=service_id)
    if not await found.update(**columns or _NOTHING):
        raise NotFound("There is no such service.", field="id")
    if staff_ids is not None:
        await performers.perform(by, service_id=service_id, staff_ids=staff_ids)
    record(ServiceUpdated(business_id=by.of_business(), subject=service_id))
    return service_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a booking needs to know of a service: times in minutes, the price as it is now."""

    id: UUID
    active: bool
    duration_minutes: int
    buffer_before_minutes: int
    buffer_after_minutes: int
    price_minor: int
    currency: str


async def terms(by: Viewer, service_ids: Collection[UUID]) -> dict[UUID, Terms]:
    """Read those of these services that somebody may know of."""
    names = [field.name for field in fields(Terms)]
    rows = await by.rows(models.Service).filter(id__in=set(service_ids)).values(*names)
    return {row["id"]: Terms(**row) for row in rows}


async def open_to(by: Viewer, *, service_id: UUID, everyone: bool) -> None:
    """Say whether a service is for everyone or only for those chosen. Refuses: NotFound.

    It is a part of creating or changing the service, which counts and tells. Bookings under way
    are waited for: whoever looks at them afterwards sees them all.
    """
    audience = models.Audience.EVERYONE if everyone else models.Audience.SELECTED
    found = by.rows(models.Service).filter(id=service_id)
    if await found.select_for_update().first() is None:
        raise NotFound("There is no such service.", field="id")
    await found.exclude(audience=audience).update(audience=audience)


async def _tidied(by: Viewer, asked: dict[str, Any]) -> dict[str, Any]:
    """Check all columns of a service; a price becomes an amount and its currency."""
    checks, columns = Checks(), dict[str, Any]()
    own = {name: value for name, value in asked.items() if name not in ("price", "category_id")}
    with checks:
        columns |= checked(own, _tidy)
    with checks:
        if "price" in asked:
            columns |= values.price(asked["price"], await values.currency_of(by), "price")
    with checks:
        if "category_id" in asked:
            columns["category_id"] = await categories.existing(by, asked["category_id"])
    checks.done()
    return columns


def _tidy(column: str, value: Any) -> Any:
    """Check one column of a service, and put it into the form it is kept in."""
    match column:
        case "name":
            return text.name(value, column)
        case "description":
            return text.paragraphs(value, column, limit=5_000)
        case "duration_minutes":
            return between(value, column, 1, LONGEST)
        case "buffer_before_minutes" | "buffer_after_minutes":
            return between(value, column, 0, 480)
        case "colour":
            return values.colour(value)
        case "active":
            return values.known(value, column)
        case _ if column in booking.OWN:
            return booking.own(value, column)
        case _:
            raise TypeError(f"a service has no {column}")

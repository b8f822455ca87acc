"""Services and staff as the API shows them."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any, cast

import strawberry
from pypika_tortoise.functions import Coalesce
from pypika_tortoise.terms import Term
from strawberry import UNSET

from modules.accounts.types import Account
from modules.services import models, rules
from modules.services.types.categories import ServiceCategory
from modules.viewer import SIGNED_IN, TEAM
from schema import (
    Expression,
    IdOf,
    MinorUnits,
    Node,
    Parent,
    VersionedInput,
    computed,
    enum,
    expression,
    input,
    nested,
    object,
    setting_of,
    table,
    visible,
)

BookingMode = enum(models.BookingMode)


@object
class Money:
    """An amount of money."""

    amount_minor: MinorUnits
    """In the currency's smallest unit: 3500 is 35.00 euros."""
    currency: str
    """The ISO 4217 code of the currency: `EUR`."""


@input
class MoneyInput:
    """An amount of money, in the currency of the business."""

    amount_minor: MinorUnits
    """In the currency's smallest unit: 3500 is 35.00 euros."""
    currency: str | None = UNSET
    """ISO 4217: `EUR`. It is refused unless it is the business's, which it is if left out."""


def _term(terms: Any, name: str) -> Term:
    usual = setting_of(terms.business_id, rules.BookingSettings, name)
    return cast(Term, Coalesce(terms.own[name], usual))


@object
class BookingTerms:
    """How clients book a service; the team is not bound by it."""

    business_id: strawberry.Private[Any]
    own: strawberry.Private[Any]

    @expression
    @staticmethod
    def booking_mode(terms: Parent[BookingTerms]) -> Expression[models.BookingMode]:
        """Whether clients book it, or request it and wait for an answer."""
        return _term(terms, "booking_mode")

    @expression
    @staticmethod
    def lead_minutes(terms: Parent[BookingTerms]) -> Expression[int]:
        """How many minutes ahead clients have to book it."""
        return _term(terms, "lead_minutes")

    @expression
    @staticmethod
    def horizon_days(terms: Parent[BookingTerms]) -> Expression[int]:
        """How many days ahead clients can book it."""
        return _term(terms, "horizon_days")

    @expression
    @staticmethod
    def cancel_until_minutes(terms: Parent[BookingTerms]) -> Expression[int]:
        """Until how many minutes before the start clients themselves may cancel it."""
        return _term(terms, "cancel_until_minutes")

    @expression
    @staticmethod
    def move_until_minutes(terms: Parent[BookingTerms]) -> Expression[int]:
        """Until how many minutes before the start clients themselves may reschedule it."""
        return _term(terms, "move_until_minutes")


@table(models.Service, prefix="srv", audience=SIGNED_IN, otherwise=TEAM)
class Service(Node):
    """A treatment on the price list."""

    name: str = visible(SIGNED_IN)
    """What the service is called."""
    description: str | None = visible(SIGNED_IN)
    """What it is, for those who have not had it."""
    duration_minutes: int = visible(SIGNED_IN)
    """How long it takes, in minutes."""
    buffer_before_minutes: int
    """How long the staff needs before it; nothing else can be booked then."""
    buffer_after_minutes: int
    """How long the staff needs after it; nothing else can be booked then."""
    colour: str = visible(SIGNED_IN)
    """How a calendar paints it: `#rrggbb`."""
    category: ServiceCategory | None = visible(SIGNED_IN)
    """The part of the price list it stands in; null where it stands in none."""
    active: bool = visible(SIGNED_IN)
    """Whether it can be booked."""
    booking_mode: models.BookingMode | None
    """What it says for itself about how clients book it; null is as `BookingSettings` say."""
    lead_minutes: int | None
    """How many minutes ahead clients have to book it; null is as `BookingSettings` say."""
    horizon_days: int | None
    """How many days ahead clients can book it; null is as `BookingSettings` say."""
    cancel_until_minutes: int | None
    """Until how many minutes before it clients may cancel; null is as `BookingSettings` say."""
    move_until_minutes: int | None
    """Until how many minutes before it clients may reschedule; null: as `BookingSettings` say."""
    version: int
    """Grows with every change: send it along with an update."""

    @nested(audience=SIGNED_IN)
    @staticmethod
    def booking_terms(service: Parent[Service]) -> BookingTerms:
        """How clients book it, by what it says for itself and what the business says."""
        here: Any = service
        own = {name: getattr(here, name) for name in rules.OWN}
        return BookingTerms(business_id=here.business_id, own=own)

    @computed(needs=("price_minor", "currency"), audience=SIGNED_IN)
    def price(self) -> Money:
        """What it costs now; appointments keep the price they were booked at."""
        return Money(amount_minor=self.price_minor, currency=self.currency)  # type: ignore[attr-defined]


@table(models.Staff, prefix="stf", audience=SIGNED_IN, otherwise=TEAM)
class Staff(Node):
    """Somebody who works here and can be booked."""

    name: str = visible(SIGNED_IN)
    """What clients call them."""
    colour: str = visible(SIGNED_IN)
    """How a calendar paints them: `#rrggbb`."""
    active: bool = visible(SIGNED_IN)
    """Whether they can be booked."""
    account: Account | None
    """Whom they sign in as, if they do."""
    version: int
    """Grows with every change, also of hours and time off: send it along with an update."""


@table(models.WorkingHours, prefix="hrs")
class WorkingHours(Node):
    """A span of every week in which somebody is at work, by the clock on the business's wall."""

    weekday: int
    """1 for Monday to 7 for Sunday."""
    starts: time
    """When work begins on that day."""
    ends: time
    """When it ends; 00:00 is midnight at the end of the day."""


@table(models.DatedHours, prefix="dhr")
class DatedHours(Node):
    """A span of one day in which somebody is at work instead of the hours of its weekday."""

    day: date
    """The day, by the clock on the business's wall."""
    starts: time | None
    """When work begins on that day; null where they do not work on it."""
    ends: time | None
    """When it ends, 00:00 for midnight at the end of the day; null where they do not work on it."""


@table(models.Closing, prefix="cls", audience=SIGNED_IN)
class Closing(Node):
    """Days on which the business is closed: nobody can be booked."""

    name: str
    """Why, as clients may read it: `Christmas`."""
    first_day: date
    """The first day, by the clock on the business's wall."""
    last_day: date
    """The last day on which it is closed."""


@table(models.TimeOff, prefix="off")
class TimeOff(Node):
    """A stretch in which somebody cannot be booked although they usually work."""

    starts_at: datetime
    """When the time off begins."""
    ends_at: datetime
    """When the time off ends."""
    reason: str | None
    """The reason, for the team."""


@input
class CreateServiceInput:
    """A service for the price list."""

    name: str
    """What it is called, up to 200 characters."""
    duration_minutes: int
    """How long it takes, 1 to 1440."""
    price: MoneyInput
    """What it costs, in the currency of the business."""
    description: str | None = UNSET
    """What it is, up to 5,000 characters."""
    buffer_before_minutes: int = 0
    """How long the staff needs before it, 0 to 480."""
    buffer_after_minutes: int = 0
    """How long the staff needs after it, 0 to 480."""
    colour: str | None = UNSET
    """How a calendar paints it: `#rrggbb`."""
    active: bool = True
    """Whether it can be booked."""
    booking_mode: models.BookingMode | None = UNSET
    """Whether clients book it or request it; null is as `BookingSettings` say."""
    lead_minutes: int | None = UNSET
    """How many minutes ahead clients have to book it, 0 to 129,600; null is as the settings say."""
    horizon_days: int | None = UNSET
    """How many days ahead clients can book it, 1 to 365; null is as the settings say."""
    cancel_until_minutes: int | None = UNSET
    """Until how many minutes before it clients may cancel, 0 to 129,600; null: as settings say."""
    move_until_minutes: int | None = UNSET
    """Until how many minutes before it clients may move it, 0 to 129,600; null: as settings say."""
    staff_ids: list[IdOf[Staff]] | None = UNSET
    """The staff who perform it."""
    category_id: IdOf[ServiceCategory] | None = UNSET
    """The category it stands in."""


@input
class UpdateServiceInput(VersionedInput):
    """What to change about a service; what is left out stays."""

    id: IdOf[Service]
    """The service to change."""
    name: str | None = UNSET
    """What it is called, up to 200 characters."""
    duration_minutes: int | None = UNSET
    """How long it takes, 1 to 1440."""
    price: MoneyInput | None = UNSET
    """What it costs from now on, in the currency of the business."""
    description: str | None = UNSET
    """What it is, up to 5,000 characters; null removes it."""
    buffer_before_minutes: int | None = UNSET
    """How long the staff needs before it, 0 to 480."""
    buffer_after_minutes: int | None = UNSET
    """How long the staff needs after it, 0 to 480."""
    colour: str | None = UNSET
    """How a calendar paints it: `#rrggbb`."""
    active: bool | None = UNSET
    """Whether it can be booked."""
    booking_mode: models.BookingMode | None = UNSET
    """Whether clients book it or request it; null is as `BookingSettings` say."""
    lead_minutes: int | None = UNSET
    """How many minutes ahead clients have to book it, 0 to 129,600; null is as the settings say."""
    horizon_days: int | None = UNSET
    """How many days ahead clients can book it, 1 to 365; null is as the settings say."""
    cancel_until_minutes: int | None = UNSET
    """Until how many minutes before it clients may cancel, 0 to 129,600; null: as settings say."""
    move_until_minutes: int | None = UNSET
    """Until how many minutes before it clients may move it, 0 to 129,600; null: as settings say."""
    staff_ids: list[IdOf[Staff]] | None = UNSET
    """The staff who perform it: exactly these."""
    category_id: IdOf[ServiceCategory] | None = UNSET
    """The category it stands in; null removes it from the one it has."""


@input
class CreateStaffInput:
    """Somebody who joins the team."""

    name: str
    """What clients call them, up to 200 characters."""
    colour: str | None = UNSET
    """How a calendar paints them: `#rrggbb`."""
    active: bool = True
    """Whether they can be booked."""
    account_id: IdOf[Account] | None = UNSET
    """Whom they sign in as: an account with a place in this business."""
    service_ids: list[IdOf[Service]] | None = UNSET
    """The services they perform."""


@input
class UpdateStaffInput(VersionedInput):
    """What to change about a member of staff; what is left out stays."""

    id: IdOf[Staff]
    """The member of staff to change."""
    name: str | None = UNSET
    """What clients call them, up to 200 characters."""
    colour: str | None = UNSET
    """How a calendar paints them: `#rrggbb`."""
    active: bool | None = UNSET
    """Whether they can be booked."""
    account_id: IdOf[Account] | None = UNSET
    """Whom they sign in as; null for nobody."""
    service_ids: list[IdOf[Service]] | None = UNSET
    """The services they perform: exactly these."""


@input
class HoursInput:
    """A span of every week, by the clock on the business's wall."""

    weekday: int
    """1 for Monday to 7 for Sunday."""
    starts: time
    """When work begins on that day: `09:00`."""
    ends: time
    """When it ends: `17:30`; 00:00 is midnight at the end of the day."""


@input
class SetWorkingHoursInput(VersionedInput):
    """Somebody's weekly hours, which replace those they had."""

    id: IdOf[Staff]
    """The member of staff whose hours they are."""
    version: int | None = UNSET
    """The version of the staff you read: the change is refused when somebody changed it since."""
    hours: list[HoursInput]
    """All spans of the week; spans of one day may touch but not overlap."""


@input
class DayHoursInput:
    """A span of one day, by the clock on the business's wall."""

    starts: time
    """When work begins on the day: `09:00`."""
    ends: time
    """When it ends: `17:30`; 00:00 is midnight at the end of the day."""


@input
class SetDatedHoursInput(VersionedInput):
    """Somebody's hours on one day, in place of those of its weekday."""

    id: IdOf[Staff]
    """The member of staff whose hours they are."""
    version: int | None = UNSET
    """The version of the staff you read: the change is refused when somebody changed it since."""
    day: date
    """The day, within five years from today."""
    hours: list[DayHoursInput] | None = None
    """All spans of the day, up to 20; none: no work on that day; null: as in every week again."""


@input
class AddClosingInput:
    """Days on which the business is closed."""

    name: str
    """Why, as clients may read it, up to 200 characters."""
    first_day: date
    """The first day, within five years from today."""
    last_day: date
    """The last day, at most a year later; for a single day the same."""


@input
class RemoveClosingInput:
    """Closing days on which the business is open after all."""

    id: IdOf[Closing]
    """The closing days to remove."""


@input
class AddTimeOffInput:
    """A stretch in which somebody cannot be booked."""

    staff_id: IdOf[Staff]
    """The member of staff who is away."""
    starts_at: datetime
    """When the time off begins."""
    ends_at: datetime
    """When the time off ends."""
    reason: str | None = None
    """Why, for the team; up to 200 characters."""


@input
class RemoveTimeOffInput:
    """Time off that is not taken after all."""

    id: IdOf[TimeOff]
    """The time off to remove."""

"""Services and staff: reading and changing them."""

from __future__ import annotations

from modules.accounts.types import Business
from modules.errors import InvalidInput, NotFound
from modules.services import models, rules
from modules.services.types import (
    AddClosingInput,
    AddTimeOffInput,
    Closing,
    CreateServiceInput,
    CreateStaffInput,
    DatedHours,
    RemoveClosingInput,
    RemoveTimeOffInput,
    Service,
    ServiceFilter,
    ServiceOrder,
    SetDatedHoursInput,
    SetWorkingHoursInput,
    Staff,
    StaffFilter,
    StaffOrder,
    TimeOff,
    UpdateServiceInput,
    UpdateStaffInput,
    WorkingHours,
    columns,
)
from modules.text import NameRequired, TextNotAllowed, TextTooLong
from modules.viewer import OWNERS, SIGNED_IN, Viewer
from schema import (
    Connection,
    Many,
    Mutation,
    Parent,
    Payload,
    derive,
    extend,
    given,
    is_given,
    mutation,
    rows,
)

WORDS = (NameRequired, TextTooLong, TextNotAllowed)
VALUES = (InvalidInput, rules.OutOfRange, rules.CurrencyDiffers, rules.ColourInvalid)


@extend(Business)
class BusinessServices:
    """A business has a price list and a team."""

    @rows(audience=SIGNED_IN)
    @staticmethod
    def services(
        business: Parent[Business],
        viewer: Viewer,
        filter: ServiceFilter | None = None,
        order_by: ServiceOrder | None = None,
    ) -> Connection[Service]:
        """The services of the price list.

        Args:
            filter: Only such services; without it, those that are offered.
            order_by: How to sort it; by name, when nothing is said.
        """
        asked = filter or ServiceFilter()
        found = viewer.rows(models.Service).filter(business_id=business.id)
        if asked.active is not None:
            found = found.filter(active=asked.active)
        if is_given(asked.staff_id):
            found = found.filter(staff__id=asked.staff_id)
        if is_given(asked.category_id):
            found = found.filter(category_id=asked.category_id)
        return found.order_by(*columns(order_by))

    @rows(audience=SIGNED_IN)
    @staticmethod
    def staff(
        business: Parent[Business],
        viewer: Viewer,
        filter: StaffFilter | None = None,
        order_by: StaffOrder | None = None,
    ) -> Connection[Staff]:
        """Those who perform services.

        Args:
            filter: Only such members of staff; without it, those who can be booked.
            order_by: How to sort them; by name, when nothing is said.
        """
        asked = filter or StaffFilter()
        found = viewer.rows(models.Staff).filter(business_id=business.id)
        if asked.active is not None:
            found = found.filter(active=asked.active)
        if is_given(asked.service_id):
            found = found.filter(services__id=asked.service_id)
        return found.order_by(*columns(order_by))

    @rows(audience=SIGNED_IN)
    @staticmethod
    def closings(
        business: Parent[Business], viewer: Viewer, include_past: bool = False
    ) -> Connection[Closing]:
        """When the business is closed, in order.

        Args:
            include_past: Also closings that are over.
        """
        found = viewer.rows(models.Closing).filter(business_id=business.id)
        found = found.order_by("first_day", "id")
        today = derive(rules.today, viewer.zone, sql_type="date")
        return found if include_past else found.filter(last_day__gte=today)


@extend(Service)
class ServiceStaff:
    """A service is performed by somebody."""

    @rows(audience=SIGNED_IN)
    @staticmethod
    def staff(service: Parent[Service], viewer: Viewer) -> Many[Staff]:
        """Those who perform it and can be booked, by name."""
        found = viewer.rows(models.Staff).filter(services__id=service.id, active=True)
        return found.order_by("name", "id")


@extend(Staff)
class StaffWork:
    """Staff perform services, at certain hours."""

    @rows(audience=SIGNED_IN)
    @staticmethod
    def services(staff: Parent[Staff], viewer: Viewer) -> Many[Service]:
        """What they perform and is offered, by name."""
        found = viewer.rows(models.Service).filter(staff__id=staff.id, active=True)
        return found.order_by("name", "id")

    @rows
    @staticmethod
    def working_hours(staff: Parent[Staff], viewer: Viewer) -> Many[WorkingHours]:
        """When they are at work every week, from Monday on."""
        found = viewer.rows(models.WorkingHours).filter(staff_id=staff.id)
        return found.order_by("weekday", "starts", "id")

    @rows
    @staticmethod
    def dated_hours(
        staff: Parent[Staff], viewer: Viewer, include_past: bool = False
    ) -> Connection[DatedHours]:
        """The days on which they are at work at other hours than every week, or not at all.

        Args:
            include_past: Also days that are over.
        """
        found = viewer.rows(models.DatedHours).filter(staff_id=staff.id)
        found = found.order_by("day", "starts", "id")
        today = derive(rules.today, viewer.zone, sql_type="date")
        return found if include_past else found.filter(day__gte=today)

    @rows
    @staticmethod
    def time_off(
        staff: Parent[Staff], viewer: Viewer, include_past: bool = False
    ) -> Connection[TimeOff]:
        """When they cannot be booked although they usually work, in order.

        Args:
            include_past: Also time off that is over.
        """
        found = viewer.rows(models.TimeOff).filter(staff_id=staff.id).order_by("starts_at")
        return found if include_past else found.filter(ends_at__gt=derive(rules.now))


@extend(Mutation)
class ServiceMutations:
    """Changing the price list and the team."""

    @mutation(
        audience=OWNERS,
        refuses=(*WORDS, *VALUES, NotFound),
    )
    @staticmethod
    async def create_service(by: Viewer, input: CreateServiceInput) -> Payload[Service]:
        """Put a service on the price list."""
        return await rules.create_service(by, **given(input))

    @mutation(
        audience=OWNERS,
        updates=Service,
        refuses=(*WORDS, *VALUES),
    )
    @staticmethod
    async def update_service(by: Viewer, input: UpdateServiceInput) -> Payload[Service]:
        """Change a service; appointments already made keep their time and price."""
        return await rules.update_service(by, service_id=input.id, **given(input))

    @mutation(
        audience=OWNERS,
        refuses=(
            *WORDS,
            InvalidInput,
            rules.ColourInvalid,
            NotFound,
            rules.AccountAlreadyStaff,
        ),
    )
    @staticmethod
    async def create_staff(by: Viewer, input: CreateStaffInput) -> Payload[Staff]:
        """Add somebody to the team; they are at work once they have hours."""
        return await rules.create_staff(by, **given(input))

    @mutation(
        audience=OWNERS,
        updates=Staff,
        refuses=(
            *WORDS,
            InvalidInput,
            rules.ColourInvalid,
            rules.AccountAlreadyStaff,
        ),
    )
    @staticmethod
    async def update_staff(by: Viewer, input: UpdateStaffInput) -> Payload[Staff]:
        """Change a member of staff; whoever is not active can no longer be booked."""
        return await rules.update_staff(by, staff_id=input.id, **given(input))

    @mutation(
        updates=Staff,
        refuses=(rules.HoursOverlap, rules.EndsBeforeStart, rules.OutOfRange, InvalidInput),
    )
    @staticmethod
    async def set_working_hours(by: Viewer, input: SetWorkingHoursInput) -> Payload[Staff]:
        """Replace somebody's weekly hours; appointments already made stay."""
        hours = [
            rules.Hours(weekday=span.weekday, starts=span.starts, ends=span.ends)
            for span in input.hours
        ]
        return await rules.set_working_hours(by, staff_id=input.id, hours=hours)

    @mutation(
        updates=Staff,
        refuses=(rules.HoursOverlap, rules.EndsBeforeStart, rules.OutOfRange, InvalidInput),
    )
    @staticmethod
    async def set_dated_hours(by: Viewer, input: SetDatedHoursInput) -> Payload[Staff]:
        """Replace somebody's hours on one day; appointments already made stay."""
        hours = None
        if input.hours is not None:
            weekday = input.day.isoweekday()
            hours = [
                rules.Hours(weekday=weekday, starts=span.starts, ends=span.ends)
                for span in input.hours
            ]
        return await rules.set_dated_hours(by, staff_id=input.id, day=input.day, hours=hours)

    @mutation(audience=OWNERS, refuses=(*WORDS, rules.EndsBeforeStart, rules.OutOfRange))
    @staticmethod
    async def add_closing(by: Viewer, input: AddClosingInput) -> Payload[Closing]:
        """Close the business on some days; appointments already made stay."""
        return await rules.add_closing(by, **given(input))

    @mutation(audience=OWNERS, deletes=Closing, refuses=(NotFound,))
    @staticmethod
    async def remove_closing(by: Viewer, input: RemoveClosingInput) -> Payload[Business]:
        """Open the business on days on which it was to be closed."""
        return await rules.remove_closing(by, closing_id=input.id)

    @mutation(
        refuses=(
            rules.EndsBeforeStart,
            rules.OutOfRange,
            TextTooLong,
            TextNotAllowed,
            NotFound,
        )
    )
    @staticmethod
    async def add_time_off(by: Viewer, input: AddTimeOffInput) -> Payload[TimeOff]:
        """Keep somebody from being booked for a while; appointments already made stay."""
        return await rules.add_time_off(
            by,
            staff_id=input.staff_id,
            starts_at=input.starts_at,
            ends_at=input.ends_at,
            reason=input.reason,
        )

    @mutation(deletes=TimeOff, refuses=(NotFound,))
    @staticmethod
    async def remove_time_off(by: Viewer, input: RemoveTimeOffInput) -> Payload[Staff]:
        """Let somebody be booked again where they had time off."""
        return await rules.remove_time_off(by, time_off_id=input.id)

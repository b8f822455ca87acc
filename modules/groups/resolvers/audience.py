"""Whom services are for: reading it, and saying it along with the service."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from strawberry import UNSET
from tortoise.expressions import Q

from modules.appointments.events import AppointmentStatus
from modules.appointments.rules import TooManyAtOnce
from modules.appointments.types import Appointment
from modules.errors import NotFound
from modules.groups import rules
from modules.groups.types import ServiceAudience, ServiceAudienceInput
from modules.groups.written import Written
from modules.services.rules import now
from modules.services.types import CreateServiceInput, Service, UpdateServiceInput
from modules.viewer import TEAM, Role, Viewer
from schema import (
    Connection,
    Parent,
    derive,
    extend,
    given,
    model_of,
    nested,
    rows,
    where,
)

AUDIENCE = (NotFound, rules.AudienceUnclear, TooManyAtOnce)


def chosen_for(viewer: Viewer) -> Q:
    """Answer which services a viewer was chosen for, as a client: by a group, or by name."""
    if viewer.role is not Role.CLIENT:
        return Q(id__isnull=True)
    return where(
        lambda table: Written(
            """EXISTS (SELECT FROM clients c
            WHERE c.business_id = {business} AND c.account_id = {account} AND (
                EXISTS (SELECT FROM service_clients s WHERE s.business_id = c.business_id
                    AND s.service_id = {id} AND s.client_id = c.id)
                OR EXISTS (SELECT FROM group_members m
                    JOIN service_groups g
                    ON g.business_id = m.business_id AND g.group_id = m.group_id
                    WHERE m.business_id = c.business_id AND m.client_id = c.id
                    AND g.service_id = {id})))""",
            id=table.id, business=viewer.business_id, account=viewer.account_id,
        )
    )  # fmt: skip


@extend(Service)
class ServiceAudiences:
    """A service is for everyone, or for some."""

    @nested(audience=TEAM)
    @staticmethod
    def audience(service: Parent[Service]) -> ServiceAudience:
        """Whom it is for: nobody else sees it, or books it."""
        here: Any = service
        return ServiceAudience(service_id=here.id, business_id=here.business_id, kind=here.audience)

    @rows(audience=TEAM)
    @staticmethod
    def appointments_left_standing(
        service: Parent[Service], viewer: Viewer
    ) -> Connection[Appointment]:
        """Upcoming appointments of clients who could not book it any more, the soonest first.

        They stand until somebody cancels them, with `cancelAppointments`.
        """
        here: Any = service
        found = viewer.rows(model_of(Appointment)).filter(
            service_id=service.id,
            status=AppointmentStatus.BOOKED,
            ends_at__gt=derive(now),
            service__audience="SELECTED",
        )
        chosen = where(
            lambda table: Written(
                """NOT EXISTS (SELECT FROM service_clients c
                WHERE c.business_id = {business} AND c.service_id = {service}
                AND c.client_id = {client})
                AND NOT EXISTS (SELECT FROM group_members m
                JOIN service_groups g ON g.business_id = m.business_id AND g.group_id = m.group_id
                WHERE m.business_id = {business} AND m.client_id = {client}
                AND g.service_id = {service})""",
                client=table.client_id, business=here.business_id, service=here.id,
            )
        )  # fmt: skip
        return found.filter(chosen).order_by("starts_at")


class _Chosen:
    """What becomes of an audience, whether its service is new or not."""

    @staticmethod
    async def check(by: Viewer, audience: ServiceAudienceInput | None) -> dict[str, Any]:
        """Make sure that it is clear, and that all of it is there."""
        if audience is None:
            return {"audience": None}
        return {"audience": await rules.check_audience(by, **given(audience))}

    @staticmethod
    async def apply(by: Viewer, id: UUID, audience: rules.Audience | None) -> None:
        """Say so before anybody can see or book it."""
        if audience is not None:
            await rules.set_audience(by, service_id=id, audience=audience)


@extend(CreateServiceInput, refuses=AUDIENCE)
class CreatedAudience(_Chosen):
    """A new service is for somebody."""

    audience: ServiceAudienceInput | None = UNSET
    """Whom it is for; everyone when nothing is said."""


@extend(UpdateServiceInput, refuses=AUDIENCE)
class UpdatedAudience(_Chosen):
    """A service may be for others from now on."""

    audience: ServiceAudienceInput | None = UNSET
    """Whom it is for from now on; appointments already made stay."""

"""Whom a service is for, as the API shows it."""

from __future__ import annotations

from typing import Any

import strawberry
from strawberry import UNSET

from modules.clients.types import Client
from modules.groups import models
from modules.groups.types.group import Group
from modules.groups.written import Written
from modules.viewer import Viewer
from schema import (
    Connection,
    Expression,
    IdOf,
    Many,
    Parent,
    expression,
    input,
    model_of,
    object,
    rows,
    where,
)


@object
class ServiceAudience:
    """Whom a service is for: everyone, or the clients of some groups, and some clients by name."""

    service_id: strawberry.Private[Any]
    business_id: strawberry.Private[Any]
    kind: strawberry.Private[Any]

    @expression
    @staticmethod
    def everyone(audience: Parent[ServiceAudience]) -> Expression[bool]:
        """Whether it is for everyone; else for those below, and for nobody where there are none."""
        return Written("{kind} = 'EVERYONE'", kind=audience.kind)

    @rows
    @staticmethod
    def groups(audience: Parent[ServiceAudience], viewer: Viewer) -> Many[Group]:
        """The groups it is for, by name."""
        among = where(
            lambda table: Written(
                "{id} IN (SELECT g.group_id FROM service_groups g"
                " WHERE g.business_id = {business} AND g.service_id = {service})",
                id=table.id, business=audience.business_id, service=audience.service_id,
            )
        )  # fmt: skip
        return viewer.rows(models.ClientGroup).filter(among).order_by("sort_name", "id")

    @rows
    @staticmethod
    def clients(audience: Parent[ServiceAudience], viewer: Viewer) -> Connection[Client]:
        """The clients it is for by name, whatever their groups, by name."""
        among = where(
            lambda table: Written(
                "{id} IN (SELECT c.client_id FROM service_clients c"
                " WHERE c.business_id = {business} AND c.service_id = {service})",
                id=table.id, business=audience.business_id, service=audience.service_id,
            )
        )  # fmt: skip
        return viewer.rows(model_of(Client)).filter(among).order_by("sort_name")


@input
class ServiceAudienceInput:
    """Whom a service is for: `everyone: true`, or exactly these groups and clients."""

    everyone: bool | None = UNSET
    """Whether it is for everyone; `false` without groups and clients closes it to all."""
    group_ids: list[IdOf[Group]] | None = UNSET
    """The groups whose clients it is for, up to 5,000."""
    client_ids: list[IdOf[Client]] | None = UNSET
    """The clients it is for by name, up to 5,000."""

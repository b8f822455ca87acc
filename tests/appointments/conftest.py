"""A small salon to book appointments at."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from modules.appointments import rules as appointments
from modules.clients import rules as clients
from modules.services import rules as services
from modules.viewer import Role, Viewer
from modules.zones import ZoneInfo
from storage import database as db
from storage import log
from storage.database import Database
from storage.models import uuid7

Hours = services.Hours


@dataclass
class Salon:
    """Ann and Bob, at work Monday to Saturday from 9 to 17; a cut takes 30 minutes."""

    by: Viewer
    ann: UUID
    bob: UUID
    cut: UUID
    zoe: UUID
    zone: ZoneInfo

    async def do(self, rule: Callable[..., Awaitable[Any]], **asked: Any) -> Any:
        """Run a rule the way the shell does: in one change, again when somebody was quicker."""
        try:
            async with log.Log().change(actor=None, business_id=self.by.business_id):
                return await rule(self.by, **asked)
        except asyncpg.ExclusionViolationError:
            return await self.do(rule, **asked)

    async def book(self, starts_at: datetime, **other: Any) -> UUID:
        """Book Zoë a cut with Ann, or what is said instead."""
        usual = {"client_id": self.zoe, "service_id": self.cut, "staff_id": self.ann}
        return await self.do(appointments.book, starts_at=starts_at, **{**usual, **other})

    async def client(self) -> Salon:
        """Give the same salon, seen by Zoë, who has proved her address."""
        account = await self.do(clients.prove, client_id=self.zoe, email="zoe@example.org")
        return replace(self, by=replace(self.by, role=Role.CLIENT, account_id=account))

    def at(self, hour: int, minute: int = 0, *, weeks: int = 1, weekday: int = 3) -> datetime:
        """Give an instant on a Wednesday to come, or another weekday, by the salon's clock."""
        today = datetime.now(self.zone).date()
        day = today + timedelta(days=(weekday - today.isoweekday()) % 7 or 7, weeks=weeks - 1)
        return datetime.combine(day, time(hour, minute), tzinfo=self.zone).astimezone(UTC)

    def on(self, day: date, hour: int, minute: int = 0, *, fold: int = 0) -> datetime:
        """Give an instant on a certain day by the salon's clock."""
        wall = datetime.combine(day, time(hour, minute, fold=fold), tzinfo=self.zone)
        return wall.astimezone(UTC)

    async def everything(self) -> list[Any]:
        """All that is written down about appointments: compare before and after a refusal."""
        rows = await db.fetch("SELECT * FROM appointments ORDER BY id")
        rows += await db.fetch("SELECT * FROM claims ORDER BY taker_id, holder_id, during")
        return [*rows, await db.fetchval("SELECT count(*) FROM event")]


@pytest.fixture
def enabled() -> list[str]:
    """Only what appointments need."""
    return ["accounts", "services", "clients", "appointments"]


async def open_salon(zone: str) -> Salon:
    """Open a salon of its own, in a zone."""
    business = uuid7()
    await db.execute(
        "INSERT INTO businesses (id, name, zone, currency) VALUES ($1, 'Salon', $2, 'EUR')",
        business, zone,
    )  # fmt: skip
    by = Viewer(role=Role.OWNER, business_id=business, zone=zone)
    salon = Salon(by, business, business, business, business, ZoneInfo(zone))
    week = [Hours(weekday=day, starts=time(9), ends=time(17)) for day in range(1, 7)]
    salon.ann = await salon.do(services.create_staff, name="Ann")
    salon.bob = await salon.do(services.create_staff, name="Bob")
    for staff in (salon.ann, salon.bob):
        await salon.do(services.set_working_hours, staff_id=staff, hours=week)
    salon.cut = await salon.do(
        services.create_service,
        name="Cut",
        duration_minutes=30,
        price=services.Price(amount_minor=3_500),
        staff_ids=[salon.ann, salon.bob],
    )
    salon.zoe = await salon.do(
        clients.create_client, first_name="Zoë", last_name="Jansen", email="zoe@example.org"
    )
    return salon


@pytest.fixture
async def salon(database: Database) -> Salon:
    """A salon in Amsterdam."""
    return await open_salon("Europe/Amsterdam")


@pytest.fixture
async def other(database: Database) -> Salon:
    """Somebody else's salon."""
    return await open_salon("America/New_York")

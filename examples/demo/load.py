"""Loads the demo salon, through the same rules as everybody's salon."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from modules.accounts import rules as accounts
from modules.appointments import rules as appointments
from modules.clients import rules as clients
from modules.services import rules as services
from modules.viewer import PUBLIC, Role, Viewer
from modules.zones import ZoneInfo
from storage import database, log

MODULES = ("accounts", "clients", "services", "appointments")
"""What has to be there to load it."""
HERE = Path(__file__).parent
EMAIL, STAFF_EMAIL = "owner@demo.test", "staff@demo.test"
PASSWORD = "salon-on-a-sunny-day"  # noqa: S105 - it is printed for everybody to see

Progress = Callable[[str, int, int], None]
"""Told what is being loaded, how much of it is done, and how much there is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """The demo salon: how to sign in, and things that exist there."""

    business_id: UUID
    zone: str
    client_id: UUID
    service_id: UUID
    staff_id: UUID
    free_slot: datetime
    """When `staff_id` can be booked for `service_id`; tomorrow, if nobody can be booked at all."""
    created: bool
    """Whether it was loaded just now; else it was there."""
    email: str = EMAIL
    staff_email: str = STAFF_EMAIL
    password: str = PASSWORD
    """Of both."""

    def __str__(self) -> str:
        return f"{self.email} / {self.password} (or {self.staff_email})"


async def load(progress: Progress | None = None) -> Demo:
    """Load the salon, all of it or nothing; when it is there already, say so and leave it alone."""
    tell = progress or (lambda what, done, of: None)
    by = await _owner()
    created = by is None
    if by is None:
        # A log without reactions: nobody gets mail about a salon that is made up.
        async with log.Log().change(actor=None):
            by = await _Loading(tell).everything()
    return await _demo(by, created=created)


@dataclass(slots=True)
class _Loading:
    """One run: who exists so far, by the names and numbers the files use."""

    tell: Progress
    by: Viewer = PUBLIC
    staff: dict[str, UUID] = field(default_factory=dict)
    services: list[UUID] = field(default_factory=list)
    durations: list[timedelta] = field(default_factory=list)
    fields: dict[str, tuple[UUID, clients.ClientFieldKind]] = field(default_factory=dict)
    clients: list[UUID] = field(default_factory=list)

    async def everything(self) -> Viewer:
        """Read the files in the order in which they need each other."""
        (business,) = _rows("business.csv")
        await self._open(business)
        await self._hire()
        await self._offer()
        await self._define()
        await self._know()
        await self._fill(ZoneInfo(business["zone"]))
        return self.by

    async def _open(self, business: dict[str, str]) -> None:
        self.tell("Business", 0, 1)
        signed_in = await accounts.sign_up_business(
            PUBLIC,
            business_name=business["name"],
            zone=business["zone"],
            currency=business["currency"],
            locale=business["locale"],
            name="Maya Green",
            email=EMAIL,
            password=PASSWORD,
            confirmed=True,
        )
        self.by = signed_in.viewer
        await accounts.add_team_member(
            self.by,
            email=STAFF_EMAIL,
            name="Leo Park",
            password=PASSWORD,
            role=Role.STAFF,
            confirmed=True,
        )
        self.tell("Business", 1, 1)

    async def _hire(self) -> None:
        rows, spans = list(_rows("staff.csv")), list(_rows("hours.csv"))
        known = await _accounts(self.by)
        for done, row in enumerate(rows, 1):
            account = {"owner": known[EMAIL], "staff": known[STAFF_EMAIL]}.get(row["account"])
            staff_id = await services.create_staff(
                self.by, name=row["name"], colour=row["colour"], account_id=account
            )
            self.staff[row["name"]] = staff_id
            week = [_hours(span) for span in spans if span["staff"] == row["name"]]
            await services.set_working_hours(self.by, staff_id=staff_id, hours=week)
            self.tell("Staff", done, len(rows))

    async def _offer(self) -> None:
        rows = list(_rows("services.csv"))
        for done, row in enumerate(rows, 1):
            service_id = await services.create_service(
                self.by,
                name=row["name"],
                duration_minutes=int(row["duration_minutes"]),
                buffer_after_minutes=int(row["buffer_after_minutes"]),
                price=services.Price(amount_minor=int(row["price_minor"])),
                colour=row["colour"],
                staff_ids=[self.staff[name] for name in row["performed_by"].split(";")],
            )
            self.services.append(service_id)
            self.durations.append(timedelta(minutes=int(row["duration_minutes"])))
            self.tell("Services", done, len(rows))

    async def _define(self) -> None:
        for row in _rows("fields.csv"):
            kind = clients.ClientFieldKind(row["kind"])
            options = row["options"].split(";")
            field_id = await clients.create_client_field(
                self.by, name=row["name"], kind=kind, options=options
            )
            self.fields[row["name"]] = field_id, kind

    async def _know(self) -> None:
        rows, written = list(_rows("clients.csv")), list(_rows("notes.csv"))
        self.tell("Clients", 0, len(rows))
        everyone = [self._client(row) for row in rows]
        for note in written:
            kind, text = clients.ClientNoteKind(note["kind"]), note["text"]
            everyone[int(note["client"]) - 1].setdefault("notes", []).append(
                {"kind": kind, "text": text}
            )
        self.clients = await clients.create_clients(self.by, everyone)
        for row, client_id in zip(rows, self.clients, strict=True):
            if row["blocked"]:
                await clients.block_client(self.by, client_id=client_id, reason=row["blocked"])
        self.tell("Clients", len(rows), len(rows))

    def _client(self, row: dict[str, str]) -> Any:
        """Make of a line what may be written in a file."""
        plain = ("first_name", "last_name", "email", "phone", "note")
        channels = filter(None, row["consents"].split(";"))
        return {
            **{column: row[column] for column in plain},
            "birthday": date.fromisoformat(row["birthday"]) if row["birthday"] else None,
            "address": {part: row[part] for part in clients.Address.__annotations__},
            "tags": row["tags"].split(";"),
            "preferred_staff_id": self.staff.get(row["preferred_staff"]),
            "consents": [
                {"channel": clients.MarketingChannel(each), "granted": True, "how": row["how"]}
                for each in channels
            ],
            "custom_fields": [
                {"field_id": field_id, **_value(kind, row[name])}
                for name, (field_id, kind) in self.fields.items()
            ],
        }

    async def _fill(self, zone: ZoneInfo) -> None:
        rows = list(_rows("appointments.csv"))
        self.tell("Appointments", 0, len(rows))
        now = datetime.now(zone)
        monday = now.date() - timedelta(days=now.weekday())
        visits = [self._visit(row, monday, zone, now) for row in rows]
        await appointments.book_many(self.by, visits)
        self.tell("Appointments", len(rows), len(rows))

    def _visit(
        self, row: dict[str, str], monday: date, zone: ZoneInfo, now: datetime
    ) -> appointments.Visit:
        day = monday + timedelta(weeks=int(row["week"]), days=int(row["weekday"]) - 1)
        starts_at = datetime.combine(day, time.fromisoformat(row["time"]), zone).astimezone(UTC)
        service = int(row["service"]) - 1
        status = appointments.AppointmentStatus(row["outcome"])
        cancelled = status is appointments.AppointmentStatus.CANCELLED
        if not cancelled and starts_at + self.durations[service] > now:
            status = appointments.AppointmentStatus.BOOKED
        return appointments.Visit(
            client_id=self.clients[int(row["client"]) - 1],
            service_id=self.services[service],
            staff_id=self.staff[row["staff"]],
            starts_at=starts_at,
            status=status,
        )


async def _owner() -> Viewer | None:
    """Find the owner of a salon that was loaded before."""
    found = await database.fetchrow(
        "SELECT a.id, m.business_id FROM accounts a JOIN memberships m ON m.account_id = a.id"
        " WHERE a.email = $1 AND a.confirmed_at IS NOT NULL AND m.role = 'OWNER'"
        " ORDER BY m.created_at LIMIT 1",
        EMAIL,
    )
    if found is None:
        return None
    return Viewer.on_behalf(found["business_id"], found["id"])


async def _accounts(by: Viewer) -> dict[str, UUID]:
    rows = await database.fetch(
        "SELECT a.email, a.id FROM accounts a JOIN memberships m ON m.account_id = a.id"
        " WHERE m.business_id = $1",
        by.of_business(),
    )
    return {row["email"]: row["id"] for row in rows}


async def _demo(by: Viewer, *, created: bool) -> Demo:
    """Look up what somebody who tries things out needs."""
    business_id = by.of_business()
    zone = await database.fetchval("SELECT zone FROM businesses WHERE id = $1", business_id)
    client_id = await database.fetchval(
        "SELECT client_id FROM appointments WHERE business_id = $1"
        " GROUP BY client_id ORDER BY count(*) DESC, client_id LIMIT 1",
        business_id,
    )
    service_id, slot = await _free(by)
    return Demo(
        business_id=business_id,
        zone=zone,
        client_id=client_id,
        service_id=service_id,
        staff_id=slot.staff_id,
        free_slot=slot.starts_at,
        created=created,
    )


async def _free(by: Viewer) -> tuple[UUID, appointments.Slot]:
    """Find a service and a slot for it; if visitors left none, one that is refused with reasons."""
    offers = await database.fetch(
        "SELECT DISTINCT ON (bookable, s.id) s.id AS service_id, t.id AS staff_id,"
        " s.active AND t.active AND EXISTS (SELECT FROM service_staff p"
        "  WHERE p.service_id = s.id AND p.staff_id = t.id) AS bookable"
        " FROM services s JOIN staff t ON t.business_id = s.business_id"
        " WHERE s.business_id = $1 ORDER BY bookable DESC, s.id, t.id",
        by.of_business(),
    )
    if not offers:
        raise LookupError("the demo salon is there, but has no services")
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    for service_id, staff_id, bookable in offers:
        if bookable and (
            found := await appointments.free_slots(
                by, service_id=service_id, staff_id=staff_id, around=tomorrow
            )
        ):
            return service_id, found[0]
    service_id, staff_id, _ = offers[0]
    zone = await database.fetchval("SELECT zone FROM businesses WHERE id = $1", by.of_business())
    return service_id, appointments.Slot(
        starts_at=tomorrow, ends_at=tomorrow, staff_id=staff_id, zone=zone
    )


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _hours(row: dict[str, str]) -> services.Hours:
    starts, ends = time.fromisoformat(row["starts"]), time.fromisoformat(row["ends"])
    return services.Hours(weekday=int(row["weekday"]), starts=starts, ends=ends)


def _value(kind: clients.ClientFieldKind, written: str) -> dict[str, Any]:
    """Read what stands in a field of some kind; nothing when it is empty."""
    read: dict[str, Callable[[str], Any]] = {"number": float, "date": date.fromisoformat}
    name = kind.lower()
    return {name: read.get(name, str)(written)} if written else {}

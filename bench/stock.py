"""The stock server: Strawberry, Tortoise and DataLoaders, put together as their documentation says.

It answers the same operations from the same tables. There is no sign-in, no log and no idempotency
in it; its subscription is fed inside the process by the mutation.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID, uuid4

import strawberry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader
from tortoise import Tortoise
from tortoise.exceptions import IntegrityError
from tortoise.expressions import Subquery
from tortoise.transactions import in_transaction

from bench import stock_models as models

T = TypeVar("T")
Info = strawberry.Info[dict[str, Any], None]


@strawberry.enum
class ClientOrder(Enum):
    """How the client list is sorted."""

    NAME = "NAME"


@strawberry.type
class Staff:
    """A member of staff."""

    id: strawberry.ID
    name: str

    @classmethod
    def of(cls, row: models.Staff) -> Staff:
        """Show a row."""
        return cls(id=strawberry.ID(str(row.id)), name=row.name)


@strawberry.type
class Service:
    """A service."""

    id: strawberry.ID
    name: str
    colour: str
    duration_minutes: int

    @classmethod
    def of(cls, row: models.Service) -> Service:
        """Show a row."""
        return cls(
            id=strawberry.ID(str(row.id)),
            name=row.name,
            colour=row.colour,
            duration_minutes=row.duration_minutes,
        )


@strawberry.type
class Appointment:
    """An appointment; what it refers to is loaded for all of a list at once."""

    id: strawberry.ID
    starts_at: datetime
    ends_at: datetime
    status: str
    row: strawberry.Private[Any]

    @classmethod
    def of(cls, row: models.Appointment) -> Appointment:
        """Show a row."""
        return cls(
            id=strawberry.ID(str(row.id)),
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            status=row.status,
            row=row,
        )

    @strawberry.field
    async def client(self, info: Info) -> Client:
        """Give the client; what a subscription publishes has it with it."""
        if isinstance(self.row.client, models.Client):
            return Client.of(self.row.client)
        return Client.of(await info.context["clients"].load(self.row.client_id))

    @strawberry.field
    async def service(self, info: Info) -> Service:
        """Give the service."""
        return Service.of(await info.context["services"].load(self.row.service_id))

    @strawberry.field
    async def staff(self, info: Info) -> Staff:
        """Give the member of staff."""
        return Staff.of(await info.context["staff"].load(self.row.staff_id))


@strawberry.type
class PageInfo:
    """Where a page ends."""

    has_next_page: bool
    end_cursor: str | None


@strawberry.type
class Edge(Generic[T]):
    """A row of a page."""

    cursor: str
    node: T


@strawberry.type
class Page(Generic[T]):
    """A page of rows."""

    edges: list[Edge[T]]
    page_info: PageInfo


@strawberry.type
class Visits:
    """A client's appointments, the latest first."""

    client_id: strawberry.Private[UUID]
    first: strawberry.Private[int]

    @strawberry.field
    async def total_count(self) -> int:
        """Count them."""
        return await models.Appointment.filter(client_id=self.client_id).count()

    @strawberry.field
    async def nodes(self) -> list[Appointment]:
        """Give the latest."""
        found = models.Appointment.filter(client_id=self.client_id).order_by("-starts_at", "-id")
        return [Appointment.of(row) for row in await found.limit(self.first)]


@strawberry.type
class Client:
    """A client."""

    id: strawberry.ID
    first_name: str
    last_name: str
    email: str | None
    phone: str | None
    birthday: date | None
    note: str | None
    created_at: datetime

    @classmethod
    def of(cls, row: models.Client) -> Client:
        """Show a row."""
        return cls(
            id=strawberry.ID(str(row.id)),
            first_name=row.first_name,
            last_name=row.last_name,
            email=row.email,
            phone=row.phone,
            birthday=row.birthday,
            note=row.note,
            created_at=row.created_at,
        )

    @strawberry.field
    def full_name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}"

    @strawberry.field
    def appointments(self, first: int = 20) -> Visits:
        """Their appointments."""
        return Visits(client_id=UUID(self.id), first=first)


@strawberry.type
class Calendar:
    """A stretch of the calendar."""

    appointments: list[Appointment]


@strawberry.type
class Business:
    """A business."""

    id: strawberry.ID
    name: str

    @strawberry.field
    async def calendar(
        self,
        since: Annotated[datetime, strawberry.argument(name="from")],
        to: datetime,
        staff: list[strawberry.ID] | None = None,
    ) -> Calendar:
        """Give what is under way in a stretch of time."""
        found = models.Appointment.filter(
            business_id=self.id,
            starts_at__gt=since - timedelta(days=1),
            starts_at__lt=to,
            ends_at__gt=since,
        ).exclude(status="CANCELLED")
        if staff is not None:
            found = found.filter(staff_id__in=staff)
        rows = await found.order_by("starts_at", "id")
        return Calendar(appointments=[Appointment.of(row) for row in rows])

    @strawberry.field
    async def clients(
        self, order_by: ClientOrder, search: str | None = None, first: int = 20
    ) -> Page[Client]:
        """Give a page of the client list."""
        found = models.Client.filter(business_id=self.id)
        words = models.ClientWords.filter(business_id=self.id)
        for word in (search or "").lower().split():
            words = words.filter(words__contains=word)
        found = found.filter(id__in=Subquery(words.values("id")))
        rows = await found.order_by("sort_name", "id").limit(first + 1)
        edges = [Edge(cursor=str(row.id), node=Client.of(row)) for row in rows[:first]]
        info = PageInfo(
            has_next_page=len(rows) > first, end_cursor=edges[-1].cursor if edges else None
        )
        return Page(edges=edges, page_info=info)


@strawberry.type
class Query:
    """Reading."""

    @strawberry.field
    async def business(self, id: strawberry.ID) -> Business | None:
        """Give a business."""
        row = await models.Business.get_or_none(id=id)
        return Business(id=strawberry.ID(str(row.id)), name=row.name) if row else None

    @strawberry.field
    async def client(self, id: strawberry.ID) -> Client | None:
        """Give a client."""
        row = await models.Client.get_or_none(id=id)
        return Client.of(row) if row else None


@strawberry.input
class BookAppointmentInput:
    """A slot to take."""

    client_id: strawberry.ID
    service_id: strawberry.ID
    staff_id: strawberry.ID
    starts_at: datetime


@strawberry.type
class Problem:
    """Why nothing was booked."""

    code: str
    message: str


@strawberry.type
class BookAppointmentPayload:
    """What booking answers."""

    appointment: Appointment | None
    problems: list[Problem]
    replayed: bool = False


@strawberry.type
class AppointmentChange:
    """Something that happened to an appointment."""

    kind: str
    at: datetime
    appointment: Appointment


LISTENERS: set[asyncio.Queue[AppointmentChange]] = set()


@strawberry.type
class Mutation:
    """Changing."""

    @strawberry.mutation
    async def book_appointment(
        self, input: BookAppointmentInput, idempotency_key: str | None = None
    ) -> BookAppointmentPayload:
        """Take a slot."""
        try:
            row = await _book(input)
        except IntegrityError:
            taken = Problem(code="SLOT_TAKEN", message="Somebody else has that time.")
            return BookAppointmentPayload(appointment=None, problems=[taken])
        if LISTENERS:
            await row.fetch_related("client")
            change = AppointmentChange(
                kind="BOOKED", at=row.created_at, appointment=Appointment.of(row)
            )
            for listener in LISTENERS:
                listener.put_nowait(change)
        return BookAppointmentPayload(appointment=Appointment.of(row), problems=[])


async def _book(wish: BookAppointmentInput) -> models.Appointment:
    async with in_transaction():
        service = await models.Service.get(id=wish.service_id)
        before = timedelta(minutes=service.buffer_before_minutes)
        after = timedelta(minutes=service.buffer_after_minutes)
        ends_at = wish.starts_at + timedelta(minutes=service.duration_minutes)
        place = {
            "business_id": service.business_id,
            "service_id": wish.service_id,
            "staff_id": wish.staff_id,
            "starts_at": wish.starts_at,
            "ends_at": ends_at,
            "blocked_from": wish.starts_at - before,
            "blocked_until": ends_at + after,
            "price_minor": service.price_minor,
            "currency": service.currency,
        }
        booked = await models.Appointment.create(id=uuid4(), client_id=wish.client_id, **place)
        await models.Segment.create(id=uuid4(), appointment_id=booked.id, **place)
        return booked


@strawberry.type
class Subscription:
    """Watching."""

    @strawberry.subscription
    async def appointment_changes(self) -> AsyncGenerator[AppointmentChange, None]:
        """Tell of every booking."""
        queue: asyncio.Queue[AppointmentChange] = asyncio.Queue()
        LISTENERS.add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            LISTENERS.discard(queue)


def _by_id(model: Any) -> Callable[[list[UUID]], Awaitable[list[Any]]]:
    async def load(keys: list[UUID]) -> list[Any]:
        found: Iterable[Any] = await model.filter(id__in=keys)
        rows = {row.id: row for row in found}
        return [rows.get(key) for key in keys]

    return load


class Server(GraphQL[dict[str, Any], None]):
    """Strawberry's ASGI view with fresh DataLoaders for each request."""

    async def get_context(self, request: Request | WebSocket, response: Any) -> dict[str, Any]:
        """Make a request's loaders."""
        return {
            "clients": DataLoader(load_fn=_by_id(models.Client)),
            "services": DataLoader(load_fn=_by_id(models.Service)),
            "staff": DataLoader(load_fn=_by_id(models.Staff)),
        }


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """Connect Tortoise to the database."""
    dsn = os.environ["DATABASE_URL"].replace("postgresql://", "asyncpg://")
    await Tortoise.init(
        db_url=f"{dsn}?minsize=10&maxsize=10",
        modules={"models": ["bench.stock_models"]},
        use_tz=True,
        _enable_global_fallback=True,
    )
    yield
    await Tortoise.close_connections()


app = Starlette(lifespan=lifespan)
app.mount("/graphql", Server(strawberry.Schema(Query, Mutation, Subscription)))

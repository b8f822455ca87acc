"""A salon with groups, asked over GraphQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import orjson
import pytest

from modules.clients import rules as clients
from modules.services.models import Service
from modules.viewer import Role, Viewer
from schema.api import Asked
from schema.engine import Engine
from storage import database as db
from storage.database import Database
from storage.models import uuid7
from tests.appointments.conftest import Salon, open_salon

GROUP = """mutation($input: CreateGroupInput!, $dry: Boolean! = false) {
  createGroup(input: $input, dryRun: $dry) {
    group { id name description clientCount clients { totalCount nodes { fullName } } }
    duplicatesIgnored problems { code field message }
  }
}"""
ADD = """mutation($input: AddClientsToGroupInput!, $key: String) {
  addClientsToGroup(input: $input, idempotencyKey: $key) {
    group { clientCount } added alreadyMembers duplicatesIgnored problems { code field } replayed
  }
}"""
REMOVE = """mutation($input: RemoveClientsFromGroupInput!, $dry: Boolean! = false) {
  removeClientsFromGroup(input: $input, dryRun: $dry) {
    group { clientCount } removed notMembers duplicatesIgnored
    appointmentsLeftStanding { id startsAt client { fullName } service { name } }
    problems { code field }
  }
}"""
DELETE = """mutation($input: DeleteGroupInput!, $dry: Boolean! = false) {
  deleteGroup(input: $input, dryRun: $dry) {
    closedServices { name audience { everyone groups { name } } }
    appointmentsLeftStanding { id }
    outdatedSegments { name }
    problems { code field message remedy ... on GroupInUse { services { name } segments { name } } }
  }
}"""
BOOK = """mutation($input: BookAppointmentInput!) {
  bookAppointment(input: $input) {
    appointment { id status client { fullName } service { name } }
    problems { code field ... on GroupRequired { service { audience { groups { name } } } } }
  }
}"""
UPDATE = """mutation($input: UpdateServiceInput!) {
  updateService(input: $input) {
    service {
      version
      audience { everyone groups { name } clients { nodes { fullName } } }
      appointmentsLeftStanding { nodes { id } }
    }
    problems { code field }
  }
}"""


@dataclass
class Studio:
    """A salon, and the API of it."""

    salon: Salon
    engine: Engine

    @property
    def by(self) -> Viewer:
        """The owner."""
        return self.salon.by

    async def ask(self, query: str, *, by: Viewer | None = None, **variables: Any) -> Any:
        """Ask, and give the one answer there is."""
        sent = orjson.loads(orjson.dumps(variables))
        body = (await self.engine.answer(Asked(query, sent), by or self.by)).body
        answer = orjson.loads(body)
        assert "errors" not in answer, answer
        return next(iter(answer["data"].values()))

    async def codes(self, query: str, *, by: Viewer | None = None, **variables: Any) -> list[str]:
        """Ask, and give the codes of the problems."""
        payload = await self.ask(query, by=by, **variables)
        return [problem["code"] for problem in payload["problems"]]

    async def client(self, first: str, last: str = "Jansen") -> str:
        """Open a file; its id."""
        made = await self.salon.do(
            clients.create_client,
            first_name=first,
            last_name=last,
            email=f"{first.lower()}.{last.lower()}@example.org",
        )
        return f"cli_{made.hex}"

    async def group(self, name: str, members: Sequence[str] = ()) -> str:
        """Make a group; its id."""
        made = await self.ask(GROUP, input={"name": name, "clientIds": list(members)})
        assert made["problems"] == [], made
        return str(made["group"]["id"])

    async def service(self, name: str, audience: dict[str, Any] | None = None) -> str:
        """Put a service on the price list; its id."""
        query = """mutation($input: CreateServiceInput!) {
          createService(input: $input) { service { id } problems { code field } } }"""
        asked: dict[str, Any] = {
            "name": name,
            "durationMinutes": 30,
            "price": {"amountMinor": 2_500},
            "staffIds": [f"stf_{self.salon.ann.hex}", f"stf_{self.salon.bob.hex}"],
        }
        if audience is not None:
            asked["audience"] = audience
        made = await self.ask(query, input=asked)
        assert made["problems"] == [], made
        return str(made["service"]["id"])

    def slot(self, client: str, service: str, hour: int, minute: int = 0) -> dict[str, Any]:
        """Give the input that books a slot with Ann."""
        return {
            "clientId": client,
            "serviceId": service,
            "staffId": f"stf_{self.salon.ann.hex}",
            "startsAt": self.salon.at(hour, minute),
        }

    async def book(self, client: str, service: str, hour: int, minute: int = 0) -> str:
        """Book; the appointment's id."""
        made = await self.ask(BOOK, input=self.slot(client, service, hour, minute))
        assert made["problems"] == [], made
        return str(made["appointment"]["id"])

    async def signed_in(self, client: str) -> Viewer:
        """Let a client sign in: an account that is tied to their file."""
        account = uuid7()
        await db.execute("INSERT INTO accounts (id, name) VALUES ($1, 'A client')", account)
        await db.execute(
            "UPDATE clients SET account_id = $1 WHERE id = $2", account, UUID(client[4:])
        )
        return replace(self.by, role=Role.CLIENT, account_id=account)

    async def seen(self, by: Viewer) -> list[str]:
        """Name the services somebody can see, whatever the types are open to."""
        return [row.name for row in await by.rows(Service).order_by("name")]

    async def state(self) -> list[Any]:
        """All there is of groups and appointments: compare before and after a refusal."""
        tables = (
            "client_groups", "group_members", "service_groups", "service_clients", "appointments",
            "services",
        )  # fmt: skip
        rows = [await db.fetch(f"SELECT * FROM {table} ORDER BY 1, 2, 3") for table in tables]
        return [*rows, await db.fetchval("SELECT count(*) FROM event")]


@pytest.fixture
def enabled() -> list[str]:
    """Only what groups need."""
    return ["accounts", "services", "clients", "appointments", "groups"]


@pytest.fixture
async def studio(database: Database, engine: Engine) -> Studio:
    """A salon in Amsterdam."""
    return Studio(await open_salon("Europe/Amsterdam"), engine)


@pytest.fixture
async def other(database: Database, engine: Engine) -> Studio:
    """Somebody else's."""
    return Studio(await open_salon("America/New_York"), engine)

"""A small salon, signed up and furnished over the API, for testing what every change promises."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

Ask = Callable[..., Awaitable[dict[str, Any]]]

SIGN_UP = """mutation($input: SignUpBusinessInput!) {
  signUpBusiness(input: $input) { token viewer { role business { id } } problems { code field } }
}"""
STAFF = """mutation($input: CreateStaffInput!) {
  createStaff(input: $input) { staff { id } problems { code field } }
}"""
HOURS = """mutation($input: SetWorkingHoursInput!) {
  setWorkingHours(input: $input) { staff { id } problems { code field message } }
}"""
SERVICE = """mutation($input: CreateServiceInput!) {
  createService(input: $input) { service { id } problems { code field } }
}"""
CLIENT = """mutation($input: CreateClientInput!, $key: String, $dry: Boolean! = false) {
  createClient(input: $input, idempotencyKey: $key, dryRun: $dry) {
    client { id fullName email phone version } problems { code field } replayed messages { kind }
  }
}"""
BOOK = """mutation($input: BookAppointmentInput!, $key: String, $dry: Boolean! = false) {
  bookAppointment(input: $input, idempotencyKey: $key, dryRun: $dry) {
    appointment { id startsAt status version client { fullName } staff { name } }
    problems { code field retryable ... on SlotTaken { alternatives { startsAt staff { name } } } }
    replayed
  }
}"""


@dataclass(frozen=True)
class Salon:
    """What a test needs to book."""

    ask: Ask
    token: str
    business: str
    staff: str
    service: str
    client: str
    start: datetime
    """The first free slot: a Monday at ten, in two weeks."""

    async def does(self, query: str, name: str, variables: dict[str, Any]) -> dict[str, Any]:
        """Run a mutation as the owner and give its payload."""
        response = await self.ask(query, variables, token=self.token)
        assert "errors" not in response, response
        return response["data"][name]

    def slot(self, hours: float = 0) -> dict[str, Any]:
        """Give the input that books a slot so many hours after the first one."""
        start = self.start + timedelta(hours=hours)
        return {
            "clientId": self.client,
            "serviceId": self.service,
            "staffId": self.staff,
            "startsAt": start.isoformat(),
        }

    async def book(self, hours: float = 0, **more: Any) -> dict[str, Any]:
        """Book a slot and give the payload."""
        return await self.does(BOOK, "bookAppointment", {"input": self.slot(hours), **more})


async def furnish(ask: Ask, email: str = "olga@salon.example") -> Salon:
    """Sign a business up and give it one of everything."""
    signed = await ask(
        SIGN_UP,
        {
            "input": {
                "businessName": "Salon",
                "zone": "Europe/Amsterdam",
                "currency": "EUR",
                "name": "Olga",
                "email": email,
                "password": "correct horse battery",
            }
        },
    )
    assert "errors" not in signed, signed
    up = signed["data"]["signUpBusiness"]
    assert up["problems"] == []
    monday = datetime.now(UTC).date() + timedelta(days=14)
    monday -= timedelta(days=monday.weekday())
    salon = Salon(
        ask=ask,
        token=up["token"],
        business=up["viewer"]["business"]["id"],
        staff="",
        service="",
        client="",
        start=datetime(monday.year, monday.month, monday.day, 10, tzinfo=UTC),
    )
    staff = (await salon.does(STAFF, "createStaff", {"input": {"name": "Sam"}}))["staff"]["id"]
    week = [{"weekday": d, "starts": "00:00", "ends": "23:59"} for d in range(1, 8)]
    hours = await salon.does(HOURS, "setWorkingHours", {"input": {"id": staff, "hours": week}})
    assert hours["problems"] == []
    new = {
        "name": "Cut",
        "durationMinutes": 30,
        "price": {"amountMinor": 4500},
        "staffIds": [staff],
    }
    service = (await salon.does(SERVICE, "createService", {"input": new}))["service"]["id"]
    person = {"firstName": "Ann", "lastName": "Lee", "email": "Ann@Example.com"}
    client = (await salon.does(CLIENT, "createClient", {"input": person}))["client"]["id"]
    return Salon(ask, salon.token, salon.business, staff, service, client, salon.start)


@pytest.fixture
async def salon(api: Ask) -> Salon:
    """A furnished salon."""
    return await furnish(api)

"""What is asked of every server: four operations, in the words of a frontend, with many values."""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import cycle, islice
from typing import Any
from uuid import UUID

import orjson

from bench.seed import PER_DAY, Data

WEEK = """query Week($business: ID!, $from: DateTime!, $to: DateTime!, $staff: [ID!]) {
  business: node(id: $business) { ... on Business {
    calendar(from: $from, to: $to, staffIds: $staff) {
      appointments {
        id startsAt endsAt status
        client { id fullName }
        service { id name colour durationMinutes }
        staff { id name }
      }
    }
  } }
}"""
CLIENT_FILE = """query ClientFile($id: ID!) {
  node(id: $id) {
    ... on Client {
      id firstName lastName fullName email phone birthday note createdAt
      appointments(first: 20) {
        totalCount
        nodes {
          id startsAt endsAt status
          service { id name colour durationMinutes }
          staff { id name }
        }
      }
    }
  }
}"""
CLIENTS = """query Clients($business: ID!, $search: String, $first: Int) {
  business: node(id: $business) { ... on Business {
    clients(search: $search, orderBy: {field: NAME}, first: $first) {
      edges { cursor node { id fullName email phone createdAt } }
      pageInfo { hasNextPage endCursor }
    }
  } }
}"""
BOOK = """mutation Book($input: BookAppointmentInput!, $key: String) {
  bookAppointment(input: $input, idempotencyKey: $key) {
    appointment { id startsAt endsAt status }
    problems { code message }
    replayed
  }
}"""
CHANGES = """subscription Changes {
  appointmentChanges {
    kind
    at
    appointment { id startsAt endsAt status client { fullName } }
  }
}"""
DOCUMENTS = {"Week": WEEK, "ClientFile": CLIENT_FILE, "Clients": CLIENTS, "Book": BOOK}
WORDS = ("berg", "Anna", "lars hol", "jandam", "31600001", "yara sol", "w", "kelveld", "tim", "oos")

Ident = Callable[[str, UUID], str]
"""Writes an id the way a server does."""


def typed(prefix: str, key: UUID) -> str:
    """Write an id the way Regulars does: `cli_` and 32 digits."""
    return f"{prefix}_{key.hex}"


def plain(prefix: str, key: UUID) -> str:
    """Write an id the way most servers do."""
    return str(key)


class Requests:
    """Endless request bodies for each operation; a slot is offered once, whoever asks."""

    def __init__(self, data: Data, seed: int = 7) -> None:
        self.data = data
        self._slots = _slots(data, random.Random(seed))

    def bodies(self, operation: str, ident: Ident) -> Iterator[bytes]:
        """Give request bodies, for as long as anybody asks; reads repeat after 200."""
        if operation == "Book":
            return (self._body(operation, self.booking(slot, ident)) for slot in self._slots)
        made = [self._body(operation, self._values(operation, n, ident)) for n in range(200)]
        return cycle(made)

    def booking(self, slot: tuple[UUID, datetime], ident: Ident) -> dict[str, Any]:
        """Fill in a booking of a slot, with a key of its own."""
        client, service = random.choice(self.data.clients), random.choice(self.data.services)
        return {
            "input": {
                "clientId": ident("cli", client),
                "serviceId": ident("srv", service),
                "staffId": ident("stf", slot[0]),
                "startsAt": slot[1].isoformat(),
            },
            "key": secrets.token_hex(16),
        }

    def slots(self, count: int) -> list[tuple[UUID, datetime]]:
        """Take some slots for good."""
        return list(islice(self._slots, count))

    def _body(self, operation: str, variables: dict[str, Any]) -> bytes:
        return orjson.dumps(
            {
                "query": DOCUMENTS[operation],
                "operationName": operation,
                "variables": variables,
            }
        )

    def _values(self, operation: str, n: int, ident: Ident) -> dict[str, Any]:
        data = self.data
        if operation == "ClientFile":
            return {"id": ident("cli", data.clients[n % len(data.clients)])}
        business = {"business": ident("biz", data.business)}
        if operation == "Clients":
            return {**business, "search": WORDS[n % len(WORDS)], "first": 50}
        monday = data.first_week - timedelta(days=7 * (n % min(40, data.weeks)))
        pair = (data.staff[n % 9], data.staff[n % 9 + 1])
        return {
            **business,
            "from": monday.isoformat(),
            "to": (monday + timedelta(days=7)).isoformat(),
            "staff": [ident("stf", each) for each in pair],
        }


def _slots(data: Data, dice: random.Random) -> Iterator[tuple[UUID, datetime]]:
    """List free half hours of the next 350 days, in any order."""
    first = data.first_week + timedelta(days=21)
    found = [
        (staff, first + timedelta(days=day, hours=7, minutes=30 * slot))
        for day in range(330)
        for slot in range(PER_DAY)
        for staff in data.staff
    ]
    dice.shuffle(found)
    return iter(found)

"""What a first visitor of a demo server finds filled in: the sign-in and documented operations."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from modules.zones import ZoneInfo

OPERATIONS = Path(__file__).resolve().parents[2] / "examples" / "operations"
_NAME = re.compile(r"^(?:query|mutation|subscription)\s+(\w+)", re.MULTILINE)
_PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A demo salon as the page shows it: how to sign in, and ids that exist."""

    email: str
    password: str
    zone: str
    """The salon's IANA zone; its week begins on Monday at midnight there."""
    business: str
    client: str
    service: str
    staff: str
    free_slot: datetime
    """When `staff` can be booked for `service`, a UTC instant."""

    def values(self, now: datetime) -> dict[str, str]:
        """Say what the `{places}` in the operations' variables stand for at this instant."""
        today = now.astimezone(ZoneInfo(self.zone)).date()
        monday = today - timedelta(days=today.weekday())
        return {
            "email": self.email,
            "password": self.password,
            "business": self.business,
            "client": self.client,
            "service": self.service,
            "staff": self.staff,
            "freeSlot": self.free_slot.isoformat(),
            "monday": self._midnight(monday),
            "nextMonday": self._midnight(monday + timedelta(days=7)),
            "key": f"explorer-{secrets.token_hex(4)}",
        }

    def _midnight(self, day: date) -> str:
        return datetime.combine(day, time(), ZoneInfo(self.zone)).isoformat()


@dataclass(frozen=True, slots=True)
class Operation:
    """One documented operation: a file of GraphQL and, beside it, a file of variables."""

    name: str
    query: str
    variables: dict[str, Any]


def operations(values: Mapping[str, str], folder: Path = OPERATIONS) -> list[Operation]:
    """Read the documented operations in the order of their files, with these values filled in."""
    return [_read(path, values) for path in sorted(folder.glob("*.graphql"))]


def _read(path: Path, values: Mapping[str, str]) -> Operation:
    query = path.read_text(encoding="utf-8")
    named = _NAME.search(query)
    if named is None:
        raise ValueError(f"{path} holds no named operation.")
    variables = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    return Operation(named[1], query, _fill(variables, values))


def _fill(value: Any, values: Mapping[str, str]) -> Any:
    """Put the values into every text that is a `{place}`."""
    if isinstance(value, dict):
        return {key: _fill(part, values) for key, part in value.items()}
    if isinstance(value, list):
        return [_fill(part, values) for part in value]
    if isinstance(value, str) and (place := _PLACE.fullmatch(value)):
        return values[place[1]]
    return value

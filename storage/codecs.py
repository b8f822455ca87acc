"""How compiled reads get ids and instants: as answers write them, decoded as fast as can be.

Only the connections of compiled reads use these; rules and tables get UUID objects.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TypeAlias
from uuid import UUID

import asyncpg

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # where PostgreSQL counts instants from
MICROSECOND = timedelta(microseconds=1)
REMEMBERED = 50_000
PLAIN = "pg_catalog"


def show_instant(instant: datetime) -> str:
    """Write an instant in the one form that all answers have: in UTC, to the millisecond."""
    exact = instant.astimezone(UTC).isoformat(timespec="milliseconds")
    return exact.removesuffix("+00:00") + "Z"


class Instants(dict[bytes, datetime]):
    """Instants by the bytes PostgreSQL sends; a calendar's come again and again."""

    def __missing__(self, sent: bytes) -> datetime:
        """Read an instant for the first time."""
        if len(self) >= REMEMBERED:
            self.clear()
        read = EPOCH + int.from_bytes(sent, "big", signed=True) * MICROSECOND
        self[sent] = read
        return read


class Written(dict[bytes, str]):
    """The same as text, in the form of answers."""

    def __missing__(self, sent: bytes) -> str:
        """Write an instant for the first time."""
        if len(self) >= REMEMBERED:
            self.clear()
        self[sent] = written = show_instant(_instants[sent])
        return written


_instants = Instants()
_written = Written()


def uuid_bytes(value: UUID | str) -> bytes:
    """Send an id, an object or 32 digits."""
    return bytes.fromhex(value) if isinstance(value, str) else value.bytes


def instant_bytes(value: datetime) -> bytes:
    """Send an instant, to the microsecond."""
    return ((value - EPOCH) // MICROSECOND).to_bytes(8, "big", signed=True)


async def use_fast(connection: Connection) -> None:
    """Have ids come as 32 hexadecimal digits, and equal instants as one object.

    An instant that is only shown is asked for `AT TIME ZONE 'UTC'`, and comes as text.
    """
    await connection.set_type_codec(
        "uuid", schema=PLAIN, format="binary", encoder=uuid_bytes, decoder=bytes.hex
    )
    await connection.set_type_codec(
        "timestamptz",
        schema=PLAIN,
        format="binary",
        encoder=instant_bytes,
        decoder=_instants.__getitem__,
    )
    await connection.set_type_codec(
        "timestamp",
        schema=PLAIN,
        format="binary",
        encoder=instant_bytes,
        decoder=_written.__getitem__,
    )

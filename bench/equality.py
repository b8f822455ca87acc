"""Before anything is timed: every server gives the same answer to the same question."""

from __future__ import annotations

import re
from itertools import islice
from typing import Any

import asyncpg
import orjson

from bench.contenders import Running
from bench.load import ask
from bench.operations import DOCUMENTS, Requests

QUESTIONS = 12
"""How many of each operation are compared."""

_INSTANT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(?:Z|\+00:00)")
_ID = re.compile(
    r"(?:[a-z]{3}_)?([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})"
)
_OWN = {"cursor", "endCursor"}
"""What every server may spell as it likes."""
_UNIQUE = {"id", "startsAt", "endsAt"}
"""What no two bookings have in common."""
_BOOKED = """
SELECT DISTINCT a.business_id, status, price_minor - s.price, a.currency, a.note,
    ends_at - starts_at, starts_at - blocked_from, blocked_until - ends_at
FROM appointments a JOIN (SELECT id, price_minor AS price FROM services) s ON s.id = a.service_id
WHERE starts_at > now()
"""


async def check_equal(
    servers: list[Running], requests: Requests, connection: asyncpg.Connection
) -> None:
    """Compare the answers of all servers, and the rows their bookings left."""
    for operation in DOCUMENTS:
        answers = [await _answers(operation, here, requests) for here in servers]
        for here, theirs in zip(servers, answers, strict=True):
            for number, (first, other) in enumerate(zip(answers[0], theirs, strict=True)):
                if first != other:
                    raise RuntimeError(
                        f"{operation} {number}: {servers[0].contender.name} and"
                        f" {here.contender.name} differ:\n{first!s:.2000}\n{other!s:.2000}"
                    )
    rows = await connection.fetch(_BOOKED)
    if len(rows) != 1:
        raise RuntimeError(f"the servers book differently: {rows}")


async def _answers(operation: str, here: Running, requests: Requests) -> list[Any]:
    bodies = islice(requests.bodies(operation, here.contender.ident), QUESTIONS)
    drop = _OWN | (_UNIQUE if operation == "Book" else set())
    return [normal(orjson.loads(await ask(here, body)), drop) for body in bodies]


def normal(answer: Any, drop: set[str] = _OWN) -> Any:
    """Write an answer in one way: bare ids, instants to the millisecond, any name of the root."""
    if list(answer) != ["data"] or not answer["data"]:
        raise RuntimeError(f"not an answer: {answer}")
    [value] = answer["data"].values()
    return _normal(value, drop)


def _normal(value: Any, drop: set[str]) -> Any:
    if isinstance(value, dict):
        return {key: _normal(each, drop) for key, each in value.items() if key not in drop}
    if isinstance(value, list):
        return [_normal(each, drop) for each in value]
    if isinstance(value, str):
        found = _ID.fullmatch(value)
        if found:
            return "".join(found.groups())
        instant = _INSTANT.fullmatch(value)
        return f"{instant[1]}.{(instant[2] or '')[:3]:0<3}Z" if instant else value
    return value

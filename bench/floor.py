"""The floor: what no server can beat. No framework, no GraphQL, no sign-in; SQL by hand, orjson.

Each operation is recognised by its name and answered by the one or two statements somebody would
write for exactly that screen.
"""

from __future__ import annotations

import base64
import gc
import os
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson

Message = MutableMapping[str, Any]

_WEEK = """
SELECT a.id, a.starts_at, a.ends_at, a.status, c.id, c.first_name, c.last_name,
    s.id, s.name, s.colour, s.duration_minutes, t.id, t.name
FROM appointments a JOIN clients c ON c.id = a.client_id JOIN services s ON s.id = a.service_id
    JOIN staff t ON t.id = a.staff_id
WHERE a.business_id = $1 AND a.starts_at > $2::timestamptz - interval '1 day' AND a.starts_at < $3
    AND a.ends_at > $2 AND a.staff_id = ANY($4::uuid[]) AND a.status <> 'CANCELLED'
ORDER BY a.starts_at, a.id
"""
_CLIENT = """
SELECT c.id, first_name, last_name, email, phone, birthday, note, created_at,
    (SELECT count(*) FROM appointments a WHERE a.business_id = c.business_id AND a.client_id = c.id)
FROM clients c WHERE c.business_id = $1 AND c.id = $2
"""
_VISITS = """
SELECT a.id, a.starts_at, a.ends_at, a.status, s.id, s.name, s.colour, s.duration_minutes, t.id,
    t.name
FROM appointments a JOIN services s ON s.id = a.service_id JOIN staff t ON t.id = a.staff_id
WHERE a.business_id = $1 AND a.client_id = $2 ORDER BY a.starts_at DESC, a.id DESC LIMIT 20
"""
_CLIENTS = """
SELECT c.id, first_name, last_name, email, phone, created_at, c.sort_name
FROM (
    SELECT id, sort_name FROM client_words WHERE business_id = $1 AND words LIKE $2
    ORDER BY sort_name, id LIMIT $3
) w JOIN clients c USING (id) ORDER BY w.sort_name, w.id
"""
_BOOK = """
WITH booked AS (
INSERT INTO appointments (business_id, client_id, service_id, staff_id, starts_at, ends_at,
    blocked_from, blocked_until, price_minor, currency)
SELECT $1, $2, id, $4, $5, $5::timestamptz + make_interval(mins => duration_minutes),
    $5::timestamptz - make_interval(mins => buffer_before_minutes),
    $5::timestamptz + make_interval(mins => duration_minutes + buffer_after_minutes),
    price_minor, currency
FROM services WHERE business_id = $1 AND id = $3
RETURNING *
), segment AS (
INSERT INTO appointment_segments (business_id, appointment_id, position, service_id, staff_id,
    starts_at, ends_at, blocked_from, blocked_until, price_minor,
    currency)
SELECT business_id, id, 1, service_id, staff_id, starts_at, ends_at, blocked_from, blocked_until,
    price_minor, currency
FROM booked
)
SELECT id, starts_at, ends_at, status FROM booked
"""
_TAKEN = {"code": "SLOT_TAKEN", "message": "Somebody else has that time."}

pool: asyncpg.Pool
salon: UUID


async def week(given: dict[str, Any]) -> Any:
    """Answer the calendar of a week."""
    rows = await pool.fetch(
        _WEEK, _key(given["business"]), datetime.fromisoformat(given["from"]),
        datetime.fromisoformat(given["to"]), [_key(each) for each in given["staff"]],
    )  # fmt: skip
    appointments = [
        {
            "id": f"apt_{v0.hex}",
            "startsAt": v1,
            "endsAt": v2,
            "status": v3,
            "client": {"id": f"cli_{v4.hex}", "fullName": f"{v5} {v6}"},
            "service": {"id": f"srv_{v7.hex}", "name": v8, "colour": v9, "durationMinutes": v10},
            "staff": {"id": f"stf_{v11.hex}", "name": v12},
        }
        for v0, v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12 in rows
    ]
    return {"business": {"calendar": {"appointments": appointments}}}


async def client_file(given: dict[str, Any]) -> Any:
    """Answer a client's file with the last 20 visits."""
    key = _key(given["id"])
    client = await pool.fetchrow(_CLIENT, salon, key)
    if client is None:
        return {"node": None}
    visits = await pool.fetch(_VISITS, salon, key)
    _, first, last, email, phone, birthday, note, created, total = client
    nodes = [
        {
            "id": f"apt_{v0.hex}",
            "startsAt": v1,
            "endsAt": v2,
            "status": v3,
            "service": {"id": f"srv_{v4.hex}", "name": v5, "colour": v6, "durationMinutes": v7},
            "staff": {"id": f"stf_{v8.hex}", "name": v9},
        }
        for v0, v1, v2, v3, v4, v5, v6, v7, v8, v9 in visits
    ]
    found = {
        "id": given["id"],
        "firstName": first,
        "lastName": last,
        "fullName": f"{first} {last}",
        "email": email,
        "phone": phone,
        "birthday": birthday,
        "note": note,
        "createdAt": created,
        "appointments": {"totalCount": total, "nodes": nodes},
    }
    return {"node": found}


async def clients(given: dict[str, Any]) -> Any:
    """Answer a page of the client list."""
    size = given["first"]
    words = "%".join(given["search"].lower().split())
    rows = await pool.fetch(_CLIENTS, _key(given["business"]), f"%{words}%", size + 1)
    edges = [
        {
            "cursor": base64.urlsafe_b64encode(f"{v6}\n{v0}".encode()).decode(),
            "node": {
                "id": f"cli_{v0.hex}",
                "fullName": f"{v1} {v2}",
                "email": v3,
                "phone": v4,
                "createdAt": v5,
            },
        }
        for v0, v1, v2, v3, v4, v5, v6 in rows[:size]
    ]
    info = {
        "hasNextPage": len(rows) > size,
        "endCursor": edges[-1]["cursor"] if edges else None,
    }
    return {"business": {"clients": {"edges": edges, "pageInfo": info}}}


async def book(given: dict[str, Any]) -> Any:
    """Take a slot, in one round trip."""
    wish = given["input"]
    try:
        row = await pool.fetchrow(
            _BOOK, salon, _key(wish["clientId"]), _key(wish["serviceId"]), _key(wish["staffId"]),
            datetime.fromisoformat(wish["startsAt"]),
        )  # fmt: skip
    except asyncpg.ExclusionViolationError:
        taken: dict[str, Any] = {"appointment": None, "problems": [_TAKEN], "replayed": False}
        return {"bookAppointment": taken}
    key, starts, ends, status = row
    made = {"id": f"apt_{key.hex}", "startsAt": starts, "endsAt": ends, "status": status}
    return {"bookAppointment": {"appointment": made, "problems": [], "replayed": False}}


ANSWERS: dict[str, Callable[[dict[str, Any]], Awaitable[Any]]] = {
    "Week": week,
    "ClientFile": client_file,
    "Clients": clients,
    "Book": book,
}


async def app(
    scope: Message,
    receive: Callable[[], Awaitable[Message]],
    send: Callable[[Message], Awaitable[None]],
) -> None:
    """Answer one request."""
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
        return
    message = await receive()
    body = message["body"]
    while message.get("more_body"):
        message = await receive()
        body += message["body"]
    asked = orjson.loads(body)
    data = await ANSWERS[asked["operationName"]](asked["variables"])
    answer = orjson.dumps({"data": data}, option=orjson.OPT_UTC_Z)
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(answer)).encode()),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer})


async def _lifespan(
    receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    global pool, salon  # noqa: PLW0603 - a bare application has nowhere else to put them
    await receive()
    salon = UUID(os.environ["BENCH_BUSINESS"])
    pool = await asyncpg.create_pool(
        os.environ["DATABASE_URL"], min_size=10, max_size=10, reset=_nothing,
        max_inactive_connection_lifetime=0, server_settings={"jit": "off"},
    )  # fmt: skip
    gc.collect()
    gc.freeze()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await pool.close()
    await send({"type": "lifespan.shutdown.complete"})


async def _nothing(connection: Any) -> None:
    """Give a connection back without a round trip."""


def _key(text: str) -> UUID:
    return UUID(text[4:])

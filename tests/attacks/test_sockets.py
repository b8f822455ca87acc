"""The same attacks over WebSocket: the operation or the socket ends, and the next one works."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.attacks.conftest import CLIENTS, INSIDES, Target
from tests.attacks.test_documents import DOCUMENTS
from tests.promises.conftest import BOOK, CLIENT

WATCH = "subscription($after: String) { appointmentChanges(after: $after) { kind } }"
MESSAGES: list[bytes | str] = [
    "",
    "null",
    "[]",
    "42",
    '"text"',
    "{",
    "{}",
    '{"type": 1}',
    '{"type": "nothing"}',
    '{"type": "subscribe"}',
    '{"type": "subscribe", "id": 1, "payload": {"query": "{ __typename }"}}',
    '{"type": "subscribe", "id": "", "payload": {"query": "{ __typename }"}}',
    '{"type": "subscribe", "id": "1", "payload": null}',
    '{"type": "subscribe", "id": "1", "payload": {"query": 1}}',
    '{"type": "subscribe", "id": "1", "payload": {"query": "{ a }", "variables": []}}',
    '{"type": "connection_init"}',
    "[" * 100_000,
    '{"a":' * 100_000,
    "x" * 2_000_000,
    b"\x00\xff",
]


@asynccontextmanager
async def _socket(target: Target, *, token: str | None = None) -> AsyncIterator[ClientConnection]:
    url = target.url.replace("http", "ws", 1) + "/graphql"
    async with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
        bearer = f"Bearer {token or target.salon.token}"
        init = {"type": "connection_init", "payload": {"authorization": bearer}}
        await socket.send(orjson.dumps(init), text=True)
        assert await socket.recv() == '{"type":"connection_ack"}'
        yield socket


async def _ask(socket: ClientConnection, id_: str, query: str, **variables: Any) -> dict[str, Any]:
    payload = {"query": query, "variables": variables}
    message = {"type": "subscribe", "id": id_, "payload": payload}
    await socket.send(orjson.dumps(message), text=True)
    while True:
        answer = orjson.loads(await socket.recv())
        assert not [w for w in INSIDES if w in orjson.dumps(answer)], answer
        if answer["id"] == id_ and answer["type"] != "complete":
            return dict(answer)


async def test_messages_of_no_shape_close_the_socket(target: Target) -> None:
    """With a code of the protocol; none of them is our fault, and a new socket is welcome."""
    for message in MESSAGES:
        async with _socket(target) as socket:
            await socket.send(message)
            with pytest.raises(ConnectionClosed) as closed:
                await socket.recv()
            code = closed.value.rcvd.code if closed.value.rcvd else None
            assert code in {1003, 1007, 1009} | set(range(4400, 4500)), message[:60]
    await target.is_unhurt()


async def test_costly_documents_end_their_operation_and_no_other(target: Target) -> None:
    """One socket survives them all."""
    async with _socket(target) as socket:
        for number, (what, query) in enumerate(DOCUMENTS.items()):
            if len(query) > 900_000:
                continue
            answer = await _ask(socket, str(number), query)
            assert answer["type"] == "error", what
            assert len(answer["payload"]) < 10, what
        answer = await _ask(socket, "last", CLIENTS)

    assert answer["payload"] == {"data": {"viewer": {"business": {"clients": {"totalCount": 1}}}}}
    await target.is_unhurt()


async def test_values_of_no_sense_are_named(target: Target) -> None:
    """In the operation's own answer."""
    slot = target.salon.slot()
    async with _socket(target) as socket:
        asked: list[tuple[str, dict[str, Any], str]] = [
            (BOOK, {"input": {**slot, "clientId": target.salon.staff}}, "INVALID_ID"),
            (BOOK, {"input": {**slot, "clientId": "cli_" + "0" * 32}}, "NOT_FOUND"),
            (BOOK, {"input": {**slot, "startsAt": "2126-01-01T00:00Z"}}, "TOO_FAR_AHEAD"),
            (BOOK, {"input": {**slot, "startsAt": "2026-01-01T00:00"}}, "BAD_USER_INPUT"),
            (CLIENT, {"input": {"firstName": "\0", "lastName": "B"}}, "BAD_USER_INPUT"),
            (WATCH, {"after": "garbage"}, "BAD_USER_INPUT"),
            (WATCH, {"after": "0" * 8 + "-1.1.-1"}, "BAD_USER_INPUT"),
            (WATCH, {"after": "0" * 8 + "-1." + "9" * 19 + "."}, "BAD_USER_INPUT"),
            (WATCH, {"after": "x" * 3_000}, "BAD_USER_INPUT"),
            (WATCH, {"after": "x" * 500_000}, "TOO_COMPLEX"),
            (WATCH, {"after": "ffffffff-1.1."}, "CURSOR_EXPIRED"),
        ]  # fmt: skip
        for number, (query, variables, code) in enumerate(asked):
            answer = await _ask(socket, str(number), query, **variables)
            assert code in orjson.dumps(answer).decode(), (variables, answer)
    await target.is_unhurt()


async def test_forged_cursors_of_the_log_reach_only_ones_own_events(target: Target) -> None:
    """A cursor says what was seen; whoever invents one hears their own business's past again."""
    told = await target.ask("{ viewer { business { cursor } } }")
    cursor = told["data"]["viewer"]["business"]["cursor"]
    tag = cursor.partition("-")[0]
    assert (await target.salon.book())["problems"] == []
    running = "_".join(str(n) for n in range(3, 700))
    async with _socket(target) as socket:
        for number, made in enumerate((f"{tag}-3.3.", f"{tag}-3.4.3", f"{tag}-3.700.{running}")):
            answer = await _ask(socket, str(number), WATCH, after=made)
            assert answer["payload"] == {"data": {"appointmentChanges": {"kind": "BOOKED"}}}
        for number, wrong in enumerate((f"{tag}-3.4.9", f"{tag}-9.3.", f"{tag}-0.0."), 10):
            answer = await _ask(socket, str(number), WATCH, after=wrong)
            assert answer["type"] == "error"


async def test_an_unknown_token_opens_nothing(target: Target) -> None:
    """Nor does one that was signed out; the socket is closed with 4403."""
    for token in ("rgl_" + "x" * 43, "nonsense", "x" * 100_000):
        with pytest.raises(ConnectionClosed) as closed:
            async with _socket(target, token=token):
                pass
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4403
    await target.is_unhurt()

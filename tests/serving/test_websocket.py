"""Tests of graphql-transport-ws, through a real server and a client others wrote."""

from __future__ import annotations

import asyncio
import base64
import os
import socket as sockets
from contextlib import suppress
from typing import Any

import orjson
import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus

from schema.serving.messages import Closing


async def say(socket: ClientConnection, message: Any) -> None:
    """Send one message."""
    await socket.send(orjson.dumps(message), text=True)


async def subscribe(socket: ClientConnection, query: str, name: str = "1", **more: Any) -> None:
    """Begin an operation."""
    await say(socket, {"id": name, "type": "subscribe", "payload": {"query": query, **more}})


async def heard(socket: ClientConnection, count: int) -> list[Any]:
    """Receive so many messages."""
    return [orjson.loads(await asyncio.wait_for(socket.recv(), 5)) for _ in range(count)]


async def end_of(socket: ClientConnection) -> tuple[int, str]:
    """Wait until the server closes; the code and the reason."""
    with suppress(ConnectionClosed):
        async with asyncio.timeout(5):
            while True:
                await socket.recv()
    return socket.close_code or 0, socket.close_reason or ""


def _next(data: Any, name: str = "1") -> dict[str, Any]:
    return {"id": name, "type": "next", "payload": {"data": data}}


def _error(message: str, code: str, name: str = "1") -> dict[str, Any]:
    errors = [{"message": message, "extensions": {"code": code}}]
    return {"id": name, "type": "error", "payload": errors}


def _complete(name: str = "1") -> dict[str, Any]:
    return {"id": name, "type": "complete"}


async def test_another_subprotocol_is_refused(served):
    """W05 4406: the legacy protocol is not spoken."""
    socket = await served.socket(protocol="graphql-transport-ws-2")

    assert await end_of(socket) == (4406, "Subprotocol not acceptable")


async def test_a_silent_socket_is_closed(serve):
    """W17 4408: `connection_init` is not waited for long."""
    served = await serve(init_seconds=0.1)

    socket = await served.socket()

    assert await end_of(socket) == (4408, "Connection initialisation timeout")


async def test_a_welcomed_socket_may_be_silent(serve):
    """W17: only `connection_init` is waited for."""
    served = await serve(init_seconds=0.1)
    socket = await served.welcomed()
    await asyncio.sleep(0.2)

    await subscribe(socket, "{ hello }")

    assert await heard(socket, 2) == [_next({"hello": "world"}), _complete()]


@pytest.mark.parametrize("payload", [None, {}, {"token": None}, {"other": 1}])
async def test_anybody_may_come_in_without_a_token(served, payload):
    """W11: null is as good as no payload."""
    socket = await served.welcomed(payload)

    await subscribe(socket, "{ hello }")

    await heard(socket, 2)
    assert served.api.asked[0][1].role == "PUBLIC"


@pytest.mark.parametrize(
    ("payload", "headers"),
    [
        ({"authorization": "Bearer sunny"}, {}),
        ({"Authorization": "bearer sunny"}, {}),
        ({"TOKEN": "sunny"}, {}),
        (None, {"Authorization": "Bearer sunny"}),
        ({"token": "sunny"}, {"Authorization": "Bearer other"}),
    ],
)
async def test_a_token_comes_in_the_payload_or_the_header(served, payload, headers):
    """The payload's token counts before the handshake's."""
    socket = await served.welcomed(payload, additional_headers=headers)

    await subscribe(socket, "{ hello }")

    await heard(socket, 2)
    assert served.api.asked[0][1].role == "OWNER"


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ({"token": "old"}, "The token is not valid any more: sign in again."),
        ({"authorization": "sunny"}, "The Authorization must read: Bearer, a space, the token."),
    ],
)
async def test_a_bad_token_is_refused(served, payload, reason):
    """W20 C06 4403: nobody comes in with a token that does not count."""
    socket = await served.socket()

    await say(socket, {"type": "connection_init", "payload": payload})

    assert await end_of(socket) == (4403, reason)


async def test_nobody_introduces_themselves_twice(served):
    """4429."""
    socket = await served.welcomed()

    await say(socket, {"type": "connection_init"})

    assert await end_of(socket) == (4429, "Too many initialisation requests")


async def test_nothing_begins_before_the_introduction(served):
    """4401."""
    socket = await served.socket()

    await subscribe(socket, "mutation { book }")

    assert await end_of(socket) == (4401, "Unauthorized")
    assert served.api.asked == []


NO_OBJECT = "A message must be an object with a type"
NO_NAME = "id must be a string that is not empty"
NO_PAYLOAD = "payload must be an object"


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ([1], NO_OBJECT),
        (None, NO_OBJECT),
        (7, NO_OBJECT),
        ("ping", NO_OBJECT),
        ({}, NO_OBJECT),
        ({"type": 1}, NO_OBJECT),
        ({"type": "next", "id": "1"}, "Nobody expects a message of type next"),
        ({"type": "x" * 500}, "Nobody expects a message of type " + "x" * 40),
        ({"type": "ping", "payload": "hi"}, NO_PAYLOAD),
        ({"type": "pong", "payload": [1]}, NO_PAYLOAD),
        ({"type": "connection_init", "payload": "hi"}, NO_PAYLOAD),
        ({"type": "connection_init", "payload": {"token": 1}}, "payload.token must be a string"),
        ({"type": "complete"}, NO_NAME),
        ({"type": "subscribe", "payload": {"query": "a"}}, NO_NAME),
        ({"type": "subscribe", "id": "", "payload": {"query": "a"}}, NO_NAME),
        ({"type": "subscribe", "id": 1, "payload": {"query": "a"}}, NO_NAME),
        ({"type": "subscribe", "id": "1"}, NO_PAYLOAD),
        ({"type": "subscribe", "id": "1", "payload": "{ a }"}, NO_PAYLOAD),
    ],
)
async def test_messages_of_the_wrong_shape_close_the_socket(served, message, reason):
    """W41-W44 W50 W51 W53 W55-W57 W59 W61 4400: and the reason says what is wrong."""
    socket = await served.socket()

    await say(socket, message)

    assert await end_of(socket) == (4400, reason)


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ({}, "payload.query is missing: it holds the GraphQL document"),
        ({"query": 1}, "payload.query must be a string"),
        ({"query": "a", "variables": []}, "payload.variables must be an object"),
        ({"query": "a", "extensions": 1}, "payload.extensions must be an object"),
        ({"query": "a", "operationName": {}}, "payload.operationName must be a string"),
    ],
)
async def test_operations_of_the_wrong_shape_close_the_socket(served, payload, reason):
    """W51 W55 W56 W57 4400: before anything else is looked at."""
    socket = await served.socket()

    await say(socket, {"id": "1", "type": "subscribe", "payload": payload})

    assert await end_of(socket) == (4400, reason)


@pytest.mark.parametrize("text", ["", "{", "hello", '{"type": NaN}', "[" * 100_000])
async def test_what_is_no_json_closes_the_socket(served, text):
    """W41 4400."""
    socket = await served.welcomed()

    await socket.send(text)

    assert await end_of(socket) == (4400, "A message must be valid JSON")


async def test_binary_messages_close_the_socket(served):
    """4400: the protocol is text."""
    socket = await served.welcomed()

    await socket.send(b'{"type":"ping"}')

    assert await end_of(socket) == (4400, "Messages are text, not binary")


async def test_a_large_message_closes_the_socket(serve):
    """S34 1009."""
    served = await serve(body=1000)
    socket = await served.welcomed()

    await subscribe(socket, "{ hello }", variables={"a": "x" * 2000})

    assert await end_of(socket) == (1009, "A message has at most 1000 bytes")


async def test_a_ping_is_answered_with_what_came_in_it(served):
    """W32: pongs carry the ping's payload; pings and pongs may come at any time."""
    socket = await served.socket()

    for message in ({"type": "ping"}, {"type": "pong"}, {"type": "ping", "payload": {"a": 1}}):
        await say(socket, message)

    assert await heard(socket, 2) == [{"type": "pong"}, {"type": "pong", "payload": {"a": 1}}]


async def test_a_subscription_answers_until_it_ends(served):
    """Every answer is a `next`, the end is `complete`, and the name is free again."""
    socket = await served.welcomed()

    for _ in range(2):
        await subscribe(socket, "subscription { ticks }", 'a"ü')
        assert await heard(socket, 3) == [
            _next({"tick": 1}, 'a"ü'),
            _next({"tick": 2}, 'a"ü'),
            _complete('a"ü'),
        ]


async def test_queries_and_mutations_go_over_the_socket_too(served):
    """One `next` and `complete` each, and a change knows where it comes from."""
    socket = await served.welcomed()

    await subscribe(socket, "{ hello }", "q")
    answers = await heard(socket, 2)
    await subscribe(socket, "mutation { book }", "m", operationName="M", variables={"a": 1})

    assert [*answers, *await heard(socket, 2)] == [
        _next({"hello": "world"}, "q"),
        _complete("q"),
        _next({"hello": "world"}, "m"),
        _complete("m"),
    ]
    asked, viewer = served.api.asked[1]
    assert (asked.operation_name, asked.variables, viewer.address) == ("M", {"a": 1}, "127.0.0.1")


@pytest.mark.parametrize(
    ("query", "message", "code"),
    [
        ("{", "Syntax Error", "GRAPHQL_PARSE_FAILED"),
        ("{ coerced }", "not an Int", "BAD_USER_INPUT"),
        ("subscription { forbidden }", "not for you", "FORBIDDEN"),
        ("{ broken }", "Something went wrong on our side.", "INTERNAL_SERVER_ERROR"),
    ],
)
async def test_a_mistake_ends_its_operation_and_no_other(served, query, message, code):
    """S06 S07 S12 B04: an `error` for that id; the socket and the others go on."""
    socket = await served.welcomed()
    await subscribe(socket, "subscription { stay }", "other")
    await heard(socket, 2)

    await subscribe(socket, query)
    errors = await heard(socket, 1)
    served.api.go_on.set()

    assert errors == [_error(message, code)]
    assert await heard(socket, 1) == [_complete("other")]


async def test_values_no_column_can_hold_end_their_operation(served):
    """NUL characters are a mistake in one operation."""
    socket = await served.welcomed()

    await subscribe(socket, "{ hello }", variables={"a": "\0"})

    assert await heard(socket, 1) == [
        _error("Text cannot hold the character U+0000.", "BAD_USER_INPUT")
    ]
    assert served.api.asked == []


async def test_a_name_is_taken_while_its_operation_runs(served):
    """4409."""
    socket = await served.welcomed()

    await subscribe(socket, "subscription { stay }")
    await heard(socket, 2)
    await subscribe(socket, "{ hello }")

    assert await end_of(socket) == (4409, "Subscriber for 1 already exists")
    assert (served.api.asked, served.api.finished) == ([], ["subscription { stay }"])


async def test_a_long_reason_is_cut(served):
    """W67 W68: a close frame has room for 123 bytes."""
    socket = await served.welcomed()

    for _ in range(2):
        await subscribe(socket, "subscription { stay }", "ü" * 500)

    assert await end_of(socket) == (4409, "Subscriber for " + "ü" * 54)
    assert Closing(4400, "ü" * 500).reason == "ü" * 61


async def test_complete_stops_a_subscription(served):
    """It is let go at once, nothing more is said of it, and its name is free."""
    socket = await served.welcomed()
    await subscribe(socket, "subscription { stay }")
    await heard(socket, 2)

    await say(socket, _complete())
    await say(socket, _complete("unknown"))
    await subscribe(socket, "{ hello }")

    assert await heard(socket, 2) == [_next({"hello": "world"}), _complete()]
    assert served.api.finished == ["subscription { stay }"]


async def test_complete_cancels_a_query_and_leaves_a_change(served):
    """A change that has begun is finished, silently."""
    socket = await served.welcomed()
    for name, query in (("q", "{ slow }"), ("m", "mutation { slow }")):
        await subscribe(socket, query, name)
        await served.api.begun.wait()
        served.api.begun.clear()

    await say(socket, _complete("q"))
    await say(socket, _complete("m"))
    await served.until(lambda: served.api.finished)
    await say(socket, {"type": "ping"})

    assert await heard(socket, 1) == [{"type": "pong"}]
    assert served.api.cancelled == ["{ slow }"]
    assert served.api.finished == ["mutation { slow }"]


async def test_a_lost_socket_cancels_queries_and_leaves_changes(served):
    """What nobody waits for is not worked on, except changes."""
    socket = await served.welcomed()
    for name, query in (
        ("q", "{ slow }"),
        ("m", "mutation { slow }"),
        ("s", "subscription { stay }"),
    ):
        await subscribe(socket, query, name)
    await served.api.begun.wait()

    socket.transport.abort()
    await served.until(lambda: len(served.api.finished) == 2)

    assert served.api.cancelled == ["{ slow }"]
    assert sorted(served.api.finished) == ["mutation { slow }", "subscription { stay }"]


async def test_operations_have_their_time_here_too(serve):
    """A35: TIMEOUT is an answer."""
    served = await serve(seconds=0.1)
    socket = await served.welcomed()

    await subscribe(socket, "{ slow }")

    message = "The operation took longer than 0.1 seconds and was cancelled."
    errors = [{"message": message, "extensions": {"code": "TIMEOUT"}}]
    payload = {"data": None, "errors": errors}
    assert await heard(socket, 2) == [{"id": "1", "type": "next", "payload": payload}, _complete()]
    assert served.api.cancelled == ["{ slow }"]


async def test_a_socket_has_so_many_operations(serve):
    """S33: one too many gets an error, the others go on."""
    served = await serve(operations_per_socket=2)
    socket = await served.welcomed()
    for name in ("1", "2"):
        await subscribe(socket, "subscription { stay }", name)
        await heard(socket, 2)

    await subscribe(socket, "{ hello }", "3")

    message = "A socket has at most 2 operations at a time: complete one first."
    assert await heard(socket, 1) == [_error(message, "TOO_MANY_OPERATIONS", "3")]
    await say(socket, _complete("1"))
    await subscribe(socket, "{ hello }", "3")
    assert await heard(socket, 2) == [_next({"hello": "world"}, "3"), _complete("3")]


async def test_a_lost_permission_ends_its_subscription(served):
    """The subscription ends with its reason; the socket stays."""
    socket = await served.welcomed()

    await subscribe(socket, "subscription { ends FORBIDDEN }")

    errors = (await heard(socket, 3))[2]
    assert errors == _error("You were signed out.", "FORBIDDEN")
    await say(socket, {"type": "ping"})
    assert await heard(socket, 1) == [{"type": "pong"}]


@pytest.mark.parametrize("code", ["TOKEN_REVOKED", "TOKEN_EXPIRED"])
async def test_a_token_that_no_longer_counts_ends_the_socket(served, code):
    """4403: the subscription says why, then the socket is closed with the reason."""
    socket = await served.welcomed({"token": "sunny"})

    await subscribe(socket, f"subscription {{ ends {code} }}")

    assert (await heard(socket, 3))[2] == _error("You were signed out.", code)
    assert await end_of(socket) == (4403, "You were signed out.")


async def test_a_revoked_token_begins_nothing_more(served):
    """4403: the token is looked at for every operation, not once per socket."""
    socket = await served.welcomed({"token": "sunny"})
    served.api.revoked.add("sunny")

    await subscribe(socket, "mutation { book }")

    reason = "The token is not valid any more: sign in again."
    assert await heard(socket, 1) == [_error(reason, "UNAUTHENTICATED")]
    assert await end_of(socket) == (4403, reason)
    assert served.api.asked == []


async def test_pages_of_other_sites_open_no_socket(served):
    """S35: a foreign Origin is refused before the handshake is done."""
    for origin in ("https://evil.example", "null", f"http://127.0.0.1:{served.port}.evil.example"):
        with pytest.raises(InvalidStatus) as refused:
            await served.socket(additional_headers={"Origin": origin})

        assert refused.value.response.status_code == 403


async def test_our_own_and_trusted_pages_open_sockets(serve):
    """S35: the same host, or one the deployment trusts."""
    served = await serve(trusted_origins=frozenset({"https://app.example"}))

    for origin in (f"http://127.0.0.1:{served.port}", "https://APP.example"):
        await served.welcomed(additional_headers={"Origin": origin})


async def _handshake(served) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Open a socket by hand, with a small window, so that little fits into it."""
    plain = sockets.socket()
    plain.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
    plain.setblocking(False)
    await asyncio.get_running_loop().sock_connect(plain, ("127.0.0.1", served.port))
    reader, writer = await asyncio.open_connection(sock=plain, limit=4096)
    served.stack.callback(writer.close)
    writer.write(
        b"GET /graphql HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
        b"sec-websocket-version: 13\r\nsec-websocket-protocol: graphql-transport-ws\r\n"
        b"sec-websocket-key: " + base64.b64encode(os.urandom(16)) + b"\r\n\r\n"
    )
    await reader.readuntil(b"\r\n\r\n")
    return reader, writer


def _frame(message: bytes, opcode: int = 1) -> bytes:
    """Make a masked frame of a short message; a mask of zeros changes nothing."""
    assert len(message) < 126
    return bytes([0x80 | opcode, 0x80 | len(message), 0, 0, 0, 0]) + message


async def test_a_slow_reader_is_dropped_and_holds_up_nobody(serve):
    """4410: who takes nothing is told to come back with the last cursor; others go on."""
    served = await serve(slow_reader_seconds=0.3)
    reader, writer = await _handshake(served)
    writer.write(_frame(b'{"type":"connection_init"}'))
    writer.write(
        _frame(b'{"id":"1","type":"subscribe","payload":{"query":"subscription { flood }"}}')
    )
    await served.api.begun.wait()
    other = await served.welcomed()

    await subscribe(other, "{ hello }")
    assert await heard(other, 2) == [_next({"hello": "world"}), _complete()]
    await served.until(lambda: served.api.finished)

    assert served.api.finished == ["subscription { flood }"]
    rest = b""
    async with asyncio.timeout(5):
        while not rest.endswith(b"\x11\x3aslow reader: reconnect with the last cursor"):
            rest = rest[-100:] + await reader.read(4096)


async def test_a_reader_who_reads_is_not_slow(serve):
    """A subscription may be silent for longer than a slow reader is waited for."""
    served = await serve(slow_reader_seconds=0.1)
    socket = await served.welcomed()
    await subscribe(socket, "subscription { stay }")
    await heard(socket, 2)

    await asyncio.sleep(0.5)
    served.api.go_on.set()

    assert await heard(socket, 1) == [_complete()]


async def test_text_that_is_no_utf_8_closes_the_socket(served):
    """1007, and the next socket works."""
    reader, writer = await _handshake(served)

    writer.write(_frame(b"\xff\xfe"))

    assert b"\x88\x12\x03\xeftext is in UTF-8" in await reader.read(100)
    await served.welcomed()


async def test_the_server_ends_its_sockets_when_it_stops(serve):
    """1012: nothing is left running."""
    served = await serve()
    socket = await served.welcomed()
    await subscribe(socket, "subscription { stay }")
    await heard(socket, 2)

    for connection in list(served.server.server_state.connections):
        connection.shutdown()

    assert (await end_of(socket))[0] == 1012
    await served.until(lambda: served.api.finished)
    assert served.api.finished == ["subscription { stay }"]

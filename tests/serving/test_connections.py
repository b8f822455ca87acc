"""Connections by people who mean harm: their requests end, and nobody else notices."""

from __future__ import annotations

import asyncio
import errno
import os
import re
import time
from functools import partial

import pytest
from websockets.exceptions import InvalidStatus

from schema.serving.connections import Connections
from schema.serving.frames import SocketConnection
from schema.serving.limits import Limits
from schema.serving.listening import ACCEPTED
from schema.serving.turns import Handshakes, Turns
from tests.serving.conftest import Served
from tests.serving.test_websocket import end_of

HELLO = b'{"query":"{ hello }"}'
POST = (
    b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
    b"content-length: %d\r\n\r\n" % len(HELLO) + HELLO
)
CHUNKED = (
    b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
    b"transfer-encoding: chunked\r\n\r\n"
)
UPGRADE = (
    b"GET /graphql HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
    b"sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    b"sec-websocket-protocol: graphql-transport-ws\r\n"
)
ANSWER = b'{"data":{"hello":"world"}}'


async def said(reader: asyncio.StreamReader) -> bytes:
    """Read until the server closes."""
    async with asyncio.timeout(10):
        return await reader.read()


async def status(served: Served, sent: bytes) -> int:
    """Send bytes, and give the status of the only answer; the connection is closed after it."""
    reader, _ = await served.raw(sent)
    answers = re.findall(rb"HTTP/1.1 (\d+)", await said(reader))
    assert len(answers) == 1
    return int(answers[0])


def head(*lines: bytes) -> bytes:
    """Make the head of a request."""
    return b"GET /graphql?query={hello} HTTP/1.1\r\nhost: x\r\n" + b"".join(lines) + b"\r\n"


@pytest.mark.parametrize(
    "lines",
    [
        [b"a: " + b"x" * 33_000 + b"\r\n"],
        [b"a%d: " % n + b"x" * 1000 + b"\r\n" for n in range(40)],
        [b"a%d: b\r\n" % n for n in range(120)],
        [b"a" * 33_000 + b": x\r\n"],
        [b"a: " + b"x" * 5_000_000 + b"\r\n"],
    ],
)
async def test_a_head_has_an_end(served: Served, lines: list[bytes]) -> None:
    """431, as soon as it is known, and the engine hears of none of it."""
    assert await status(served, head(*lines)) == 431
    assert await status(served, UPGRADE + b"".join(lines) + b"\r\n") == 431
    assert served.api.asked == []


async def test_a_long_path_is_a_long_head(served: Served) -> None:
    """Whichever part of the head is long."""
    assert await status(served, b"GET /" + b"x" * 40_000 + b" HTTP/1.1\r\n\r\n") == 431


async def test_a_head_of_a_usual_size_is_read_however_it_comes(served: Served) -> None:
    """Thirty kilobytes of cookies, in one piece or in many, and behind another request."""
    large = head(b"cookie: " + b"x" * 7000 + b"\r\n", *(b"a: " + b"y" * 7000 + b"\r\n",) * 3)
    reader, writer = await served.raw(large + POST + large)
    for at in range(0, len(large), 3001):
        writer.write(large[at : at + 3001])
        await writer.drain()
        await asyncio.sleep(0)

    async with asyncio.timeout(10):
        answers = b""
        while answers.count(ANSWER) < 4:
            answers += await reader.read(65_536)

    assert answers.count(b"HTTP/1.1 200") == 4


async def test_a_handshake_with_a_long_line_is_refused_in_a_sentence(served: Served) -> None:
    """Websockets reads lines of 8 kB; what is longer is no reason to fall over."""
    assert await status(served, UPGRADE + b"a: " + b"x" * 9000 + b"\r\n\r\n") == 431


async def test_who_says_nothing_is_not_waited_for(serve) -> None:
    """Nor who begins and never ends; whoever began is told."""
    served = await serve(head_seconds=0.1)

    silent, _ = await served.raw(b"")
    slow, _ = await served.raw(b"GET / HTTP/1.1\r\nhost: x\r\n")
    empty, _ = await served.raw(b"\r\n\r\n")
    again, writer = await served.raw(POST)
    async with asyncio.timeout(10):
        await again.readuntil(ANSWER)
    writer.write(b"GET / HT")

    assert await said(silent) == b""
    assert (await said(slow)).startswith(b"HTTP/1.1 408")
    assert await said(empty) == b""
    assert (await said(again)).startswith(b"HTTP/1.1 408")


async def test_silent_connections_give_way_to_new_ones(serve) -> None:
    """So whoever shares an address with a flood of them gets in."""
    served = await serve(silent_per_address=5, head_seconds=60)
    flood = [(await served.raw(b"GET"))[0] for _ in range(20)]

    answer = await served.post({"query": "{ hello }"})

    assert answer.json() == {"data": {"hello": "world"}}
    assert [await said(reader) for reader in flood[:15]] == [b""] * 15
    assert served.server.connections.refused["silent"] == 16


async def test_an_address_has_no_more_than_its_share_of_connections(serve) -> None:
    """Those beyond it are told so; sockets count like all others, until they are closed."""
    served = await serve(connections_per_address=3)
    sockets = [await served.welcomed() for _ in range(3)]

    assert await status(served, b"") == 503
    await sockets[0].close()
    await served.until(lambda: served.server.connections.open == 2)
    answer = await served.post({"query": "{ hello }"})

    assert answer.status_code == 200
    assert served.server.connections.refused["address"] == 1


async def test_a_full_server_says_so_and_serves_on(serve) -> None:
    """Whoever is in stays; silent ones give way first."""
    served = await serve(connections=3)
    first = await served.welcomed()
    silent, _ = await served.raw(b"GET")
    await served.welcomed()
    await served.welcomed()

    assert await said(silent) == b""
    assert await status(served, b"") == 503
    await first.send('{"type":"ping"}')
    assert await first.recv() == '{"type":"pong"}'


@pytest.mark.parametrize(
    "endless",
    [
        b"1;" + b"x" * 65_000,
        b"1\r\n \r\n" * 20_000,
        b"0\r\n" + b"a: b\r\n" * 20_000,
        b"0\r\na: " + b"x" * 200_000,
        b"1;a=b\r\n \r\n" * 20_000,
    ],
)
async def test_what_surrounds_a_body_has_an_end(served: Served, endless: bytes) -> None:
    """Extensions of chunks, chunks of a byte, trailers: 400 once they are more than the body."""
    assert await status(served, CHUNKED + endless) == 400
    assert served.api.asked == []


async def test_trailers_are_no_headers(served: Served) -> None:
    """Whoever adds a token after the body is nobody."""
    body = b"%x\r\n%s\r\n0\r\nauthorization: Bearer sunny\r\n\r\n" % (len(HELLO), HELLO)
    reader, _ = await served.raw(CHUNKED + body)
    async with asyncio.timeout(10):
        await reader.readuntil(ANSWER)

    assert [viewer.role for _, viewer in served.api.asked] == ["PUBLIC"]


async def test_many_requests_in_a_row_are_answered_in_order(served: Served) -> None:
    """Read as they are answered, so that they do not pile up."""
    row = b"".join(
        b"GET /graphql?query={a%d} HTTP/1.1\r\nhost: x\r\n\r\n" % number for number in range(3000)
    )
    reader, _ = await served.raw(row + POST)
    async with asyncio.timeout(30):
        for _ in range(3001):
            await reader.readuntil(ANSWER)

    asked = [asked.query for asked, _ in served.api.asked]
    assert asked == [*(f"{{a{number}}}" for number in range(3000)), "{ hello }"]


async def test_what_is_broken_is_refused_after_what_came_before_is_answered(
    served: Served,
) -> None:
    """In the order of the requests, each with one answer."""
    for broken in (b"\x16\x03\x01", b"GET / HTTP/9\r\n\r\n", CHUNKED + b"zz\r\n"):
        reader, _ = await served.raw(POST.replace(b"hello", b"slow_") + broken)

        found = re.findall(rb"HTTP/1.1 (\d+)", await said(reader))

        assert found == [b"200", b"400"], broken


async def test_the_rest_of_an_answered_request_is_not_waited_for_long(serve) -> None:
    """Who was refused and trickles on is let go."""
    served = await serve(rest_seconds=0.1)
    reader, writer = await served.raw(
        b"PUT /graphql HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n"
    )
    async with asyncio.timeout(10):
        answer = await reader.readuntil(b"\r\n\r\n")
        while not reader.at_eof():
            writer.write(b"x")
            await asyncio.sleep(0.01)
            await reader.read(1000)

    assert answer.startswith(b"HTTP/1.1 405")


async def test_other_upgrades_are_ordinary_requests(served: Served) -> None:
    """`curl --http2` asks for h2c, and takes HTTP/1.1 as well."""
    upgrade = b"host: x\r\nconnection: Upgrade, HTTP2-Settings\r\nupgrade: h2c"
    reader, _ = await served.raw(POST.replace(b"host: x", upgrade) + POST)
    async with asyncio.timeout(10):
        await reader.readuntil(ANSWER)
        await reader.readuntil(ANSWER)


@pytest.mark.parametrize("host", [b"", b"host: x\r\n"])
async def test_http_1_0_is_answered_and_closed(served: Served, host: bytes) -> None:
    """With a host or without."""
    reader, _ = await served.raw(POST.replace(b"HTTP/1.1\r\nhost: x\r\n", b"HTTP/1.0\r\n" + host))

    answer = await said(reader)

    assert answer.startswith(b"HTTP/1.1 200")
    assert b"connection: close" in answer
    assert answer.endswith(ANSWER)


async def test_a_socket_that_floods_is_read_in_turn(served: Served) -> None:
    """Thousands of empty frames are obeyed a few at a time, and all of them are."""
    socket = await served.welcomed()
    flood = b"\x89\x80\0\0\0\0" * 20_000 + b"\x81\x8f\0\0\0\0" + b'{"type":"ping"}'
    socket.transport.write(flood)

    async with asyncio.timeout(20):
        assert await socket.recv() == '{"type":"pong"}'


async def test_sockets_that_shake_hands_at_once_hold_nobody_up(served: Served) -> None:
    """Each is let in, one in a round of the loop; a request that came last is not the last."""
    await status(served, head(b"connection: close\r\n"))
    opened = [await served.raw(b"") for _ in range(80)]
    reader, writer = await served.raw(b"")

    for _, each in opened:
        each.write(UPGRADE + b"\r\n")
    writer.write(head())
    async with asyncio.timeout(10):
        answer = await reader.readuntil(ANSWER)
        before = _sockets(served)
        accepted = [await each.readuntil(b"\r\n\r\n") for each, _ in opened]

    assert answer.startswith(b"HTTP/1.1 200")
    assert before < 60
    assert _sockets(served) == 80
    assert {each[:12] for each in accepted} == {b"HTTP/1.1 101"}


async def test_who_leaves_before_their_handshake_leaves_no_trace(served: Served) -> None:
    """Nothing is left, and nothing in the log, of sockets that were given up while they waited."""
    for _ in range(20):
        _, writer = await served.raw(UPGRADE + b"\r\n")
        writer.transport.abort()

    await served.until(lambda: not served.server.connections.open)
    assert (served.server.connections.open, _sockets(served)) == (0, 0)
    assert not served.server.connections.connections


async def test_what_comes_behind_a_handshake_is_not_read_before_it(served: Served, caplog) -> None:
    """Also where the head comes with the end of something large; sockets are shaken as usual."""
    opened = [await served.raw(b"") for _ in range(20)]
    for _, each in opened:
        each.write(UPGRADE + (b"x: " + b"y" * 3000 + b"\r\n") * 2 + b"\r\n" + POST * 5)
        await asyncio.sleep(0)
        each.write(POST * 5)
    async with asyncio.timeout(10):
        accepted = [await each.readuntil(b"\r\n\r\n") for each, _ in opened]

    assert {each[:12] for each in accepted} == {b"HTTP/1.1 101"}
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


@pytest.mark.parametrize("error", [RuntimeError, KeyError])
async def test_a_connection_that_cannot_be_read_holds_up_no_other(error: type[Exception]) -> None:
    """It is ended, and those behind it have their turns."""
    turns, done = Turns(), []

    class Broken:
        def read_on(self) -> bool:
            raise error("write after eof")

        def drop(self) -> None:
            done.append("dropped")

    class Whole(Broken):
        def read_on(self) -> bool:
            done.append("read")
            return False

    turns.take(Broken())
    turns.take(Whole())
    await asyncio.sleep(0)
    turns.take(Whole())
    await asyncio.sleep(0)

    assert done == ["dropped", "read", "read"]


async def test_several_connections_are_taken_in_one_round_of_the_loop(served: Served) -> None:
    """Who connects while rounds are long waits for few of them, however many connect."""
    assert len(served.server.servers) == ACCEPTED


async def test_handshakes_take_turns_by_address() -> None:
    """Who comes alone waits behind one of each other address, not behind all of them."""
    handshakes, done = Handshakes(), []
    for name, home in [("a1", "a"), ("a2", "a"), ("a3", "a"), ("b1", "b"), ("none", None)]:
        handshakes.take(home, partial(done.append, name))
    rounds = []
    for _ in range(6):
        await asyncio.sleep(0)
        rounds.append(len(done))
    handshakes.take("b", partial(done.append, "b2"))
    await asyncio.sleep(0)

    assert done == ["a1", "b1", "none", "a2", "a3", "b2"]
    assert rounds == [1, 2, 3, 4, 5, 5]


async def test_handshakes_behind_a_proxy_take_turns_by_the_address_it_names() -> None:
    """Who floods a proxy with them keeps its other visitors waiting for one."""
    everybody = Connections(Limits(), ["10.0.0.1", "10.0.0.2"])
    proxy, other = asyncio.Transport(), asyncio.Transport()
    assert everybody.enter(proxy, "10.0.0.1")
    assert everybody.enter(other, "203.0.113.7")

    assert everybody.asker(proxy, "198.51.100.4, 10.0.0.2") == "198.51.100.4"
    assert everybody.asker(proxy, "6.6.6.6, 2001:db8::1:2:3:4") == "2001:db8::"
    assert everybody.asker(proxy, "") is None
    assert everybody.asker(other, "198.51.100.4") == "203.0.113.7"


class Owing:
    """A connection whose time is over, and that takes a while to end."""

    due = 0.0
    ended = 0

    def expire(self) -> None:
        """End it."""
        time.sleep(0.002)
        Owing.ended += 1


async def test_who_keeps_us_waiting_is_looked_at_a_few_at_a_time() -> None:
    """Hundreds whose time is over at the same moment hold nobody up."""
    everybody = Connections(Limits())
    everybody.waiting |= {Owing() for _ in range(200)}
    everybody._sweep()
    rounds = []
    while (next_sweep := everybody._sweeping) is None:
        before = time.perf_counter()
        await asyncio.sleep(0)
        rounds.append(time.perf_counter() - before)
    next_sweep.cancel()

    assert not everybody.waiting
    assert Owing.ended == 200
    assert len(rounds) > 20
    assert sorted(rounds)[len(rounds) // 2] < 0.05


def _sockets(served: Served) -> int:
    return sum(isinstance(c, SocketConnection) for c in served.server.connections.connections)


async def test_a_message_comes_in_a_few_frames(served: Served) -> None:
    """Not in thousands of empty ones."""
    socket = await served.welcomed()
    socket.transport.write(b"\x01\x80\0\0\0\0" + b"\x00\x80\0\0\0\0" * 3000)

    assert (await end_of(socket))[0] == 1009


async def test_text_that_is_no_text_ends_its_socket(served: Served, caplog) -> None:
    """1007, without a line in the log for each."""
    socket = await served.welcomed()
    socket.transport.write(b"\x81\x82\0\0\0\0\xff\xfe")

    assert (await end_of(socket))[0] == 1007
    assert caplog.records == []


async def test_a_frozen_reader_is_let_go_with_a_code_clients_come_back_after(serve) -> None:
    """4410: graphql-ws gives up for good after 1011, which servers usually send."""
    served = await serve(pings=(0.1, 0.1))
    reader, writer = await served.raw(UPGRADE + b"\r\n")
    async with asyncio.timeout(10):
        await reader.readuntil(b"\r\n\r\n")
    init = b'{"type":"connection_init"}'
    writer.write(b"\x81" + bytes([128 | len(init)]) + b"\0\0\0\0" + init)

    frames = await said(reader)

    assert frames.endswith(b"\x88\x2d\x11\x3aslow reader: reconnect with the last cursor")


async def test_a_reader_that_takes_nothing_is_cut_off(serve) -> None:
    """An answer that nobody reads is not kept for ever."""
    served = await serve(stuck_seconds=0.2)
    large = POST.replace(b"hello", b"large")
    reader, writer = await served.raw(large * 60)
    writer.transport.pause_reading()

    await served.until(lambda: served.server.connections.refused["stuck"])

    assert served.server.connections.refused["stuck"] == 1
    del reader


async def test_an_event_stream_ends_when_the_server_stops(served: Served) -> None:
    """Without `complete`, so that its client comes back to another server."""
    body = b'{"query":"subscription { stay }"}'
    reader, _ = await served.raw(
        b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
        b"accept: text/event-stream\r\ncontent-length: %d\r\n\r\n" % len(body) + body
    )
    await served.api.begun.wait()

    served.server.connections.stopping.set()
    told = await asyncio.wait_for(reader.readuntil(b"0\r\n\r\n"), 5)

    assert b"retry: 1000\n: the server stops; come back with the last cursor\n\n" in told
    assert b"complete" not in told
    assert served.api.finished == ["subscription { stay }"]


async def test_sockets_behind_a_proxy_are_counted_by_the_address_it_names(serve) -> None:
    """Its connections are many people's, and each of them has a share."""
    served = await serve(connections_per_address=2, proxies=["127.0.0.1"])
    there = {"X-Forwarded-For": "203.0.113.9"}
    sockets = [await served.welcomed(additional_headers=there) for _ in range(2)]

    with pytest.raises(InvalidStatus) as refused:
        await served.welcomed(additional_headers=there)
    await served.welcomed(additional_headers={"X-Forwarded-For": "203.0.113.10"})
    await sockets[0].close()
    await served.until(lambda: served.server.connections.open == 2)
    await served.welcomed(additional_headers=there)

    assert refused.value.response.status_code == 503
    assert refused.value.response.headers["retry-after"] == "10"


async def test_descriptors_that_are_used_up_are_told_of(served: Served, monkeypatch) -> None:
    """The loop drops new connections then without a word; the log and the figures have it."""

    def full(*_given: object) -> int:
        raise OSError(errno.EMFILE, "Too many open files")

    await served.welcomed()
    monkeypatch.setattr(os, "open", full)
    served.server.connections._look_for_files()

    assert served.server.connections.refused["files"] >= 1

"""The load: as many requests as a server answers, over connections that are kept."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter
from typing import cast

from bench.contenders import Running

_LENGTH = b"content-length:"
_WRONG = (b'"errors":', b'"problems":[{')


@dataclass(slots=True)
class Answered:
    """What came of a round."""

    requests: int = 0
    wrong: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    """What the server's process computed meanwhile."""
    latencies: list[float] = field(default_factory=list)
    sample: bytes = b""
    """The last wrong answer."""

    @property
    def rate(self) -> float:
        """Right answers a second."""
        return (self.requests - self.wrong) / self.seconds

    @property
    def cpu(self) -> float:
        """What an answer cost the server's process, in milliseconds of its core."""
        return self.cpu_seconds / self.requests * 1000

    @property
    def latency(self) -> float:
        """The usual time an answer took, in milliseconds."""
        return median(self.latencies) * 1000


class Line(asyncio.Protocol):
    """One connection: sends a request, reads its answer, sends the next."""

    def __init__(self, requests: Iterator[bytes], until: float, into: Answered) -> None:
        """Send `requests` until the clock says so, and count in `into`."""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._requests, self._until, self._into = requests, until, into
        self._received = bytearray()
        self._expected = 0
        self._sent = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast(asyncio.Transport, transport)
        self._next()

    def data_received(self, data: bytes) -> None:
        """Read on; count an answer that is complete, and ask again."""
        self._received += data
        if not self._expected:
            head = self._received.find(b"\r\n\r\n")
            if head < 0:
                return
            found = self._received[:head].lower()
            place = found.index(_LENGTH) + len(_LENGTH)
            length = found[place : place + 12].split(b"\r", 1)[0]
            self._expected = head + 4 + int(length)
        if len(self._received) < self._expected:
            return
        self._count()
        self._next()

    def connection_lost(self, wrong: Exception | None) -> None:
        """Notice a server that hung up."""
        if not self.done.done():
            self.done.set_exception(wrong or ConnectionError("the server hung up"))

    def _count(self) -> None:
        into = self._into
        into.latencies.append(perf_counter() - self._sent)
        into.requests += 1
        if b" 200 " not in self._received[:20] or any(map(self._received.__contains__, _WRONG)):
            into.wrong += 1
            into.sample = bytes(self._received)
        self._received.clear()
        self._expected = 0

    def _next(self) -> None:
        now = perf_counter()
        if now >= self._until:
            self.done.set_result(None)
            self._transport.close()
            return
        self._sent = now
        self._transport.write(next(self._requests))


async def load(
    here: Running, requests: Iterator[bytes], *, seconds: float, connections: int
) -> Answered:
    """Ask for some seconds over some connections; every answer counts, also the last ones."""
    loop, into = asyncio.get_running_loop(), Answered()
    began, spent = perf_counter(), here.cpu_seconds()
    lines = [
        (await loop.create_connection(
            lambda: Line(requests, began + seconds, into), "127.0.0.1", here.port
        ))[1]
        for _ in range(connections)
    ]  # fmt: skip
    await asyncio.gather(*(line.done for line in lines))
    into.seconds, into.cpu_seconds = perf_counter() - began, here.cpu_seconds() - spent
    return into


async def ask(here: Running, body: bytes) -> bytes:
    """Ask once; give the body of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", here.port)
    writer.write(here.request(body))
    head = await reader.readuntil(b"\r\n\r\n")
    place = head.lower().index(_LENGTH) + len(_LENGTH)
    answer = await reader.readexactly(int(head[place:].split(b"\r", 1)[0]))
    writer.close()
    return answer

"""Everybody who is connected: how many an address may be, and how long each may keep us waiting."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from uvicorn.middleware.proxy_headers import _TrustedHosts
from uvicorn.server import ServerState

from schema.serving.limits import Limits
from schema.serving.networks import network
from schema.serving.turns import SLICE, Handshakes, Turns

logger = logging.getLogger(__name__)

REASONS = ("full", "address", "silent", "slow", "stuck", "files")
"""Why connections are turned away or ended: no room, too many of one address, nothing sent, sent
or read too slowly, no file descriptor left."""
SWEEP = 1.0  # seconds between two looks at everybody
ONCE = 60.0  # seconds between two log lines that say the same


class Waited(Protocol):
    """A connection that owes us something: a whole request head, or the rest of a body."""

    due: float | None
    """When our patience ends, on the loop's clock; None while it owes nothing."""

    def expire(self) -> None:
        """End it: what it owes did not come in time."""


@dataclass(slots=True)
class Guest:
    """An address and its connections."""

    count: int = 0
    silent: dict[asyncio.BaseTransport, None] = field(default_factory=dict)
    """Those that have not sent a whole request head yet, the oldest first."""


class Connections(ServerState):
    """All connections of a server, by address.

    A connection that has not sent a request yet gives way to a new one when its address has too
    many of that sort, so whoever shares an address with an attacker gets in all the same.
    """

    def __init__(self, limits: Limits, proxies: Sequence[str] = ()) -> None:
        """Count from nought; connections of trusted proxies count as nobody's."""
        super().__init__()
        self.limits = limits
        self.turns = Turns()
        self.handshakes = Handshakes()
        self.waiting: set[Waited] = set()
        """Those that owe something."""
        self.stopping = asyncio.Event()
        """Set when the server begins to stop."""
        self.refused: Counter[str] = Counter()
        """Connections that were turned away or ended, by reason."""
        self._proxies = _TrustedHosts(proxies if isinstance(proxies, str) else list(proxies))
        self._guests: dict[Hashable, Guest] = {}
        self._homes: dict[asyncio.BaseTransport, Hashable] = {}
        self._said: dict[str, float] = {}
        self._stuck: dict[asyncio.Transport, tuple[int, int, float]] = {}
        self._sweeping: asyncio.TimerHandle | None = None

    @property
    def open(self) -> int:
        """How many connections there are."""
        return len(self._homes)

    def enter(self, transport: asyncio.Transport, host: str) -> bool:
        """Count a new connection; False when there is no room for it."""
        home: Hashable = None if host in self._proxies else network(host)
        guest = self._guests.setdefault(home, Guest())
        if home is not None and len(guest.silent) >= self.limits.silent_per_address:
            self._dismiss(guest)
        if self.open >= self.limits.connections and not self._dismiss_anybody():
            self.refuse("full", f"All {self.limits.connections} connections are in use")
            return False
        if home is not None and guest.count >= self.limits.connections_per_address:
            self.refuse("address", f"{host} has too many connections")
            return False
        self._homes[transport] = home
        guest.count += 1
        guest.silent[transport] = None
        if self._sweeping is None:
            self._sweeping = asyncio.get_running_loop().call_later(SWEEP, self._sweep)
        return True

    def home(self, transport: asyncio.BaseTransport) -> Hashable:
        """Tell which address a connection counts for; None for a proxy's, or one that is gone."""
        return self._homes.get(transport)

    def asker(self, transport: asyncio.BaseTransport, forwarded: str) -> Hashable:
        """Tell who asks: the address of a connection, or the one a trusted proxy has forwarded."""
        home = self._homes.get(transport)
        if home is not None or not forwarded:
            return home
        return network(self._proxies.get_trusted_client_address(forwarded)[0]) or None

    def prove(self, transport: asyncio.BaseTransport) -> None:
        """Note that a connection has sent a whole request head."""
        if (home := self._homes.get(transport, self)) is not self:
            self._guests[home].silent.pop(transport, None)

    def leave(self, transport: asyncio.BaseTransport) -> None:
        """Forget a connection that was lost."""
        if transport not in self._homes:
            return
        home = self._homes.pop(transport)
        guest = self._guests[home]
        guest.count -= 1
        guest.silent.pop(transport, None)
        if not guest.count:
            del self._guests[home]

    def refuse(self, reason: str, sentence: str) -> None:
        """Count somebody who is turned away, and say so in the log once a minute at most."""
        self.refused[reason] += 1
        now = time.monotonic()
        if now - self._said.get(reason, -ONCE) >= ONCE:
            self._said[reason] = now
            logger.warning("%s; connections are turned away (said once a minute)", sentence)

    def _dismiss(self, guest: Guest) -> bool:
        """End the connection of an address that has been silent for longest."""
        transport = next(iter(guest.silent), None)
        if transport is None:
            return False
        self.leave(transport)
        self.refused["silent"] += 1
        transport.close()
        return True

    def _dismiss_anybody(self) -> bool:
        """End a silent connection of whoever has most of them."""
        most = max(self._guests.values(), key=lambda guest: len(guest.silent), default=None)
        return most is not None and self._dismiss(most)

    def _sweep(self) -> None:
        """Look at everybody, a few milliseconds at a time: there may be thousands."""
        self._look_on(self._round(asyncio.get_running_loop().time()))

    def _look_on(self, steps: Iterator[None]) -> None:
        loop = asyncio.get_running_loop()
        until = time.perf_counter() + SLICE
        for _ in steps:
            if time.perf_counter() >= until:
                loop.call_soon(self._look_on, steps)
                return
        going_on = self.connections or not self.stopping.is_set()
        self._sweeping = loop.call_later(SWEEP, self._sweep) if going_on else None

    def _round(self, now: float) -> Iterator[None]:
        """End what keeps us waiting for too long, whichever way, connection by connection."""
        for connection in list(self.waiting):
            if connection.due is None:
                self.waiting.discard(connection)
            elif connection.due <= now:
                self.waiting.discard(connection)
                connection.expire()
            yield
        yield from self._end_stuck(now)
        self._look_for_files()

    def _look_for_files(self) -> None:
        """Notice that descriptors are used up: the loop then drops new connections in silence."""
        try:
            os.close(os.open(os.devnull, os.O_RDONLY))
        except OSError:
            self.refuse("files", "No file descriptor is left")

    def _end_stuck(self, now: float) -> Iterator[None]:
        """End connections whose reader takes nothing of what waits for it."""
        limits = self.limits
        stopping = self.stopping.is_set()
        patience = limits.stuck_seconds_at_stop if stopping else limits.stuck_seconds
        before, self._stuck = self._stuck, {}
        for connection in list(self.connections):
            yield
            transport: asyncio.Transport = connection.transport
            gone = connection not in self.connections
            waits = 0 if gone else transport.get_write_buffer_size()
            if not waits:
                continue
            resumed = getattr(connection, "resumed", 0)
            size, turns, since = before.get(transport, (waits, resumed, now))
            if waits < size or resumed != turns:
                since = now
            if now - since >= patience:
                self.refused["stuck"] += 1
                transport.abort()
            else:
                self._stuck[transport] = (waits, resumed, since)

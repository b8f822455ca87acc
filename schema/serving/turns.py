"""Whatever comes in great numbers is done piece by piece, in turn with everybody else's."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from time import perf_counter
from typing import Protocol

logger = logging.getLogger(__name__)
SLICE = 0.005
"""Seconds spent on pieces before others have the loop."""


class Reader(Protocol):
    """A connection with bytes that were not looked at yet."""

    def read_on(self) -> bool:
        """Look at the next piece; tells whether there is more that can be looked at now."""

    def drop(self) -> None:
        """End it at once: what it sent could not be looked at."""


class Turns:
    """Lets connections with much to read go on piece by piece, for a few milliseconds at a time."""

    def __init__(self) -> None:
        self._line: deque[Reader] = deque()
        self._members: set[Reader] = set()
        self._running = False

    def take(self, reader: Reader) -> None:
        """Have `read_on` called when it is this one's turn."""
        if reader in self._members:
            return
        self._members.add(reader)
        self._line.append(reader)
        if not self._running:
            self._running = True
            asyncio.get_running_loop().call_soon(self._go)

    def _go(self) -> None:
        until = perf_counter() + SLICE
        while self._line:
            reader = self._line.popleft()
            self._members.discard(reader)
            if _reads_on(reader):
                self._members.add(reader)
                self._line.append(reader)
            if perf_counter() >= until:
                break
        self._running = bool(self._line)
        if self._running:
            asyncio.get_running_loop().call_soon(self._go)


def _reads_on(reader: Reader) -> bool:
    """Have a connection look at its next piece; what goes wrong there ends it, and nothing else."""
    try:
        return reader.read_on()
    except RuntimeError:  # whoever has closed their side is written to
        reader.drop()
    except Exception:
        logger.exception("a connection was dropped")
        reader.drop()
    return False


class Handshakes:
    """Lets sockets that shake hands at the same moment do so one by one, each address in turn.

    One in each round of the loop: whatever else is under way is not held up by hundreds of them.
    """

    def __init__(self) -> None:
        self._lines: OrderedDict[Hashable, deque[Callable[[], None]]] = OrderedDict()
        """What waits by address; the address whose turn it is comes first."""

    def take(self, home: Hashable, begin: Callable[[], None]) -> None:
        """Have `begin` called when it is the turn of this address."""
        if not self._lines:
            asyncio.get_running_loop().call_soon(self._go)
        self._lines.setdefault(home, deque()).append(begin)

    def _go(self) -> None:
        home, line = next(iter(self._lines.items()))
        begin = line.popleft()
        if line:
            self._lines.move_to_end(home)
        else:
            del self._lines[home]
        if self._lines:
            asyncio.get_running_loop().call_soon(self._go)
        begin()

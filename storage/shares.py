"""Places for work under way, shared fairly: no tenant can take them all."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import asynccontextmanager


class Tenant:
    """A tenant's work: how much is under way, and what waits, the first first."""

    __slots__ = ("running", "waiting")

    def __init__(self) -> None:
        self.running = 0
        self.waiting: deque[asyncio.Future[None]] = deque()


class Shares:
    """A number of places, given to tenants by turns.

    One tenant holds at most its share: all places divided by the tenants that are there, and one
    more. So a newcomer finds a place free, however long those who are there keep theirs. A place
    can be taken again when the loop comes round: a thousand operations that never wait for
    anything do not follow each other without a pause for others.
    """

    def __init__(self, places: int, most_waiting: int, refusal: Callable[[], Exception]) -> None:
        """Share `places`; a tenant of which `most_waiting` wait already gets the `refusal`."""
        self._places = places
        self._free = places
        self._most_waiting = most_waiting
        self._refusal = refusal
        self._tenants: dict[Hashable, Tenant] = {}
        self._line: deque[Hashable] = deque()
        """Tenants of which something waits; the next place is for the first that may have one."""
        self._returned: list[Hashable] = []

    @property
    def waiting(self) -> int:
        """How much waits."""
        return sum(len(tenant.waiting) for tenant in self._tenants.values())

    async def take(self, key: Hashable) -> None:
        """Take a place, when it is this tenant's turn. Refuses when too many of it wait already."""
        tenant = self._tenants.get(key)
        if tenant is None:
            tenant = self._tenants[key] = Tenant()
        if self._free and not tenant.waiting and tenant.running < self._share():
            self._free -= 1
            tenant.running += 1
            return
        if len(tenant.waiting) >= self._most_waiting:
            raise self._refusal()
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if not tenant.waiting:
            self._line.append(key)
        tenant.waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.give_back(key)
            raise

    @asynccontextmanager
    async def place(self, key: Hashable) -> AsyncIterator[None]:
        """Hold a place meanwhile, when it is this tenant's turn. Refuses as `take` does."""
        await self.take(key)
        try:
            yield
        finally:
            self.give_back(key)

    def give_back(self, key: Hashable) -> None:
        """Give a place to whoever's turn it is, once everybody else had the loop."""
        if not self._returned:
            asyncio.get_running_loop().call_soon(self._take_back)
        self._returned.append(key)

    def _take_back(self) -> None:
        returned, self._returned = self._returned, []
        for key in returned:
            tenant = self._tenants[key]
            tenant.running -= 1
            self._free += 1
            if not tenant.running and not tenant.waiting:
                del self._tenants[key]
        if self._line:
            self._hand_out()

    def _share(self) -> int:
        return max(1, self._places // (len(self._tenants) + 1))

    def _hand_out(self) -> None:
        """Give free places to those that wait, one to each tenant by turns."""
        passed = 0
        while self._free and passed < len(self._line):
            key = self._line.popleft()
            tenant = self._tenants[key]
            while tenant.waiting and tenant.waiting[0].done():
                tenant.waiting.popleft()  # whoever waited was cancelled
            if tenant.waiting and tenant.running < self._share():
                self._free -= 1
                tenant.running += 1
                tenant.waiting.popleft().set_result(None)
                passed = 0
            else:
                passed += 1
            if tenant.waiting:
                self._line.append(key)
            elif not tenant.running:
                del self._tenants[key]

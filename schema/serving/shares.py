"""Places for operations under way, shared fairly: no tenant can take them all."""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from starlette.types import Scope

from modules.viewer import PUBLIC, Viewer
from schema.api import Answer, Api, Asked, OperationKind, RequestRefused, Unauthenticated
from schema.serving.limits import Limits
from schema.serving.networks import network
from schema.serving.refusals import Refused

RECOGNISED = 8
"""Requests that are recognised at a time: each needs little, and the loop to itself."""
TOKENS = 20_000
"""Tokens of which it is remembered for whom they count."""


class Tenant:
    """A tenant's operations: how many run, and those that wait, the first first."""

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

    def __init__(self, places: int, most_waiting: int) -> None:
        self._places = places
        self._free = places
        self._most_waiting = most_waiting
        self._tenants: dict[Hashable, Tenant] = {}
        self._line: deque[Hashable] = deque()
        """Tenants of which something waits; the next place is for the first that may have one."""
        self._returned: list[Hashable] = []

    @property
    def waiting(self) -> int:
        """How many operations wait."""
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
            raise Refused(
                429,
                f"{self._most_waiting} operations are waiting already: send fewer at a time.",
                code="TOO_MANY_OPERATIONS",
                headers=((b"retry-after", b"1"),),
            )
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


class Admission:
    """Lets operations begin.

    First whoever asks is recognised, and the document read; then queries
    and mutations have each their share of the pools.
    """

    def __init__(self, api: Api, limits: Limits) -> None:
        self.api = api
        self.limits = limits
        waiting = limits.operations_waiting
        # One less than the pool has: pools that are half as large keep one for others, too.
        self._reads = Shares(max(1, limits.readers - 1), waiting)
        self._changes = Shares(limits.writers, waiting)
        self._recognising = Shares(RECOGNISED, waiting)
        self._tenants: OrderedDict[str, Hashable] = OrderedDict()
        """For whom a token counts that was genuine when it was last looked at."""
        self._sockets: Counter[Hashable] = Counter()

    @contextmanager
    def socket(self, scope: Scope) -> Iterator[bool]:
        """Count a socket for its address meanwhile, the one a proxy names; tells if it may be."""
        client = scope.get("client")
        home = network(client[0]) if client else ""
        self._sockets[home] += 1
        try:
            yield self._sockets[home] <= self.limits.connections_per_address
        finally:
            self._sockets[home] -= 1
            if not self._sockets[home]:
                del self._sockets[home]

    async def recognise(
        self, token: str | None, asked: Asked, scope: Scope
    ) -> tuple[Viewer, OperationKind | RequestRefused]:
        """Tell who asks, and for what kind of operation, or why it is none.

        Counts for the business of a token known to be genuine, else for the address: made-up tokens
        get nobody more places. Raises: Unauthenticated. Refuses too many at once of one of these.
        """
        key = self._key(token, scope)
        await self._recognising.take(key)
        try:
            viewer = placed(await self._viewer(token, scope), None, scope)
            try:
                return viewer, await self.api.kind(asked, viewer)
            except RequestRefused as refused:
                return viewer, refused
        finally:
            self._recognising.give_back(key)

    async def greet(self, token: str | None, scope: Scope) -> None:
        """Look at the token of a socket that says who it is. Raises: Unauthenticated.

        Waits and refuses as `recognise` does: a thousand sockets may say so at the same moment.
        """
        key = self._key(token, scope)
        await self._recognising.take(key)
        try:
            await self._viewer(token, scope)
        finally:
            self._recognising.give_back(key)

    def _key(self, token: str | None, scope: Scope) -> Hashable:
        return self._tenants.get(token or "", tenant_of(PUBLIC, scope))

    async def _viewer(self, token: str | None, scope: Scope) -> Viewer:
        """Tell who carries a token, and remember for whom it counts if it is genuine."""
        if token is None:
            return await self.api.viewer(None)
        try:
            viewer = await self.api.viewer(token)
        except Unauthenticated:
            self._tenants.pop(token, None)
            raise
        self._tenants[token] = tenant_of(viewer, scope)
        self._tenants.move_to_end(token)
        if len(self._tenants) > TOKENS:
            self._tenants.popitem(last=False)
        return viewer

    async def answer(
        self, asked: Asked, viewer: Viewer, kind: OperationKind, scope: Scope
    ) -> Answer:
        """Execute a query or a mutation when it is its tenant's turn. Refuses too many at once."""
        shares = self._changes if kind is OperationKind.MUTATION else self._reads
        tenant = tenant_of(viewer, scope)
        await shares.take(tenant)
        try:
            return await self.api.answer(asked, viewer)
        finally:
            shares.give_back(tenant)


def tenant_of(viewer: Viewer, scope: Scope) -> Hashable:
    """Tell for whom an operation counts: a business; for those of none, the address they have."""
    if viewer.business_id is not None:
        return viewer.business_id
    client = scope.get("client")
    return network(client[0]) if client else ""


def placed(viewer: Viewer, kind: OperationKind | None, scope: Scope) -> Viewer:
    """Note where a change comes from, or whoever has no account: these are counted by address."""
    client = scope.get("client")
    known = viewer.account_id is not None and kind is not OperationKind.MUTATION
    if known or not client or viewer.address:
        return viewer
    return replace(viewer, address=str(client[0]))

"""Which operations may begin: fair shares of the places there are, and for whom each counts."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from starlette.types import Scope

from modules.languages import accepted
from modules.viewer import PUBLIC, Viewer
from schema.api import Answer, Api, Asked, OperationKind, RequestRefused, Unauthenticated
from schema.serving.limits import Limits
from schema.serving.networks import network
from schema.serving.refusals import Refused
from storage.shares import Shares

RECOGNISED = 8
"""Requests that are recognised at a time: each needs little, and the loop to itself."""
TOKENS = 20_000
"""Tokens of which it is remembered for whom they count."""


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
        self._reads = Shares(max(1, limits.readers - 1), waiting, self._too_many)
        self._changes = Shares(limits.writers, waiting, self._too_many)
        self._recognising = Shares(RECOGNISED, waiting, self._too_many)
        self._tenants: OrderedDict[str, Hashable] = OrderedDict()
        """For whom a token counts that was genuine when it was last looked at."""
        self._sockets: Counter[Hashable] = Counter()
        self._documents: Counter[Hashable] = Counter()

    @contextmanager
    def socket(self, scope: Scope) -> Iterator[bool]:
        """Count a socket for its address meanwhile, the one a proxy names; tells if it may be."""
        client = scope.get("client")
        home = network(client[0]) if client else ""
        with _counted(self._sockets, home) as count:
            yield count <= self.limits.connections_per_address

    async def recognise(
        self, token: str | None, asked: Asked, scope: Scope
    ) -> tuple[Viewer, OperationKind | RequestRefused]:
        """Tell who asks, and for what kind of operation, or why it is none.

        Counts for the business of a token known to be genuine, else for the address: made-up tokens
        get nobody more places. Raises: Unauthenticated. Refuses too many at once of one of these.

        A document that is new waits in a line of its own, where it holds up none that are known.
        """
        key = self._key(token, scope)
        await self._recognising.take(key)
        try:
            viewer = placed(await self._viewer(token, scope), None, scope)
        finally:
            self._recognising.give_back(key)
        with _counted(self._documents, key) as count:
            if count > self.limits.operations_waiting:
                raise self._too_many()
            try:
                return viewer, await self.api.kind(asked, viewer)
            except RequestRefused as refused:
                return viewer, refused

    async def greet(self, token: str | None, scope: Scope) -> None:
        """Look at the token of a socket that says who it is. Raises: Unauthenticated.

        Waits and refuses as `recognise` does: a thousand sockets may say so at the same moment.
        """
        async with self._recognising.place(self._key(token, scope)):
            await self._viewer(token, scope)

    def _too_many(self) -> Refused:
        most = self.limits.operations_waiting
        return Refused(
            429,
            f"{most} operations are waiting already: send fewer at a time.",
            code="TOO_MANY_OPERATIONS",
            headers=((b"retry-after", b"1"),),
        )

    def _key(self, token: str | None, scope: Scope) -> Hashable:
        known = self._tenants.get(token or "")
        return tenant_of(PUBLIC, scope) if known is None else known

    async def _viewer(self, token: str | None, scope: Scope) -> Viewer:
        """Tell who carries a token, and remember for whom it counts if it is genuine."""
        if token is None:
            return spoken_to(await self.api.viewer(None), scope)
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


@contextmanager
def _counted(counts: Counter[Hashable], key: Hashable) -> Iterator[int]:
    """Count something under way for a key meanwhile, and give how many there are."""
    counts[key] += 1
    try:
        yield counts[key]
    finally:
        counts[key] -= 1
        if not counts[key]:
            del counts[key]


def tenant_of(viewer: Viewer, scope: Scope) -> Hashable:
    """Tell for whom an operation counts: a business; for those of none, the address they have."""
    if viewer.business_id is not None:
        return viewer.business_id
    client = scope.get("client")
    return network(client[0]) if client else ""


def spoken_to(visitor: Viewer, scope: Scope) -> Viewer:
    """Note which language a visitor's browser asks for: they have no business that has one."""
    asked = dict(scope["headers"]).get(b"accept-language")
    return replace(visitor, locale=accepted(asked.decode("latin-1"))) if asked else visitor


def placed(viewer: Viewer, kind: OperationKind | None, scope: Scope) -> Viewer:
    """Note where a change comes from, or whoever has no account: these are counted by address."""
    client = scope.get("client")
    known = viewer.account_id is not None and kind is not OperationKind.MUTATION
    if known or not client or viewer.address:
        return viewer
    return replace(viewer, address=str(client[0]))

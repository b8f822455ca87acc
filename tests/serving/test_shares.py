"""Nobody's operations keep others' from beginning."""

from __future__ import annotations

import asyncio
from typing import cast
from uuid import UUID

import pytest

from modules.viewer import PUBLIC, Role, Viewer
from schema.api import Api, Asked, OperationKind, Unauthenticated
from schema.serving.limits import Limits
from schema.serving.shares import Admission, tenant_of
from storage.shares import Shares
from tests.serving.test_websocket import heard, subscribe


class Full(Exception):
    """Raised when a tenant may not wait any more."""


async def _begun(shares: Shares, key: str, count: int) -> list[asyncio.Task[None]]:
    """Ask for places and give everybody the chance to get one."""
    tasks = [asyncio.create_task(shares.take(key)) for _ in range(count)]
    for _ in range(3):
        await asyncio.sleep(0)
    return tasks


def _running(tasks: list[asyncio.Task[None]]) -> int:
    return sum(task.done() for task in tasks)


async def test_one_tenant_cannot_hold_all_places() -> None:
    """A newcomer finds one at once, and the next newcomer too."""
    shares = Shares(9, 100, Full)

    first = await _begun(shares, "first", 50)
    second = await _begun(shares, "second", 50)
    third = await _begun(shares, "third", 50)

    assert (_running(first), _running(second), _running(third)) == (4, 3, 2)
    for task in (*first, *second, *third):
        task.cancel()


async def test_places_go_round() -> None:
    """A place that is given back goes to whoever has fewer, in turn; all are served in the end."""
    shares = Shares(4, 1000, Full)
    order: list[str] = []

    async def work(key: str) -> None:
        await shares.take(key)
        order.append(key)
        await asyncio.sleep(0)
        shares.give_back(key)

    await asyncio.gather(*(work("many") for _ in range(100)), *(work("few") for _ in range(5)))

    assert order.count("many") == 100
    assert order.index("few") < 5
    assert [index for index, key in enumerate(order) if key == "few"][-1] < 20
    assert shares.waiting == 0
    assert not shares._tenants


async def test_who_gives_up_waiting_leaves_no_trace() -> None:
    """Whether the place came before, after or at the same moment."""
    shares = Shares(1, 10, Full)
    await shares.take("one")
    waiting = await _begun(shares, "two", 3)
    waiting[0].cancel()
    await asyncio.sleep(0)
    shares.give_back("one")
    waiting[1].cancel()
    await asyncio.gather(*waiting, return_exceptions=True)

    shares.give_back("two")
    for _ in range(3):
        await asyncio.sleep(0)
    assert (shares.waiting, shares._free, shares._tenants) == (0, 1, {})


async def test_a_line_has_an_end() -> None:
    """Whoever sends more than that at a time is told so, and others are not."""
    shares = Shares(1, 2, Full)
    await shares.take("one")
    waiting = await _begun(shares, "one", 2)

    with pytest.raises(Full):
        await shares.take("one")
    others = await _begun(shares, "two", 1)

    assert _running(others) == 0
    assert shares.waiting == 3
    for task in (*waiting, *others):
        task.cancel()


def test_a_business_is_a_tenant_and_so_is_a_strangers_address() -> None:
    """Whoever works there, wherever they are; strangers by their network."""
    owner = Viewer(role=Role.OWNER, business_id=UUID(int=2))
    scope = {"type": "http", "client": ("2001:db8::1", 80)}

    assert tenant_of(owner, scope) == UUID(int=2)
    assert tenant_of(PUBLIC, scope) == "2001:db8::"
    assert tenant_of(PUBLIC, {"type": "http", "client": None}) == ""


class Door:
    """An engine that knows one token, and takes its time with all others."""

    def __init__(self) -> None:
        self.asked: list[str | None] = []
        self.open = asyncio.Event()

    async def viewer(self, token: str | None) -> Viewer:
        """Tell who carries it; of an unknown one that takes until the door is open."""
        self.asked.append(token)
        if token == "genuine":
            return Viewer(role=Role.OWNER, business_id=UUID(int=2))
        await self.open.wait()
        raise Unauthenticated("unknown")

    async def kind(self, _asked: Asked, _viewer: Viewer) -> OperationKind:
        """Take every document for a query."""
        return OperationKind.QUERY


async def test_made_up_tokens_get_nobody_more_places() -> None:
    """They count for the address they come from, so a known one waits behind none of them.

    Neither those of requests, nor those with which sockets say who they are.
    """
    door = Door()
    admission = Admission(cast(Api, door), Limits())
    asked, scope = Asked("{ a }"), {"client": ("192.0.2.1", 1)}
    await admission.recognise("genuine", asked, scope)
    made_up: list[asyncio.Task[object]] = [
        asyncio.create_task(admission.recognise(f"made up {n}", asked, scope)) for n in range(300)
    ]
    for _ in range(3):
        await asyncio.sleep(0)

    made_up += [asyncio.create_task(admission.greet(f"made up {n}", scope)) for n in range(300)]
    for _ in range(3):
        await asyncio.sleep(0)

    async with asyncio.timeout(5):
        viewer, _ = await admission.recognise("genuine", asked, scope)
        await admission.greet("genuine", scope)

    assert viewer.business_id == UUID(int=2)
    assert len(door.asked) < 10
    door.open.set()
    ends = await asyncio.gather(*made_up, return_exceptions=True)
    assert {type(end) for end in ends} == {Unauthenticated}
    assert list(admission._tenants) == ["genuine"]


async def test_a_tenant_that_waits_too_much_is_told(serve) -> None:
    """429 over HTTP, an error of the operation on a socket; others are served meanwhile."""
    served = await serve(writers=2, operations_waiting=1)
    first = asyncio.create_task(served.post({"query": "mutation { slow }"}))
    await served.api.begun.wait()
    waiting = asyncio.create_task(served.post({"query": "mutation { hello }"}))
    await served.until(lambda: len(served.server.server_state.tasks) == 2)
    await asyncio.sleep(0.05)

    refused = await served.post({"query": "mutation { hello }"})
    socket = await served.welcomed()
    await subscribe(socket, "mutation { hello }")
    [told] = await heard(socket, 1)
    other = await served.welcomed({"token": "sunny"})
    await subscribe(other, "mutation { hello }")
    [done, _] = await heard(other, 2)

    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    assert refused.json()["errors"][0]["extensions"] == {"code": "TOO_MANY_OPERATIONS"}
    assert (told["type"], told["payload"][0]["extensions"]["code"]) == (
        "error",
        "TOO_MANY_OPERATIONS",
    )
    assert done["payload"] == {"data": {"hello": "world"}}
    assert [(await each).status_code for each in (first, waiting)] == [200, 200]


async def test_a_change_counts_until_it_is_done(serve) -> None:
    """Also when its client no longer wants to hear of it; what is read or watched ends at once."""
    served = await serve(operations_per_socket=2, writers=10)
    socket = await served.welcomed()
    for name in ("1", "2"):
        await subscribe(socket, "mutation { slow }", name)
    await served.until(lambda: len(served.api.asked) == 2)
    for name in ("1", "2"):
        await socket.send(f'{{"type":"complete","id":"{name}"}}')
    await subscribe(socket, "{ hello }", "3")

    [refused] = await heard(socket, 1)

    assert (refused["id"], refused["type"]) == ("3", "error")
    assert refused["payload"][0]["extensions"] == {"code": "TOO_MANY_OPERATIONS"}
    await served.until(lambda: len(served.api.finished) == 2)
    for _ in range(50):
        await subscribe(socket, "subscription { stay }", "4")
        await socket.send('{"type":"complete","id":"4"}')
    await subscribe(socket, "{ hello }", "5")
    answers = [each async for each in _until(socket, "5")]
    assert answers[-1]["payload"] == {"data": {"hello": "world"}}
    assert not [each for each in answers if each["type"] == "error"]


async def _until(socket, name: str):
    while True:
        [message] = await heard(socket, 1)
        yield message
        if message["id"] == name:
            return

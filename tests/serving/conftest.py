"""An engine of a few fixed operations, behind the real endpoint, on a real server and port."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
import orjson
import pytest
import uvicorn
from starlette.applications import Starlette
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from modules.viewer import PUBLIC, Role, Viewer
from schema.api import (
    Answer,
    Asked,
    OperationKind,
    RequestRefused,
    SubscriptionEnded,
    Unauthenticated,
)
from schema.serving import limited_routes
from schema.serving.connections import Connections
from schema.serving.frames import SocketConnection
from schema.serving.heads import HttpConnection
from schema.serving.limits import Limits
from schema.serving.listening import Server

SUNNY = Viewer(role=Role.OWNER, account_id=UUID(int=1), business_id=UUID(int=2))


def _refusal(message: str, code: str) -> Answer:
    errors = [{"message": message, "extensions": {"code": code}}]
    return Answer(orjson.dumps({"errors": errors}), refused=True)


class Fixed:
    """An engine that knows its operations by heart; the first word of a document is its kind."""

    def __init__(self) -> None:
        self.asked: list[tuple[Asked, Viewer]] = []
        self.begun = asyncio.Event()
        self.finished: list[str] = []
        self.cancelled: list[str] = []
        self.revoked: set[str] = set()
        self.go_on = asyncio.Event()

    async def kind(self, asked: Asked, viewer: Viewer) -> OperationKind:
        """Look at the first word."""
        query = asked.query or ""
        if query == "{":
            raise RequestRefused(_refusal("Syntax Error", "GRAPHQL_PARSE_FAILED"))
        word = query.split()[0]
        known = {"mutation": OperationKind.MUTATION, "subscription": OperationKind.SUBSCRIPTION}
        return known.get(word, OperationKind.QUERY)

    async def answer(self, asked: Asked, viewer: Viewer) -> Answer:
        """Do what the document says."""
        self.asked.append((asked, viewer))
        query = asked.query or ""
        if "coerced" in query:
            return _refusal("not an Int", "BAD_USER_INPUT")
        if "broken" in query:
            raise ZeroDivisionError("secret text")
        if "large" in query:
            return Answer(orjson.dumps({"data": {"large": "x" * 300_000}}))
        if "slow" in query:
            self.begun.set()
            try:
                await asyncio.sleep(0.5)
            except asyncio.CancelledError:
                self.cancelled.append(query)
                raise
            self.finished.append(query)
        return Answer(b'{"data":{"hello":"world"}}')

    async def watch(self, asked: Asked, viewer: Viewer) -> AsyncIterator[Answer]:
        """Answer twice, then do what the document says."""
        query = asked.query or ""
        if "forbidden" in query:
            raise RequestRefused(_refusal("not for you", "FORBIDDEN"))
        try:
            if "numbered" in query:
                place = int(asked.after or 0) + 1
                yield Answer(b'{"data":{"tick":0}}', cursor=str(place))
                return
            yield Answer(b'{"data":{"tick":1}}')
            yield Answer(b'{"data":{"tick":2}}')
            self.begun.set()
            if "flood" in query:
                while True:
                    yield Answer(orjson.dumps({"data": {"tick": "x" * 100_000}}))
            if "stay" in query:
                await self.go_on.wait()
            if "ends" in query:
                raise SubscriptionEnded(query.split()[-2], "You were signed out.")
            if "broken" in query:
                raise ZeroDivisionError("secret text")
        finally:
            self.finished.append(query)

    async def viewer(self, token: str | None) -> Viewer:
        """Know one token."""
        if token is None:
            return PUBLIC
        if token != "sunny" or token in self.revoked:
            raise Unauthenticated("The token is not valid any more: sign in again.")
        return SUNNY


@dataclass
class Served:
    """The endpoint on a port of its own."""

    api: Fixed
    port: int
    http: httpx.AsyncClient
    server: Server
    stack: AsyncExitStack = field(repr=False)

    async def until(self, done: Callable[[], object]) -> None:
        """Wait until something has happened; the assert that follows says what it was."""
        with suppress(TimeoutError):
            async with asyncio.timeout(10):
                while not done():  # noqa: ASYNC110 - the server has no event for it
                    await asyncio.sleep(0.01)

    async def post(self, body: Any, **headers: str) -> httpx.Response:
        """POST JSON, or bytes as they are."""
        content = body if isinstance(body, bytes) else orjson.dumps(body)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {"content-type": "application/json", **named}
        return await self.http.post("/graphql", content=content, headers=sent)

    async def raw(self, sent: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Send bytes as they are."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self.stack.callback(writer.close)
        writer.write(sent)
        await writer.drain()
        return reader, writer

    async def socket(
        self, *, protocol: str = "graphql-transport-ws", **options: Any
    ) -> ClientConnection:
        """Open a socket and say nothing."""
        return await self.stack.enter_async_context(
            connect(
                f"ws://127.0.0.1:{self.port}/graphql",
                subprotocols=[Subprotocol(protocol)],
                **options,
            )
        )

    async def welcomed(self, payload: Any = None, **options: Any) -> ClientConnection:
        """Open a socket and introduce ourselves."""
        socket = await self.socket(**options)
        await socket.send(orjson.dumps({"type": "connection_init", "payload": payload}), text=True)
        assert await socket.recv() == '{"type":"connection_ack"}'
        return socket


Serve = Callable[..., Awaitable[Served]]


@asynccontextmanager
async def _running(
    limits: Limits, pings: tuple[float, float], proxies: list[str]
) -> AsyncIterator[Served]:
    api = Fixed()
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    app = Starlette(routes=limited_routes(api, limits))
    config = uvicorn.Config(
        app,
        log_level="warning",
        lifespan="off",
        http=HttpConnection,
        ws=SocketConnection,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies,
    )
    config.ws_ping_interval, config.ws_ping_timeout = pings
    config.load()
    server = Server(config, Connections(limits, proxies))
    server.lifespan = config.lifespan_class(config)
    await server.startup(sockets=[listening])
    async with (
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", verify=False) as http,
        AsyncExitStack() as stack,
    ):
        yield Served(api, port, http, server, stack)
    # What `server.shutdown` does, without its tenth of a second for politeness.
    server.connections.stopping.set()
    for listener in server.servers:
        listener.close()
    for connection in list(server.server_state.connections):
        connection.shutdown()
    if server.server_state.tasks:
        await asyncio.wait(server.server_state.tasks, timeout=5)
    assert not server.server_state.tasks


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Serve with limits of the test's own."""
    async with AsyncExitStack() as stack:

        async def start(
            pings: tuple[float, float] = (20.0, 20.0), proxies: Sequence[str] = (), **limits: Any
        ) -> Served:
            running = _running(Limits(**limits), pings, list(proxies))
            return await stack.enter_async_context(running)

        yield start


@pytest.fixture
async def served(serve: Serve) -> Served:
    """Serve with the usual limits."""
    return await serve()

"""What the explorer is tested with: a small API beside it, and a browser."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
import uvicorn
from selenium.webdriver import Chrome
from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute
from strawberry.asgi import GraphQL
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL

from schema import graphiql
from tests.graphiql import browser as browsing
from tests.graphiql.small_api import SCHEMA

START = graphiql.Start(
    email="owner@salon.example",
    password="demo-password",
    zone="Europe/Berlin",
    business="biz_1",
    client="cli_1",
    service="srv_1",
    staff="stf_1",
    free_slot=datetime(2026, 3, 2, 9, 0, tzinfo=UTC),
)


@dataclass
class Switches:
    """The settings of the explorer."""

    graphiql: bool = True


@pytest.fixture
def api() -> GraphQL[Any, Any]:
    """The small API at one endpoint, for HTTP and WebSockets."""
    protocols = [GRAPHQL_TRANSPORT_WS_PROTOCOL]
    return GraphQL(SCHEMA, graphql_ide=None, subscription_protocols=protocols)


@pytest.fixture
def serve(api: GraphQL[Any, Any]) -> Iterator[Callable[..., str]]:
    """Serve the explorer beside that API and answer its address."""
    running: list[tuple[uvicorn.Server, threading.Thread]] = []

    def start(*, switched_on: bool = True, demo: graphiql.Start | None = START) -> str:
        async def filled_in() -> graphiql.Start | None:
            return demo

        pages = graphiql.routes(Switches(graphiql=switched_on), filled_in)
        endpoints = [
            Route("/graphql", api, methods=["GET", "POST"]),
            WebSocketRoute("/graphql", api),
        ]
        listening = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(Starlette(routes=[*pages, *endpoints]), log_level="warning")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        running.append((server, thread))
        return f"http://127.0.0.1:{listening.getsockname()[1]}"

    yield start
    for server, thread in running:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """One Chromium for the run."""
    with browsing.chromium(tmp_path_factory.mktemp("chromium")) as opened:
        yield opened


@pytest.fixture
def browser(chromium: Any) -> Iterator[browsing.Browser]:
    """A fresh window: no session, nothing stored (each test has an address of its own)."""
    before = chromium.current_window_handle
    chromium.switch_to.new_window("window")
    chromium.get_log("performance")
    chromium.get_log("browser")
    yield browsing.Browser(chromium)
    for handle in chromium.window_handles:
        if handle != before:
            chromium.switch_to.window(handle)
            chromium.close()
    chromium.switch_to.window(before)

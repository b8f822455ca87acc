"""The port, and uvicorn behind it as we run it."""

from __future__ import annotations

import gc
import os
import socket
import sys
from collections.abc import Callable
from contextlib import suppress

import uvicorn
from starlette.types import ASGIApp

from schema.serving.connections import Connections
from schema.serving.frames import SocketConnection
from schema.serving.heads import HttpConnection
from schema.serving.limits import Limits
from storage.settings import Settings, SettingsError, is_every, reachable

YOUNG = (20_000, 10, 10)
"""When garbage is looked for: an answer is thousands of small objects, none of them in a ring.

Of what is old there is little, since what is there at the start is left aside and documents are
limited: so looking for garbage in it is quick, as long as that is done before there is much of it.
"""
SWITCH = 0.001
"""Seconds the loop waits at most for the thread that compiles to let go of the interpreter."""

ACCEPTED = 8
"""Connections taken in one round of the loop. libuv takes one of each descriptor it listens at;
when rounds are long because much is under way, hundreds who connect at once would wait for long."""


def listen(settings: Settings) -> list[socket.socket]:
    """Take the port. Refuses one that is taken, or nowhere, in a sentence.

    For `::` of IPv4 too, where there is IPv6: two sockets, so that an address is always written
    the way its family is.
    """
    host, port = settings.host, settings.port
    if not (":" in host and is_every(host)):
        return [_listen(host, port)]
    first = _listen(host, port)
    try:
        return [first, _listen("0.0.0.0", first.getsockname()[1])]  # noqa: S104 - as was asked for
    except SettingsError:
        first.close()
        raise


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.getaddrinfo(host, port, family)
        return socket.create_server((host, port), family=family, backlog=2048)
    except socket.gaierror as error:
        raise SettingsError(f"HOST is wrong: {host!r}: {error.strerror}") from error
    except OSError as error:
        raise SettingsError(
            f"PORT {port} at HOST {host} cannot be used:"
            f" {os.strerror(error.errno) if error.errno else error}"
        ) from error


def address(listening: socket.socket) -> str:
    """Give the URL of a port, as this machine reaches it."""
    return reachable(*listening.getsockname()[:2])


def configured(app: ASGIApp, settings: Settings) -> uvicorn.Config:
    """Configure uvicorn: its fast loop, and parsers with limits."""
    return uvicorn.Config(
        app,
        loop="uvloop",
        http=HttpConnection,
        ws=SocketConnection,
        ws_max_size=settings.body_limit,
        ws_per_message_deflate=False,  # a thousand sockets would compress each change
        log_config=None,
        access_log=settings.access_log,
        server_header=False,
        lifespan="on",
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_graceful_shutdown=10,
    )


def connections(settings: Settings) -> Connections:
    """Make what counts a server's connections; those of trusted proxies are many people's."""
    return Connections(Limits.of(settings), settings.trusted_proxies)


def spare_the_collector() -> None:
    """Take what stays for good from the garbage collector; called once, when all is in place."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*YOUNG)
    sys.setswitchinterval(SWITCH)


class Server(uvicorn.Server):
    """uvicorn with limits on its connections, that tells when it is ready and when it stops."""

    def __init__(
        self,
        config: uvicorn.Config,
        connections: Connections,
        ready: Callable[[], None] = lambda: None,
    ) -> None:
        """Prepare to serve; `ready` is called once requests are answered."""
        super().__init__(config)
        self.server_state = self.connections = connections
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start; event streams learn where they will be told of the end."""
        self.lifespan.state["stopping"] = self.connections.stopping
        if sockets is not None:  # uvicorn closes them all when it stops
            sockets += [each.dup() for each in sockets for _ in range(ACCEPTED - 1)]
        await super().startup(sockets)
        if self.started:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop; event streams are told first, as nothing else ends them."""
        self.connections.stopping.set()
        await super().shutdown(sockets)

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until Ctrl-C."""
        with suppress(KeyboardInterrupt):
            super().run(sockets)

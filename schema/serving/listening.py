"""The port, and uvicorn behind it as we run it."""

from __future__ import annotations

import gc
import os
import socket
from collections.abc import Callable
from contextlib import suppress

import uvicorn
from starlette.types import ASGIApp

from storage.settings import Settings, SettingsError

YOUNG = (20_000, 20, 50)
"""When garbage is looked for: an answer is thousands of small objects, none of them in a ring."""


def listen(settings: Settings) -> socket.socket:
    """Take the port. Refuses one that is taken, or nowhere, in a sentence."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        socket.getaddrinfo(settings.host, settings.port, family)
        return socket.create_server((settings.host, settings.port), family=family, backlog=2048)
    except socket.gaierror as error:
        raise SettingsError(f"HOST is wrong: {settings.host!r}: {error.strerror}") from error
    except OSError as error:
        raise SettingsError(
            f"PORT {settings.port} at HOST {settings.host} cannot be used:"
            f" {os.strerror(error.errno) if error.errno else error}"
        ) from error


def address(listening: socket.socket) -> str:
    """Give the URL of a port."""
    host, port = listening.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


class Server(uvicorn.Server):
    """uvicorn on its fast loop and parsers, that tells when it is ready."""

    def __init__(self, app: ASGIApp, settings: Settings, ready: Callable[[], None]) -> None:
        """Prepare to serve; `ready` is called once requests are answered."""
        super().__init__(
            uvicorn.Config(
                app,
                loop="uvloop",
                http="httptools",
                ws="websockets-sansio",
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
        )
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and spare the garbage collector what stays for good."""
        await super().startup(sockets)
        if self.started:
            gc.collect()
            gc.freeze()
            gc.set_threshold(*YOUNG)
            self._ready()

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until Ctrl-C."""
        with suppress(KeyboardInterrupt):
            super().run(sockets)

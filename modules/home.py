"""This very machine: who asks from it, and which addresses lead to it."""

from __future__ import annotations

from collections.abc import Container
from ipaddress import ip_address
from typing import Any, Protocol
from urllib.parse import urlsplit

FORWARDED = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


class Request(Protocol):
    """A request, as far as it says where it comes from and where it thinks it went."""

    @property
    def client(self) -> tuple[str, int] | None:
        """The address and port it comes from."""

    @property
    def url(self) -> Any:
        """The URL that was asked for."""

    @property
    def headers(self) -> Container[str]:
        """The names of its headers."""


def at_home(request: Request) -> bool:
    """Tell whether somebody at this very machine asks, and not a proxy on it for somebody else.

    The name in `Host` keeps out pages whose name was made to lead here.
    """
    here = request.client[0] if request.client else ""
    forwarded = any(name in request.headers for name in FORWARDED)
    return _local(here) and _local(request.url.hostname or "") and not forwarded


def is_home(url: str | None) -> bool:
    """Tell whether a server that is reached by this URL serves this machine alone."""
    return url is None or _local(urlsplit(url).hostname or "")


def _local(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        found = ip_address(host)
    except ValueError:
        return False
    return found.is_loopback or found.is_unspecified

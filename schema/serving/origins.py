"""Whose pages may open a socket: browsers ask nobody before they do."""

from __future__ import annotations


def welcome(headers: dict[bytes, bytes], trusted: frozenset[str]) -> bool:
    """Tell whether the page that opens a socket is ours or trusted; programs send no Origin."""
    value = headers.get(b"origin")
    if value is None or "*" in trusted:
        return True
    origin = value.decode("latin-1").lower().rstrip("/")
    if origin in trusted:
        return True
    host = headers.get(b"host", b"").decode("latin-1").lower()
    return bool(host) and origin in (f"http://{host}", f"https://{host}")

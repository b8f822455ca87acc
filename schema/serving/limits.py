"""How much one client may ask of the server, and how long anybody is waited for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from storage.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The numbers the transports keep to; those a deployment decides come from its settings."""

    body: int = 1_000_000
    """Bytes a request body, or one WebSocket message, may have."""
    seconds: float = 15.0
    """How long one query or mutation may take; then it is cancelled, SQL included."""
    trusted_origins: frozenset[str] = frozenset()
    """Sites whose pages may call this server from a browser; `*` for all."""
    init_seconds: float = 10.0
    """How long a socket may stay open without saying `connection_init`."""
    operations_per_socket: int = 100
    """How many operations one socket may have open at a time."""
    slow_reader_seconds: float = 10.0
    """How long something ready to be sent may wait for its reader; then the reader is dropped."""
    close_seconds: float = 30.0
    """How long a reader who was dropped has to take in why."""
    keep_alive_seconds: float = 12.0
    """How often an event stream says that it is alive."""
    watch_after: float = 0.05
    """After how many seconds a query starts to look whether its client is still there."""

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Read what the deployment decided."""
        return cls(
            body=settings.body_limit,
            seconds=settings.request_timeout,
            trusted_origins=frozenset(
                origin.lower().rstrip("/") for origin in settings.trusted_origins
            ),
        )

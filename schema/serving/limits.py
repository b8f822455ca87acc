"""How much one client may ask of the server, and how long anybody is waited for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from schema.serving import files
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
    readers: int = 10
    """Queries that run at a time; the connections there are for them."""
    writers: int = 16
    """Mutations that run at a time; the connections there are for them."""
    operations_waiting: int = 1_000
    """Queries, and mutations, of one business (or address, of strangers) that may wait."""
    slow_reader_seconds: float = 10.0
    """How long something ready to be sent may wait for its reader; then the reader is dropped."""
    close_seconds: float = 30.0
    """How long a reader who was dropped has to take in why."""
    keep_alive_seconds: float = 12.0
    """How often an event stream says that it is alive."""
    watch_after: float = 0.05
    """After how many seconds a query starts to look whether its client is still there."""

    head_bytes: int = 32_768
    """Bytes the head of a request may have; beyond its body, framing may have as many."""
    head_lines: int = 100
    """Headers a request may have."""
    head_seconds: float = 10.0
    """How long a request head may take, from the connection or its first byte to its end."""
    rest_bytes: int = 16_000_000
    """Bytes of a request that are read and dropped after it has been answered."""
    rest_seconds: float = 5.0
    """How long these may take to come."""
    linger_bytes: int = 1_000_000
    """Bytes that are read and dropped of a client that was turned away."""
    linger_seconds: float = 2.0
    """How long a client that was turned away has to read why."""
    stuck_seconds: float = 60.0
    """How long a client may take nothing of what waits for it; then its connection is cut."""
    stuck_seconds_at_stop: float = 2.0
    """The same, when the server stops."""
    connections: int = 10_000
    """Connections at a time."""
    connections_per_address: int = 1_000
    """Those of one address, or one /64 network; a trusted proxy's are not counted."""
    silent_per_address: int = 100
    """Those of them that have not sent a whole request head; the oldest give way."""

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Read what the deployment decided."""
        return cls(
            body=settings.body_limit,
            connections_per_address=settings.connections_per_address,
            connections=files.room_for_connections(),
            seconds=settings.request_timeout,
            readers=settings.readers,
            writers=settings.writers,
            trusted_origins=frozenset(
                origin.lower().rstrip("/") for origin in settings.trusted_origins
            ),
        )

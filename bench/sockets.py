"""Subscribers by the thousand: graphql-transport-ws over bare sockets, read cheaply."""

from __future__ import annotations

import base64
import secrets
import selectors
import socket
from collections.abc import Callable
from time import perf_counter
from typing import Any

import orjson

from bench.contenders import Running

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


class Subscriber:
    """One socket with one subscription; keeps each message with the moment it came."""

    def __init__(self, here: Running, document: str) -> None:
        """Connect and subscribe; the server's acknowledgement is waited for."""
        self.received: list[tuple[float, bytes]] = []
        """When each message came, and what it was."""
        self._buffer = bytearray()
        self._socket = socket.create_connection(("127.0.0.1", here.port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        key = base64.b64encode(secrets.token_bytes(16)).decode()
        self._socket.sendall(
            (
                f"GET {here.contender.path} HTTP/1.1\r\nhost: 127.0.0.1:{here.port}\r\n"
                "connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
                f"sec-websocket-key: {key}\r\nsec-websocket-protocol: graphql-transport-ws\r\n\r\n"
            ).encode()
        )
        self._until(lambda: b"\r\n\r\n" in self._buffer)
        head, _, rest = bytes(self._buffer).partition(b"\r\n\r\n")
        if b" 101 " not in head[:20]:
            raise ConnectionError(f"the server refused a subscriber: {head!r}")
        self._buffer = bytearray(rest)
        self._say({"type": "connection_init", "payload": {"authorization": f"Bearer {here.token}"}})
        acknowledged: list[bytes] = []
        self._until(lambda: bool(acknowledged) or self._take(acknowledged.append))
        self._say({"id": "1", "type": "subscribe", "payload": {"query": document}})
        self._socket.setblocking(False)

    def fileno(self) -> int:
        """Give the number to wait on."""
        return self._socket.fileno()

    def read(self) -> int:
        """Read what came; says how many messages it was."""
        data = self._socket.recv(65536)
        now, before = perf_counter(), len(self.received)
        if not data:
            raise ConnectionError("the server hung up on a subscriber")
        self._buffer += data
        while self._take(lambda payload: self.received.append((now, payload))):
            pass
        return len(self.received) - before

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _until(self, enough: Callable[[], bool]) -> None:
        while not enough():
            data = self._socket.recv(65536)
            if not data:
                raise ConnectionError("the server hung up on a subscriber")
            self._buffer += data

    def _take(self, keep: Callable[[bytes], object]) -> bool:
        """Take one frame off what came; says whether there was a whole one."""
        buffer = self._buffer
        if len(buffer) < 2:
            return False
        length, start = buffer[1], 2
        if length == 126:
            length, start = int.from_bytes(buffer[2:4]), 4
        elif length == 127:
            length, start = int.from_bytes(buffer[2:10]), 10
        if len(buffer) < start + length:
            return False
        code, payload = buffer[0] & 15, bytes(buffer[start : start + length])
        del buffer[: start + length]
        if code == PING:
            self._write(PONG, payload)
        elif code == CLOSE:
            raise ConnectionError(f"the server closed a subscription: {payload!r}")
        elif code == TEXT:
            keep(payload)
        return True

    def _say(self, message: dict[str, Any]) -> None:
        self._write(TEXT, orjson.dumps(message))

    def _write(self, code: int, payload: bytes) -> None:
        size = len(payload)
        length = bytes([128 | size]) if size < 126 else bytes([254]) + size.to_bytes(2)
        self._socket.sendall(bytes([128 | code]) + length + b"\0\0\0\0" + payload)


class Crowd:
    """Many subscribers, waited for together."""

    def __init__(self, here: Running, document: str, count: int) -> None:
        """Connect them all."""
        self.members = [Subscriber(here, document) for _ in range(count)]
        self._selector = selectors.DefaultSelector()
        for each in self.members:
            self._selector.register(each, selectors.EVENT_READ, each.read)

    def listen(self, messages: int, seconds: float) -> None:
        """Read until so many messages came, or raise TimeoutError after some silence."""
        while messages > 0:
            ready = self._selector.select(seconds)
            if not ready:
                raise TimeoutError(f"{messages} messages did not come")
            for key, _ in ready:
                messages -= key.data()

    def idle(self, seconds: float) -> None:
        """Read whatever comes for a while; nothing is expected but pings."""
        until = perf_counter() + seconds
        while (left := until - perf_counter()) > 0:
            for key, _ in self._selector.select(left):
                key.data()

    def close(self) -> None:
        """Hang up on all of them."""
        self._selector.close()
        for each in self.members:
            each.close()

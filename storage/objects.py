"""Files the business keeps, photos and lists and reports: where they are, whoever holds them."""

from __future__ import annotations

import re
import secrets
from collections.abc import AsyncGenerator, AsyncIterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias
from urllib.parse import quote
from uuid import UUID

from storage.process import here

Body: TypeAlias = "bytes | AsyncIterable[bytes]"
"""What is to be stored: all of it, or pieces of it as they come."""

Pieces: TypeAlias = AsyncGenerator[bytes, None]
"""The bytes of an object, some at a time."""

KEY = re.compile(r"[0-9a-f]{32}/[0-9A-Za-z_-]{1,100}")
"""A business's id and something random: no names, no dots, and so no way out of a folder."""
CONTENT_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,100}/[a-z0-9!#$&^_.+-]{1,100}(; ?charset=[\w-]+)?")
BLOCK = 1 << 18
"""Bytes that are read or written at a time; few enough to have many at once."""
LASTING = 1800
"""Seconds a link to read lasts at least; at most twice as long."""
UPLOADING = 900
"""Seconds within which an upload has to begin."""
DAY = 86_400
LONGEST = 3 * DAY
"""Seconds a link may be made for; S3 signs nothing that may be good for more than a week."""


class ObjectError(Exception):
    """Something is wrong with an object or its store."""


class ObjectMissing(ObjectError):
    """There is no such object."""


class SizeDiffers(ObjectError):
    """More or fewer bytes came than were announced."""


class StoreUnavailable(ObjectError):
    """The store does not answer, or does not let us in; trying again later may help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What a store knows of an object without reading it."""

    size: int
    """In bytes."""
    content_type: str
    etag: str
    """Differs when the content does; means nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A request that its receiver may send once to store an object: a PUT of exactly that."""

    url: str
    headers: Mapping[str, str]
    """To be sent as they are; browsers set Content-Length by themselves."""
    expires_at: datetime
    """By then it has to have begun."""


class ObjectStore(Protocol):
    """Keeps bytes under keys. Every method that waits raises StoreUnavailable when it has to."""

    async def put(
        self, key: str, body: Body, *, content_type: str, size: int | None = None
    ) -> Head:
        """Store all of it or, on any error, nothing. Raises: SizeDiffers, if `size` is given."""

    def get(self, key: str, *, start: int = 0, stop: int | None = None) -> Pieces:
        """Give the bytes from `start` to before `stop`, in pieces. Raises: ObjectMissing.

        As with a slice, what lies behind the end is no error and no bytes.
        """

    async def head(self, key: str) -> Head:
        """Say what is known of it. Raises: ObjectMissing."""

    async def delete(self, *keys: str) -> None:
        """Delete all of these; those that are missing are fine."""

    async def copy(self, source: str, target: str) -> None:
        """Store the same under another key, without moving the bytes. Raises: ObjectMissing."""

    def presign_get(
        self, key: str, *, filename: str = "", inline: bool = False, lasting: int = LASTING
    ) -> str:
        """Make a link by which anybody may read it for at least `lasting` seconds.

        It costs next to nothing, and is the same for everybody meanwhile, so that browsers keep
        what they have read. Saved as `filename`, or shown in place when `inline`.
        """

    def presign_put(
        self, key: str, *, content_type: str, size: int, lasting: int = UPLOADING
    ) -> Upload:
        """Make a request by which anybody may store exactly that many bytes of that type."""

    async def check(self) -> None:
        """See whether the store can be used at all."""

    async def tidy(self, *, after: float = DAY) -> None:
        """Throw away what was begun so many seconds ago and never finished."""

    async def close(self) -> None:
        """Let go of threads and connections."""


def new_key(business_id: UUID) -> str:
    """Make up a key that nobody can guess."""
    return f"{business_id.hex}/{secrets.token_hex(16)}"


def checked(key: str) -> str:
    """Pass on a key. Raises: ObjectMissing, as nothing can be there under any other."""
    if not KEY.fullmatch(key):
        raise ObjectMissing("no object has such a key")
    return key


def checked_type(content_type: str) -> str:
    """Pass on a content type. Raises: ValueError."""
    if not CONTENT_TYPE.fullmatch(content_type):
        raise ValueError(f"{content_type[:50]!r} is not a content type")
    return content_type


def checked_span(lasting: int) -> int:
    """Pass on for how many seconds a link is made. Raises: ValueError."""
    if not 1 <= lasting <= LONGEST:
        raise ValueError(f"a link lasts 1 to {LONGEST} seconds, not {lasting}")
    return lasting


def disposition(filename: str, *, inline: bool) -> str:
    """Tell a browser to show it or to save it, and under which name, in whatever script."""
    way = "inline" if inline else "attachment"
    name = re.sub(r'[\x00-\x1f\x7f"\\/:*?<>|]+', "_", filename).strip(". ")[:120]
    if not name:
        return way
    plain = name.encode("ascii", "replace").decode().replace("?", "_").replace("%", "_")
    return f"{way}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='', errors='replace')}"


async def in_blocks(body: Body, block: int, size: int | None = None) -> Pieces:
    """Cut a body into blocks, whatever pieces it comes in; the last may be shorter.

    Raises: SizeDiffers, where a `size` is given, before all of a wrong body has been given.
    """
    held, came = bytearray(), 0
    async for piece in _pieces(body, block):
        came += len(piece)
        if size is not None and came > size:
            raise SizeDiffers(f"more than the {size} bytes that were announced")
        held += piece
        while len(held) >= block:
            yield bytes(held[:block])
            del held[:block]
    if size is not None and came < size:
        raise SizeDiffers(f"{came} bytes instead of {size}")
    if held:
        yield bytes(held)


async def read(key: str) -> bytes:
    """Read a whole object at once, for those known to be small. Raises: ObjectMissing."""
    return b"".join([piece async for piece in store().get(key)])


async def _pieces(body: Body, block: int) -> Pieces:
    if isinstance(body, bytes):
        for start in range(0, len(body), block):
            yield body[start : start + block]
    else:
        async for piece in body:
            yield piece


def store() -> ObjectStore:
    """Give the process's store, or raise when there is none."""
    opened: ObjectStore | None = here.store
    if opened is None:
        raise RuntimeError("no object store is open")
    return opened

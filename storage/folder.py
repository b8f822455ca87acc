"""The store a deployment has without a bucket: a folder, whose links this server answers."""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import IO, TypeVar

import anyio
from anyio.to_thread import run_sync

from storage.objects import (
    BLOCK,
    DAY,
    LASTING,
    UPLOADING,
    Body,
    Head,
    ObjectMissing,
    Pieces,
    StoreUnavailable,
    Upload,
    checked,
    checked_span,
    checked_type,
    disposition,
    in_blocks,
)
from storage.signing import Signer

T = TypeVar("T")

PATH = "/objects/"
"""Where our server answers links."""
REMEMBERED = 20_000
"""Links that need not be sealed again."""
AT_ONCE = 16
"""How many files are worked on at the same moment."""
LABEL = 512
"""Bytes at the end of each file that say what it holds, so that both appear in one step."""


class Folder:
    """Objects as files, each written aside and put in its place whole.

    `url` is where people reach our server; links begin with it.
    """

    def __init__(self, root: Path, url: str = "") -> None:
        self.signer = Signer(root / "key")
        self._files = root / "files"
        self._begun = root / "begun"
        self._url = url.rstrip("/") + PATH
        self._signed = lru_cache(REMEMBERED)(self._sign)
        self._threads = anyio.CapacityLimiter(AT_ONCE)

    async def put(
        self, key: str, body: Body, *, content_type: str, size: int | None = None
    ) -> Head:
        """Store all of it or, on any error, nothing. Raises: SizeDiffers, if `size` is given."""
        target = self._files / checked(key)
        begun = await self._do(_Begun, self._begun, checked_type(content_type))
        try:
            async for block in in_blocks(body, BLOCK, size):
                await self._do(begun.write, block)
            return await self._do(begun.keep, target)
        except BaseException:
            with anyio.CancelScope(shield=True):
                await self._do(begun.drop)
            raise

    async def get(self, key: str, *, start: int = 0, stop: int | None = None) -> Pieces:
        """Give the bytes from `start` to before `stop`, in pieces. Raises: ObjectMissing."""
        file, head = await self._do(_opened, self._files / checked(key))
        try:
            left = min(head.size, head.size if stop is None else stop) - start
            if left > 0:
                file.seek(start)
            while left > 0:
                piece = await self._do(file.read, min(BLOCK, left))
                if not piece:
                    raise StoreUnavailable(f"{key} is shorter than it says")
                left -= len(piece)
                yield piece
        finally:
            file.close()

    async def head(self, key: str) -> Head:
        """Say what is known of it. Raises: ObjectMissing."""
        return await self._do(_head, self._files / checked(key))

    async def delete(self, *keys: str) -> None:
        """Delete all of these; those that are missing are fine."""
        await self._do(_delete, [self._files / checked(key) for key in keys])

    async def copy(self, source: str, target: str) -> None:
        """Store the same under another key, without moving the bytes. Raises: ObjectMissing."""
        beside = self._begun / secrets.token_hex(16)
        await self._do(_link, self._files / checked(source), beside, self._files / checked(target))

    def presign_get(
        self, key: str, *, filename: str = "", inline: bool = False, lasting: int = LASTING
    ) -> str:
        """Make a link by which anybody may read it for at least `lasting` seconds."""
        start = int(time.time()) // checked_span(lasting) * lasting
        return self._signed(key, filename, inline, start + 2 * lasting)

    def presign_put(
        self, key: str, *, content_type: str, size: int, lasting: int = UPLOADING
    ) -> Upload:
        """Make a request by which anybody may store exactly that many bytes of that type."""
        until = int(time.time()) + checked_span(lasting)
        said = {"type": checked_type(content_type), "size": str(size)}
        return Upload(
            url=f"{self._url}{checked(key)}?{self.signer.sign('PUT', key, until, **said)}",
            headers={"Content-Type": content_type, "Content-Length": str(size)},
            expires_at=datetime.fromtimestamp(until, UTC),
        )

    async def check(self) -> None:
        """See whether the store can be used at all."""
        begun = await self._do(_Begun, self._begun, "text/plain")
        await self._do(begun.drop)

    async def tidy(self, *, after: float = DAY) -> None:
        """Throw away what was begun so many seconds ago and never finished."""
        await self._do(_tidy, self._begun, time.time() - after)

    async def close(self) -> None:
        """Nothing stays open between two calls."""

    def _sign(self, key: str, filename: str, inline: bool, until: int) -> str:
        said = {"as": disposition(filename, inline=inline)}
        return f"{self._url}{checked(key)}?{self.signer.sign('GET', key, until, **said)}"

    async def _do(self, function: Callable[..., T], *args: object) -> T:
        """Touch the disk in a thread, and say what it refuses in our own words."""
        try:
            return await run_sync(function, *args, limiter=self._threads)
        except OSError as error:
            raise StoreUnavailable(f"the folder of objects: {error}") from error


class _Begun:
    """A file that is still being written, where nobody looks for it."""

    def __init__(self, folder: Path, content_type: str) -> None:
        _made(folder)
        self.size = 0
        self._content_type = content_type
        self._hashed = hashlib.sha256()
        self._path = folder / secrets.token_hex(16)
        self._file = _created(self._path)

    def write(self, block: bytes) -> None:
        """Add to it."""
        self._file.write(block)
        self._hashed.update(block)
        self.size += len(block)

    def keep(self, target: Path) -> Head:
        """Label it, and put it in its place once the disk has it."""
        label = f"{self._hashed.hexdigest()} {self._content_type}"
        self._file.write(label.ljust(LABEL - 1).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        _placed(self._path, target)
        return _labelled(label, self.size)

    def drop(self) -> None:
        """Leave nothing of it."""
        self._file.close()
        self._path.unlink(missing_ok=True)


def _created(path: Path) -> IO[bytes]:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _made(folder: Path) -> None:
    """Make a folder that is for nobody else, and the one above it."""
    for each in (folder.parent, folder):
        each.mkdir(mode=0o700, parents=True, exist_ok=True)


def _placed(path: Path, target: Path) -> None:
    """Rename a file, and see to it that a power cut does not undo that."""
    folder = target.parent
    if not folder.is_dir():
        _made(folder)
        _synced(folder.parent)
    path.replace(target)
    _synced(folder)


def _synced(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _opened(path: Path) -> tuple[IO[bytes], Head]:
    """Open a file at its beginning, and read its label."""
    try:
        file = path.open("rb")
    except FileNotFoundError as error:
        raise ObjectMissing("there is no such object") from error
    try:
        size = os.fstat(file.fileno()).st_size - LABEL
        label = os.pread(file.fileno(), LABEL, size).decode("ascii", "replace")  # no label: EINVAL
    except OSError:
        file.close()
        raise
    return file, _labelled(label, size)


def _labelled(label: str, size: int) -> Head:
    hashed, _, content_type = label.rstrip().partition(" ")
    return Head(size=size, content_type=content_type, etag=hashed[:32])


def _head(path: Path) -> Head:
    file, head = _opened(path)
    file.close()
    return head


def _delete(paths: Sequence[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
    for folder in {path.parent for path in paths}:
        with suppress(FileNotFoundError):
            _synced(folder)


def _link(source: Path, beside: Path, target: Path) -> None:
    """Give the same file a second name: what it holds never changes."""
    _made(beside.parent)
    try:
        beside.hardlink_to(source)
    except FileNotFoundError as error:
        raise ObjectMissing("there is no such object") from error
    try:
        _placed(beside, target)
    finally:
        beside.unlink(missing_ok=True)


def _tidy(folder: Path, before: float) -> None:
    with suppress(FileNotFoundError):
        for path in folder.iterdir():
            if path.stat().st_mtime < before:
                path.unlink(missing_ok=True)

"""Where links to the folder of objects lead: files are read, and uploads taken."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import aclosing
from http import HTTPStatus

from starlette.types import Receive, Scope, Send

from schema.serving.file_refusals import (
    Expired,
    FileRefused,
    LengthMissing,
    LengthWrong,
    MethodWrong,
    Missing,
    OutOfRange,
    TooLong,
    TooSlow,
    TypeWrong,
    Unavailable,
)
from schema.serving.headers import by_name
from schema.serving.refusals import ClientGone, Header
from storage.folder import PATH, Folder
from storage.objects import Head, ObjectMissing, SizeDiffers, StoreUnavailable, checked
from storage.signing import UNTIL, LinkExpired, LinkInvalid

logger = logging.getLogger(__name__)

PATIENCE = 60.0
"""Seconds an upload may pause, or a reader let us wait."""
SHOWN = frozenset(
    {
        "application/pdf", "audio/mpeg", "audio/ogg", "image/avif", "image/gif", "image/jpeg",
        "image/png", "image/webp", "text/plain", "video/mp4", "video/webm",
    }
)  # fmt: skip
"""What browsers may show in place; all else is saved: it might be a page with a program in it."""
RANGE = re.compile(rb"bytes=(\d{0,18})-(\d{0,18})")
ALWAYS: tuple[Header, ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; sandbox"),
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"referrer-policy", b"no-referrer"),
)


class Objects:
    """The ASGI application behind links to the folder."""

    def __init__(self, folder: Folder, *, patience: float = PATIENCE) -> None:
        self._folder = folder
        self._patience = patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; what is turned away is told why, in JSON."""
        request = _Request(self._folder, self._patience, scope, receive, send)
        try:
            await request.answer()
        except FileRefused as turned:
            await request.turn_away(turned)
        except LinkInvalid:
            await request.turn_away(FileRefused())
        except LinkExpired:
            await request.turn_away(Expired())
        except ObjectMissing:
            await request.turn_away(Missing())
        except StoreUnavailable:
            logger.exception("the folder of objects is of no use")
            await request.turn_away(Unavailable())
        except ClientGone:
            logger.info("a file was not sent or taken to its end: nobody was there any more")


class _Request:
    """One request of a link."""

    def __init__(
        self, folder: Folder, patience: float, scope: Scope, receive: Receive, send: Send
    ) -> None:
        self._folder = folder
        self._patience = patience
        self._receive = receive
        self._send = send
        self._method: str = scope["method"]
        self._key = str(scope["path"]).removeprefix(PATH)
        self._query = scope["query_string"].decode("latin-1")
        self._headers = by_name(scope)
        self._begun = False

    async def answer(self) -> None:
        """Look at the link first: without a good one nobody learns anything."""
        if self._method not in ("GET", "HEAD", "PUT"):
            raise MethodWrong
        verb = "PUT" if self._method == "PUT" else "GET"
        said = self._folder.signer.read(verb, checked(self._key), self._query)
        await (self._take(said) if verb == "PUT" else self._give(said))

    async def turn_away(self, turned: FileRefused) -> None:
        """Say what is wrong, unless the answer has begun: then it ends too early, which tells."""
        if self._begun:
            raise turned
        body = turned.body()
        head = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(body)),
            (b"cache-control", b"no-store"),
            *turned.headers,
        ]
        await self._start(turned.status, head)
        await self._end(b"" if self._method == "HEAD" else body)

    async def _take(self, said: dict[str, str]) -> None:
        """Take an upload of exactly what was announced."""
        size, announced = self._headers.get(b"content-length"), int(said["size"])
        if size is None or not size.isdigit():
            raise LengthMissing
        if int(size) != announced:
            raise TooLong if int(size) > announced else LengthWrong
        sent = self._headers.get(b"content-type", b"").decode("latin-1")
        if _plain(sent) != _plain(said["type"]):
            raise TypeWrong
        try:
            head = await self._folder.put(
                self._key, self._body(), content_type=said["type"], size=announced
            )
        except SizeDiffers as error:
            raise LengthWrong from error
        await self._start(HTTPStatus.OK, [(b"etag", _quoted(head)), (b"content-length", b"0")])
        await self._end(b"")

    async def _body(self) -> AsyncIterator[bytes]:
        """Give what comes; the server waits with receiving while we write."""
        while True:
            try:
                async with asyncio.timeout(self._patience):
                    message = await self._receive()
            except TimeoutError:
                raise TooSlow from None
            if message["type"] != "http.request":
                raise ClientGone
            if piece := message.get("body", b""):
                yield piece
            if not message.get("more_body", False):
                return

    async def _give(self, said: dict[str, str]) -> None:
        """Give a file, or the part of it that is asked for."""
        head = await self._folder.head(self._key)
        answer = [(b"etag", _quoted(head)), (b"cache-control", _keeping(said))]
        if _same(self._headers.get(b"if-none-match", b""), head):
            await self._start(HTTPStatus.NOT_MODIFIED, answer)
            await self._end(b"")
            return
        start, stop = self._range(head)
        whole = (start, stop) == (0, head.size)
        if not whole:
            answer.append((b"content-range", b"bytes %d-%d/%d" % (start, stop - 1, head.size)))
        answer += [
            (b"content-type", head.content_type.encode()),
            (b"content-disposition", _shown(said["as"], head)),
            (b"content-length", b"%d" % (stop - start)),
            (b"accept-ranges", b"bytes"),
        ]
        await self._start(HTTPStatus.OK if whole else HTTPStatus.PARTIAL_CONTENT, answer)
        if self._method == "GET":
            await self._stream(start, stop)
        await self._end(b"")

    async def _stream(self, start: int, stop: int) -> None:
        """Send the bytes as fast as they are taken, and no longer than somebody takes them."""
        async with aclosing(self._folder.get(self._key, start=start, stop=stop)) as pieces:
            leaving = asyncio.create_task(self._left())
            try:
                async for piece in pieces:
                    if leaving.done():
                        raise ClientGone
                    async with asyncio.timeout(self._patience):
                        await self._send(
                            {"type": "http.response.body", "body": piece, "more_body": True}
                        )
            except TimeoutError:
                raise ClientGone from None
            finally:
                leaving.cancel()

    async def _left(self) -> None:
        """Wait until the asker has gone."""
        while (await self._receive())["type"] != "http.disconnect":
            pass

    def _range(self, head: Head) -> tuple[int, int]:
        """Say which bytes are asked for; what is no range of one piece asks for all of them."""
        found = RANGE.fullmatch(self._headers.get(b"range", b"").strip())
        only_if = self._headers.get(b"if-range")
        if not found or found.groups() == (b"", b"") or only_if not in (None, _quoted(head)):
            return 0, head.size
        first, last = (int(part) if part else None for part in found.groups())
        if first is None:
            start, stop = max(0, head.size - (last or 0)), head.size
        else:
            start, stop = first, head.size if last is None else min(last + 1, head.size)
            if last is not None and last < first:
                return 0, head.size
        if start >= stop:
            turned = OutOfRange()
            turned.headers = ((b"content-range", b"bytes */%d" % head.size),)
            raise turned
        return start, stop

    async def _start(self, status: int, headers: Iterable[Header]) -> None:
        self._begun = True
        head = [*ALWAYS, *headers]
        await self._send({"type": "http.response.start", "status": int(status), "headers": head})

    async def _end(self, body: bytes) -> None:
        await self._send({"type": "http.response.body", "body": body})


def _quoted(head: Head) -> bytes:
    return f'"{head.etag}"'.encode()


def _same(asked: bytes, head: Head) -> bool:
    """Tell whether the asker has it already."""
    known = {tag.strip().removeprefix(b"W/") for tag in asked.split(b",")}
    return _quoted(head) in known or b"*" in known


def _keeping(said: dict[str, str]) -> bytes:
    """Let the asker keep it as long as the link is good for, and nobody in between."""
    return b"private, max-age=%d" % max(0, int(said[UNTIL]) - time.time())


def _shown(asked: str, head: Head) -> bytes:
    kind = head.content_type.partition(";")[0]
    if asked.startswith("inline") and kind not in SHOWN:
        asked = "attachment" + asked.removeprefix("inline")
    return asked.encode("ascii")


def _plain(content_type: str) -> str:
    """Write a type the one way it can be compared."""
    return content_type.lower().replace(" ", "")

"""Where links to the folder of objects lead: files are read, and uploads taken."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import aclosing
from http import HTTPStatus

import orjson
from starlette.types import Receive, Scope, Send

from schema.serving.headers import by_name
from schema.serving.refusals import ClientGone, Header
from storage.folder import PATH, Folder
from storage.objects import Head, ObjectMissing, SizeDiffers, StoreUnavailable, checked
from storage.signing import UNTIL, LinkExpired, LinkInvalid

logger = logging.getLogger(__name__)

PATIENCE = 30.0
"""Seconds an upload may pause."""
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


class Turned(Exception):
    """A request that is turned away: what is wrong, and what would help."""

    status = HTTPStatus.FORBIDDEN
    code = "FILE_LINK_INVALID"
    message = "This link is not one of ours, or was changed."
    remedy = "Ask for the file again, and use the link as it is."
    headers: tuple[Header, ...] = ()


class Expired(Turned):
    """The link was good once."""

    code = "FILE_LINK_EXPIRED"
    message = "This link has expired."
    remedy = "Ask for a new one."


class Missing(Turned):
    """Nothing is there."""

    status = HTTPStatus.NOT_FOUND
    code = "FILE_MISSING"
    message = "There is no such file, or not any more."
    remedy = "Ask for the file again; it may have been deleted."


class MethodWrong(Turned):
    """Neither a read nor an upload."""

    status = HTTPStatus.METHOD_NOT_ALLOWED
    code = "FILE_METHOD_INVALID"
    message = "Files are read with GET or HEAD and uploaded with PUT."
    remedy = "Use the method the link was made for."
    headers = ((b"allow", b"GET, HEAD, PUT"),)


class LengthMissing(Turned):
    """Nobody said how much would come."""

    status = HTTPStatus.LENGTH_REQUIRED
    code = "FILE_LENGTH_REQUIRED"
    message = "An upload says how long it is."
    remedy = "Send a Content-Length instead of chunks."


class LengthWrong(Turned):
    """Fewer bytes than were announced."""

    status = HTTPStatus.BAD_REQUEST
    code = "FILE_LENGTH_INVALID"
    message = "The upload is shorter than was announced."
    remedy = "Send exactly as many bytes as were announced, or announce the upload again."


class TooLong(Turned):
    """More bytes than were announced."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = "FILE_TOO_LARGE"
    message = "The upload is longer than was announced."
    remedy = "Send exactly as many bytes as were announced, or announce the upload again."


class TypeWrong(Turned):
    """Another type than was announced."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    code = "FILE_TYPE_INVALID"
    message = "The upload is of another type than was announced."
    remedy = "Send the Content-Type that was announced, or announce the upload again."


class OutOfRange(Turned):
    """The file is shorter than that."""

    status = HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
    code = "FILE_RANGE_INVALID"
    message = "The file does not have these bytes."
    remedy = "Ask for bytes the file has; its length is in Content-Range."


class TooSlow(Turned):
    """Nothing came for a while."""

    status = HTTPStatus.REQUEST_TIMEOUT
    code = "FILE_UPLOAD_STALLED"
    message = f"Nothing came for {PATIENCE:g} seconds."
    remedy = "Send the upload again, over a better connection."


class Unavailable(Turned):
    """The disk will not."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "FILE_STORE_UNAVAILABLE"
    message = "Files cannot be reached at the moment."
    remedy = "Try again a little later."
    headers = ((b"retry-after", b"10"),)


class Objects:
    """The ASGI application behind links to the folder."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; what is turned away is told why, in JSON."""
        request = _Request(self._folder, scope, receive, send)
        try:
            await request.answer()
        except Turned as turned:
            await request.turn_away(turned)
        except LinkInvalid:
            await request.turn_away(Turned())
        except LinkExpired:
            await request.turn_away(Expired())
        except ObjectMissing:
            await request.turn_away(Missing())
        except StoreUnavailable:
            logger.exception("the folder of objects is of no use")
            await request.turn_away(Unavailable())
        except ClientGone:
            return


class _Request:
    """One request of a link."""

    def __init__(self, folder: Folder, scope: Scope, receive: Receive, send: Send) -> None:
        self._folder = folder
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

    async def turn_away(self, turned: Turned) -> None:
        """Say what is wrong, unless the answer has begun: then it ends too early, which tells."""
        if self._begun:
            raise turned
        body = orjson.dumps(
            {"code": turned.code, "message": turned.message, "remedy": turned.remedy}
        )
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
                async with asyncio.timeout(PATIENCE):
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
                    async with asyncio.timeout(PATIENCE):
                        await self._send(
                            {"type": "http.response.body", "body": piece, "more_body": True}
                        )
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

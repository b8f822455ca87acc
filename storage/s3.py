"""The store of a deployment with a bucket: anything that speaks S3, by boto3 in threads."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar

import anyio
import boto3
from anyio.to_thread import run_sync
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

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
    in_blocks,
)
from storage.presigning import Presigner
from storage.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

T = TypeVar("T")

AT_ONCE = 24
"""How many requests are under way at the same moment, each in a thread with a connection."""
PART = 8 << 20
"""Bytes of a part of something large; S3 wants 5 MB at least, and 10,000 parts at most."""
PER_DELETION = 1000
"""Keys that one request may delete."""
MISSING = {"404", "NoSuchKey", "NotFound"}


class Bucket:
    """Objects in a bucket, whose links its own server answers."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client = client
        self._bucket = bucket
        self._presigner = _presigner(client, bucket)
        self._threads = anyio.CapacityLimiter(AT_ONCE)

    @classmethod
    async def open(cls, settings: Settings) -> Self:
        """Prepare to talk to the bucket of the settings, which reads some files of boto3's."""
        return await run_sync(lambda: cls(client_of(settings), str(settings.s3_bucket)))

    async def put(
        self, key: str, body: Body, *, content_type: str, size: int | None = None
    ) -> Head:
        """Store all of it or, on any error, nothing. Raises: SizeDiffers, if `size` is given."""
        where: dict[str, Any] = {"Bucket": self._bucket, "Key": checked(key)}
        kind = checked_type(content_type)
        async with aclosing(in_blocks(body, PART, size)) as parts:
            first = await anext(parts, b"")
            second = await anext(parts, None) if len(first) == PART else None
            if second is None:
                told = await self._do(
                    lambda: self._client.put_object(**where, Body=first, ContentType=kind)
                )
                return Head(size=len(first), content_type=kind, etag=_plain(told["ETag"]))
            return await self._put_parts(where, kind, [first, second], parts)

    async def get(self, key: str, *, start: int = 0, stop: int | None = None) -> Pieces:
        """Give the bytes from `start` to before `stop`, in pieces. Raises: ObjectMissing."""
        if stop is not None and stop <= start:
            await self.head(key)
            return
        last = "" if stop is None else stop - 1
        where: dict[str, Any] = {"Bucket": self._bucket, "Key": checked(key)}
        if start or stop is not None:
            where["Range"] = f"bytes={start}-{last}"
        try:
            body = (await self._do(lambda: self._client.get_object(**where)))["Body"]
        except _OutOfRange:
            return
        try:
            while piece := await self._do(body.read, BLOCK):
                yield piece
        finally:
            body.close()

    async def head(self, key: str) -> Head:
        """Say what is known of it. Raises: ObjectMissing."""
        told = await self._do(
            lambda: self._client.head_object(Bucket=self._bucket, Key=checked(key))
        )
        return Head(
            size=told["ContentLength"],
            content_type=told["ContentType"],
            etag=_plain(told["ETag"]),
        )

    async def delete(self, *keys: str) -> None:
        """Delete all of these; those that are missing are fine."""
        for n in range(0, len(keys), PER_DELETION):
            await self._do(self._delete, keys[n : n + PER_DELETION])

    async def copy(self, source: str, target: str) -> None:
        """Store the same under another key, without moving the bytes. Raises: ObjectMissing."""
        await self._do(
            lambda: self._client.copy_object(
                Bucket=self._bucket,
                Key=checked(target),
                CopySource={"Bucket": self._bucket, "Key": checked(source)},
            )
        )

    def presign_get(
        self, key: str, *, filename: str = "", inline: bool = False, lasting: int = LASTING
    ) -> str:
        """Make a link by which anybody may read it for at least `lasting` seconds."""
        return self._presigner.url(key, filename, inline=inline, lasting=checked_span(lasting))

    def presign_put(
        self, key: str, *, content_type: str, size: int, lasting: int = UPLOADING
    ) -> Upload:
        """Make a request by which anybody may store exactly that many bytes of that type."""
        url = self._client.generate_presigned_url(
            "put_object",
            Params={
                "Bucket": self._bucket,
                "Key": checked(key),
                "ContentType": checked_type(content_type),
                "ContentLength": size,
            },
            ExpiresIn=checked_span(lasting),
        )
        return Upload(
            url=url,
            headers={"Content-Type": content_type, "Content-Length": str(size)},
            expires_at=datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=lasting),
        )

    async def check(self) -> None:
        """See whether the store can be used at all."""
        try:
            await self._do(lambda: self._client.head_bucket(Bucket=self._bucket))
        except ObjectMissing as error:
            raise StoreUnavailable(f"there is no bucket {self._bucket}") from error

    async def tidy(self, *, after: float = DAY) -> None:
        """Throw away what was begun so many seconds ago and never finished."""
        await self._do(self._tidy, datetime.now(UTC) - timedelta(seconds=after))

    async def close(self) -> None:
        """Let go of the connections."""
        await self._do(self._client.close)

    async def _put_parts(
        self,
        where: dict[str, Any],
        kind: str,
        first: list[bytes],
        rest: Pieces,
    ) -> Head:
        """Store something large part by part; it appears when the last one is there."""
        client: Any = self._client
        begun = await self._do(lambda: client.create_multipart_upload(**where, ContentType=kind))
        where = {**where, "UploadId": begun["UploadId"]}
        done: list[dict[str, Any]] = []
        size = 0

        async def send(part: bytes) -> None:
            nonlocal size
            number = len(done) + 1
            told = await self._do(lambda: client.upload_part(**where, PartNumber=number, Body=part))
            done.append({"PartNumber": number, "ETag": told["ETag"]})
            size += len(part)

        try:
            while first:
                await send(first.pop(0))
            async for part in rest:
                await send(part)
            told = await self._do(
                lambda: client.complete_multipart_upload(**where, MultipartUpload={"Parts": done})
            )
        except BaseException:
            with anyio.CancelScope(shield=True):
                await self._do(lambda: client.abort_multipart_upload(**where))
            raise
        return Head(size=size, content_type=kind, etag=_plain(told["ETag"]))

    def _delete(self, keys: Sequence[str]) -> None:
        told = self._client.delete_objects(
            Bucket=self._bucket,
            Delete={"Objects": [{"Key": checked(key)} for key in keys], "Quiet": True},
        )
        if failed := told.get("Errors"):
            raise StoreUnavailable(f"{len(failed)} objects were not deleted: {failed[0]}")

    def _tidy(self, before: datetime) -> None:
        pages = self._client.get_paginator("list_multipart_uploads").paginate(Bucket=self._bucket)
        for begun in (each for page in pages for each in page.get("Uploads", ())):
            if begun["Initiated"] < before:
                self._client.abort_multipart_upload(
                    Bucket=self._bucket, Key=begun["Key"], UploadId=begun["UploadId"]
                )

    async def _do(self, function: Callable[..., T], *args: object) -> T:
        """Wait for the bucket in a thread."""
        with _in_our_words():
            return await run_sync(function, *args, limiter=self._threads)


class _OutOfRange(Exception):
    """What was asked for lies behind the end."""


@contextmanager
def _in_our_words() -> Iterator[None]:
    """Say what went wrong without boto3's words for it."""
    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code in MISSING:
            raise ObjectMissing("there is no such object") from error
        if code == "InvalidRange":
            raise _OutOfRange from error
        raise StoreUnavailable(f"the bucket refuses: {error}") from error
    except (BotoCoreError, OSError) as error:
        raise StoreUnavailable(f"the bucket does not answer: {error}") from error


def _plain(etag: str) -> str:
    return etag.strip('"')


def client_of(settings: Settings) -> S3Client:
    """Make what talks to S3 as many servers understand it; threads may share it."""
    client = boto3.session.Session().client(
        "s3",
        endpoint_url=settings.s3_endpoint_url,
        region_name=settings.s3_region,
        aws_access_key_id=settings.s3_access_key_id,
        aws_secret_access_key=settings.s3_secret_access_key,
        config=Config(
            signature_version="s3v4",
            max_pool_connections=AT_ONCE,
            connect_timeout=5,
            read_timeout=30,
            retries={"mode": "standard", "max_attempts": 3},
            # Checksums in a trailer are Amazon's own; many servers know only what S3 was before.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            s3={"addressing_style": _addressing(settings)},
        ),
    )
    client.meta.events.register("before-sign.s3.DeleteObjects", _with_md5)
    return client


def _addressing(settings: Settings) -> Literal["path", "virtual"]:
    """Say where the bucket's name goes: in the host of Amazon's, if a certificate may cover it.

    Left to itself the client would sign links for a host that knows no region and redirects.
    """
    own = settings.s3_endpoint_url or "." in str(settings.s3_bucket)
    return "path" if own else "virtual"


def _presigner(client: S3Client, bucket: str) -> Presigner:
    """Sign as the client would, which decides where the bucket's name goes."""
    probe = client.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"})
    known = client._request_signer._credentials.get_frozen_credentials()  # type: ignore[attr-defined]  # noqa: SLF001 - nobody else knows them
    return Presigner(
        probe.partition("?")[0][:-1],
        region=client.meta.region_name,
        access_key=known.access_key,
        secret=known.secret_key,
    )


def _with_md5(request: Any, **_: Any) -> None:
    """Send the sum of a list of deletions the way every server understands."""
    body = request.data if isinstance(request.data, bytes) else request.body
    summed = hashlib.md5(body, usedforsecurity=False).digest()
    request.headers["Content-MD5"] = base64.b64encode(summed).decode()

"""What is in the store: a row for every object, from before it is there until it is gone."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal, Self
from uuid import UUID

import asyncpg
from anyio.to_thread import run_sync

from storage import database, jobs
from storage.objects import (
    UPLOADING,
    Body,
    ObjectError,
    ObjectMissing,
    Upload,
    new_key,
    store,
)
from storage.process import here

State = Literal["PENDING", "STORED", "DELETING"]

DELETE = "objects.delete"
"""The job that deletes what was dropped."""
AT_ONCE = 500
"""Objects that are deleted together."""
LARGE = 1 << 16
"""From how many bytes on a thread is worth its while."""


class NotUploaded(ObjectError):
    """Nothing was uploaded there, or it is gone again."""


class StoreFull(ObjectError):
    """A business keeps as many files, or as many bytes, as it may."""

    def __init__(self, *, files: int | None = None, most_bytes: int = 0) -> None:
        """Say how many files there are, where these are too many; else how many bytes may be."""
        super().__init__(f"{files} files" if files is not None else f"at most {most_bytes} bytes")
        self.files = files
        self.most_bytes = most_bytes


class UploadDiffers(ObjectError):
    """What was uploaded is of another size or type than was announced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredObject:
    """An object as the ledger knows it."""

    business_id: UUID
    key: str
    client_id: UUID | None
    purpose: str
    """What it is kept for: import, export, photo."""
    content_type: str
    size: int
    sha256: bytes | None
    """The sum of its bytes, where somebody here has read them."""
    state: State
    created_at: datetime
    expires_at: datetime | None

    @classmethod
    def of(cls, row: asyncpg.Record) -> Self:
        """Read a row."""
        return cls(**{field.name: row[field.name] for field in fields(cls)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserved:
    """A place for an object, and the request that fills it."""

    key: str
    upload: Upload


async def reserve(
    business_id: UUID,
    *,
    purpose: str,
    content_type: str,
    size: int,
    client_id: UUID | None = None,
    expires_at: datetime | None = None,
    lasting: int = UPLOADING,
) -> Reserved:
    """Make room for an upload, as a part of the transaction under way.

    What is not confirmed within a day is deleted. Raises: ValueError for a type that is none,
    StoreFull.
    """
    await check_room(business_id, size)
    key = new_key(business_id)
    upload = store().presign_put(key, content_type=content_type, size=size, lasting=lasting)
    await database.execute(
        _PENDING,
        *(business_id, key, client_id, purpose, content_type, size, expires_at),
        upload.expires_at,
    )
    return Reserved(key=key, upload=upload)


async def check_room(business_id: UUID, size: int = 0) -> None:
    """Make sure that a business may keep one file more, of so many bytes. Raises: StoreFull.

    Others who make room wait until the transaction under way is over, if there is one.
    """
    limits = here.settings
    await database.execute(_ONE_BY_ONE, str(business_id))
    row = await database.fetchrow(_KEPT, business_id)
    assert row is not None  # an aggregate has a row
    if row["files"] >= limits.files_per_business:
        raise StoreFull(files=row["files"])
    if row["bytes"] + size > limits.bytes_per_business:
        raise StoreFull(most_bytes=limits.bytes_per_business)


async def write(
    business_id: UUID,
    body: Body,
    *,
    purpose: str,
    content_type: str,
    client_id: UUID | None = None,
    expires_at: datetime | None = None,
) -> StoredObject:
    """Store bytes of our own, which are deleted after a day unless they are confirmed.

    Not within a transaction: the row has to be there before the bytes, and bytes take their time.
    """
    if database.database().joined() is not None:
        raise RuntimeError("bytes are not written within a transaction")
    key, summed = new_key(business_id), _Summed(body)
    await database.execute(
        _PENDING, business_id, key, client_id, purpose, content_type, 0, expires_at, None
    )
    head = await store().put(key, summed.pieces(), content_type=content_type)
    row = await database.fetchrow(_WRITTEN, business_id, key, head.size, summed.digest())
    if row is None:
        raise NotUploaded("it took more than a day, and was thrown away meanwhile")
    return StoredObject.of(row)


async def confirm(business_id: UUID, key: str, *, rehash: bool = False) -> StoredObject:
    """Keep what was uploaded or written, as a part of the transaction under way.

    With `rehash` all of it is read, and its sum kept: not while anybody waits. Confirming twice is
    fine. Raises: NotUploaded, UploadDiffers.
    """
    known = await find(business_id, key)
    if known is None or known.state == "DELETING":
        raise NotUploaded("no such upload is expected")
    summed = known.sha256
    if summed is None:
        await _check(known)
        summed = await sum_of(key) if rehash else None
    row = await database.fetchrow(_CONFIRMED, business_id, key, summed)
    if row is None:
        raise NotUploaded("it was thrown away meanwhile")
    return StoredObject.of(row)


async def keep(
    business_id: UUID,
    body: Body,
    *,
    purpose: str,
    content_type: str,
    client_id: UUID | None = None,
    expires_at: datetime | None = None,
) -> StoredObject:
    """Store bytes of our own for good, or until they expire. Not within a transaction."""
    written = await write(
        business_id,
        body,
        purpose=purpose,
        content_type=content_type,
        client_id=client_id,
        expires_at=expires_at,
    )
    return await confirm(business_id, written.key)


async def find(business_id: UUID, key: str) -> StoredObject | None:
    """Look an object up."""
    row = await database.fetchrow(
        "SELECT * FROM stored_objects WHERE business_id = $1 AND key = $2",
        business_id,
        key,
    )
    return None if row is None else StoredObject.of(row)


async def listed(
    business_id: UUID, *, client_id: UUID | None = None, purpose: str | None = None
) -> list[StoredObject]:
    """List what is stored, of one client or for one purpose, oldest first."""
    where, args = _where(business_id, client_id=client_id, purpose=purpose)
    rows = await database.fetch(_LISTED.format(where=where), *args)
    return [StoredObject.of(row) for row in rows]


async def drop(
    business_id: UUID,
    *,
    keys: Iterable[str] | None = None,
    client_id: UUID | None = None,
    purpose: str | None = None,
) -> int:
    """Give objects up, as a part of the transaction under way, and say how many.

    Those with these keys, of this client and for this purpose, as far as is said. When all is
    committed a job deletes the bytes; if it never is, nothing was dropped.
    """
    if keys is None and client_id is None and purpose is None:
        raise ValueError("say which objects are to go")
    named = None if keys is None else list(keys)
    where, args = _where(business_id, key=named, client_id=client_id, purpose=purpose)
    count: int = await database.fetchval(_DROPPED.format(where=where), *args)
    if count:
        await jobs.enqueue(DELETE, {"business_id": str(business_id)})
    return count


async def delete_dropped(business_id: UUID | None = None) -> int:
    """Delete what was dropped, of one business or of all, and say how many objects that were.

    Bytes first, then their rows. Doing so twice, or at the same time, is harmless.
    """
    count = 0
    while rows := await database.fetch(_DELETING, business_id, AT_ONCE):
        await store().delete(*(row["key"] for row in rows))
        keys = [row["key"] for row in rows]
        await database.execute(_DELETED, [row["business_id"] for row in rows], keys)
        count += len(rows)
    return count


async def sweep() -> None:
    """Throw away what expired, what was never confirmed, and what is left of deletions."""
    await database.execute(_OUTDATED)
    if here.store is not None:
        await delete_dropped()
        await store().tidy()


async def sum_of(key: str) -> bytes:
    """Read all of an object and give the SHA-256 of it. Raises: ObjectMissing."""
    summed = _Summed(store().get(key))
    async for _ in summed.pieces():
        pass
    return summed.digest()


async def _delete(payload: dict[str, Any]) -> None:
    """Do the job."""
    await delete_dropped(UUID(payload["business_id"]))


JOBS = {DELETE: _delete}
"""The jobs of storage's own, for whoever starts a worker."""


async def _check(known: StoredObject) -> None:
    """Compare what is there with what was announced."""
    try:
        head = await store().head(known.key)
    except ObjectMissing as error:
        raise NotUploaded("nothing was uploaded yet") from error
    if (head.size, head.content_type) != (known.size, known.content_type):
        raise UploadDiffers(
            f"{head.size} bytes of {head.content_type} came instead of"
            f" {known.size} of {known.content_type}"
        )


class _Summed:
    """A body, and the sum of what has gone by."""

    def __init__(self, body: Body) -> None:
        self._body = body
        self._sum = hashlib.sha256()

    async def pieces(self) -> AsyncIterator[bytes]:
        """Pass the body on."""
        if isinstance(self._body, bytes):
            await self._add(self._body)
            yield self._body
            return
        async for piece in self._body:
            await self._add(piece)
            yield piece

    def digest(self) -> bytes:
        """Give the sum."""
        return self._sum.digest()

    async def _add(self, piece: bytes) -> None:
        if len(piece) < LARGE:
            self._sum.update(piece)
        else:
            await run_sync(self._sum.update, piece)


_ONE_BY_ONE = "SELECT pg_advisory_xact_lock(hashtextextended('stored objects ' || $1::text, 0))"
_KEPT = """
SELECT count(*) AS files, coalesce(sum(size), 0)::bigint AS bytes FROM stored_objects
WHERE business_id = $1 AND state <> 'DELETING'
"""
_PENDING = """
INSERT INTO stored_objects
    (business_id, key, client_id, purpose, content_type, size, expires_at, upload_until)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_WRITTEN = """
UPDATE stored_objects SET size = $3, sha256 = $4
WHERE business_id = $1 AND key = $2 AND state = 'PENDING'
RETURNING *
"""
_CONFIRMED = """
UPDATE stored_objects SET state = 'STORED', sha256 = coalesce($3, sha256)
WHERE business_id = $1 AND key = $2 AND state <> 'DELETING'
RETURNING *
"""
_LISTED = """
SELECT * FROM stored_objects WHERE state = 'STORED' AND {where} ORDER BY created_at, key
"""
_DROPPED = """
WITH dropped AS (
    UPDATE stored_objects SET state = 'DELETING', expires_at = NULL
    WHERE state <> 'DELETING' AND {where}
    RETURNING 1
)
SELECT count(*) FROM dropped
"""
_OUTDATED = """
UPDATE stored_objects SET state = 'DELETING', expires_at = NULL
WHERE (state = 'PENDING' AND created_at < now() - interval '1 day')
    OR (state = 'STORED' AND expires_at < now())
"""
_DELETING = """
SELECT business_id, key FROM stored_objects
WHERE state = 'DELETING' AND (expires_at IS NULL OR expires_at < now())
    AND ($1::uuid IS NULL OR business_id = $1)
ORDER BY created_at
LIMIT $2
"""
# A link that is still good may bring the bytes back: then nobody's row stays until it is not, and
# whoever was still sending has given up.
_DELETED = """
WITH named AS (SELECT * FROM unnest($1::uuid[], $2::text[]) AS named (business_id, key)),
gone AS (
    DELETE FROM stored_objects AS o USING named
    WHERE o.business_id = named.business_id AND o.key = named.key AND o.state = 'DELETING'
        AND (o.upload_until IS NULL OR o.upload_until < now() - interval '1 day')
)
UPDATE stored_objects AS o
SET client_id = NULL, expires_at = o.upload_until + interval '1 day'
FROM named
WHERE o.business_id = named.business_id AND o.key = named.key AND o.state = 'DELETING'
    AND o.upload_until >= now() - interval '1 day'
"""


def _where(business_id: UUID, **wanted: Any) -> tuple[str, list[Any]]:
    """Say in SQL which objects of a business are meant; what is None does not matter."""
    terms, args = ["business_id = $1"], [business_id]
    for column, value in wanted.items():
        if value is not None:
            args.append(value)
            place = f"${len(args)}"
            terms.append(f"{column} = ANY ({place})" if column == "key" else f"{column} = {place}")
    return " AND ".join(terms), args

"""Every object has a row, before it is there and until it is gone, whoever dies in between."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from mypy_boto3_s3.client import S3Client

from storage import ledger, log, stores
from storage.database import Database, execute, fetch, fetchval, transaction
from storage.housekeeping import sweep
from storage.ledger import NotUploaded, UploadDiffers
from storage.log import Log
from storage.objects import ObjectMissing, ObjectStore, StoreUnavailable, new_key
from storage.process import here
from storage.worker import Worker
from tests.storage.conftest import in_bucket

pytestmark = pytest.mark.usefixtures("database", "store")

SALON, OTHER, ANN = uuid4(), uuid4(), uuid4()


async def rows() -> list[tuple[str, str]]:
    """What the ledger has: keys and states."""
    found = await fetch("SELECT key, state FROM stored_objects ORDER BY created_at, key")
    return [(row["key"], row["state"]) for row in found]


async def there(store: ObjectStore, key: str) -> bool:
    """Whether the store has it."""
    try:
        await store.head(key)
    except ObjectMissing:
        return False
    return True


async def kept(business_id: UUID = SALON, **given: Any) -> str:
    """Keep something; its key."""
    told = {"purpose": "export", "content_type": "text/csv", **given}
    return (await ledger.keep(business_id, b"a,b\n", **told)).key


async def reserved(size: int = 4) -> str:
    """Reserve an upload; its key."""
    found = await ledger.reserve(SALON, purpose="import", content_type="text/csv", size=size)
    return found.key


async def jobs_done(database: Database) -> None:
    """Run a worker until there are no jobs."""
    worker = Worker(database.dsn, ledger.JOBS)
    task = asyncio.create_task(worker.run())
    async with asyncio.timeout(20):
        while await fetch("SELECT FROM job"):  # noqa: ASYNC110 - nobody is told
            await asyncio.sleep(0.01)
    await worker.stop()
    await task


async def test_an_upload_is_reserved_made_and_confirmed(store: ObjectStore) -> None:
    """Its row says whose it is and what it is for; nothing in its key does, but the business."""
    made = await ledger.reserve(
        SALON, purpose="import", content_type="text/csv", size=4, client_id=ANN
    )
    with pytest.raises(NotUploaded):
        await ledger.confirm(SALON, made.key)
    await store.put(made.key, b"a,b\n", content_type="text/csv")

    stored = await ledger.confirm(SALON, made.key, rehash=True)

    assert made.key.startswith(f"{SALON.hex}/")
    assert made.upload.headers == {"Content-Type": "text/csv", "Content-Length": "4"}
    assert (stored.business_id, stored.key, stored.client_id) == (SALON, made.key, ANN)
    assert (stored.purpose, stored.content_type, stored.size) == ("import", "text/csv", 4)
    assert (stored.state, stored.sha256) == ("STORED", hashlib.sha256(b"a,b\n").digest())
    assert await ledger.confirm(SALON, made.key) == stored
    assert await ledger.find(SALON, made.key) == stored


@pytest.mark.parametrize(("sent", "kind"), [(b"a,b", "text/csv"), (b"a,b\n", "text/html")])
async def test_another_upload_than_announced_is_not_confirmed(
    store: ObjectStore, sent: bytes, kind: str
) -> None:
    """Whatever a store let through."""
    key = await reserved()
    await store.put(key, sent, content_type=kind)

    with pytest.raises(UploadDiffers):
        await ledger.confirm(SALON, key)

    assert await rows() == [(key, "PENDING")]


async def test_nobody_confirms_or_drops_what_is_anothers(store: ObjectStore) -> None:
    """A key of another business is as good as none."""
    key = await reserved()
    await store.put(key, b"a,b\n", content_type="text/csv")

    with pytest.raises(NotUploaded):
        await ledger.confirm(OTHER, key)

    assert await ledger.find(OTHER, key) is None
    assert await ledger.drop(OTHER, keys=[key]) == 0
    assert await rows() == [(key, "PENDING")]


async def test_a_key_cannot_be_filed_under_another_business() -> None:
    """The table itself forbids it."""
    with pytest.raises(Exception, match="stored_objects_check"):
        await execute(
            "INSERT INTO stored_objects (business_id, key, purpose, content_type, size)"
            " VALUES ($1, $2, 'x', 'text/csv', 1)",
            SALON,
            new_key(OTHER),
        )


async def test_what_we_write_ourselves_is_summed_on_the_way(store: ObjectStore) -> None:
    """In pieces or at once; until it is confirmed it is not there to stay."""

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield bytes(100_000)

    written = await ledger.write(
        SALON, pieces(), purpose="export", content_type="application/zip", client_id=ANN
    )
    assert (written.state, written.size) == ("PENDING", 1_000_000)
    assert written.sha256 == hashlib.sha256(bytes(1_000_000)).digest()

    async with transaction():
        await ledger.confirm(SALON, written.key)

    assert await rows() == [(written.key, "STORED")]
    assert await ledger.sum_of(written.key) == written.sha256


async def test_bytes_are_not_written_within_a_transaction() -> None:
    """If it were undone, nobody would know of them."""
    with pytest.raises(RuntimeError, match="not written within a transaction"):
        async with transaction():
            await kept()

    assert await rows() == []


async def test_what_is_listed_is_of_one_client_or_for_one_purpose() -> None:
    """And of one business; what is to go is not there any more."""
    first = await kept(client_id=ANN)
    second = await kept(purpose="photo", client_id=ANN)
    third = await kept(purpose="photo")
    await kept(OTHER, client_id=ANN)
    await ledger.drop(SALON, keys=[await kept(client_id=ANN)])

    async def listed(**given: Any) -> list[str]:
        return [each.key for each in await ledger.listed(SALON, **given)]

    assert await listed() == [first, second, third]
    assert await listed(client_id=ANN) == [first, second]
    assert await listed(client_id=ANN, purpose="photo") == [second]
    assert await listed(purpose="photo") == [second, third]


async def test_what_is_dropped_goes_after_the_commit(
    database: Database, store: ObjectStore
) -> None:
    """First the row says so, then a job deletes the bytes, then the row goes too."""
    goes, stays = await kept(), await kept()
    here.log = Log()
    async with log.change(actor=None, business_id=SALON):
        assert await ledger.drop(SALON, keys=[goes]) == 1
        assert await ledger.drop(SALON, keys=[goes]) == 0
    assert await there(store, goes)

    await jobs_done(database)

    assert await rows() == [(stays, "STORED")]
    assert [await there(store, key) for key in (goes, stays)] == [False, True]


async def test_what_is_undone_deletes_nothing(database: Database, store: ObjectStore) -> None:
    """Neither a row nor a byte nor a job of it is left."""
    key = await kept(client_id=ANN)

    with pytest.raises(ZeroDivisionError):
        async with transaction():
            assert await ledger.drop(SALON, client_id=ANN) == 1
            raise ZeroDivisionError

    await jobs_done(database)
    assert await ledger.delete_dropped() == 0
    assert await rows() == [(key, "STORED")]
    assert await there(store, key)


async def test_everything_of_a_client_is_dropped_at_once(
    database: Database, store: ObjectStore
) -> None:
    """Uploads that are still expected as well, and nobody else's."""
    hers = [await kept(client_id=ANN), await kept(purpose="photo", client_id=ANN)]
    others = [await kept(), await kept(OTHER, client_id=ANN)]

    assert await ledger.drop(SALON, client_id=ANN) == 2
    await jobs_done(database)

    assert [await there(store, key) for key in hers + others] == [False, False, True, True]
    assert [key for key, _ in await rows()] == others
    with pytest.raises(ValueError, match="say which"):
        await ledger.drop(SALON)


async def test_a_store_that_is_away_keeps_the_rows(store: ObjectStore) -> None:
    """What could not be deleted is tried again."""
    key = await kept()
    await ledger.drop(SALON, keys=[key])

    class Away:
        """A store nobody answers for."""

        async def delete(self, *keys: str) -> None:
            """Fail."""
            raise StoreUnavailable("away")

    here.store = Away()
    with pytest.raises(StoreUnavailable):
        await ledger.delete_dropped(SALON)
    here.store = store
    assert await rows() == [(key, "DELETING")]

    assert await ledger.delete_dropped(SALON) == 1
    assert await rows() == []


async def test_a_bucket_is_kept_like_a_folder(
    database: Database, client: S3Client, s3_url: str
) -> None:
    """From the reservation to the last byte, with a real S3 server."""
    async with stores.opened(in_bucket(s3_url)) as bucket, httpx.AsyncClient() as http:
        made = await ledger.reserve(SALON, purpose="import", content_type="text/csv", size=4)
        with pytest.raises(NotUploaded):
            await ledger.confirm(SALON, made.key)
        answer = await http.put(
            made.upload.url, content=b"a,b\n", headers=dict(made.upload.headers)
        )
        uploaded = await ledger.confirm(SALON, made.key, rehash=True)
        written = await kept(purpose="photo")
        assert answer.status_code == 200
        assert uploaded.sha256 == hashlib.sha256(b"a,b\n").digest()
        assert await rows() == [(made.key, "STORED"), (written, "STORED")]

        async with transaction():
            assert await ledger.drop(SALON, keys=[made.key, written]) == 2
        await jobs_done(database)
        await sweep()

        assert [await there(bucket, key) for key in (made.key, written)] == [False, False]
        assert await rows() == [(made.key, "DELETING")]  # its link is good for a while yet


async def test_housekeeping_throws_away_what_is_over(store: ObjectStore) -> None:
    """What expired, uploads nobody confirmed within a day, and deletions somebody died in."""
    now = datetime.now(UTC)
    stays = await kept(expires_at=now + timedelta(hours=1))
    expired = await kept(expires_at=now - timedelta(seconds=1))
    abandoned, awaited = await reserved(), await reserved()
    left = await kept()
    await execute("UPDATE stored_objects SET state = 'DELETING' WHERE key = $1", left)
    await execute(
        "UPDATE stored_objects SET created_at = created_at - interval '2 days',"
        " upload_until = upload_until - interval '2 days' WHERE key = $1",
        abandoned,
    )
    await store.put(abandoned, b"a,b\n", content_type="text/csv")

    await sweep()

    assert sorted(await rows()) == sorted([(stays, "STORED"), (awaited, "PENDING")])
    keys = (stays, expired, abandoned, left)
    assert [await there(store, key) for key in keys] == [True, False, False, False]


async def test_an_upload_that_comes_after_it_was_dropped_is_thrown_away(
    store: ObjectStore,
) -> None:
    """Its link was still good: the row waits, without saying whose it was, until it is not."""
    made = await ledger.reserve(
        SALON, purpose="photo", content_type="image/png", size=3, client_id=ANN
    )
    await ledger.drop(SALON, client_id=ANN)
    assert await ledger.delete_dropped() == 1
    await store.put(made.key, b"png", content_type="image/png")

    assert await rows() == [(made.key, "DELETING")]
    assert await fetchval("SELECT client_id FROM stored_objects") is None
    with pytest.raises(NotUploaded):
        await ledger.confirm(SALON, made.key)
    assert await ledger.delete_dropped() == 0

    await execute(
        "UPDATE stored_objects SET expires_at = now() - interval '1 second',"
        " upload_until = now() - interval '25 hours'"
    )
    await sweep()
    assert await rows() == []
    assert not await there(store, made.key)

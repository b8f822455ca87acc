"""The object store: the same promises from a folder we serve and from a real S3 server."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from mypy_boto3_s3.client import S3Client
from starlette.applications import Starlette

from schema.serving import object_routes
from storage import stores
from storage.objects import (
    ObjectMissing,
    ObjectStore,
    SizeDiffers,
    StoreUnavailable,
    new_key,
)
from storage.s3 import PART, Bucket
from tests.conftest import serving
from tests.s3 import BUCKET
from tests.storage.conftest import in_bucket, set_to

SALON = UUID(int=7)
BYTES = os.urandom(300_000)


@dataclass
class Place:
    """A store, and a client for its links."""

    store: ObjectStore
    http: httpx.AsyncClient

    async def put(self, data: bytes = BYTES, content_type: str = "image/png") -> str:
        """Store something; its key."""
        key = new_key(SALON)
        await self.store.put(key, data, content_type=content_type)
        return key

    async def read(self, key: str, start: int = 0, stop: int | None = None) -> bytes:
        """Read it, or a part of it."""
        return b"".join([piece async for piece in self.store.get(key, start=start, stop=stop)])

    async def missing(self, key: str) -> bool:
        """Tell whether nothing is there."""
        try:
            await self.store.head(key)
        except ObjectMissing:
            return True
        return False


@asynccontextmanager
async def in_a_folder(path: Path) -> AsyncIterator[Place]:
    """A folder, whose links a real server answers."""
    settings = set_to(data_dir=path, trusted_origins=["https://app.test"])
    async with (
        serving(Starlette(routes=object_routes(settings))) as url,
        stores.opened(settings) as store,
        httpx.AsyncClient(base_url=url) as http,
    ):
        yield Place(store, http)


@pytest.fixture(params=["folder", "bucket"])
async def place(
    request: pytest.FixtureRequest, tmp_path: Path, client: S3Client
) -> AsyncIterator[Place]:
    """Either of the two."""
    if request.param == "folder":
        async with in_a_folder(tmp_path) as here:
            yield here
    else:
        async with httpx.AsyncClient() as http:
            yield Place(Bucket(client, BUCKET), http)


@pytest.fixture
async def folder(tmp_path: Path) -> AsyncIterator[Place]:
    """A folder, for what only our own server promises."""
    async with in_a_folder(tmp_path) as here:
        yield here


async def in_pieces(data: bytes, size: int = 10_000) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


# --- what a program stores it reads again


@pytest.mark.parametrize("length", [0, 1, 300_000])
async def test_what_is_stored_is_read_again(place: Place, length: int) -> None:
    """Byte for byte, and known by its size and type without being read."""
    key = new_key(SALON)
    put = await place.store.put(key, BYTES[:length], content_type="text/csv; charset=utf-8")

    assert await place.read(key) == BYTES[:length]
    assert await place.store.head(key) == put
    assert (put.size, put.content_type) == (length, "text/csv; charset=utf-8")


async def test_what_comes_in_pieces_is_stored_whole(place: Place) -> None:
    """Also when it is larger than a part of a bucket's upload."""
    data = os.urandom(2 * PART + 12_345)
    key = new_key(SALON)

    head = await place.store.put(
        key, in_pieces(data, 1_000_000), content_type="application/zip", size=len(data)
    )

    assert (head.size, head.content_type) == (len(data), "application/zip")
    assert await place.read(key) == data
    assert await place.store.head(key) == head


async def test_a_part_is_read_alone(place: Place) -> None:
    """As a slice of it; what lies behind the end is no error."""
    key = await place.put()

    for start, stop in [(0, 10), (5, 6), (299_990, 400_000), (100, None), (7, 7), (9, 3)]:
        assert await place.read(key, start, stop) == BYTES[start:stop], (start, stop)
    assert await place.read(key, 300_000) == b""
    assert await place.read(key, 500_000, 600_000) == b""


async def test_a_second_version_takes_the_place_of_the_first(place: Place) -> None:
    """And differs in its tag."""
    key = await place.put(b"first")
    first = await place.store.head(key)
    await place.store.put(key, b"later", content_type="image/png")

    assert await place.read(key) == b"later"
    assert (await place.store.head(key)).etag != first.etag


async def test_a_copy_needs_no_original(place: Place) -> None:
    """It stays when the first is gone."""
    key, other = await place.put(), new_key(SALON)
    head = await place.store.head(key)
    await place.store.copy(key, other)
    await place.store.delete(key)

    assert await place.missing(key)
    assert await place.read(other) == BYTES
    copied = await place.store.head(other)
    assert (copied.size, copied.content_type) == (head.size, head.content_type)
    with pytest.raises(ObjectMissing):
        await place.store.copy(key, new_key(SALON))


async def test_many_are_deleted_at_once(place: Place) -> None:
    """Those that were never there are fine; others stay."""
    keys = [await place.put(b"x") for _ in range(5)]
    stays = await place.put(b"stays")

    await place.store.delete(*keys, new_key(SALON))
    await place.store.delete(*keys)
    await place.store.delete()

    assert [await place.missing(key) for key in keys] == [True] * 5
    assert await place.read(stays) == b"stays"


async def test_what_is_missing_is_said_to_be(place: Place) -> None:
    """By every method that needs it."""
    key = new_key(SALON)

    with pytest.raises(ObjectMissing):
        await place.store.head(key)
    for start, stop in [(0, None), (0, 5), (5, 5)]:
        with pytest.raises(ObjectMissing):
            await place.read(key, start, stop)


async def test_nothing_is_outside_of_a_business(place: Place) -> None:
    """A key that is none names nothing, for whatever method."""
    there = await place.put(b"x")
    for key in [
        "", "x", "../" * 3 + "etc/passwd", f"{SALON.hex}/..", f"{SALON.hex}/a/b",
        f"{SALON.hex}/a\0", f"{SALON.hex}/a\n", f"/{SALON.hex}/a",
        f"{SALON.hex}/../key", f"{SALON.hex}\\..\\key",
    ]:  # fmt: skip
        for waiting in (
            place.store.put(key, b"x", content_type="text/plain"),
            place.store.head(key),
            place.read(key),
            place.store.delete(there, key),
            place.store.copy(there, key),
            place.store.copy(key, there),
        ):
            with pytest.raises(ObjectMissing):
                await waiting
        with pytest.raises(ObjectMissing):
            place.store.presign_get(key)
        with pytest.raises(ObjectMissing):
            place.store.presign_put(key, content_type="text/plain", size=1)

    assert await place.read(there) == b"x"


@pytest.mark.parametrize("announced", [5, 12, 10_000_000])
async def test_a_wrong_size_stores_nothing(place: Place, announced: int) -> None:
    """Neither too few nor too many bytes; what was there before stays."""
    key = await place.put(b"before")
    for length in (11, PART + 5):
        with pytest.raises(SizeDiffers):
            await place.store.put(
                key, in_pieces(bytes(length), 100_000), content_type="text/csv", size=announced
            )

    assert await place.read(key) == b"before"


async def test_what_breaks_off_stores_nothing(place: Place) -> None:
    """Whoever sends dies in the middle: what was there before stays, and nothing is left over."""
    key = await place.put(b"before")

    async def breaking() -> AsyncIterator[bytes]:
        yield bytes(PART)
        yield bytes(PART)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await place.store.put(key, breaking(), content_type="text/csv")

    assert await place.read(key) == b"before"
    if isinstance(place.store, Bucket):
        assert "Uploads" not in place.store._client.list_multipart_uploads(Bucket=BUCKET)
    else:
        assert list(place.store._begun.iterdir()) == []


async def test_what_nobody_finished_is_thrown_away_in_time(place: Place) -> None:
    """Whoever died while storing left it; what is still being stored, and what is stored, stays."""
    key = await place.put(b"stored")
    if isinstance(place.store, Bucket):
        place.store._client.create_multipart_upload(Bucket=BUCKET, Key=new_key(SALON))
    else:
        (place.store._begun / "left").write_bytes(b"the beginn")

    def begun() -> int:
        if isinstance(place.store, Bucket):
            told = place.store._client.list_multipart_uploads(Bucket=BUCKET)
            return len(told.get("Uploads", ()))
        return len(list(place.store._begun.iterdir()))

    await place.store.tidy()
    assert begun() == 1
    await place.store.tidy(after=-60)

    assert begun() == 0
    assert await place.read(key) == b"stored"


async def test_many_at_once_do_not_get_in_each_others_way(place: Place) -> None:
    """More than there are threads."""
    datas = [os.urandom(50_000) for _ in range(60)]
    keys = await asyncio.gather(*(place.put(data) for data in datas))

    assert await asyncio.gather(*(place.read(key) for key in keys)) == datas


# --- what a link allows


async def test_a_link_to_read_is_followed_without_signing_in(place: Place) -> None:
    """It says what it is, and under which name to save it."""
    key = await place.put()

    answer = await place.http.get(place.store.presign_get(key, filename="clients.csv"))

    assert (answer.status_code, answer.content) == (200, BYTES)
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-length"] == "300000"
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"clients.csv\"; filename*=UTF-8''clients.csv"
    )
    assert answer.headers["cache-control"].startswith("private, max-age=")


@pytest.mark.parametrize(
    ("filename", "shown"),
    [
        ("", "inline"),
        ("Zoë 1.csv", "inline; filename=\"Zo_ 1.csv\"; filename*=UTF-8''Zo%C3%AB%201.csv"),
        ('a"b\\c/d\r\ne', "inline; filename=\"a_b_c_d_e\"; filename*=UTF-8''a_b_c_d_e"),
        ("../../etc", "inline; filename=\"_.._etc\"; filename*=UTF-8''_.._etc"),
        ("名簿", "inline; filename=\"__\"; filename*=UTF-8''%E5%90%8D%E7%B0%BF"),
    ],
)  # fmt: skip
async def test_a_link_may_ask_to_be_shown(place: Place, filename: str, shown: str) -> None:
    """In place, whatever the name is made of."""
    key = await place.put()

    answer = await place.http.get(place.store.presign_get(key, filename=filename, inline=True))

    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == shown


async def test_everybody_gets_the_same_link_for_a_while(place: Place) -> None:
    """So that browsers keep what they have; another key has another."""
    key = await place.put()
    links = {place.store.presign_get(key) for _ in range(5)}
    began = time.perf_counter()
    for _ in range(200):
        place.store.presign_get(key)

    assert len(links) == 1
    assert time.perf_counter() - began < 0.2
    assert place.store.presign_get(new_key(SALON)) not in links


async def test_a_part_is_read_over_a_link(place: Place) -> None:
    """As players and downloads that were interrupted ask for it."""
    link = place.store.presign_get(await place.put())
    for asked, start, stop in [
        ("bytes=0-9", 0, 10),
        ("bytes=299990-", 299_990, 300_000),
        ("bytes=-7", 299_993, 300_000),
        ("bytes=5-999999", 5, 300_000),
    ]:
        answer = await place.http.get(link, headers={"Range": asked})

        assert (answer.status_code, answer.content) == (206, BYTES[start:stop]), asked
        assert answer.headers["content-range"] == f"bytes {start}-{stop - 1}/300000"
    answer = await place.http.get(link, headers={"Range": "bytes=300000-"})
    assert answer.status_code == 416


async def test_what_a_browser_has_is_not_sent_again(place: Place) -> None:
    """304 for the same tag, all of it for another."""
    link = place.store.presign_get(await place.put())
    etag = (await place.http.get(link)).headers["etag"]

    same = await place.http.get(link, headers={"If-None-Match": etag})
    other = await place.http.get(link, headers={"If-None-Match": '"other"'})

    assert (same.status_code, same.content) == (304, b"")
    assert (other.status_code, other.content) == (200, BYTES)


async def test_an_upload_is_taken_as_announced(place: Place) -> None:
    """Exactly that many bytes of that type, by whoever has the link; once more is fine."""
    key = new_key(SALON)
    upload = place.store.presign_put(key, content_type="text/csv", size=len(BYTES))
    for _ in range(2):
        answer = await place.http.put(upload.url, content=BYTES, headers=dict(upload.headers))

        assert (answer.status_code, answer.content) == (200, b"")
    head = await place.store.head(key)
    assert (head.size, head.content_type) == (len(BYTES), "text/csv")
    assert await place.read(key) == BYTES
    assert abs((upload.expires_at - datetime.now(UTC)).total_seconds() - 900) < 5


@pytest.mark.parametrize(
    ("sent", "headers", "folders"),
    [
        (b"123456", {}, 413),
        (b"1234", {}, 400),
        (b"12345", {"Content-Type": "text/html"}, 415),
        (b"12345", {"Content-Type": ""}, 415),
    ],
)
async def test_an_upload_other_than_announced_is_refused(
    place: Place, sent: bytes, headers: dict[str, str], folders: int
) -> None:
    """Another length, another type: nothing is stored."""
    key = new_key(SALON)
    upload = place.store.presign_put(key, content_type="text/csv", size=5)
    kind = {"Content-Type": "text/csv"}

    answer = await place.http.put(upload.url, content=sent, headers={**kind, **headers})

    assert answer.status_code == (403 if isinstance(place.store, Bucket) else folders)
    assert await place.missing(key)


async def test_a_link_that_was_changed_is_refused(place: Place) -> None:
    """Its seal, its key, its time, what it says: any change makes it void."""
    key, other = await place.put(), await place.put(b"another's")
    upload = place.store.presign_put(key, content_type="text/csv", size=5)
    read = place.store.presign_get(key, filename="a.csv")
    changed = [
        read[:-4] + ("0000" if read[-4:] != "0000" else "1111"),
        read.replace(key, other),
        read.replace("a.csv", "b.exe"),
        read.replace("Expires=", "Expires=9").replace("until=", "until=9"),
        read.partition("?")[0],
        f"{read}&as=inline&response-content-type=text/html",
        upload.url,
    ]
    written = [
        upload.url.replace(key, other),
        upload.url[:-4] + ("0000" if upload.url[-4:] != "0000" else "1111"),
        upload.url.partition("?")[0],
        read,
    ]

    refused = [(await place.http.get(link)).status_code for link in changed]
    refused += [
        (await place.http.put(link, content=b"12345", headers={"Content-Type": "text/csv"}))
        .status_code for link in written
    ]  # fmt: skip

    assert {status // 100 for status in refused} == {4}
    assert refused.count(403) >= 10  # JuiceFS misses a header first when a PUT's link is read
    assert await place.read(key) == BYTES
    assert await place.read(other) == b"another's"


async def test_a_link_is_void_when_its_time_is_over(place: Place) -> None:
    """To read as well as to upload."""
    key, new = await place.put(), new_key(SALON)
    read = place.store.presign_get(key, lasting=1)
    upload = place.store.presign_put(new, content_type="text/csv", size=5, lasting=1)
    await asyncio.sleep(2.5)

    answers = [
        await place.http.get(read),
        await place.http.put(upload.url, content=b"12345", headers=dict(upload.headers)),
    ]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert await place.missing(new)


async def test_a_link_outlives_its_file(place: Place) -> None:
    """Then it leads nowhere."""
    key = await place.put()
    link = place.store.presign_get(key)
    await place.store.delete(key)

    assert (await place.http.get(link)).status_code == 404


# --- when the store is of no use


async def test_a_bucket_that_does_not_answer_is_said_to_be_away() -> None:
    """In one exception, whatever went wrong on the way."""
    async with stores.opened(in_bucket("http://127.0.0.1:9")) as store:
        with pytest.raises(StoreUnavailable):
            await store.head(new_key(SALON))


async def test_a_store_that_cannot_be_used_is_said_to_be(
    place: Place, s3_url: str, client: S3Client, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """In one line at start; one that can be is not mentioned, and nothing is left of the look."""
    await stores.warn_if_away(place.store)
    assert caplog.messages == []
    if not isinstance(place.store, Bucket):
        assert [each for each in tmp_path.rglob("*") if each.is_file()] == []

    (tmp_path / "taken").write_text("a file where a folder is wanted")
    for settings, reason in (
        (set_to(data_dir=tmp_path / "taken"), "Not a directory"),
        (in_bucket("http://127.0.0.1:9"), "does not answer"),
        (in_bucket(s3_url, s3_secret_access_key="wrong"), "the bucket refuses: "),
        (in_bucket(s3_url, s3_bucket="nobodys"), "there is no bucket nobodys"),
    ):
        caplog.clear()
        async with stores.opened(settings) as store:
            await stores.warn_if_away(store)
        [line] = caplog.messages
        assert line.startswith("the object store cannot be used: ")
        assert reason in line


def test_links_to_a_bucket_lead_to_its_own_server(s3_url: str) -> None:
    """Ours has no route for them."""
    assert object_routes(in_bucket(s3_url)) == []


async def test_a_bucket_that_does_not_know_us_is_of_no_use(s3_url: str, client: S3Client) -> None:
    """A wrong secret, a bucket that is not there."""
    for wrong in ({"s3_secret_access_key": "wrong"}, {"s3_bucket": "nobodys"}):
        async with stores.opened(in_bucket(s3_url, **wrong)) as store:
            with pytest.raises((StoreUnavailable, ObjectMissing)):
                await store.put(new_key(SALON), b"x", content_type="text/plain")

"""Links to the folder of objects, as our own server answers them."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from schema.serving import object_routes
from schema.serving.file_refusals import FileRefused
from schema.serving.logs import configure
from schema.serving.objects import Objects
from storage.database import Database
from storage.folder import LABEL, PATH, Folder
from storage.objects import ObjectMissing, ObjectStore, new_key
from storage.settings import Settings
from tests import pages
from tests.conftest import serving

SALON = UUID(int=7)
BYTES = os.urandom(1_000_000)
SITE = "https://app.test"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A folder of objects."""
    return Folder(tmp_path / "objects")


@pytest.fixture
async def url(tmp_path: Path) -> AsyncIterator[str]:
    """The address of a real server that answers for it."""
    settings = Settings.load(
        _env_file=None,
        database_url="postgresql://nowhere",
        data_dir=tmp_path,
        trusted_origins=[SITE],
    )
    async with serving(Starlette(routes=object_routes(settings))) as address:
        yield address


@pytest.fixture
async def http(url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of that server."""
    async with httpx.AsyncClient(base_url=url) as client:
        yield client


async def stored(folder: Folder, data: bytes = BYTES, content_type: str = "image/png") -> str:
    """Store something; its key."""
    key = new_key(SALON)
    await folder.put(key, data, content_type=content_type)
    return key


async def missing(folder: Folder, key: str) -> bool:
    """Tell whether nothing is there, nor on the way there."""
    if list(folder._begun.glob("*")):
        return False
    try:
        await folder.head(key)
    except ObjectMissing:
        return True
    return False


async def raw(url: str, *sent: bytes) -> bytes:
    """Send bytes as they are, and give what comes until the server closes or is silent."""
    where = urlsplit(url)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    answer = b""
    for piece in sent:
        writer.write(piece)
        await writer.drain()
    try:
        async with asyncio.timeout(2):
            while piece := await reader.read(65_536):
                answer += piece
                if answer.endswith(b"}"):
                    break
    except TimeoutError:
        pass
    writer.close()
    return answer


def said(answer: httpx.Response) -> tuple[int, str]:
    """The status and the code of something that was turned away."""
    problem = answer.json()
    assert problem.keys() == {"code", "message", "remedy"}
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    return answer.status_code, problem["code"]


async def test_the_whole_server_answers_links(
    database: Database, store: ObjectStore, server: str, settings: Settings
) -> None:
    """Larger ones than a request may be, in a folder both know; and counts them as one figure."""
    key, data = new_key(SALON), BYTES * 3
    assert len(data) > settings.body_limit
    upload = store.presign_put(key, content_type="text/csv", size=len(data))
    async with httpx.AsyncClient(base_url=server) as client:
        put = await client.put(upload.url, content=data, headers=dict(upload.headers))
        got = await client.get(store.presign_get(key))
        figures = (await client.get("/metrics")).text

    assert put.status_code == 200
    assert got.content == data
    assert put.headers["x-request-id"]
    assert 'regulars_requests_total{route="/objects/",status="200"} 2.0' in figures
    assert upload.url.startswith("/objects/")
    abroad = Folder(settings.data_dir / "objects", "https://salon.example/api/")
    assert abroad.presign_get(key) == "https://salon.example/api" + store.presign_get(key)


async def test_what_is_turned_away_is_told_why(folder: Folder, http: httpx.AsyncClient) -> None:
    """A status, a code that does not change, and what would help; nothing is stored."""
    key, none = await stored(folder), new_key(SALON)
    upload = folder.presign_put(none, content_type="text/csv", size=5)
    over = folder._url + f"{key}?" + folder.signer.sign("GET", key, 1_000_000)
    kind = {"Content-Type": "text/csv"}

    async def chunks() -> AsyncIterator[bytes]:
        yield b"12345"

    async def put(content: Any, **headers: str) -> tuple[int, str]:
        return said(await http.put(upload.url, content=content, headers={**kind, **headers}))

    assert said(await http.get(f"{PATH}{key}")) == (403, "FILE_LINK_INVALID")
    assert said(await http.get(f"{PATH}{none}")) == (403, "FILE_LINK_INVALID")
    assert said(await http.get(over)) == (403, "FILE_LINK_EXPIRED")
    assert said(await http.get(folder.presign_get(none))) == (404, "FILE_MISSING")
    assert said(await http.get(PATH)) == (404, "FILE_MISSING")
    assert said(await http.post(upload.url)) == (405, "FILE_METHOD_INVALID")
    assert said(await http.delete(folder.presign_get(key))) == (405, "FILE_METHOD_INVALID")
    assert await put(b"123456") == (413, "FILE_TOO_LARGE")
    assert await put(b"1234") == (400, "FILE_LENGTH_INVALID")
    assert await put(chunks()) == (411, "FILE_LENGTH_REQUIRED")
    assert await put(b"12345", **{"Content-Type": "text/html"}) == (415, "FILE_TYPE_INVALID")
    range_ = {"Range": "bytes=1000000-"}
    answer = await http.get(folder.presign_get(key), headers=range_)
    assert said(answer) == (416, "FILE_RANGE_INVALID")
    assert answer.headers["content-range"] == "bytes */1000000"
    assert await missing(folder, none)
    assert await folder.head(key) is not None


async def test_a_link_says_nothing_of_what_is_there(
    folder: Folder, http: httpx.AsyncClient
) -> None:
    """Without a good one, a file that is there and one that is not are answered alike."""
    key = await stored(folder)
    answers = [
        await http.get(f"{PATH}{each}?until=9999999999&as=inline&seal={'0' * 64}")
        for each in (key, new_key(SALON))
    ]

    assert answers[0].content == answers[1].content
    assert [answer.status_code for answer in answers] == [403, 403]


async def test_whatever_a_query_is_it_is_no_bug(http: httpx.AsyncClient) -> None:
    """Nobody outside reads a stack trace."""
    for query in [
        "seal=", "seal=%00", "until=1", "&&&", "a=1&" * 50, "x=" + "y" * 5000, "until=ü&seal=ü",
        "until=x&seal=1", "seal=1&seal=2", "%", "until=%ff",
    ]:  # fmt: skip
        answer = await http.get(f"{PATH}{new_key(SALON)}?{query}")
        assert said(answer) == (403, "FILE_LINK_INVALID"), query


@pytest.mark.parametrize("method", [b"GET", b"PUT"])
async def test_no_path_leads_out(folder: Folder, url: str, method: bytes, tmp_path: Path) -> None:
    """Sent as it is, since clients tidy it up; the folder's own key is not to be had either."""
    await stored(folder, b"x")
    query = folder.presign_get(new_key(SALON)).partition("?")[2].encode()
    before = sorted(tmp_path.rglob("*"))

    for path in [
        "../key", "..%2fkey", "%2e%2e/%2e%2e/etc/passwd", "..%5c..%5ckey", "/etc/passwd", "%00",
        f"{SALON.hex}/../../key", f"{SALON.hex}%2f..%2f..%2fkey", f"{SALON.hex}/%2e%2e/key",
        f"{SALON.hex}/a%0ab", f"{SALON.hex}/", SALON.hex,
    ]:  # fmt: skip
        answer = await raw(
            url,
            method + b" /objects/" + path.encode() + b"?" + query + b" HTTP/1.1\r\n"
            b"Host: x\r\nContent-Length: 1\r\nContent-Type: text/csv\r\nConnection: close\r\n\r\n1",
        )

        assert re.match(rb"HTTP/1.1 (404|400|403|307) ", answer), (path, answer)
        assert folder.signer._key not in answer
    assert sorted(tmp_path.rglob("*")) == before


async def test_a_file_is_no_page_of_ours(folder: Folder, http: httpx.AsyncClient) -> None:
    """What might hold a program is saved, never shown, and may do nothing if it is."""
    for content_type, way in [
        ("text/html", "attachment"),
        ("image/svg+xml", "attachment"),
        ("application/xhtml+xml; charset=utf-8", "attachment"),
        ("image/png", "inline"),
        ("text/plain; charset=utf-8", "inline"),
    ]:
        key = await stored(folder, b"<script>", content_type)
        answer = await http.get(folder.presign_get(key, filename="a.x", inline=True))

        assert answer.headers["content-disposition"].partition(";")[0] == way
        assert answer.headers["content-type"] == content_type
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"


async def test_a_head_is_a_get_without_the_bytes(folder: Folder, http: httpx.AsyncClient) -> None:
    """The same headers by the same link."""
    link = folder.presign_get(await stored(folder))
    got, head = await http.get(link), await http.head(link)
    lost = await http.head(folder.presign_get(new_key(SALON)))

    def but_date(answer: httpx.Response) -> dict[str, str]:
        left_out = ("date", "cache-control")
        return {name: v for name, v in answer.headers.items() if name not in left_out}

    assert (head.status_code, head.content) == (200, b"")
    assert but_date(head) == but_date(got)
    assert (lost.status_code, lost.content) == (404, b"")


async def test_ranges_and_tags_mean_what_they_mean_elsewhere(
    folder: Folder, http: httpx.AsyncClient
) -> None:
    """What is no range of one piece is not looked at."""
    key = await stored(folder)
    tag = f'"{(await folder.head(key)).etag}"'
    for headers, status, length in [
        ({"Range": "bytes=0-0"}, 206, 1),
        ({"Range": "bytes=0-0", "If-Range": "the tag"}, 206, 1),
        ({"Range": "bytes=0-0", "If-Range": '"another"'}, 200, 1_000_000),
        ({"Range": "bytes=0-0,5-9"}, 200, 1_000_000),
        ({"Range": "bytes=9-5"}, 200, 1_000_000),
        ({"Range": "bytes=-"}, 200, 1_000_000),
        ({"Range": "lines=1-2"}, 200, 1_000_000),
        ({"Range": "bytes=-0"}, 416, None),
        ({"Range": "bytes=-2000000"}, 200, 1_000_000),
        ({"Range": "bytes=0-999999"}, 200, 1_000_000),
        ({"If-None-Match": "*"}, 304, 0),
        ({"If-None-Match": 'W/"x", the tag'}, 304, 0),
        ({"If-None-Match": "the tag", "Range": "bytes=0-0"}, 304, 0),
    ]:
        given = {name: value.replace("the tag", tag) for name, value in headers.items()}
        answer = await http.get(folder.presign_get(key), headers=given)

        assert answer.status_code == status, headers
        assert status == 416 or len(answer.content) == length, headers


async def test_pages_of_trusted_sites_may_upload_and_read(
    folder: Folder, http: httpx.AsyncClient
) -> None:
    """Their browser asks first; a page of another site is not let in."""
    upload = folder.presign_put(new_key(SALON), content_type="text/csv", size=4)
    asking = {
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "content-type",
    }

    ours = await http.options(upload.url, headers={"Origin": SITE, **asking})
    theirs = await http.options(upload.url, headers={"Origin": "https://evil.test", **asking})
    put = await http.put(
        upload.url, content=b"a,b\n", headers={"Origin": SITE, **dict(upload.headers)}
    )

    assert (ours.status_code, theirs.status_code) == (200, 400)
    assert ours.headers["access-control-allow-origin"] == SITE
    assert "PUT" in ours.headers["access-control-allow-methods"]
    assert "access-control-allow-origin" not in theirs.headers
    assert put.headers["access-control-allow-origin"] == SITE


async def test_a_large_file_passes_through_little_memory(
    folder: Folder, http: httpx.AsyncClient
) -> None:
    """Up and down: neither way is it ever held whole."""
    key, pieces = new_key(SALON), 60

    async def sent() -> AsyncIterator[bytes]:
        for _ in range(pieces):
            yield BYTES

    upload = folder.presign_put(key, content_type="application/zip", size=pieces * len(BYTES))
    tracemalloc.start()
    try:
        put = await http.put(upload.url, content=sent(), headers=dict(upload.headers))
        came = 0
        async with http.stream("GET", folder.presign_get(key)) as answer:
            async for piece in answer.aiter_raw():
                came += len(piece)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert (put.status_code, came) == (200, 60_000_000)
    assert most < 6_000_000, "client and server together"


async def test_an_upload_that_breaks_off_leaves_nothing(folder: Folder, url: str) -> None:
    """Neither a file nor the beginning of one."""
    key = new_key(SALON)
    upload = folder.presign_put(key, content_type="text/csv", size=1_000_000)
    where = urlsplit(url)
    _, writer = await asyncio.open_connection(where.hostname, where.port)
    head = f"PUT {upload.url} HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\n"
    writer.write(head.encode() + b"Content-Length: 1000000\r\n\r\n" + bytes(700_000))
    await writer.drain()
    async with asyncio.timeout(5):
        while not list(folder._begun.glob("*")):  # noqa: ASYNC110 - nobody is told
            await asyncio.sleep(0.01)
    writer.transport.abort()

    async with asyncio.timeout(5):
        while not await missing(folder, key):  # noqa: ASYNC110 - see above
            await asyncio.sleep(0.01)


async def test_an_upload_that_stalls_is_given_up(folder: Folder) -> None:
    """Whoever sends nothing for a while does not hold a place."""
    app = Starlette(routes=[Route(PATH + "{key:path}", Objects(folder, patience=0.1))])
    key = new_key(SALON)
    upload = folder.presign_put(key, content_type="text/csv", size=10)
    head = f"PUT {upload.url} HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\n"
    async with serving(app) as url:
        answer = await raw(url, head.encode() + b"Content-Length: 10\r\n\r\n12345")

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"code":"FILE_UPLOAD_STALLED"' in answer
    assert await missing(folder, key)


async def test_a_reader_who_leaves_is_noticed(folder: Folder, http: httpx.AsyncClient) -> None:
    """The file is closed, not read to its end for nobody."""
    key = await stored(folder, bytes(30_000_000))
    open_files = Path(f"/proc/{os.getpid()}/fd")

    def reading() -> bool:
        return any(key in os.path.realpath(each) for each in open_files.iterdir())

    async with http.stream("GET", folder.presign_get(key)) as answer:
        async for _ in answer.aiter_raw():
            break
        assert reading()

    async with asyncio.timeout(5):
        while reading():  # noqa: ASYNC110 - nobody is told
            await asyncio.sleep(0.01)


async def test_a_damaged_file_is_said_to_be(folder: Folder, http: httpx.AsyncClient) -> None:
    """503, and a line for the operator: not a stack trace for whoever asked."""
    key = await stored(folder, b"")
    file = folder._files / key
    assert file.stat().st_size == LABEL
    file.write_bytes(b"cut")

    assert said(await http.get(folder.presign_get(key))) == (503, "FILE_STORE_UNAVAILABLE")


async def test_files_are_for_nobody_else_on_the_machine(folder: Folder) -> None:
    """Neither what is stored nor the key of the links."""
    key = await stored(folder)
    folder.presign_get(key)
    root = folder._files.parent
    modes = {p.stat().st_mode & 0o777 for p in [root, *root.rglob("*")]}

    assert modes == {0o700, 0o600}


def test_every_process_finds_the_same_key(tmp_path: Path) -> None:
    """Whoever is first makes it, also when several are."""
    several = [Folder(tmp_path / "objects") for _ in range(5)]
    key = new_key(SALON)

    assert len({each.presign_get(key) for each in several}) == 1
    assert len(list((tmp_path / "objects").iterdir())) == 1
    elsewhere = Folder(tmp_path / "elsewhere").presign_get(key)
    assert elsewhere != several[0].presign_get(key)


def test_lines_of_the_log_open_no_file(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    """The seal is left out of what is written down of a request."""
    link = folder.presign_get(new_key(SALON))
    before = logging.getLogger().handlers, logging.getLogger().level
    configure("info", "json", access=True)
    try:
        logging.getLogger("uvicorn.access").info('%s - "%s %s" %d', "127.0.0.1", "GET", link, 200)
    finally:
        logging.getLogger().handlers, _ = before
        logging.getLogger().setLevel(before[1])
    written = capsys.readouterr().err

    assert PATH in written
    assert link.rpartition("seal=")[2] not in written


def test_every_reason_is_on_the_page() -> None:
    """With its status; a program is written against that list."""
    page = (pages.ROOT / "docs" / "problems.md").read_text()
    reasons = [FileRefused, *FileRefused.__subclasses__()]

    for each in reasons:
        assert f"| `{each.code}` | {int(each.status)} | {each.message} | {each.remedy} |" in page
    assert len({each.code for each in reasons}) == len(reasons)

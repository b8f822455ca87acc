"""All that is kept of one client, as a folder: what is written down, and the files themselves."""

from __future__ import annotations

import mimetypes
import re
import zipfile
from collections.abc import AsyncIterator
from typing import IO, BinaryIO
from uuid import UUID

import orjson
from anyio.to_thread import run_sync

from modules import client_data
from modules.client_data import ClientTable
from storage import jsonb, ledger, objects
from storage.ledger import StoredObject
from storage.objects import ObjectMissing

BLOCK = 1 << 18
OURS = ("export", "import")
"""What objects are kept for that hold other people too."""
TABLES = frozenset(("stored_objects", "exports"))
"""What is handed out as files, or is a note of this very export."""


async def write(file: BinaryIO, business_id: UUID, client_id: UUID) -> bool:
    """Write the folder into a file; False when there is no such client any more."""
    profile = await client_data.profile(business_id, client_id)
    if profile is None:
        return False
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as folder:
        await run_sync(folder.writestr, "profile.json", _pretty(profile))
        for kind in await client_data.kinds():
            if not kind.said.hidden and kind.table.name not in TABLES:
                await _rows(folder, kind, business_id, client_id)
        for number, each in enumerate(await ledger.listed(business_id, client_id=client_id), 1):
            if each.purpose not in OURS:
                await _object(folder, number, each)
    return True


async def pieces(file: BinaryIO) -> AsyncIterator[bytes]:
    """Give what was written, piece by piece."""
    file.seek(0)
    while piece := await run_sync(file.read, BLOCK):
        yield piece


async def _rows(
    folder: zipfile.ZipFile, kind: ClientTable, business_id: UUID, client_id: UUID
) -> None:
    """Write the rows of one kind, page by page, where there are any."""
    entry: IO[bytes] | None = None
    try:
        async for page in client_data.rows(kind, business_id, client_id):
            text = b",\n".join(jsonb.encode(row) for row in page)
            if entry is None:
                entry = folder.open(f"{_safe(kind.name)}.json", "w")
                await run_sync(entry.write, b"[\n" + text)
            else:
                await run_sync(entry.write, b",\n" + text)
        if entry is not None:
            await run_sync(entry.write, b"\n]\n")
    finally:
        if entry is not None:
            entry.close()


async def _object(folder: zipfile.ZipFile, number: int, each: StoredObject) -> None:
    """Put a photo or a form into the folder; one that is gone by now is left out."""
    ending = mimetypes.guess_extension(each.content_type.partition(";")[0]) or ""
    name = f"files/{_safe(each.purpose)}-{each.created_at:%Y-%m-%d}-{number}{ending}"
    found = zipfile.ZipInfo(name, each.created_at.timetuple()[:6])
    try:
        with folder.open(found, "w", force_zip64=True) as entry:
            async for piece in objects.store().get(each.key):
                await run_sync(entry.write, piece)
    except ObjectMissing:
        return


def _pretty(value: object) -> bytes:
    return jsonb.encode(value, option=orjson.OPT_INDENT_2)


def _safe(name: str) -> str:
    return re.sub(r"[^\w-]+", "-", name)[:60]

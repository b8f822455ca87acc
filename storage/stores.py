"""Which store a deployment has: its bucket, or a folder of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from storage import objects
from storage.folder import Folder
from storage.objects import ObjectStore
from storage.s3 import Bucket
from storage.settings import Settings


async def open_store(settings: Settings) -> ObjectStore:
    """Prepare the store of the settings; nothing is asked of it yet."""
    if settings.s3_bucket:
        return await Bucket.open(settings)
    return folder(settings)


def folder(settings: Settings) -> Folder:
    """Give the folder of the settings; nothing is made of it yet."""
    return Folder(settings.data_dir / "objects", settings.public_url or "")


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[ObjectStore]:
    """Have the store of the settings meanwhile, where rules find it."""
    store, before = await open_store(settings), objects.installed()
    objects.install(store)
    try:
        yield store
    finally:
        objects.install(before if objects.installed() is store else objects.installed())
        await store.close()

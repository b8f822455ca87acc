"""Which store a deployment has: its bucket, or a folder of its own."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from storage.folder import Folder
from storage.objects import ObjectStore, StoreUnavailable
from storage.process import here
from storage.s3 import Bucket
from storage.settings import Settings

logger = logging.getLogger(__name__)


async def open_store(settings: Settings) -> ObjectStore:
    """Prepare the store of the settings; nothing is asked of it yet."""
    if settings.s3_bucket:
        return await Bucket.open(settings)
    return folder(settings)


def folder(settings: Settings) -> Folder:
    """Give the folder of the settings; nothing is made of it yet."""
    return Folder(settings.data_dir / "objects", settings.public_url or "")


async def warn_if_away(store: ObjectStore) -> None:
    """Say so when the store cannot be used; it may come back, so nothing is refused."""
    try:
        await store.check()
    except StoreUnavailable as error:
        logger.warning("the object store cannot be used: %s", error)


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[ObjectStore]:
    """Have the store of the settings meanwhile, where rules find it."""
    store, before = await open_store(settings), here.store
    here.store = store
    try:
        yield store
    finally:
        if here.store is store:
            here.store = before
        await store.close()

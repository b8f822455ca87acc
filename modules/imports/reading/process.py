"""The process that reads lists: started for one import, given orders, and ended with it.

A server process of multiprocessing's (`forkserver`) has imported what is needed once, and makes a
copy of itself for each import, which takes milliseconds. A copy that is killed, or dies of a
file, harms no other; all of them end with the process that asked for them.
"""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from multiprocessing.reduction import send_handle
from threading import Lock
from typing import Any, BinaryIO, TypeVar

import orjson

from modules.errors import Refusal
from modules.imports.reading import child
from modules.imports.reading.limits import SIGNS, SILENCE, STARTING
from modules.imports.reading.problems import FileTooDemanding
from modules.jobs import problem_of
from storage import jsonb

T = TypeVar("T")

PRELOADED = [child.__name__, "server"]
"""What is imported once: what reads, and what our command imports, as each copy would anew."""
_FORKS = multiprocessing.get_context("forkserver")
_ONE_AT_A_TIME = Lock()
"""Held to start one and to wait for one: multiprocessing looks after all when it starts one."""


class Unreadable(Exception):
    """The file cannot be read; says why, as a problem does."""

    def __init__(self, said: Mapping[str, Any]) -> None:
        self.said = dict(said)
        """Its code, message and remedy."""
        super().__init__(said["code"])

    @classmethod
    def of(cls, refusal: Refusal) -> Unreadable:
        """Say what a refusal says."""
        return cls(problem_of(refusal))


class ReadingProcess:
    """A process that reads one list, one order after the other."""

    def __init__(self, file: BinaryIO | None) -> None:
        """Prepare to read this file, or none."""
        _FORKS.set_forkserver_preload(PRELOADED)
        self._orders, self._theirs = _FORKS.Pipe()
        self._file = file
        self._process = _FORKS.Process(
            target=child.serve, args=(self._theirs,), kwargs={"file": bool(file)}, daemon=True
        )
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="reading")

    async def start(self) -> None:
        """Make a copy of the server process, and hand it the file.

        Raises: TimeoutError; OSError, where the server process dies at that very moment.
        """
        async with asyncio.timeout(STARTING):
            await asyncio.get_running_loop().run_in_executor(self._thread, self._start)

    def _start(self) -> None:
        with _ONE_AT_A_TIME:
            self._process.start()
        self._theirs.close()
        if self._file is not None:
            try:
                send_handle(self._orders, self._file.fileno(), self._process.pid)
            except OSError:
                raise _died() from None

    async def look(self, layout: Mapping[str, Any]) -> dict[str, Any]:
        """Look through the list. Raises: Unreadable."""
        _, piece = await self._ask(do="look", layout=layout)
        return dict(orjson.loads(piece))

    async def read(
        self, layout: Mapping[str, Any], mapping: Mapping[str, Any], head: str
    ) -> AsyncIterator[bytes]:
        """Read the list's rows, as COPY takes them, each beginning with `head`.

        Raises: Unreadable.
        """
        kind, piece = await self._ask(do="read", layout=layout, mapping=mapping, head=head)
        while kind != child.DONE:
            yield piece
            kind, piece = await self._answer()

    async def merge(self, files: Sequence[Mapping[str, Any]]) -> list[dict[str, Any] | None]:
        """Put rows into the files of those who are known: see `merging.merge`."""
        _, piece = await self._ask(do="merge", files=files)
        return list(orjson.loads(piece))

    async def restore(self, files: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Take them out again: see `merging.restore`."""
        _, piece = await self._ask(do="restore", files=files)
        return list(orjson.loads(piece))

    async def _ask(self, **order: Any) -> tuple[bytes, bytes]:
        await self._within(lambda: self._orders.send_bytes(jsonb.encode(order)))
        return await self._answer()

    async def _answer(self) -> tuple[bytes, bytes]:
        message = await self._within(self._orders.recv_bytes)
        kind, piece = message[:1], message[1:]
        if kind == child.REFUSED:
            raise Unreadable(orjson.loads(piece))
        return kind, piece

    async def _within(self, do: Callable[[], T]) -> T:
        """Send or receive. Raises: Unreadable, where it takes too long."""
        try:
            async with asyncio.timeout(SILENCE):
                return await asyncio.get_running_loop().run_in_executor(self._thread, do)
        except TimeoutError as error:
            raise Unreadable.of(FileTooDemanding()) from error
        except (EOFError, ConnectionError) as error:
            if await asyncio.to_thread(self._ended) in SIGNS:
                raise Unreadable.of(FileTooDemanding()) from error
            raise _died() from None

    def _ended(self) -> int | None:
        """Wait until it has ended; how it did: below nothing, by that signal."""
        with _ONE_AT_A_TIME:
            self._process.join()
        return self._process.exitcode

    def close(self) -> None:
        """End it, whatever it does, and wait until it is gone."""
        with _ONE_AT_A_TIME:
            if self._process.is_alive():
                self._process.kill()
                self._process.join()
        self._orders.close()
        self._theirs.close()
        self._thread.shutdown(wait=False)


@asynccontextmanager
async def reading(file: BinaryIO | None = None) -> AsyncIterator[ReadingProcess]:
    """Have a process read lists meanwhile: the one in this file, where there is one."""
    process = ReadingProcess(file)
    try:
        await process.start()
        yield process
    finally:
        await asyncio.shield(asyncio.to_thread(process.close))


def _died() -> RuntimeError:
    """Say so without a cause: a connection that broke here is no sign that PostgreSQL is away."""
    return RuntimeError("the process that reads lists has died")

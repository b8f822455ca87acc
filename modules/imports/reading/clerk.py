"""Whoever sits at the desk: starts the process that reads lists, and ends it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from modules.errors import Refusal
from modules.imports.reading.desk import DONE, REFUSED
from modules.imports.reading.limits import SIGNS, SILENCE
from modules.imports.reading.problems import FileTooDemanding
from storage import jsonb

ROOT = Path(__file__).resolve().parents[3]


class Unreadable(Exception):
    """The file cannot be read; says why, as a problem does."""

    def __init__(self, said: Mapping[str, str]) -> None:
        self.said = dict(said)
        """Its code, message and remedy."""
        super().__init__(said["code"])

    @classmethod
    def of(cls, refusal: Refusal) -> Unreadable:
        """Say what a refusal says."""
        return cls({"code": refusal.code, "message": refusal.message, "remedy": refusal.remedy})


class Clerk:
    """A process that reads lists, one order after the other."""

    def __init__(self, process: asyncio.subprocess.Process, file: BinaryIO | None) -> None:
        self._process = process
        self._file = file

    async def look(self, layout: Mapping[str, Any]) -> dict[str, Any]:
        """Look through the list. Raises: Unreadable."""
        await self._order(do="look", layout=layout)
        _, piece = await self._piece()
        return dict(orjson.loads(piece))

    async def read(
        self, layout: Mapping[str, Any], mapping: Mapping[str, Any], head: str
    ) -> AsyncIterator[bytes]:
        """Read the list's rows, as COPY takes them, each beginning with `head`.

        Raises: Unreadable.
        """
        await self._order(do="read", layout=layout, mapping=mapping, head=head)
        while True:
            kind, piece = await self._piece()
            if kind == DONE:
                return
            yield piece

    async def merge(self, files: Sequence[Mapping[str, Any]]) -> list[dict[str, Any] | None]:
        """Put rows into the files of those who are known: see `merging.merge`."""
        await self._order(do="merge", files=files)
        _, piece = await self._piece()
        return list(orjson.loads(piece))

    async def restore(self, files: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Take them out again: see `merging.restore`."""
        await self._order(do="restore", files=files)
        _, piece = await self._piece()
        return list(orjson.loads(piece))

    async def _order(self, **order: Any) -> None:
        assert self._process.stdin is not None  # it was started with one
        file = None if self._file is None else self._file.fileno()
        self._process.stdin.write(jsonb.encode({**order, "file": file}) + b"\n")
        await self._process.stdin.drain()

    async def _piece(self) -> tuple[bytes, bytes]:
        assert self._process.stdout is not None  # it was started with one
        try:
            async with asyncio.timeout(SILENCE):
                kind = await self._process.stdout.readexactly(1)
                length = int.from_bytes(await self._process.stdout.readexactly(4), "big")
                piece = await self._process.stdout.readexactly(length)
        except TimeoutError as error:
            raise Unreadable.of(FileTooDemanding()) from error
        except asyncio.IncompleteReadError as error:
            if await self._process.wait() in SIGNS:
                raise Unreadable.of(FileTooDemanding()) from error
            raise RuntimeError("the process that reads lists has died") from error
        if kind == REFUSED:
            raise Unreadable(orjson.loads(piece))
        return kind, piece


@asynccontextmanager
async def clerk(file: BinaryIO | None = None) -> AsyncIterator[Clerk]:
    """Have somebody read lists meanwhile: the one in this file, where there is one."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "from modules.imports.reading.desk import main; main()",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        pass_fds=() if file is None else (file.fileno(),),
        cwd=ROOT,
        limit=1 << 20,
    )
    try:
        yield Clerk(process, file)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()

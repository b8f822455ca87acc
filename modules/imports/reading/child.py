"""What a reading process does: lists are read beside the server, so that nobody waits for it.

It is given a file by its descriptor, takes orders as JSON and answers with messages: a letter that
says what it is, and JSON or lines for PostgreSQL's COPY.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from multiprocessing.connection import Connection
from multiprocessing.reduction import recv_handle
from typing import Any, BinaryIO
from uuid import UUID

import orjson

from modules.clients.rules import ClientFieldKind, Definition, Facts
from modules.errors import Refusal
from modules.imports.reading import merging
from modules.imports.reading.dates import ImportDateOrder
from modules.imports.reading.fields import ImportField
from modules.imports.reading.limits import confine
from modules.imports.reading.lists import Layout, List
from modules.imports.reading.problems import FileTooDemanding
from modules.imports.reading.rows import Mapping, Read, Reader
from modules.jobs import problem_of
from storage import jsonb

PIECE = 1_000
"""Rows that are handed over together."""
DONE, ROWS, REFUSED = b"D", b"R", b"X"


def serve(connection: Connection, *, file: bool) -> None:
    """Take orders until there are no more, about the file that comes first, where there is one."""
    confine()
    descriptor = recv_handle(connection) if file else None
    with suppress(EOFError, BrokenPipeError):  # whoever gave the orders is gone
        while True:
            order = orjson.loads(connection.recv_bytes())
            for kind, piece in _answers(order, descriptor):
                connection.send_bytes(kind + piece)


def _answers(order: dict[str, Any], descriptor: int | None) -> Iterator[tuple[bytes, bytes]]:
    """Do as ordered; what is refused, or takes too much memory, is an answer as well."""
    try:
        yield from ORDERS[order["do"]]({**order, "file": descriptor})
    except (Refusal, MemoryError) as error:
        refusal = error if isinstance(error, Refusal) else FileTooDemanding()
        said = problem_of(refusal)
        yield REFUSED, jsonb.encode(said)


def _look(order: dict[str, Any]) -> Iterator[tuple[bytes, bytes]]:
    """Look through a list: how it is kept, and what its columns are about."""
    with _file(order) as file:
        yield DONE, jsonb.encode(asdict(List(file, Layout(**order["layout"])).look()))


def _read(order: dict[str, Any]) -> Iterator[tuple[bytes, bytes]]:
    """Read a list's rows as PostgreSQL's COPY takes them: number, columns, problems, complete."""
    reader = Reader(_mapping(order["mapping"]))
    with _file(order) as file:
        found = List(file, Layout(**order["layout"]))
        lines: list[str] = []
        for number, row in found.rows():
            if number <= (found.layout.header_row or 0) or not any(c.strip() for c in row):
                continue
            lines.append(_line(order["head"], number, reader.read(row)))
            if len(lines) == PIECE:
                yield ROWS, "".join(lines).encode()
                lines.clear()
        if lines:
            yield ROWS, "".join(lines).encode()
    yield DONE, b"{}"


def _mapping(given: dict[str, Any]) -> Mapping:
    fields = [
        Definition(**{**each, "id": UUID(each["id"]), "kind": ClientFieldKind(each["kind"])})
        for each in given["own_fields"]
    ]
    return Mapping(
        fields=[ImportField(each) for each in given["fields"]],
        orders=[ImportDateOrder(each) for each in given["orders"]],
        custom=[UUID(each) if each else None for each in given["custom"]],
        names=given["names"],
        facts=Facts(region=given["region"], fields={each.id: each for each in fields}),
        missing_last_name=given["missing_last_name"],
        tags=given["tags"],
        strict=given["strict"],
    )


def _line(head: str, number: int, read: Read) -> str:
    columns = jsonb.text(read.columns)
    problems = jsonb.text([asdict(problem) for problem in read.problems])
    outcome = "CREATE" if read.complete else "PROBLEM"
    cells = (str(number), columns.replace("\\", "\\\\"), problems.replace("\\", "\\\\"), outcome)
    return head + "\t".join(cells) + "\n"


def _merge(order: dict[str, Any]) -> Iterator[tuple[bytes, bytes]]:
    """Put rows into the files of those who are known."""
    merged = [
        merging.merge(each["current"], each["given"], fill_in=each["fill_in"])
        for each in order["files"]
    ]
    yield DONE, jsonb.encode(merged)


def _restore(order: dict[str, Any]) -> Iterator[tuple[bytes, bytes]]:
    """Take them out again."""
    yield DONE, jsonb.encode([merging.restore(**each) for each in order["files"]])


def _file(order: dict[str, Any]) -> BinaryIO:
    return os.fdopen(os.dup(order["file"]), "rb")


ORDERS = {"look": _look, "read": _read, "merge": _merge, "restore": _restore}

"""The desk at which lists are read: a process of its own, so that nobody waits for it.

It is started by `modules.imports.reading.clerk`, is given files by their descriptors and orders as
lines of JSON, and answers with pieces, each a letter, a length and that many bytes.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import asdict
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
from storage import jsonb

PIECE = 1_000
"""Rows that are handed over together."""
DONE, ROWS, REFUSED = b"D", b"R", b"X"


def main() -> None:
    """Take orders until there are no more."""
    confine()
    answers = os.fdopen(os.dup(1), "wb")
    sys.stdout = sys.stderr
    for line in sys.stdin.buffer:
        order = orjson.loads(line)
        try:
            for kind, piece in ORDERS[order["do"]](order):
                _answer(answers, kind, piece)
        except (Refusal, MemoryError) as error:
            refusal = error if isinstance(error, Refusal) else FileTooDemanding()
            said = {"code": refusal.code, "message": refusal.message, "remedy": refusal.remedy}
            _answer(answers, REFUSED, jsonb.encode(said))


def _answer(answers: BinaryIO, kind: bytes, piece: bytes) -> None:
    answers.write(kind + len(piece).to_bytes(4, "big"))
    answers.write(piece)
    answers.flush()


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

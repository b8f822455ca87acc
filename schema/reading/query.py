"""A finished statement of a plan: it reads its rows, and all that hangs below them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from itertools import repeat
from operator import mul
from types import MappingProxyType
from typing import Any

from modules.errors import Refusal
from schema.reading.builder import Built, generate
from schema.reading.parameters import Frame, Param
from schema.reading.size import (
    LARGE,
    MAX_BYTES,
    OF_OTHERS,
    SLICE_FIELDS,
    UNMEASURED,
    TooLarge,
    frozen,
    most_of,
    per_slice,
)
from schema.reading.sql import select
from schema.reading.statement import Child, Column, Keys, Reader, Statement

MAX_PARENTS = 5000
MAX_ROWS = 100_000
MANY_WITH_TEXTS = 2000
"""Rows with texts of any length that are fetched at once; more come in portions."""


class TooMuch(Refusal):
    """The answer would be larger than one answer may be."""

    code = "TOO_COMPLEX"
    remedy = (
        "Ask for smaller pages: at most {parents} rows may have lists below them, "
        "and an answer has at most {rows} rows."
    )
    values = MappingProxyType({"parents": MAX_PARENTS, "rows": MAX_ROWS})


@dataclass(frozen=True, slots=True)
class Query:
    """SQL, and the function that makes of its rows what the answer has of them."""

    sql: str
    """Empty where there is nothing to read: one row without columns."""
    arguments: list[Any]
    """What its parameters are: values, `Param`s, and `Keys` of the rows above."""
    keys: list[tuple[Column, int]]
    """Columns of the statement above that its rows are found by."""
    children: list[Child]
    most: int | None
    """How many rows there can be for one parent, where that is known."""
    fields: int
    """How many fields of a row the answer has."""
    fixed: int
    """The fewest bytes these take, texts left aside."""
    most_of_row: float
    """The most letters that a row can have in the answer; infinite where nothing limits them."""
    has_texts: bool
    """Whether a column may be long."""
    build: Built

    async def run(
        self,
        frame: Frame,
        connection: Reader,
        keys: list[Any] | None = None,
        times: list[int] | None = None,
    ) -> list[Any]:
        """Read the rows, and all that hangs below them; one list per key. Refuses: TooMuch.

        `times` says how often the answer holds what is read for each key, where not once.
        """
        if keys is not None and len(keys) > MAX_PARENTS:
            raise TooMuch
        rows: Sequence[Any] = ((),)
        if self.sql:
            rows = await self._fetch(frame, connection, keys)
        often = self._often(rows, times)
        # Rows are read once and written wherever they belong: of the clients of appointments of
        # clients each is read once, and its appointments may stand in the answer a million times.
        frame.rows += len(rows) if often is None else sum(often)
        if frame.rows > MAX_ROWS:
            raise TooMuch
        before = frame.bytes
        self._hold(frame, before + self._size(rows, often, frame))
        maps = [await self._below(c, rows, often, frame, connection) for c in self.children]
        count = len(keys) if keys is not None else 1
        if frame.bytes < LARGE and len(rows) * self.fields < SLICE_FIELDS:
            built: list[Any] = self.build.whole(rows, count, maps, frame)
            return built
        return await self._slices(rows, often, maps, frame, count=count, before=before)

    def _size(self, rows: Sequence[Any], often: list[int] | None, frame: Frame) -> int:
        """Tell how many bytes rows take in the answer, or fewer where they cannot be many."""
        count = len(rows) if often is None else sum(often)
        if frame.unmeasured + count * self.most_of_row <= UNMEASURED:
            frame.unmeasured += count * int(self.most_of_row)
            return count * self.fixed
        if often is None:
            return self.build.size(rows)
        return sum(map(mul, self.build.sizes(rows), often))

    def _hold(self, frame: Frame, size: int) -> None:
        """Note how large the answer is by now. Refuses: TooLarge."""
        frame.bytes = max(frame.bytes, size)
        if frame.bytes > MAX_BYTES:
            raise TooLarge

    async def _slices(
        self,
        rows: Sequence[Any],
        often: list[int] | None,
        maps: list[dict[Any, Any]],
        frame: Frame,
        *,
        count: int,
        before: int,
    ) -> list[Any]:
        """Build a slice of the rows at a time, as JSON already, and let others in between."""
        out: list[Any] = [[] for _ in range(count)]
        step = per_slice(len(rows), self.fields, frame.bytes - before)
        size = before
        for start in range(0, len(rows), step):
            part = rows[start : start + step]
            for n, (row, value) in enumerate(
                zip(part, self.build.flat(part, maps, frame), strict=True), start
            ):
                written, length = frozen(value)
                size += length if often is None else length * often[n]
                out[row[0] if self.keys else 0].append(written)
            self._hold(frame, size)
            await asyncio.sleep(0)
        return out

    async def _fetch(
        self, frame: Frame, connection: Reader, keys: list[Any] | None
    ) -> Sequence[Any]:
        """Fetch the rows. Refuses TooMuch and TooLarge before more of them are in memory.

        Few are fetched at once. Where there may be many, one more than many is asked for, and if
        it is there, all are fetched again in portions.
        """
        values = self._values(frame, keys)
        parents = 1 if keys is None else len(keys)
        many = MANY_WITH_TEXTS if self.has_texts else MAX_ROWS
        if self.most is not None and self.most * parents <= many:
            return await connection.fetch(self.sql, *values)
        rows: list[Any] = await connection.fetch(f"{self.sql} LIMIT {many + 1}", *values)
        if len(rows) <= many:
            return rows
        if many == MAX_ROWS:
            raise TooMuch
        rows, size = [], frame.bytes
        async with aclosing(connection.stream(self.sql, *values)) as portions:
            async for portion in portions:
                rows += portion
                size += self.build.size(portion)
                if len(rows) > MAX_ROWS:
                    raise TooMuch
                if size > MAX_BYTES:
                    raise TooLarge
        return rows

    def _often(self, rows: Sequence[Any], times: list[int] | None) -> list[int] | None:
        """Say how often the answer holds each row; None: all of them once."""
        if times is None:
            return None
        return [times[row[0]] for row in rows] if self.keys else times * len(rows)

    def _values(self, frame: Frame, keys: list[Any] | None) -> list[Any]:
        values = []
        for value in self.arguments:
            if isinstance(value, Param):
                values.append(value.bind(frame))
            elif isinstance(value, Keys):
                single = len(self.keys) == 1
                values.append(keys if single else [key[value.index] for key in keys or ()])
            else:
                values.append(value)
        return values

    async def _below(
        self,
        child: Child,
        rows: Sequence[Any],
        often: list[int] | None,
        frame: Frame,
        connection: Reader,
    ) -> dict[Any, Any]:
        if not rows:
            return {}
        statement = child.statement
        if not child.columns:
            total = len(rows) if often is None else sum(often)
            times = None if total == 1 else [total]
            return {(): (await statement.run(frame, connection, None, times))[0]}
        shift = 1 if self.keys else 0
        wanted: list[Any]
        if len(child.columns) == 1:
            index = child.columns[0] + shift
            wanted = [row[index] for row in rows]
        else:
            places = [c + shift for c in child.columns]
            wanted = [tuple(row[i] for i in places) for row in rows]
        counts = dict.fromkeys(wanted, 0)
        keys = list(counts)
        if often is None and len(keys) == len(wanted):
            return dict(zip(keys, await statement.run(frame, connection, keys), strict=True))
        for key, n in zip(wanted, often or repeat(1), strict=False):
            counts[key] += n
        found = await statement.run(frame, connection, keys, list(counts.values()))
        return dict(zip(keys, found, strict=True))


def finish(statement: Statement, expression: str) -> Query:
    """Write the SQL of a statement, and the function that turns its rows into `expression`s."""
    return Query(
        sql=select(statement) if statement.source or statement.columns else "",
        arguments=list(statement.numbers.values),
        keys=statement.keys,
        children=statement.children,
        most=_most(statement),
        fields=statement.fields,
        fixed=statement.fixed,
        most_of_row=statement.fixed
        + statement.fields * OF_OTHERS
        + most_of(statement.texts.values()),
        has_texts=bool(statement.texts),
        build=generate(statement, expression),
    )


def _most(statement: Statement) -> int | None:
    if statement.source is None:
        return 1
    return statement.most if statement.window else statement.source.limit

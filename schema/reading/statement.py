"""One SQL statement of a plan, what hangs below it, and the function that reads its rows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import repeat
from operator import mul
from types import MappingProxyType
from typing import Any, Protocol

from orjson import Fragment
from pypika_tortoise.context import SqlContext
from pypika_tortoise.terms import Term

from modules.errors import Refusal
from schema.reading.builder import Built, generate
from schema.reading.parameters import Bind, Frame, Param
from schema.reading.size import (
    LARGE,
    MAX_BYTES,
    OF_OTHERS,
    SLICE_FIELDS,
    UNMEASURED,
    Text,
    TooLarge,
    frozen,
    most_of,
    of_field,
    per_slice,
    text_of,
)
from schema.reading.source import Numbers, Source, context, sql_type
from schema.reading.sql import origin_of, select


class Window(Protocol):
    """Writes an extra condition and the LIMIT of a page; of one tier, where rows are ranked."""

    def __call__(
        self, statement: Statement, source: Source, rank: int | None = None
    ) -> tuple[str, str]:
        """Write both."""


class Reader(Protocol):
    """What a plan reads from: an asyncpg connection, in a transaction or not."""

    async def fetch(self, query: str, *args: Any) -> list[Any]:
        """Run a statement and return its rows."""

    def stream(self, query: str, *args: Any) -> AsyncGenerator[list[Any], None]:
        """Run a statement and give its rows in portions."""


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


_writing: ContextVar[Statement] = ContextVar("writing")


class Column(Term):
    """A column of a row the engine already has, as nested resolvers see it.

    Inside its own statement it is that column; inside a nested statement it is a key, sent along
    for all parents at once.
    """

    is_aggregate = None

    def __init__(self, owner: Statement, sql: str, kind: str) -> None:
        """Refer to a column of `owner`, written `sql` there, of PostgreSQL type `kind`."""
        super().__init__()
        self.owner, self.sql, self.kind = owner, sql, kind

    def get_sql(self, ctx: SqlContext, **_: Any) -> str:
        """Write the reference for the statement being written."""
        statement = _writing.get()
        return self.sql if statement is self.owner else statement.key(self)

    def __bool__(self) -> bool:
        """Refuse: a column has no value while a plan is compiled."""
        raise TypeError("An attribute of the parent is a column here: pass it to filter().")


@dataclass(frozen=True, slots=True)
class _Keys:
    """The parameter that holds one key of every parent."""

    index: int


class Lower(Protocol):
    """Whatever hangs below a statement: another, or what Python answers."""

    keys: list[tuple[Column, int]]
    """Columns of the parent that it is found by."""

    async def run(
        self,
        frame: Frame,
        connection: Reader,
        keys: list[Any] | None = None,
        times: list[int] | None = None,
    ) -> list[Any]:
        """Give what there is for each key."""


@dataclass(frozen=True, slots=True)
class Child:
    """What hangs below a statement, and which of its columns are the key."""

    statement: Lower
    columns: tuple[int, ...]


@dataclass(slots=True)
class Statement:
    """SQL under construction, then ready to run."""

    source: Source | None = None
    """Where the rows come from; None for the root, which has one row."""
    parent: Statement | None = None
    alias: str = "x"
    window: Window | None = None
    backward: bool = False
    by_values: bool = False
    """Whether PostgreSQL plans it anew for the values of each request."""
    columns: list[str] = field(default_factory=list)
    joins: list[str] = field(default_factory=list)
    _joined: dict[tuple[str, str, bool, bool], str] = field(default_factory=dict)
    children: list[Child] = field(default_factory=list)
    constants: dict[str, Any] = field(default_factory=dict)
    binds: list[Bind] = field(default_factory=list)
    """Values the builder needs that are known only when the plan runs."""
    fields: int = 0
    """How many fields of a row the answer has."""
    fixed: int = 0
    """The fewest bytes these take, texts left aside."""
    texts: dict[str, Text] = field(default_factory=dict)
    """The columns that may be long."""
    most_of_row: float = 0
    """The most letters that a row can have in the answer; infinite where nothing limits them."""
    most: int | None = None
    """How many rows there can be for one parent, where that is known."""
    numbers: Numbers = field(default_factory=Numbers)
    keys: list[tuple[Column, int]] = field(default_factory=list)
    sql: str = ""
    _arguments: list[Any] = field(default_factory=list)
    _build: Built = field(default_factory=Built)

    # --- compiling

    def column(self, sql: str) -> str:
        """Select an SQL value; return the name it has in the builder."""
        if sql not in self.columns:
            self.columns.append(sql)
        return f"v{self.columns.index(sql)}"

    def write(self, term: Any) -> str:
        """Write a pypika term, or any part of a query, as SQL of this statement."""
        token = _writing.set(self)
        try:
            return str(term.get_sql(context(self.numbers)))
        finally:
            _writing.reset(token)

    def parameter(self, bind: Bind) -> str:
        """Add a run-time value; return its placeholder."""
        return str(self.numbers.create_param(Param(bind)).get_sql(context(self.numbers)))

    def join(
        self,
        table: str,
        condition: Callable[[str], str],
        *,
        outer: bool,
        within: Source | None = None,
    ) -> str:
        """Join a to-one relation; return its alias. The same join is made once.

        `within` keeps it to some of the table's rows: whose partner is not among them is itself
        not there where the join is an inner one, and has none where it is an outer one.
        """
        key = (table, condition(""), outer, within is not None)
        if key in self._joined:
            return self._joined[key]
        origin = f'"{table}"'
        if within is not None:
            rows = f'(SELECT "{table}".* {origin_of(self, within)})'
            origin = rows.replace("{", "{{").replace("}", "}}")
        kind = "LEFT JOIN" if outer else "JOIN"
        alias = self._joined[key] = f"{self.alias}{len(self.joins)}"
        self.joins.append(f"{kind} {origin} {{0}} ON " + condition("{0}"))
        return alias

    @property
    def names(self) -> list[str]:
        """The names that the columns have in the builder."""
        return [f"v{i}" for i in range(len(self.columns))]

    def count(self, key: str) -> None:
        """Note that the answer has one more field of each row."""
        self.fields += 1
        self.fixed += of_field(key)

    def weigh(self, name: str, model_field: Any = None) -> None:
        """Note that the answer has a column of each row that may be long, of this field if any."""
        self.texts.setdefault(name, text_of(model_field)).times += 1

    def constant(self, value: Any) -> str:
        """Give the builder an object; return its name there."""
        name = f"c{len(self.constants)}"
        self.constants[name] = value
        return name

    def written(self, value: str | Fragment) -> str:
        """Return an expression as it is, and the builder's name for what stands for a null."""
        return value if isinstance(value, str) else self.constant(value)

    def bound(self, bind: Bind) -> str:
        """Give the builder a run-time value; return its name there."""
        self.binds.append(bind)
        return f"k{len(self.binds) - 1}"

    def key(self, column: Column) -> str:
        """Refer to a column of the parent: it becomes part of this statement's key."""
        if column.owner is not self.parent:
            raise TypeError("A resolver may use its own parent's attributes, not a grandparent's.")
        for index, (known, _) in enumerate(self.keys):
            if known.sql == column.sql:
                return f"p.k{index}"
        self.numbers.create_param(_Keys(len(self.keys)))
        self.keys.append((column, len(self.numbers.values)))
        return f"p.k{len(self.keys) - 1}"

    def below(self, statement: Lower) -> str:
        """Hang something finished below this one; return the expression for its value."""
        columns = tuple(int(self.column(c.sql)[1:]) for c, _ in statement.keys)
        self.children.append(Child(statement, columns))
        index = len(self.children) - 1
        if not columns:
            return f"m{index}[()]"
        names = ",".join(f"v{c}" for c in columns)
        return f"m{index}[{names}]" if len(columns) == 1 else f"m{index}[({names})]"

    def finish(self, expression: str) -> None:
        """Write the SQL, and the function that turns its rows into `expression`s."""
        self.sql = select(self) if self.source or self.columns else ""
        self.most = self.source.limit if self.source and not self.window else self.most
        self.most_of_row = self.fixed + self.fields * OF_OTHERS + most_of(self.texts.values())
        self._arguments = list(self.numbers.values)
        self._build = generate(self, expression)

    # --- running

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
            built: list[Any] = self._build.whole(rows, count, maps, frame)
            return built
        return await self._slices(rows, often, maps, frame, count=count, before=before)

    def _size(self, rows: Sequence[Any], often: list[int] | None, frame: Frame) -> int:
        """Tell how many bytes rows take in the answer, or fewer where they cannot be many."""
        count = len(rows) if often is None else sum(often)
        if frame.unmeasured + count * self.most_of_row <= UNMEASURED:
            frame.unmeasured += count * int(self.most_of_row)
            return count * self.fixed
        if often is None:
            return self._build.size(rows)
        return sum(map(mul, self._build.sizes(rows), often))

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
                zip(part, self._build.flat(part, maps, frame), strict=True), start
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
        many = MANY_WITH_TEXTS if self.texts else MAX_ROWS
        if self.source is None or (self.most is not None and self.most * parents <= many):
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
                size += self._build.size(portion)
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
        for value in self._arguments:
            if isinstance(value, Param):
                values.append(value.bind(frame))
            elif isinstance(value, _Keys):
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


def column_type(model: Any, name: str) -> tuple[str, str]:
    """Return a model attribute's column and its PostgreSQL type."""
    meta = model._meta
    return meta.fields_db_projection[name], sql_type(meta.fields_map[name])

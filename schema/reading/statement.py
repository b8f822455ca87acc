"""One SQL statement of a plan while it is compiled: its columns, joins, and what hangs below it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Protocol

from orjson import Fragment
from pypika_tortoise.context import SqlContext
from pypika_tortoise.terms import Term

from schema.reading.parameters import Bind, Frame, Param
from schema.reading.size import Text, of_field, text_of
from schema.reading.source import Numbers, Source, context, origin_of, sql_type


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
class Keys:
    """The parameter that holds one key of every parent."""

    index: int


class Lower(Protocol):
    """Whatever hangs below a statement: another, or what Python answers."""

    @property
    def keys(self) -> list[tuple[Column, int]]:
        """Columns of the parent that it is found by, each with the number of its parameter."""

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
    """SQL under construction: finishing it makes a `Query` that runs."""

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
    most: int | None = None
    """How many rows there can be for one parent, where that is known."""
    numbers: Numbers = field(default_factory=Numbers)
    keys: list[tuple[Column, int]] = field(default_factory=list)

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
            rows = f'(SELECT "{table}".* {origin_of(self.write, within)})'
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
        self.numbers.create_param(Keys(len(self.keys)))
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


def column_type(model: Any, name: str) -> tuple[str, str]:
    """Return a model attribute's column and its PostgreSQL type."""
    meta = model._meta
    return meta.fields_db_projection[name], sql_type(meta.fields_map[name])

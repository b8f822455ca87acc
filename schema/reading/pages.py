"""Compiles a connection: the window of rows in SQL, and the function that makes a page of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from graphql import FieldNode, GraphQLObjectType, get_named_type

from schema.connection import (
    EXTREMES,
    MAX_PAGE,
    InvalidPage,
    fingerprint,
    page_size,
    read_cursor,
    write_cursor,
)
from schema.reading.arguments import Arguments
from schema.reading.context import Context
from schema.reading.parameters import Bind, Frame
from schema.reading.row import Row
from schema.reading.source import Key, Source
from schema.reading.statement import Statement

Builder = Callable[[list[Any], int, Any, Any, int | None], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Selected:
    """What a selection of a connection comes down to."""

    expressions: list[str]
    """What each row is read into."""
    build: Builder
    """Makes the page of the rows read."""
    wants_rows: bool
    wants_total: bool


class Page:
    """The window of one connection field: how many rows, after and before which."""

    def __init__(self, arguments: Arguments, frame: Frame) -> None:
        """Look at the shape: which of the four paging arguments are there."""
        self._binds = {
            name: arguments.binds.pop(name) for name in ("first", "after", "last", "before")
        }
        given = {name: self.value(name, frame) is not None for name in self._binds}
        self.backward = given["last"] and not given["first"]
        # Part of the plan: PostgreSQL chooses another one for twenty rows than for any number.
        self.limit = self._size_or_most(frame) + 1
        """How many rows are read: one more than asked for."""
        self._reads: list[Bind] = []
        self._cursors = [name for name in ("after", "before") if given[name]]

    def value(self, name: str, frame: Frame) -> Any:
        """Return a paging argument's value; null and missing are the same."""
        found = self._binds[name](frame)
        return found if isinstance(found, str | int) else None

    def finder(self, name: str) -> Bind:
        """Return what finds a paging argument's value when the plan runs."""
        return lambda frame: self.value(name, frame)

    def size(self, frame: Frame) -> int:
        """Return how many rows were asked for. Refuses: InvalidPage."""
        return page_size(self.value("first", frame), self.value("last", frame))

    def hold(self, frame: Frame) -> None:
        """Check the size and the cursors. Refuses: InvalidPage."""
        self.size(frame)
        for read in self._reads:
            read(frame)

    def _size_or_most(self, frame: Frame) -> int:
        try:
            return self.size(frame)
        except InvalidPage:  # refused when the plan runs
            return MAX_PAGE

    def window(
        self, statement: Statement, source: Source, rank: int | None = None
    ) -> tuple[str, str]:
        """Write the condition and the limit of the page, which is one row more than asked for."""
        write = self._beyond if rank is None else partial(self._beyond_tier, rank)
        conditions = [write(statement, source.keys, name) for name in self._cursors]
        return " AND ".join(conditions), f" LIMIT {self.limit}"

    def order(self, statement: Statement) -> int:
        """Return the fingerprint of the list's order."""
        source = statement.source
        keys = [key for tier in source.tiers or (source,) for key in tier.keys] if source else ()
        return fingerprint([f"{statement.write(k.term)} {k.descending}" for k in keys])

    def _beyond_tier(self, rank: int, statement: Statement, keys: Sequence[Key], name: str) -> str:
        """Write "later in the order" for the rows of one tier.

        A tier beyond the cursor's is there as a whole, which is said with the extremes of its
        types: so the condition has one form, whatever the cursor, and an index serves it.
        """
        order, types = self.order(statement), ["int", *(key.sql_type for key in keys)]
        down = [key.descending is not (name == "before") for key in keys]

        def read(frame: Frame) -> list[str | None]:
            return read_cursor(self.value(name, frame), order, types, name)

        def place(index: int) -> Callable[[Frame], Any]:
            extreme = EXTREMES[keys[index].sql_type][down[index]]

            def find(frame: Frame) -> Any:
                found = read(frame)
                return found[index + 1] if int(found[0] or 0) == rank else extreme

            return find

        def here(frame: Frame) -> Any:
            found = int(read(frame)[0] or 0)
            return found >= rank if name == "before" else found <= rank

        self._reads.append(here)
        terms = ", ".join(statement.write(key.term) for key in keys)
        values = ", ".join(
            f"{statement.parameter(place(i))}::text::{key.sql_type}" for i, key in enumerate(keys)
        )
        if len(set(down)) > 1:
            raise TypeError("the order of a tier goes one way")
        return f"{statement.parameter(here)} AND ({terms}) {'<' if down[0] else '>'} ({values})"

    def _beyond(self, statement: Statement, keys: Sequence[Key], name: str) -> str:
        order, types = self.order(statement), [key.sql_type for key in keys]

        def place(index: int) -> Callable[[Frame], Any]:
            return lambda frame: read_cursor(self.value(name, frame), order, types, name)[index]

        self._reads.append(place(0))
        terms = [statement.write(key.term) for key in keys]
        values = [
            f"{statement.parameter(place(i))}::text::{key.sql_type}" for i, key in enumerate(keys)
        ]
        down = [key.descending is not (name == "before") for key in keys]
        if not any(k.nullable for k in keys) and len(set(down)) == 1:
            return f"({', '.join(terms)}) {'<' if down[0] else '>'} ({', '.join(values)})"
        return _expanded(keys, terms, values, down)


def _expanded(keys: Sequence[Key], terms: list[str], values: list[str], down: list[bool]) -> str:
    """Write "later in the order" for mixed directions, and nulls as PostgreSQL sorts them."""
    alternatives, equal = [], ""
    for key, term, value, less in zip(keys, terms, values, down, strict=True):
        later = f"{term} {'<' if less else '>'} {value}"
        if key.nullable and less:
            later = f"({later} OR ({value} IS NULL AND {term} IS NOT NULL))"
        elif key.nullable:
            later = f"({later} OR ({value} IS NOT NULL AND {term} IS NULL))"
        alternatives.append(f"({equal}{later})")
        same = "IS NOT DISTINCT FROM" if key.nullable else "="
        equal += f"{term} {same} {value} AND "
    return f"({' OR '.join(alternatives)})"


def compile_page(
    context: Context,
    nodes: Sequence[FieldNode],
    kind: GraphQLObjectType,
    page: Page,
    rows: Row,
) -> Selected:
    """Compile a selection of a connection type."""
    expressions: list[str] = []
    parts: list[tuple[str, str, Any]] = []
    order: int | None = None
    for key, field_nodes in context.fields(nodes, kind):
        name = field_nodes[0].name.value
        inner: Any = get_named_type(kind.fields[name].type) if name in kind.fields else None
        if name == "nodes":
            expressions.append(context.object(rows, inner, field_nodes))
            parts.append((key, "nodes", len(expressions) - 1))
        elif name == "edges":
            edge: list[tuple[str, str, int]] = []
            for edge_key, edge_nodes in context.fields(field_nodes, inner):
                edge_name = edge_nodes[0].name.value
                rows.statement.count(edge_key)
                if edge_name == "node":
                    node_type: Any = get_named_type(inner.fields["node"].type)
                    expressions.append(context.object(rows, node_type, edge_nodes))
                    edge.append((edge_key, "node", len(expressions) - 1))
                else:
                    edge.append((edge_key, edge_name, 0))
            parts.append((key, "edges", (edge, inner.name)))
        elif name == "pageInfo":
            info = [
                (k, n[0].name.value) for k, n in context.selections.of(field_nodes, inner).items()
            ]
            parts.append((key, "pageInfo", info))
        else:
            parts.append((key, name, kind.name))
    if _wants_cursors(parts):
        order = page.order(rows.statement)
        expressions.append(_cursor_values(rows.statement))
    names = {name for _, name, _ in parts}
    return Selected(
        expressions,
        _builder(parts, page.backward, order),
        wants_rows=not names.isdisjoint({"nodes", "edges", "pageInfo"}),
        wants_total="totalCount" in names,
    )


def _wants_cursors(parts: list[tuple[str, str, Any]]) -> bool:
    return any(
        (name == "edges" and any(n == "cursor" for _, n, _ in detail[0]))
        or (name == "pageInfo" and any(n in ("startCursor", "endCursor") for _, n in detail))
        for _, name, detail in parts
    )


def _cursor_values(statement: Statement) -> str:
    keys: Sequence[Any] = statement.source.keys if statement.source else ()
    if statement.source and statement.source.tiers:
        keys = ("rank", *statement.source.tiers[0].keys)
    names = [statement.column(f"{statement.alias}.o{i}::text") for i in range(len(keys))]
    return f"({', '.join(names)},)"


def _builder(parts: list[tuple[str, str, Any]], backward: bool, order: int | None) -> Builder:
    def cursor(item: Any) -> str:
        return write_cursor(order or 0, item[-1])

    def edge(item: Any, fields: list[tuple[str, str, int]], typename: str) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for key, name, index in fields:
            made[key] = (
                item[index] if name == "node" else cursor(item) if name == "cursor" else typename
            )
        return made

    def build(
        items: list[Any], size: int, after: Any, before: Any, total: int | None
    ) -> dict[str, Any]:
        more = len(items) > size
        items = items[:size] if more else items
        if backward:
            items = items[::-1]
        page: dict[str, Any] = {}
        for key, name, detail in parts:
            if name == "nodes":
                page[key] = [item[detail] for item in items]
            elif name == "edges":
                page[key] = [edge(item, *detail) for item in items]
            elif name == "pageInfo":
                facts = {
                    "hasNextPage": before is not None if backward else more,
                    "hasPreviousPage": more if backward else after is not None,
                    "startCursor": cursor(items[0]) if items and order is not None else None,
                    "endCursor": cursor(items[-1]) if items and order is not None else None,
                    "__typename": "PageInfo",
                }
                page[key] = {k: facts[n] for k, n in detail}
            else:
                page[key] = total if name == "totalCount" else detail
        return page

    return build

"""SQL as it is written, for what the ORM has no words for."""

from __future__ import annotations

from typing import Any

from pypika_tortoise.context import SqlContext
from pypika_tortoise.terms import Criterion, Node


class Written(Criterion):
    """SQL with gaps: columns, parameters and values are put where their names stand."""

    def __init__(self, sql: str, **parts: Any) -> None:
        """Take the text, and what belongs in each `{gap}`."""
        super().__init__()
        self._sql = sql
        self._parts: dict[str, Any] = {n: self.wrap_constant(part) for n, part in parts.items()}

    def get_sql(self, ctx: SqlContext) -> str:
        """Write it; columns are named with their tables, since there may be others inside."""
        within = ctx.copy(with_namespace=True)
        return self._sql.format(**{n: part.get_sql(within) for n, part in self._parts.items()})

    def nodes_(self) -> Any:
        """Go through the parts too, for whoever looks for the tables they are of."""
        yield self
        for part in self._parts.values():
            yield from part.nodes_() if isinstance(part, Node) else ()

"""A row inside a statement, and the stand-in that nested resolvers get for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from schema.reading.statement import Column, Statement, column_type


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table inside a statement: where its columns are."""

    statement: Statement
    alias: str
    model: Any

    def column(self, name: str) -> Column:
        """Refer to an attribute of the model."""
        column, kind = column_type(self.model, name)
        return Column(self.statement, f'{self.alias}."{column}"', kind)

    def select(self, name: str) -> str:
        """Select an attribute of the model; return its name in the builder."""
        return self.statement.column(self.column(name).sql)


class StandIn:
    """The parent a nested resolver sees: its attributes are columns, not values."""

    def __init__(self, row: Row) -> None:
        """Stand for a row."""
        self._row = row

    def __getattr__(self, name: str) -> Column:
        """Refer to a column of the parent."""
        try:
            return self._row.column(name)
        except KeyError:
            raise AttributeError(f"{self._row.model.__name__} has no column {name!r}") from None


def record(cls: type, needs: tuple[str, ...]) -> type:
    """Make the class whose instances `self` is in a computed field: the columns it named."""
    body = "".join(f"\n self.{name} = {name}" for name in needs) or "\n pass"
    namespace: dict[str, Any] = {}
    exec(f"def __init__({', '.join(('self', *needs))}):{body}", namespace)  # noqa: S102 - our own names
    return type(f"{cls.__name__}Row", (cls,), {"__init__": namespace["__init__"]})

"""A row inside a statement, and the stand-in that nested resolvers get for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
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

    def field(self, name: str) -> Any:
        """Look up what the model says of an attribute."""
        return self.model._meta.fields_map[name]

    def select(self, name: str) -> str:
        """Select an attribute of the model; return its name in the builder."""
        return self.statement.column(self.column(name).sql)

    def beside(self, name: str) -> Row:
        """Join the row that another table keeps for this one; its columns are null without it."""
        relation = self.model._meta.fields_map[name]
        model, column = relation.related_model, relation.relation_source_field
        key = self.column(self.model._meta.pk_attr).sql
        alias = self.statement.join(
            model._meta.db_table, lambda joined: f'{joined}."{column}" = {key}', outer=True
        )
        return Row(self.statement, alias, model)


class StandIn:
    """The parent a nested resolver sees: its attributes are columns, not values."""

    def __init__(self, row: Row) -> None:
        """Stand for a row."""
        self._row = row

    def __getattr__(self, name: str) -> Any:
        """Refer to a column of the parent, or to the row that another table keeps beside it."""
        if name in self._row.model._meta.backward_o2o_fields:
            return StandIn(self._row.beside(name))
        try:
            return self._row.column(name)
        except KeyError:
            raise AttributeError(f"{self._row.model.__name__} has no column {name!r}") from None


def record(cls: type, needs: tuple[str, ...]) -> Callable[[tuple[Any, ...]], Any]:
    """Make what makes `self` of a computed field: the columns it named, in the class it is of.

    A tuple with names, because nothing else that has attributes is made as fast.
    """
    names: dict[str, Any] = {name: property(itemgetter(i)) for i, name in enumerate(needs)}
    made = type(f"{cls.__name__}Row", (tuple, cls), {**names, "__slots__": ()})
    return partial(tuple.__new__, made)

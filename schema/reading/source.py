"""Takes a Tortoise queryset apart; the only file that knows its insides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, cast

from pypika_tortoise.context import SqlContext
from pypika_tortoise.enums import Dialects, Order
from pypika_tortoise.terms import Criterion, Parameterizer, Term
from tortoise.expressions import Q, ResolveContext, Subquery
from tortoise.models import Model
from tortoise.query_utils import QueryModifier
from tortoise.queryset import AwaitableQuery, QuerySet

from storage.models import Scope


class Unsupported(TypeError):
    """A resolver returned a queryset the reader cannot turn into rows of a selection."""


@dataclass(frozen=True, slots=True)
class Key:
    """One part of the order: an SQL term, its direction, and what a cursor needs to know of it."""

    term: Term
    descending: bool
    nullable: bool
    sql_type: str


@dataclass(frozen=True, slots=True)
class Source:
    """The rows a queryset picks, before anyone says which columns of them are read."""

    model: type[Model]
    query: Any
    """The pypika query; its select list is ignored."""
    keys: tuple[Key, ...]
    limit: int | None
    read: type[Model] | None = None
    """Whose rows are read where these only stand for them, by the same ids."""
    tiers: tuple[Source, ...] = ()
    """Where rows are ranked: those of the first come first. The query then is of all of them."""
    by_values: bool = False
    """Whether the best way to find them depends on what is looked for."""
    few: bool = False
    """Whether they are to be found first and sorted then, because they are few."""

    @property
    def table(self) -> str:
        """The table's name."""
        return self.model._meta.db_table


class Numbers(Parameterizer):
    """Collects the parameters of one statement, in the order their placeholders are written."""


def context(numbers: Parameterizer) -> SqlContext:
    """Make the pypika context in which every part of a statement is written."""
    return SqlContext(
        quote_char='"',
        secondary_quote_char="'",
        alias_quote_char='"',
        dialect=Dialects.POSTGRESQL,
        parameterizer=numbers,
        with_namespace=True,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    """Rows, and more about how to find them than a queryset can say."""

    rows: QuerySet[Any]
    tiers: tuple[QuerySet[Any], ...] = ()
    read: type[Model] | None = None
    by_values: bool = False
    few: bool = False


def ranked(*tiers: QuerySet[Any], rows: QuerySet[Any]) -> QuerySet[Any]:
    """Put the rows of several querysets one after another: what one has, the next must leave out.

    Each is sorted in its own way, by as many values of the same types as the others and by none
    that may be null; it is only looked at when the ones before it do not fill the page. `rows` are
    all of them together, for counting.
    """
    return cast("QuerySet[Any]", Picked(rows=rows, tiers=tiers))


def standing_for(model: type[Model], picked: QuerySet[Any]) -> QuerySet[Any]:
    """Read rows of `model` where others, that have the same ids, were picked and sorted."""
    return cast("QuerySet[Any]", replace(_picked(picked), read=model))


def few(picked: QuerySet[Any]) -> QuerySet[Any]:
    """Find all rows before any are sorted, where PostgreSQL would expect more than there are.

    It would walk through everything in the order of the list, to meet the first of many soon.
    """
    return cast("QuerySet[Any]", replace(_picked(picked), few=True))


def by_values(picked: QuerySet[Any]) -> QuerySet[Any]:
    """Have PostgreSQL plan for the values of each request: one may mean few rows, another many."""
    return cast("QuerySet[Any]", replace(_picked(picked), by_values=True))


def _picked(rows: Any) -> Picked:
    return rows if isinstance(rows, Picked) else Picked(rows=rows)


def source_of(rows: Any, viewer: Any) -> Source:
    """Take apart what a resolver picked for `viewer`.

    Refuses rows that were not picked with `viewer.rows(...)` or `viewer.own(...)`.
    """
    if not isinstance(rows, Picked):
        return _source_of(rows, viewer)
    whole = _source_of(rows.rows, viewer)
    tiers = tuple(source_of(tier, viewer) for tier in rows.tiers)
    tiers = tuple(replace(tier, keys=tuple(map(_there, tier.keys))) for tier in tiers)
    return replace(whole, tiers=tiers, read=rows.read, by_values=rows.by_values, few=rows.few)


def _there(key: Key) -> Key:
    return replace(key, nullable=False)


def _check_scope(picked: Any, viewer: Any) -> None:
    """Refuse a query that is not limited to what this viewer may see."""
    conditions = getattr(picked, "_q_objects", ())
    if not any(isinstance(each, Scope) and each.viewer is viewer for each in conditions):
        model = getattr(picked, "model", None)
        name = model.__name__ if model else "rows"
        raise Unsupported(f"{name} was not picked by its viewer: begin with viewer.rows({name})")


def _source_of(rows: Any, viewer: Any) -> Source:
    """Take a queryset apart. Refuses what is not one of rows: aggregates, `.values()`, grouping."""
    queryset = getattr(rows, "_queryset", rows)
    if not isinstance(queryset, QuerySet):
        raise Unsupported(f"a rows resolver must return a queryset, not {type(rows).__name__}")
    _check_scope(queryset, viewer)
    taken = queryset._clone()
    taken._choose_db_if_not_chosen()
    taken._make_query()
    query = cast(Any, taken.query)
    if query._groupbys or query._havings or query._distinct or query._offset is not None:
        raise Unsupported("rows cannot be grouped, distinct or offset: filter with a Subquery")
    return Source(taken.model, query, _keys(taken, query), taken._limit)


def _keys(queryset: QuerySet[Any], query: Any) -> tuple[Key, ...]:
    orderings = queryset._orderings or list(queryset.model._meta.ordering or ())
    keys = [
        Key(term, order is Order.desc, *_trait(queryset.model, str(name)))
        for (name, _), (term, order) in zip(orderings, query._orderbys, strict=True)
    ]
    meta = queryset.model._meta
    if not any(_is_key(queryset.model, str(name)) for name, _ in orderings):
        column = meta.basetable[meta.db_pk_column]
        keys.append(Key(column, False, False, sql_type(meta.fields_map[meta.pk_attr])))
    return tuple(keys)


def _is_key(model: type[Model], name: str) -> bool:
    """Tell whether a sort field is the model's key, or that of a row there is one of for each."""
    head, _, rest = name.partition("__")
    meta = model._meta
    if rest and head in meta.backward_o2o_fields:
        return _is_key(cast(Any, meta.fields_map[head]).related_model, rest)
    return name in ("pk", meta.pk_attr)


def _trait(model: type[Model], name: str) -> tuple[bool, str]:
    """Tell whether a sort field may be null, and its PostgreSQL type."""
    head, _, rest = name.partition("__")
    meta = model._meta
    if head in meta.fetch_fields:
        relation = cast(Any, meta.fields_map[head])
        nullable, kind = _trait(relation.related_model, rest)
        return nullable or bool(relation.null), kind
    if head in meta.fields_map:
        field = meta.fields_map[meta.pk_attr if head == "pk" else head]
        return bool(field.null), sql_type(field)
    return True, "text"


def origin_of(write: Callable[[Any], str], source: Source, extra: str = "") -> str:
    """Write from where a source's rows come, and which of them it picks."""
    joins = "".join(" " + write(join) for join in source.query._joins)
    where = write(source.query._wheres) if source.query._wheres else ""
    conditions = " AND ".join(f"({condition})" for condition in (where, extra) if condition)
    return f'FROM "{source.table}"{joins}' + (f" WHERE {conditions}" if conditions else "")


def sql_type(field: Any) -> str:
    """Name the PostgreSQL type of a Tortoise field."""
    name = field.get_for_dialect("postgres", "SQL_TYPE")
    return "text" if str(name).startswith("VARCHAR") else str(name).lower()


class _Scalar(Subquery):
    """A query of one value, in parentheses."""

    def get_sql(self, ctx: SqlContext) -> str:
        """Write it."""
        return f"({super().get_sql(ctx)})"


def scoped_term(value: Any, viewer: Any) -> Term:
    """Make one SQL value of what an expression resolver returned.

    Refuses a query of rows that were not picked by `viewer`.
    """
    if isinstance(value, Term):
        return value
    if isinstance(value, AwaitableQuery):
        _check_scope(value, viewer)
        return _Scalar(value)
    raise Unsupported(f"an expression must return SQL, not {type(value).__name__}")


class unless(Q):  # noqa: N801 -- reads as a word in filter(unless(...))
    """Whatever does not meet a condition, also where it cannot be told because a value is null."""

    __slots__ = ("_unwanted",)

    def __init__(self, unwanted: Q) -> None:
        """Take the condition."""
        super().__init__()
        self._unwanted = unwanted

    def __bool__(self) -> bool:
        """Count as a condition though there are no keyword filters in it."""
        return True

    def resolve(self, resolve_context: ResolveContext) -> QueryModifier:
        """Build the opposite of what the condition builds."""
        modifier = self._unwanted.resolve(resolve_context)
        modifier.where_criterion = _NotTrue(modifier.where_criterion)
        return modifier


class _NotTrue(Criterion):
    """The opposite of a criterion, of two values only."""

    def __init__(self, criterion: Criterion) -> None:
        super().__init__()
        self._criterion = criterion

    def get_sql(self, ctx: SqlContext) -> str:
        """Write it."""
        return f"(({self._criterion.get_sql(ctx)}) IS NOT TRUE)"


class where(Q):  # noqa: N801 -- reads as a word in filter(where(...))
    """A condition Tortoise has no filter for: `where(lambda t: t.search_text.like(pattern))`."""

    __slots__ = ("_condition",)

    def __init__(self, condition: Callable[[Any], Criterion]) -> None:
        """Take a function from the table to a pypika criterion."""
        super().__init__()
        self._condition = condition

    def __bool__(self) -> bool:
        """Count as a condition though there are no keyword filters in it."""
        return True

    def resolve(self, resolve_context: ResolveContext) -> QueryModifier:
        """Build the criterion on the table the queryset is about."""
        return QueryModifier(where_criterion=self._condition(resolve_context.table))

"""A filter of the client list as conditions on rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from pypika_tortoise.enums import Comparator
from pypika_tortoise.terms import BasicCriterion, Term
from strawberry.types.base import get_object_definition
from tortoise.expressions import Q

from modules.clients.profile import FIELDS, Condition, How
from modules.clients.rules import filtering
from modules.clients.types import ClientFilter, MoneyFilter
from modules.errors import Checks, between
from modules.services import rules as services
from modules.services.types import MoneyInput
from modules.viewer import Viewer
from schema import added, check, check_there, derive, is_given, unless, where

NOBODY = Q(id__isnull=True)
EVERYBODY = Q(id__isnull=False)


class Arrays(Comparator):
    """How arrays are compared."""

    overlap = " && "
    contain = " @> "


def keyed(how: Arrays, keys: Any) -> Q:
    """Say how the checksums of a client's words compare with these."""
    return where(lambda words: BasicCriterion(how, words.keys, keys))


def conditions(viewer: Viewer, filter: ClientFilter) -> Q:
    """Turn a filter into a condition on clients. Refuses: FilterTooComplex."""
    counted = size(filter)
    check(filtering.check_size, *counted)
    if counted[0] > filtering.CONDITIONS or counted[1] > filtering.DEPTH:
        return NOBODY
    return _all(viewer, filter)


def held(filter: ClientFilter, business_id: Any) -> dict[str, Any]:
    """Hold the rows beside a client that a filter compares to the business.

    Each client has such a row, so it changes nothing of who is found; said at the top, it lets
    PostgreSQL begin with either table, by its indexes.
    """
    return {f"{relation}__business_id": business_id for relation in sorted(_beside(filter))}


def _beside(filter: ClientFilter) -> set[str]:
    """Name the relations that the conditions modules added look at."""
    named = (getattr(extension, "beside", None) for extension, _ in added(filter))
    return {name for name in named if name}.union(*map(_beside, _inner(filter)))


async def check_kept(by: Viewer, filter: ClientFilter) -> None:
    """Make sure that a filter that is to be kept can mean somebody; all that is wrong is told.

    Refuses: FilterTooComplex, NotFound, OutOfRange, CurrencyDiffers.
    """
    filtering.check_size(*size(filter))
    currency = await services.currency_of(by)
    checks = Checks()
    with checks:
        await check_there(by, filter, ("filter",))
    for path, each in _nested(filter, "filter"):
        for nth, month in enumerate(_given(each.birthday_month) or ()):
            with checks:
                between(month, f"{path}.birthday_month.{nth}", 1, 12)
        for where_, amount in _amounts(each, path):
            with checks:
                services.same_currency(_given(amount.currency), currency, f"{where_}.currency")
    checks.done()


def _nested(filter: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Go through a filter and all that are combined in it, with their paths."""
    yield path, filter
    for name in ("and_", "or_"):
        for nth, each in enumerate(_given(getattr(filter, name)) or ()):
            yield from _nested(each, f"{path}.{name}.{nth}")
    if is_given(filter.not_):
        yield from _nested(filter.not_, f"{path}.not_")


def _amounts(filter: Any, path: str) -> Iterator[tuple[str, MoneyInput]]:
    """Go through the amounts of money in a filter's own conditions, and in those modules added."""
    own = [vars(filter), *(values for _, values in added(filter))]
    for name, asked in (pair for values in own for pair in values.items()):
        if isinstance(asked, MoneyFilter):
            for bound in ("at_least", "at_most"):
                if is_given(amount := getattr(asked, bound)):
                    yield f"{path}.{name}.{bound}", amount


def _all(viewer: Viewer, filter: Any) -> Q:
    found = [*_own(viewer, filter), *_combined(viewer, filter), *_added(viewer, filter)]
    return Q(*found) if found else EVERYBODY


def _combined(viewer: Viewer, filter: Any) -> Iterator[Q]:
    if is_given(filter.and_):
        yield from (_all(viewer, each) for each in filter.and_)
    if is_given(filter.or_):
        yield Q(NOBODY, *(_all(viewer, each) for each in filter.or_), join_type="OR")
    if is_given(filter.not_):
        yield unless(_all(viewer, filter.not_))


def _added(viewer: Viewer, filter: ClientFilter) -> Iterator[Q]:
    """Ask other modules what the fields mean that they added."""
    for extension, values in added(filter):
        yield extension.where(viewer, **values)


def _own(viewer: Viewer, filter: Any) -> Iterator[Q]:
    for field in FIELDS:
        for each in field.filters:
            if is_given(asked := getattr(filter, each.name)):
                yield from _meets(viewer, each.column or field.name, each, asked)


def _meets(viewer: Viewer, column: str, condition: Condition, asked: Any) -> Iterator[Q]:
    match condition.how:
        case How.AMONG:
            yield Q(**{f"{column}__in": asked})
        case How.KNOWN:
            yield Q(**cast(Any, {f"{column}__isnull": not asked}))
        case How.OVERLAPS:
            yield _overlaps(column, derive(_tidy, asked, sql_type="text[]"))
        case How.TIME | How.NUMBER:
            yield from asked.of(column, viewer)


def _overlaps(column: str, values: Term) -> Q:
    return where(lambda clients: BasicCriterion(Arrays.overlap, clients.field(column), values))


def _tidy(values: list[Any]) -> list[str]:
    """Write words in small letters, as tags are kept; members of an enum as they are."""
    return [each.strip().lower() if type(each) is str else each for each in values]


def _given(value: Any) -> Any:
    return value if is_given(value) else None


def _inner(filter: Any) -> list[Any]:
    """List the filters that are combined in one."""
    inner = [*(_given(filter.and_) or ()), *(_given(filter.or_) or ()), _given(filter.not_)]
    return [each for each in inner if each is not None]


def size(filter: Any) -> tuple[int, int]:
    """Count the conditions of a filter, and how deep they are nested; one without any is one."""
    declared = get_object_definition(ClientFilter, strict=True).fields
    own = sum(is_given(getattr(filter, field.python_name)) for field in declared)
    own += sum(is_given(value) for _, values in added(filter) for value in values.values())
    sizes = [size(each) for each in _inner(filter)]
    return max(own, 1) + sum(n for n, _ in sizes), 1 + max((depth for _, depth in sizes), default=0)

"""A filter of the client list as conditions on rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from pypika_tortoise.enums import Comparator
from pypika_tortoise.terms import BasicCriterion, Term
from strawberry import UNSET
from tortoise.expressions import Q

from modules.clients.profile import FIELDS, Condition, How
from modules.clients.rules import filtering
from modules.clients.types import ClientFilter
from modules.viewer import Viewer
from schema import added, check, derive, unless, where

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
    if counted[1] > filtering.DEPTH:
        return NOBODY
    return _all(viewer, filter)


def _all(viewer: Viewer, filter: Any) -> Q:
    found = [*_own(viewer, filter), *_combined(viewer, filter), *_added(viewer, filter)]
    return Q(*found) if found else EVERYBODY


def _combined(viewer: Viewer, filter: Any) -> Iterator[Q]:
    if _set(filter.and_):
        yield from (_all(viewer, each) for each in filter.and_)
    if _set(filter.or_):
        yield Q(NOBODY, *(_all(viewer, each) for each in filter.or_), join_type="OR")
    if _set(filter.not_):
        yield unless(_all(viewer, filter.not_))


def _added(viewer: Viewer, filter: ClientFilter) -> Iterator[Q]:
    """Ask other modules what the fields mean that they added."""
    for extension, values in added(filter):
        yield extension.where(viewer, **values)


def _own(viewer: Viewer, filter: Any) -> Iterator[Q]:
    for field in FIELDS:
        for each in field.filters:
            if _set(asked := getattr(filter, each.name)):
                yield from _meets(each.column or field.name, each, asked)
    yield from _times("last_visit_at", filter.last_visit)
    yield from _times("next_visit_at", filter.next_visit)
    yield from _numbers("visit_count", filter.visits)
    yield from _numbers("spent_minor", filter.spent)
    yield from _numbers("no_show_count", filter.no_shows)
    yield from _numbers("late_cancel_count", filter.late_cancellations)


def _meets(column: str, condition: Condition, asked: Any) -> Iterator[Q]:
    match condition.how:
        case How.AMONG:
            yield Q(**{f"{column}__in": asked})
        case How.KNOWN:
            yield Q(**cast(Any, {f"{column}__isnull": not asked}))
        case How.OVERLAPS:
            yield _overlaps(column, derive(_tidy, asked, sql_type="text[]"))
        case How.TIME:
            yield from _times(column, asked)
        case How.NUMBER:
            yield from _numbers(column, asked)


def _overlaps(column: str, values: Term) -> Q:
    return where(lambda clients: BasicCriterion(Arrays.overlap, clients.field(column), values))


def _tidy(values: list[Any]) -> list[str]:
    """Write words in small letters, as tags are kept; members of an enum as they are."""
    return [each.strip().lower() if type(each) is str else each for each in values]


def _times(column: str, asked: Any) -> Iterator[Q]:
    if not _set(asked):
        return
    if _set(asked.after):
        yield Q(**{f"{column}__gte": asked.after})
    if _set(asked.before):
        yield Q(**{f"{column}__lt": asked.before})
    if _set(asked.never):
        yield Q(**{f"{column}__isnull": asked.never})


def _numbers(column: str, asked: Any) -> Iterator[Q]:
    if not _set(asked):
        return
    if _set(asked.at_least):
        yield Q(**{f"{column}__gte": asked.at_least})
    if _set(asked.at_most):
        yield Q(**{f"{column}__lte": asked.at_most})


def _set(value: Any) -> bool:
    return value is not None and value is not UNSET


def size(filter: Any) -> tuple[int, int]:
    """Count the conditions of a filter, and how deep they are nested."""
    inner = [
        *(filter.and_ or ()),
        *(filter.or_ or ()),
        *([filter.not_] if _set(filter.not_) else []),
    ]
    own = sum(_set(value) for value in vars(filter).values())
    sizes = [size(each) for each in inner if each is not None]
    return own + sum(n for n, _ in sizes), 1 + max((depth for _, depth in sizes), default=0)

"""What resolvers say they return: rows, one row, SQL for a value, what a mutation changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar, Union

from tortoise.models import Model

T = TypeVar("T")

if TYPE_CHECKING:
    from pypika_tortoise.terms import Term
    from tortoise.queryset import AwaitableQuery, QuerySet, QuerySetSingle

    class _Of(Generic[T]):
        """Ties a type argument to an alias; never seen at run time."""

    # With a type argument an alias must be a Union.
    Many = Union[QuerySet[Any], _Of[T]]  # noqa: UP007
    One = Union[QuerySet[Any], QuerySetSingle[Any], _Of[T]]  # noqa: UP007
    Expression = Union[Term, AwaitableQuery[Any], _Of[T]]  # noqa: UP007
    Payload = Union[Model, object, _Of[T]]  # noqa: UP007
else:

    class Many:
        """Rows, in order: `[T!]!`."""

        def __class_getitem__(cls, item: Any) -> Any:
            """Stand for a list."""
            return list[item]

    class One:
        """The first row, or null: `T`."""

        def __class_getitem__(cls, item: Any) -> Any:
            """Stand for an optional value."""
            return item | None

    class Expression:
        """SQL for one value of a row: `T`."""

        def __class_getitem__(cls, item: Any) -> Any:
            """Stand for the value's type."""
            return item

    class Payload:
        """What a mutation changed; the shell wraps it in a payload."""

        def __class_getitem__(cls, item: Any) -> Any:
            """Stand for the type itself."""
            return item

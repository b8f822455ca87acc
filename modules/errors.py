"""Refusals: what the business does not allow, in words its user understands.

A rule raises a refusal; the caller sees it as a `Problem`, in their language. All its texts are
templates: English, with named places for values, and translated in the module's catalogues (see
`translations`). Nothing here knows GraphQL.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, TypeVar

from modules.translations import Text, Value
from modules.viewer import TEAM, Viewer

if TYPE_CHECKING:
    from storage.ledger import StoreFull

V = TypeVar("V")
W = TypeVar("W")

MOST_PROBLEMS = 50
"""How much of what is wrong with one input is told at once."""


class Refusal(Exception):
    """Something asked for that the business does not allow; the subclass's docstring says what."""

    code: ClassVar[str] = "REFUSED"
    """Stable, for programs: `SLOT_TAKEN`."""

    retryable: ClassVar[bool] = False
    """Whether the very same request may succeed later."""

    remedy: ClassVar[str] = "Change the request and try again."
    """What the asker can do about it, in one sentence."""

    client_message: ClassVar[str] = ""
    """What clients and visitors read instead of any message; empty: the same as the team."""

    client_remedy: ClassVar[str] = ""
    """What they can do about it, where that is not what the team can do; empty: the same."""

    values: Mapping[str, Value] = MappingProxyType({})
    """What the places of all these texts hold, where the class knows."""

    def __init__(
        self, message: str = "", *, field: str | Sequence[str] = (), **values: Value
    ) -> None:
        """Say what is wrong, and the part of the input it is about: a dotted path in snake_case.

        The message is a template, such as `At most {most} at once.`, and `values` what its places
        hold: numbers are written as the reader's language does.
        """
        self.template = message or (self.__doc__ or self.code).partition("\n")[0]
        super().__init__(self.template)
        self.values = {**self.values, **values}
        self.field: tuple[str, ...] = tuple(
            field.split(".") if isinstance(field, str) and field else field
        )

    def __str__(self) -> str:
        """Tell it in English, as logs do."""
        return Text(self.template, self.values).told()

    @property
    def message(self) -> str:
        """The fact in English, in one sentence."""
        return str(self)

    def message_for(self, viewer: Viewer) -> str:
        """Tell this reader the fact, in one sentence."""
        own = "" if viewer.role in TEAM else self.client_message
        return Text(own or self.template, self.values).told(viewer.locale)

    def remedy_for(self, viewer: Viewer) -> str:
        """Tell this reader what they can do about it, in one sentence."""
        own = "" if viewer.role in TEAM else self.client_remedy
        return Text(own or self.remedy, self.values).told(viewer.locale)

    @property
    def every(self) -> tuple[Refusal, ...]:
        """All that is refused: this, unless it stands for several."""
        return (self,)


class Several(Refusal):
    """More than one thing is wrong; where only one is heard, the first one speaks."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        """Take two or more."""
        first = refusals[0]
        super().__init__(first.template, field=first.field, **first.values)
        for name in ("code", "remedy", "client_message", "client_remedy"):
            setattr(self, name, getattr(first, name))
        self._every = tuple(refusals)

    @property
    def every(self) -> tuple[Refusal, ...]:
        """All of them."""
        return self._every


class Checks:
    """Hears all checks of an input before anything is refused, so that all that is wrong is told.

    Each check stands in a `with` of its own; `done` refuses what any of them refused. Only then may
    the values be used. What depends on several of them, or on the database, comes afterwards.
    """

    def __init__(self) -> None:
        """Begin with nothing wrong."""
        self._found: list[Refusal] = []

    def __bool__(self) -> bool:
        """Tell whether something is wrong so far."""
        return bool(self._found)

    @property
    def found(self) -> Sequence[Refusal]:
        """What is wrong so far."""
        return tuple(self._found)

    def __enter__(self) -> None:
        """Begin one check."""

    def __exit__(self, _: object, error: BaseException | None, __: object) -> bool:
        """Note what it refused; all else goes on its way."""
        if not isinstance(error, Refusal):
            return False
        self._found += error.every
        return True

    def done(self) -> None:
        """Refuse what was found, at most `MOST_PROBLEMS` of it."""
        if len(self._found) > 1:
            raise Several(self._found[:MOST_PROBLEMS])
        if self._found:
            raise self._found[0]


def checked(values: Mapping[str, V], check: Callable[[str, V], W]) -> dict[str, W]:
    """Check every value by its name, and refuse all that are wrong together."""
    checks, found = Checks(), {}
    for name, value in values.items():
        with checks:
            found[name] = check(name, value)
    checks.done()
    return found


class NotFound(Refusal):
    """There is no such thing, or it belongs to somebody else."""

    code = "NOT_FOUND"
    remedy = "Check the id; it may have been deleted."


class InvalidInput(Refusal):
    """A value does not make sense."""

    code = "INVALID_INPUT"
    remedy = "Correct the value the field path points to."


class OutOfRange(InvalidInput):
    """That number is too small or too large."""

    code = "OUT_OF_RANGE"
    remedy = "Choose a number within the limits the message names."


def between(value: int | None, field: str, least: int, most: int) -> int:
    """Pass on a number that is within limits. Refuses: OutOfRange."""
    if value is None or not least <= value <= most:
        raise OutOfRange(
            "This has to be a number from {least} to {most}.", field=field, least=least, most=most
        )
    return value


class StaleVersion(Refusal):
    """Somebody changed this since you read it."""

    code = "STALE_VERSION"
    remedy = "Read it again, look at what changed, and send the new version."
    client_message = "This was changed in the meantime."
    client_remedy = "Look at it as it is now, then try once more."


def same_version(found: int, sent: int | None, field: str = "version") -> None:
    """Make sure that what is changed is what was read, if that was said. Refuses: StaleVersion."""
    if sent is not None and sent != found:
        raise StaleVersion(
            "This is version {found} by now, not {version}.",
            field=field,
            found=found,
            version=sent,
        )


class IdempotencyConflict(Refusal):
    """This idempotency key was already used for a different request."""

    code = "IDEMPOTENCY_CONFLICT"
    remedy = "Use a new key for a new request."


class Forbidden(Refusal):
    """Your role does not allow this."""

    code = "FORBIDDEN"
    remedy = "Sign in as somebody who may, or ask the owner."
    client_remedy = "Sign in as somebody who may."


class StorageFull(Refusal):
    """This business keeps as many files as it may."""

    code = "STORAGE_FULL"
    remedy = "Cancel imports that are not needed, or wait until files expire; then try again."

    @classmethod
    def of(cls, full: StoreFull, field: str = "") -> StorageFull:
        """Say of which there are too many: files, or bytes in them."""
        if full.files is not None:
            return cls(
                "{files} files are kept; there may not be more.", field=field, files=full.files
            )
        return cls("At most {most} bytes are kept.", field=field, most=full.most_bytes)


class TooManyAttempts(Refusal):
    """Too many attempts in a short time."""

    code = "TOO_MANY_ATTEMPTS"
    retryable = True
    remedy = "Wait a little and try again."

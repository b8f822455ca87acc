"""Questions: what a rule asks of modules it does not know, in the middle of its own change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar

if TYPE_CHECKING:
    from modules.contract import Module

P = ParamSpec("P")
T = TypeVar("T")


class Question(Generic[P, T]):
    """Something other modules may have an answer to, such as whether a client may book a service.

    A module declares its questions in `questions.py`; others name a function beside one in the
    `answers` of their manifests. Unlike a reaction, an answer is given before the change is done
    and is a part of it: what it refuses is refused, what it changes is undone with the rest.
    """

    def __init__(self, name: str) -> None:
        """Name it `module.question`, for people who debug."""
        self.name = name

    async def ask(self, *args: P.args, **kwargs: P.kwargs) -> list[T]:
        """Give the answers of all enabled modules, those they require first; none is fine."""
        return [await answer(*args, **kwargs) for answer in _answers.get(self, ())]

    def __repr__(self) -> str:
        """Show its name."""
        return f"Question({self.name!r})"


class Condition(Question[[T], Any], Generic[T]):
    """A question that is answered in SQL: which rows of a table somebody may see beyond the plain.

    A table asks it in its `scope`, so an answer is a function of the viewer that returns a
    condition on that table (a Tortoise `Q`) and reads nothing itself.
    """

    def of(self, viewer: T) -> list[Any]:
        """Give the conditions of all enabled modules: a row has to meet one; none, none does."""
        return [answer(viewer) for answer in _answers.get(self, ())]


Answers = Mapping[Question[Any, Any], Callable[..., Any]]
"""What a manifest says: which function answers which question."""


def install(enabled: Iterable[Module]) -> None:
    """Let these modules answer from now on, and no others; whoever opens the database does so."""
    _answers.clear()
    for module in enabled:
        for question, answer in module.answers.items():
            _answers.setdefault(question, []).append(answer)


_answers: dict[Question[Any, Any], list[Callable[..., Any]]] = {}

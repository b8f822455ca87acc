"""Hooks: what a rule asks of modules it does not know, in the middle of its own change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Generic, ParamSpec, TypeVar

from storage.process import here

P = ParamSpec("P")
T = TypeVar("T")


class Hook(Generic[P, T]):
    """A place where other modules have a say, such as whether a client may book a service.

    A module declares its hooks in `hooks.py`; others name a function beside one in the `hooks` of
    their manifests. Unlike a reaction, it is called before the change is done and is a part of it:
    what it refuses is refused, what it changes is undone with the rest.
    """

    def __init__(self, name: str) -> None:
        """Name it `module.hook`, for people who debug."""
        self.name = name

    async def call(self, *args: P.args, **kwargs: P.kwargs) -> list[T]:
        """Give what all enabled modules answer, those they require first; none is fine."""
        return [await each(*args, **kwargs) for each in _implementations(self)]

    def __repr__(self) -> str:
        """Show its name."""
        return f"Hook({self.name!r})"


class Condition(Hook[[T], Any], Generic[T]):
    """A hook in SQL: which rows of a table somebody may see beyond the plain.

    A table asks for it in its `scope`: an implementation is a function of the viewer that returns a
    condition on that table (a Tortoise `Q`) and reads nothing itself.
    """

    def of(self, viewer: T) -> list[Any]:
        """Give the conditions of all enabled modules: a row has to meet one; none, none does."""
        return [each(viewer) for each in _implementations(self)]


Hooks = Mapping[Hook[Any, Any], Callable[..., Any]]
"""What a manifest says: which function implements which hook."""


def _implementations(hook: Hook[Any, Any]) -> list[Callable[..., Any]]:
    return [module.hooks[hook] for module in here.modules if hook in module.hooks]

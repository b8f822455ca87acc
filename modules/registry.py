"""Turns a list of names into modules, in dependency order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from importlib import import_module
from importlib.metadata import EntryPoints, entry_points
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules

import modules
from modules.contract import Module
from modules.translations import CatalogueError, learn

ENTRY_POINT_GROUP = "regulars.modules"


class ModuleError(Exception):
    """The list of enabled modules cannot work. Raised at start-up, never later."""


def built_in() -> list[str]:
    """Name the modules that ship with Regulars."""
    return sorted(m.name for m in iter_modules(modules.__path__) if m.ispkg)


def installed() -> list[str]:
    """Name the modules other installed packages offer."""
    return sorted(e.name for e in entry_points(group=ENTRY_POINT_GROUP))


def load(names: Iterable[str]) -> list[Module]:
    """Import exactly these modules and sort them so requirements come first.

    The order of names does not matter, and a module that is not named is not imported. Whatever
    event or hook of another module a manifest names, it has to require that module.
    """
    learn("modules")
    ours, theirs = built_in(), entry_points(group=ENTRY_POINT_GROUP)
    found = {name: _find(name, ours, theirs) for name in sorted(set(names))}
    known = {*ours, *found}
    for module in found.values():
        if missing := sorted(set(module.requires) - found.keys()):
            them = "it" if len(missing) == 1 else "them"
            raise ModuleError(f"{module.name} requires {', '.join(missing)}: enable {them} too")
        for named in _named(module):
            other = named.partition(".")[0]
            if other in known - {module.name, *module.requires}:
                raise ModuleError(f"{module.name} names {named}, but does not require {other}")
    try:
        order = TopologicalSorter({m.name: sorted(m.requires) for m in found.values()})
        return [found[name] for name in order.static_order()]
    except CycleError as error:
        raise ModuleError(f"modules require each other: {' -> '.join(error.args[1])}") from error


def apps(enabled: Iterable[Module]) -> dict[str, list[str]]:
    """Map each module that has tables to its Tortoise model file."""
    return {m.name: [f"{m.package}.models"] for m in enabled if find_spec(f"{m.package}.models")}


def migrations(enabled: Iterable[Module]) -> list[tuple[str, Path]]:
    """List each module's name and folder of migrations, requirements first."""
    return [(m.name, Path(str(files(m.package))) / "migrations") for m in enabled]


def _named(module: Module) -> Iterator[str]:
    """List the events and hooks a manifest names, each as `module.Name`."""
    events = (*module.reactions, *module.hears, *module.emails, *module.revokes)
    yield from (event.name for event in events)
    yield from (hook.name for hook in module.hooks)


def _find(name: str, ours: Sequence[str], theirs: EntryPoints) -> Module:
    shipped = name in ours
    offered = [each for each in theirs if each.name == name]
    if shipped + len(offered) > 1:
        raise ModuleError(f"more than one module is called {name!r}")
    if shipped:
        package = f"modules.{name}"
        module = getattr(import_module(package), "module", None)
    elif offered:
        package = offered[0].module
        module = offered[0].load()
    else:
        raise ModuleError(f"no module {name!r}; there are {', '.join(built_in() + installed())}")
    if not isinstance(module, Module) or module.name != name:
        raise ModuleError(f"{name} must offer a Module named {name!r}, not {module!r}")
    try:
        learn(package)
    except CatalogueError as error:
        raise ModuleError(str(error)) from error
    return replace(module, package=package)

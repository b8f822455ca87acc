"""Settings of a business: a module declares them with their defaults, and is given the rest.

A class in a module's rules says what there is; its docstrings describe it in the schema as well.

    @settings(table="client_settings")
    class ClientSettings:
        \"\"\"What a business says about its clients.\"\"\"

        accepts_new_clients: bool = True
        \"\"\"Whether whoever is no client yet may book.\"\"\"

Listed in the manifest (`settings=[ClientSettings]`) and handed to `schema.settings_of`, it becomes
a field of the business, an input, a mutation for owners and an event. The table has `business_id`
as its key, `version` with the trigger `bump_version()`, and a column for each setting, with the
same default: whoever never said anything has no row.

A setting that has limits says so with a check: `minutes: int = setting(10, within(1, 60))`. What
the checks refuse beyond `InvalidInput` is named in `settings(refuses=)`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any, TypeVar, dataclass_transform
from uuid import UUID

from modules.errors import InvalidInput, Refusal, between, checked, same_version
from modules.events import Event, record
from modules.viewer import Viewer
from storage import database
from storage.words import identifier

S = TypeVar("S")
V = TypeVar("V")

FIRST_VERSION = 1
"""The version of settings about which a business never said anything."""


@dataclass(frozen=True, kw_only=True)
class SettingsChanged(Event):
    """Settings of a business changed; the subject is the business."""

    changed: list[str]
    """The columns that changed."""


Check = Callable[[Any, str], object]
"""Gets a value that is asked for and the setting's name, and refuses what cannot be."""


def setting(default: V, check: Check) -> V:
    """Declare a setting of which not every value will do."""
    declared: V = field(default=default, metadata={"check": check})
    return declared


def within(least: int, most: int) -> Check:
    """Let a number be within limits, both included. The check refuses: OutOfRange."""
    return lambda value, name: between(value, name, least, most)


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(setting,))
def settings(
    *, table: str, refuses: tuple[type[Refusal], ...] = ()
) -> Callable[[type[S]], type[S]]:
    """Make settings of a class; `table` is where a business's own are kept."""

    def decorate(cls: type[S]) -> type[S]:
        made: Any = dataclass(frozen=True, kw_only=True)(cls)
        made.__settings__, made.__refuses__ = identifier(table), refuses
        return cls

    return decorate


def refused_by(kind: type) -> tuple[type[Refusal], ...]:
    """Name what the checks of settings refuse."""
    refuses: tuple[type[Refusal], ...] = vars(kind)["__refuses__"]
    return refuses


def table_of(kind: type) -> str:
    """Name the table settings are kept in."""
    return str(vars(kind)["__settings__"])


@cache
def event_of(kind: type) -> type[SettingsChanged]:
    """Give the event that is recorded when settings change: `ClientSettingsChanged`."""
    package = re.sub(r"\.rules(\..*)?$", ".events", kind.__module__)
    return type(
        f"{kind.__name__}Changed",
        (SettingsChanged,),
        {"__doc__": SettingsChanged.__doc__, "__module__": package},
    )


async def read(kind: type[S], business_id: UUID) -> S:
    """Read a business's settings; the defaults where it never said anything."""
    row = await database.fetchrow(
        f"SELECT * FROM {table_of(kind)} WHERE business_id = $1",  # noqa: S608 -- checked above
        business_id,
    )
    # A choice is kept as its name: its own type makes it one again.
    declared: Any = fields(kind)  # type: ignore[arg-type]
    kinds = {each.name: type(each.default) for each in declared}
    return kind() if row is None else kind(**{name: of(row[name]) for name, of in kinds.items()})


async def change(kind: type, by: Viewer, *, version: int | None = None, **asked: Any) -> UUID:
    """Change settings of one's business; gives the business.

    `version` is the one the change is made to. Refuses: InvalidInput, StaleVersion.
    """
    business_id, table = by.of_business(), table_of(kind)
    asked = checked(asked, lambda name, value: _known(kind, name, value))
    await database.execute(
        f"INSERT INTO {table} (business_id) VALUES ($1) ON CONFLICT DO NOTHING",  # noqa: S608 -- a settings class's own names
        business_id,
    )
    held = await database.fetchrow(
        f"SELECT * FROM {table} WHERE business_id = $1 FOR UPDATE",  # noqa: S608 -- a settings class's own names
        business_id,
    )
    assert held is not None  # it was put there
    same_version(held["version"], version)
    changed = [name for name, value in asked.items() if held[name] != value]
    if changed:
        sets = ", ".join(f"{identifier(name)} = ${n}" for n, name in enumerate(changed, 2))
        await database.execute(
            f"UPDATE {table} SET {sets} WHERE business_id = $1",  # noqa: S608 -- a settings class's own names
            business_id,
            *(asked[name] for name in changed),
        )
        record(event_of(kind)(business_id=business_id, subject=business_id, changed=changed))
    return business_id


def _known(kind: type, name: str, value: Any) -> Any:
    """Pass on the value of a setting, which has one or the other, and never none."""
    declared = {each.name: each for each in fields(kind)}[name]
    if type(value) is not type(declared.default):
        raise InvalidInput("A setting has a value: leave it out to keep it.", field=name)
    if "check" in declared.metadata:
        declared.metadata["check"](value, name)
    return value

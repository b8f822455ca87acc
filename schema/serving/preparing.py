"""Before a command can work: a PostgreSQL to talk to, and its tables up to date."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import asyncpg
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from modules import registry
from modules.contract import Module
from schema.serving.lifetime import UNREACHABLE
from storage import rights, suitable
from storage.embedded import Embedded, reach
from storage.migrate import MigrationError, find, migrate, pending
from storage.settings import Settings, SettingsError

console = Console(stderr=True, highlight=False, soft_wrap=True)
"""Where people are told things; what a program may want to read goes to stdout."""


@contextmanager
def own_database(settings: Settings) -> Iterator[Settings]:
    """Run our own PostgreSQL meanwhile, unless the settings name one."""
    if not settings.embedded:
        with _by_name():
            yield settings
        return
    with console.status("Starting PostgreSQL"):
        here = Embedded.start(settings.data_dir, console.print)
    try:
        yield _at(settings, here.dsn)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C does not hurry the database
        here.stop()


@contextmanager
def any_database(settings: Settings, *, make: bool = False) -> Iterator[Settings]:
    """Use the database of the settings, of the running server, or our own meanwhile.

    Where there is none of our own yet, `make` says whether one is made; else it is refused, as a
    mistyped folder would be.
    """
    if not settings.embedded:
        with _by_name():
            yield settings
        return
    with reach(settings.data_dir, console.print, make=make) as dsn:
        yield _at(settings, dsn)


async def bring_up_to_date(settings: Settings, modules: Sequence[Module]) -> None:
    """Apply the migrations that are pending, and say what was done."""
    folders = registry.migrations(modules)
    with progress() as shown:
        task = shown.add_task("Migrating", total=len(find(folders)), visible=False)
        done = await migrate(
            str(settings.database_url),
            folders,
            lambda step: shown.update(task, advance=1, visible=True),
        )
    if done:
        console.print(f"Applied {_count(done)}, the last was {done[-1]}.")


async def warn_of_pending(settings: Settings, modules: Sequence[Module]) -> None:
    """Say so when migrations are pending in a database that is not ours to change.

    Say too what its role may do that it should not. Raises PostgresError where it will not do.
    """
    await suitable.check(str(settings.database_url))
    connection = await asyncpg.connect(settings.database_url)
    try:
        missing = await pending(connection, registry.migrations(modules))
        more = await rights.excess(connection)
    finally:
        await connection.close()
    if more:
        console.print(
            f"The role of DATABASE_URL has {', '.join(more)}: it needs none of that, owning its"
            " database is enough (docs/database.md)."
        )
    if missing:
        console.print(
            f"{_are_pending(missing)}: run regulars migrate. Until then this server is not ready."
        )


async def refuse_pending(settings: Settings, modules: Sequence[Module]) -> None:
    """Raise MigrationError where tables of storage or of these modules are not up to date."""
    connection = await asyncpg.connect(settings.database_url)
    try:
        missing = await pending(connection, registry.migrations(modules))
    finally:
        await connection.close()
    if missing:
        raise MigrationError(f"{_are_pending(missing)}: run regulars migrate")


def progress() -> Progress:
    """Make the bar for what takes longer than a second."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=console,
        transient=True,
        disable=not console.is_interactive,  # it would leave an empty line in a log
    )


def teller(shown: Progress) -> Callable[[str, int, int], None]:
    """Make what draws a bar for each thing that is told of: what, how much is done, of how much."""
    bars: dict[str, TaskID] = {}

    def tell(what: str, done: int, of: int) -> None:
        if what not in bars:
            bars[what] = shown.add_task(what)
        shown.update(bars[what], completed=done, total=of)

    return tell


@contextmanager
def _by_name() -> Iterator[None]:
    """Name the setting when the database it names cannot be used."""
    try:
        yield
    except MigrationError:
        raise
    except UNREACHABLE as error:
        raise SettingsError(f"DATABASE_URL cannot be used: {error}") from error


def _count(migrations: Sequence[object]) -> str:
    return f"{len(migrations)} migration{'' if len(migrations) == 1 else 's'}"


def _are_pending(migrations: Sequence[object]) -> str:
    verb = "is" if len(migrations) == 1 else "are"
    return f"{_count(migrations)} {verb} pending, the first is {migrations[0]}"


def _at(settings: Settings, dsn: str) -> Settings:
    worker = True if settings.worker is None else settings.worker
    return settings.model_copy(update={"database_url": dsn, "worker": worker})

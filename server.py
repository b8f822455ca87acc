"""The composition root: settings to modules to schema to a server, and the command line."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import Annotated, TypeVar

import asyncpg
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from starlette.applications import Starlette
from starlette.middleware import Middleware

from modules import registry
from modules.contract import Module
from modules.reactions import Reactions
from modules.registry import ModuleError
from schema import graphiql, serving
from schema.compose import SchemaError, build
from schema.engine import Engine
from schema.live import Hub
from schema.serving import logs, ops
from schema.serving.figures import Figures
from schema.serving.lifetime import UNREACHABLE, Lifetime, open_database, working
from schema.serving.listening import Server, address, listen
from schema.serving.observed import Observed
from storage.database import Database
from storage.embedded import Embedded, PostgresError, reach
from storage.log import Log
from storage.migrate import MigrationError, find, migrate, pending
from storage.settings import Settings, SettingsError

K = TypeVar("K")
V = TypeVar("V")
ROUTES = frozenset({"/", "/graphql", "/healthz", "/readyz", "/metrics"})
REFUSALS = (SettingsError, ModuleError, SchemaError, PostgresError, MigrationError)
console = Console(stderr=True, highlight=False, soft_wrap=True)
cli = typer.Typer(
    help="The backend of a business that lives on appointments.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def create_app(
    settings: Settings,
    *,
    database: Database | None = None,
) -> Starlette:
    """Make the application; `settings.database_url` says where its tables are.

    A `database` that is open already is used, and left open.
    """
    modules = enabled(settings)
    lifetime = Lifetime(settings, modules, database)
    hub = Hub(lifetime.follower, _merged(module.revokes for module in modules))
    engine = Engine(
        build(modules),
        authenticate=next((m.authenticate for m in modules if m.authenticate), None),
        hub=hub,
        planner=lifetime.reactions.planned,
    )
    figures = Figures(subscriptions=lambda: hub.subscribers, connections=lifetime.connections)
    return Starlette(
        routes=[
            *serving.routes(engine, settings),
            *graphiql.routes(settings),
            *ops.routes(figures, lifetime.unready),
        ],
        lifespan=lifetime,
        middleware=[Middleware(Observed, figures=figures, routes=ROUTES)],
    )


def _merged(several: Iterable[Mapping[K, V]]) -> dict[K, V]:
    return {key: value for one in several for key, value in one.items()}


def enabled(settings: Settings) -> list[Module]:
    """Load the modules a deployment wants; all that ship with us where it does not say."""
    return registry.load(registry.built_in() if settings.modules is None else settings.modules)


@cli.command()
def serve(
    demo: Annotated[
        bool, typer.Option(help="Load the demo salon first, if it is not there.")
    ] = False,
) -> None:
    """Serve the API. With its own PostgreSQL it also migrates and does the jobs."""
    settings = _settings()
    enabled(settings)  # refused before anything is started
    listening = listen(settings)
    url = settings.public_url or address(listening)
    with _own_database(settings.model_copy(update={"public_url": url})) as ready:
        if settings.embedded:
            asyncio.run(_migrate(ready))
        else:
            asyncio.run(_warn_of_pending(ready))
        sign_in = asyncio.run(_load_demo(ready)) if demo else None
        server = Server(
            create_app(ready), ready, lambda: _welcome(address(listening), ready, sign_in)
        )
        server.run([listening])


@cli.command()
def worker() -> None:
    """Do the jobs: mail, reports, whatever modules do after something happened."""
    settings = _settings()

    async def work() -> None:
        database = await open_database(settings, modules)
        try:
            Log(reactions.jobs()).install()
            async with working(database.dsn, reactions):
                await _stopped()
        finally:
            await database.close()

    if settings.embedded:
        raise SettingsError("DATABASE_URL is not set: the server does the jobs of its own database")
    modules = enabled(settings)
    reactions = Reactions(modules, settings)
    asyncio.run(work())


@cli.command(name="migrate")
def migrate_command() -> None:
    """Bring the tables up to date."""
    settings = _settings()
    with _any_database(settings) as ready:
        asyncio.run(_migrate(ready))


@cli.command()
def demo() -> None:
    """Load the demo salon."""
    settings = _settings()
    with _any_database(settings) as ready:
        if settings.embedded:
            asyncio.run(_migrate(ready))
        console.print(asyncio.run(_load_demo(ready)))


@cli.command()
def schema() -> None:
    """Print the schema in GraphQL's own language."""
    sys.stdout.write(build(enabled(_settings())).as_str() + "\n")


def main() -> None:
    """Run the command line; what is refused is said in one sentence."""
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGHUP, _leave)
    try:
        cli()
    except REFUSALS as error:
        console.print(f"[red]regulars:[/] {error}")
        sys.exit(1)
    except UNREACHABLE as error:
        console.print(f"[red]regulars:[/] the database cannot be used: {error}")
        sys.exit(1)


def _leave(number: int, frame: object) -> None:
    """End as Ctrl-C does, so that everything we started is stopped."""
    raise KeyboardInterrupt


def _settings() -> Settings:
    settings = Settings.load()
    logs.configure(settings.log_level, settings.log_format, access=settings.access_log)
    return settings


@contextmanager
def _own_database(settings: Settings) -> Iterator[Settings]:
    """Run our own PostgreSQL meanwhile, unless the settings name one."""
    if not settings.embedded:
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
def _any_database(settings: Settings) -> Iterator[Settings]:
    """Use the database of the settings, of the running server, or our own meanwhile."""
    if not settings.embedded:
        yield settings
        return
    with reach(settings.data_dir, console.print) as dsn:
        yield _at(settings, dsn)


def _at(settings: Settings, dsn: str) -> Settings:
    worker = True if settings.worker is None else settings.worker
    return settings.model_copy(update={"database_url": dsn, "worker": worker})


async def _migrate(settings: Settings) -> None:
    folders = registry.migrations(enabled(settings))
    with _progress() as progress:
        task = progress.add_task("Migrating", total=len(find(folders)), visible=False)
        done = await migrate(
            str(settings.database_url),
            folders,
            lambda step: progress.update(task, advance=1, visible=True),
        )
    if done:
        console.print(f"Applied {len(done)} migrations, the last was {done[-1]}.")


async def _warn_of_pending(settings: Settings) -> None:
    connection = await asyncpg.connect(settings.database_url)
    try:
        missing = await pending(connection, registry.migrations(enabled(settings)))
    finally:
        await connection.close()
    if missing:
        console.print(
            f"{len(missing)} migrations are pending, the first is {missing[0]}:"
            " run regulars migrate. Until then this server is not ready."
        )


async def _load_demo(settings: Settings) -> str:
    """Load the demo salon and give the sign-in to be shown."""
    if find_spec("examples.demo.load") is None:
        raise SettingsError("the demo salon comes with the source, not with the package")
    database = await open_database(settings, enabled(settings))
    try:
        with _progress() as progress:
            found: object = await import_module("examples.demo.load").load(progress)
    finally:
        await database.close()
    return str(found)


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=console,
        transient=True,
    )


def _welcome(url: str, settings: Settings, sign_in: str | None) -> None:
    lines = [f"[bold]Regulars is ready[/] at {url}"]
    if settings.graphiql:
        lines.append(f"  GraphiQL   {url}/")
    lines += [f"  GraphQL    {url}/graphql", "  Stop       Ctrl-C"]
    if sign_in:
        lines.append(f"  Sign in    {sign_in}")
    console.print("\n".join(lines))


async def _stopped() -> None:
    over = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, over.set)
    await over.wait()


if __name__ == "__main__":
    main()

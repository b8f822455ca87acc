"""The composition root: settings to modules to schema to a server, and the command line."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable
from importlib import import_module
from types import ModuleType
from typing import Annotated

import typer
from starlette.applications import Starlette
from starlette.middleware import Middleware

from modules import registry
from modules.contract import Module
from modules.registry import ModuleError
from schema import graphiql, serving
from schema.compose import build
from schema.composed import SchemaError
from schema.runtime import Runtime
from schema.serving import files, logs, ops, parked
from schema.serving.connections import Connections
from schema.serving.direct import Direct
from schema.serving.figures import Figures
from schema.serving.lifetime import UNREACHABLE, Lifetime
from schema.serving.listening import (
    Server,
    address,
    configured,
    connections,
    listen,
    spare_the_collector,
)
from schema.serving.observed import Observed
from schema.serving.preparing import (
    any_database,
    bring_up_to_date,
    console,
    own_database,
    progress,
    refuse_pending,
    teller,
    warn_of_pending,
)
from schema.serving.unavailable import TryAgain
from storage import ledger, suitable
from storage.database import Database
from storage.embedded import PostgresError
from storage.migrate import MigrationError
from storage.settings import Settings, SettingsError, unknown

ROUTES = frozenset(
    {"/", "/demo", "/demo/", "/graphql", "/healthz", "/readyz", "/metrics", "/objects/"}
)
REFUSALS = (SettingsError, ModuleError, SchemaError, PostgresError, MigrationError)
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
    start: Callable[[], Awaitable[graphiql.Start]] | None = None,
    connections: Connections | None = None,
) -> Starlette:
    """Make the application; `settings.database_url` says where its tables are.

    A `database` that is open already is used, and left open. `start` says what the explorer fills
    in for its visitors. `connections` are those of the server, for its figures.
    """
    runtime = Runtime(settings, enabled(settings), database)
    lifetime = Lifetime(runtime)
    figures = Figures(
        subscriptions=lambda: runtime.hub.subscribers,
        pools=lifetime.connections,
        connections=connections,
    )
    app = Starlette(
        routes=[
            *serving.routes(runtime.engine, settings),
            *(graphiql.routes(settings, start) if start else graphiql.routes(settings)),
            *(_of_demo("routes").routes() if settings.demo_pages else ()),
            *serving.object_routes(settings),
            *(route for m in runtime.modules if m.routes for route in m.routes(settings)),
            *ops.routes(figures, lifetime.unready, settings),
        ],
        lifespan=lifetime,
        middleware=[Middleware(TryAgain)],
    )
    app.state.lifetime = lifetime
    # Around everything, so that the answer to a bug of ours carries its request's id too.
    app.middleware_stack = Observed(Direct(app), figures=figures, routes=ROUTES)
    return app


def enabled(settings: Settings) -> list[Module]:
    """Load the modules a deployment wants; all that ship with us where it does not say."""
    if settings.modules is None:
        return registry.load(registry.built_in())
    try:
        return registry.load(settings.modules)
    except ModuleError as error:
        raise SettingsError(f"MODULES is wrong: {error}") from error


@cli.command()
def serve(
    demo: Annotated[
        bool, typer.Option(help="Load the demo salon first, if it is not there.")
    ] = False,
) -> None:
    """Serve the API. With its own PostgreSQL it also migrates and does the jobs."""
    settings = _settings()
    # What cannot work is refused before anything is started.
    if demo:
        _check_demo(settings)
        if settings.demo_pages is None:
            settings = settings.model_copy(update={"demo_pages": True})
    enabled(settings)
    files.raise_limit()
    listening = listen(settings)
    url = settings.public_url or address(listening[0])
    with own_database(settings.model_copy(update={"public_url": url})) as ready:
        if settings.embedded:
            asyncio.run(bring_up_to_date(ready, enabled(ready)))
        else:
            asyncio.run(warn_of_pending(ready, enabled(ready)))
        sign_in = asyncio.run(_load_demo(ready)) if demo else None
        here = connections(ready)
        app = create_app(ready, start=_of_demo("start").start if demo else None, connections=here)
        server = Server(
            configured(app, ready),
            here,
            lambda: _ready(address(listening[0]), ready, sign_in, app.state.lifetime.reason),
        )
        server.run(listening)


@cli.command()
def worker() -> None:
    """Do the jobs: mail, reports, whatever modules do after something happened."""
    settings = _settings()

    async def work() -> None:
        await suitable.check(str(settings.database_url))
        async with Runtime.open(settings, modules) as runtime, runtime.working():
            await _stopped()

    if settings.embedded:
        raise SettingsError("DATABASE_URL is not set: the server does the jobs of its own database")
    modules = enabled(settings)
    with own_database(settings):
        asyncio.run(work())


@cli.command()
def jobs(
    retry: Annotated[
        int | None, typer.Option(help="Put this parked job back into the queue.")
    ] = None,
) -> None:
    """List the jobs that failed for good and wait for somebody, or try one again."""
    settings = _settings()

    async def look(ready: Settings) -> None:
        await refuse_pending(ready, [])
        async with Runtime.open(ready, enabled(ready)) as runtime:
            handlers = {**ledger.JOBS, **runtime.reactions.handlers()}
            await (parked.show() if retry is None else parked.retry(retry, handlers))

    with any_database(settings) as ready:
        asyncio.run(look(ready))


@cli.command()
def imports(
    done: Annotated[
        str | None, typer.Option(help="Mark this request as done; its id is in the list.")
    ] = None,
) -> None:
    """List the client lists businesses asked to have taken over, with the day they are due."""
    settings = _settings()

    async def look(ready: Settings) -> None:
        modules = enabled(ready)
        await refuse_pending(ready, modules)
        async with Runtime.open(ready, modules):
            console.print(await (requests.listed() if done is None else requests.mark(done)))

    if "imports" not in {module.name for module in enabled(settings)}:
        raise SettingsError("MODULES is wrong: there are no requests without imports")
    requests = import_module("modules.imports.operating")
    with any_database(settings) as ready:
        asyncio.run(look(ready))


@cli.command(name="migrate")
def migrate_command() -> None:
    """Bring the tables up to date."""
    settings = _settings()
    with any_database(settings, make=True) as ready:
        asyncio.run(bring_up_to_date(ready, enabled(ready)))


@cli.command()
def demo() -> None:
    """Load the demo salon."""
    settings = _settings()
    _check_demo(settings)
    with any_database(settings, make=True) as ready:
        if settings.embedded:
            asyncio.run(bring_up_to_date(ready, enabled(ready)))
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
    for sentence in unknown():
        console.print(sentence)
    return settings


def _check_demo(settings: Settings) -> None:
    """Refuse to load the demo salon into less than it needs."""
    needed: tuple[str, ...] = _of_demo("load").MODULES
    if missing := sorted(set(needed) - {module.name for module in enabled(settings)}):
        raise SettingsError(f"MODULES is wrong: the demo salon also needs {', '.join(missing)}")


async def _load_demo(settings: Settings) -> str:
    """Load the demo salon and give the sign-in to be shown."""
    load = _of_demo("load").load
    async with Runtime.open(settings, enabled(settings)):
        with progress() as shown:
            found: object = await load(teller(shown))
    return str(found)


def _of_demo(part: str) -> ModuleType:
    try:
        return import_module(f"examples.demo.{part}")
    except ModuleNotFoundError as error:
        raise SettingsError("the demo salon comes with the source, not with the package") from error


def _ready(url: str, settings: Settings, sign_in: str | None, unready: str | None) -> None:
    spare_the_collector()
    _welcome(url, settings, sign_in, unready)


def _welcome(url: str, settings: Settings, sign_in: str | None, unready: str | None) -> None:
    lines = [f"[bold]Regulars is ready[/] at {url}"]
    if unready:
        lines = [f"[bold]Regulars is not ready[/] at {url}: {unready}"]
    if settings.graphiql:
        lines.append(f"  GraphiQL   {url}/")
    if settings.demo_pages:
        lines.append(f"  Demo       {url}/demo")
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

"""The engine: one request in, one finished JSON answer out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, suppress
from functools import partial
from typing import Any, Protocol, TypeVar

import orjson

from modules.errors import Refusal
from modules.viewer import PUBLIC, Role, Viewer
from schema.api import (
    Answer,
    Asked,
    OperationKind,
    RequestRefused,
    SubscriptionEnded,
    Unauthenticated,
)
from schema.changing import Changes, Mutating, Planner, compile_mutation
from schema.composed import ComposedSchema
from schema.documents import Documents, Operation, asker_of, refused
from schema.errors import Code, NotForYou, body_of, of_permission, of_refusal, plain_error
from schema.expanding import expand
from schema.hub import Hub
from schema.limits import MAX_WATCHED
from schema.live import Watching, compile_live
from schema.reading.compiler import Compiler
from schema.reading.parameters import Checks, Frame
from schema.reading.plan import Plan, compile_read, shown
from schema.reading.size import MAX_BYTES, TooLarge
from schema.scalars import OPTIONS
from storage.database import database
from storage.outage import is_away
from storage.read_connections import ReadConnections, Snapshot

Authenticate = Callable[[str], Awaitable[Viewer | None]]
"""Says who a token stands for; None when it stands for nobody any more."""

SHELL = 100_000
"""Bytes of an answer around what was counted: its keys of the first level, and errors."""


class Engine:
    """Executes requests against one schema; what transports call `Api`."""

    def __init__(
        self,
        schema: ComposedSchema,
        *,
        authenticate: Authenticate | None = None,
        hub: Hub | None = None,
        planner: Planner | None = None,
    ) -> None:
        """Take the schema, who knows tokens, who follows the log, and who plans messages."""
        self.schema = schema
        self._documents = Documents(schema)
        self._authenticate = authenticate
        self._hub = hub
        self._planner = planner

    async def kind(self, asked: Asked, viewer: Viewer) -> OperationKind:
        """Tell what the operation does. Raises: RequestRefused.

        One that is new to this role is compiled now, while it has no share of the pools yet.
        """
        operation = await self._documents.find(asked, asker_of(viewer))
        if not operation.known_to(viewer.role):
            await self._prepare(operation, asked, viewer)
        return operation.kind

    async def viewer(self, token: str | None) -> Viewer:
        """Tell who carries this token; None is the public. Raises: Unauthenticated."""
        if token is None or self._authenticate is None:
            return PUBLIC
        viewer = await self._authenticate(token)
        if viewer is None:
            raise Unauthenticated("The token is not known, has expired or was revoked.")
        return viewer

    async def answer(self, asked: Asked, viewer: Viewer) -> Answer:
        """Execute a query or a mutation. A client's mistake is in the answer; a bug raises."""
        try:
            operation = await self._documents.find(asked, asker_of(viewer))
            frame = operation.frame(viewer, asked.variables)
            if operation.stored:
                changes = operation.kind is OperationKind.MUTATION
                await expand(operation.stored, frame, changes=changes)
            if operation.kind is OperationKind.MUTATION:
                return await self._change(operation, frame)
            return await self._read(operation, frame, asked)
        except RequestRefused as refusal:
            return refusal.answer
        except NotForYou as error:
            return Answer(body_of([of_permission(error)]), refused=True)
        except Refusal as refusal:  # raised while compiling, before anything was read
            return Answer(body_of([of_refusal(refusal, viewer)]), refused=True)

    async def watch(self, asked: Asked, viewer: Viewer) -> AsyncIterator[Answer]:
        """Execute a subscription. Raises: RequestRefused at the first step, SubscriptionEnded."""
        operation = await self._documents.find(asked, asker_of(viewer))
        variables = operation.declared(asked.variables)
        if len(same_variables := orjson.dumps(variables)) > MAX_WATCHED:
            message = f"The variables of a subscription may have {MAX_WATCHED:,} bytes."
            raise refused(plain_error(message, Code.TOO_COMPLEX))
        # Whoever holds the request holds it as long as the subscription: only what counts stays.
        for beside in (asked.variables, asked.extensions):
            beside.clear()
        asked.variables.update(variables)
        frame = operation.frame(viewer, variables)
        try:
            watching = await _planned(operation, frame, partial(self._compile_live, operation))
        except NotForYou as error:
            raise refused(of_permission(error)) from error
        if self._hub is None:
            raise SubscriptionEnded("UNAVAILABLE", "This server does not follow the log.")
        rights = (viewer.role, viewer.business_id, viewer.account_id, viewer.locale)
        same = (asked.query, asked.operation_name, same_variables, rights)
        try:
            async with aclosing(self._hub.watch(same, watching, frame, asked.after)) as answers:
                async for answer in answers:
                    yield answer
        except Refusal as refusal:
            raise refused(of_refusal(refusal, viewer, (watching.key,))) from refusal

    async def _read(self, operation: Operation, frame: Frame, asked: Asked) -> Answer:
        plan = await _planned(operation, frame, partial(self._compile_read, operation))
        if plan.snapshot:
            here = database()
            pool = here.searches if plan.by_values else here.reads
            async with pool.snapshot() as connection:
                data, errors = await plan.run(frame, Snapshot(connection))
        else:
            # A resolver may need a connection of its own while another field has one.
            reading = ReadConnections(database(), keep=not plan.asks_python)
            try:
                data, errors = await plan.run(frame, reading)
            finally:
                reading.give_back()
        if operation.introspects:
            data, wrong = await operation.introspect(frame, asked.variables, data)
            errors += wrong
        return _answer(data, errors, frame.viewer)

    async def _change(self, operation: Operation, frame: Frame) -> Answer:
        changes = await _planned(operation, frame, partial(self._compile_mutation, operation))
        data: dict[str, Any] | None = {}
        errors = []
        for key, mutating in changes.fields.items():
            try:
                frame.errors = []
                value = mutating if isinstance(mutating, str) else await mutating.run(frame)
            except Exception as error:  # a bug is shown as such, and the rest still runs
                if is_away(error):
                    raise
                errors.append(shown(error, frame.viewer, (key,)))
                data = None
            else:
                errors += frame.errors
                if data is not None:
                    data[key] = value
        return _answer(data, errors, frame.viewer)

    # --- compiling

    async def _prepare(self, operation: Operation, asked: Asked, viewer: Viewer) -> None:
        """Compile what will be asked for next; whoever answers it says what is wrong with it."""
        if operation.stored or operation.kind is OperationKind.SUBSCRIPTION:
            return
        changes = operation.kind is OperationKind.MUTATION
        compile_: Any = self._compile_mutation if changes else self._compile_read
        with suppress(RequestRefused, NotForYou, Refusal):
            frame = operation.frame(viewer, asked.variables)
            await operation.plan(frame, partial(compile_, operation))

    def _compile_read(self, operation: Operation, role: Role, frame: Frame) -> Plan:
        compiler = Compiler(self.schema, operation.fragments, role, frame)
        return compile_read(compiler, operation.root, operation.node.selection_set)

    def _compile_mutation(self, operation: Operation, role: Role, frame: Frame) -> Changes:
        compiler = Compiler(self.schema, operation.fragments, role, frame, in_change=True)
        found: dict[str, Mutating | str] = {}
        for key, nodes in compiler.selections.root(
            operation.node.selection_set, operation.root
        ).items():
            if nodes[0].name.value == "__typename":
                found[key] = operation.root.name
            else:
                found[key] = compile_mutation(operation.root, nodes, compiler, self._planner)
        return Changes(found, compiler.checks)

    def _compile_live(self, operation: Operation, role: Role, frame: Frame) -> Watching:
        compiler = Compiler(self.schema, operation.fragments, role, frame)
        [(key, nodes)] = compiler.selections.root(
            operation.node.selection_set, operation.root
        ).items()
        return compile_live(compiler, operation.root, key, nodes)


class Checked(Protocol):
    """What was compiled of an operation."""

    @property
    def checks(self) -> Checks:
        """What must hold of the arguments of its fields."""


C = TypeVar("C", bound=Checked)


async def _planned(operation: Operation, frame: Frame, make: Callable[[Role, Frame], C]) -> C:
    """Find the plan of an operation; fields whose arguments are refused are null in it."""
    plan = await operation.plan(frame, make)
    if refused := plan.checks.refused(frame):
        frame.refused |= refused
        plan = await operation.plan(frame, make)
    return plan


def _answer(data: dict[str, Any] | None, errors: list[Any], reader: Viewer) -> Answer:
    whole = {"data": data, "errors": errors} if errors else {"data": data}
    body = orjson.dumps(whole, option=OPTIONS)
    if len(body) > MAX_BYTES + SHELL:
        return Answer(body_of([of_refusal(TooLarge(), reader)]), refused=True)
    return Answer(body)

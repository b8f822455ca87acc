"""Runs mutations: one transaction each, refusals as problems, retries once, dry runs undone."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any, cast

import asyncpg
import orjson
from graphql import FieldNode, GraphQLObjectType, get_named_type
from strawberry import UNSET
from strawberry.types.base import get_object_definition
from tortoise.exceptions import IntegrityError

from modules.errors import (
    MOST_PROBLEMS,
    IdempotencyConflict,
    InvalidInput,
    NotFound,
    Refusal,
    StaleVersion,
    same_version,
)
from modules.viewer import TEAM, Role, Viewer
from schema.applying import apply
from schema.composed import ComposedSchema
from schema.declaring import Spec, function_of
from schema.dry_runs import MOST, Places, id_places, with_own_ids, without_keys
from schema.ids import encode
from schema.missing import refuse_missing
from schema.mutation import COMMON, payload_name
from schema.problems import Problem
from schema.reading.arguments import Arguments, identity_in
from schema.reading.compiler import Compiler
from schema.reading.denials import Denials
from schema.reading.objects import Shape, build, compile_shape
from schema.reading.parameters import Checks, Frame
from schema.reading.query import TooMuch
from schema.reading.size import MAX_BYTES, TooLarge
from schema.remembering import CONSTRAINT, LONGEST_KEY, Memory, freeze, thaw
from schema.scalars import OPTIONS
from schema.tables import table_of
from storage import database, log

logger = logging.getLogger(__name__)

ATTEMPTS = 4
_MEANWHILE = (asyncpg.PostgresError, IntegrityError)
_UNDONE = (
    asyncpg.DeadlockDetectedError,  # two changes waited for each other
    asyncpg.SerializationError,
    asyncpg.ForeignKeyViolationError,  # a row came to be referred to: now the rule will say so
    asyncpg.ExclusionViolationError,  # somebody took the same at the same moment: likewise
)
"""What others are to blame for, so that a second attempt ends in another way."""

Planner = Callable[[Sequence[log.Fact]], Awaitable[Sequence[Any]]]
"""Lists the messages that facts would cause; offered by whichever module sends them."""


class KeyInvalid(InvalidInput):
    """An idempotency key is 1 to 255 characters."""

    code = "IDEMPOTENCY_KEY_INVALID"
    remedy = "Send a short random string, such as a UUID, or none at all."


OWN_REFUSALS: tuple[type[Refusal], ...] = (KeyInvalid, IdempotencyConflict, StaleVersion)
"""What the shell itself refuses, whatever the mutation."""

UNANSWERABLE = (TooLarge, TooMuch)
"""What is wrong with the selection of a payload, and not with what was to be changed."""
IDENTITY = ("input", "id")
"""Where an input names the row that is changed."""

UNDECLARED = "%s refused %s (%s), which its `refuses` does not list"


@dataclass(frozen=True, slots=True)
class Read:
    """What is read of a payload by somebody of one role."""

    shape: Shape
    denials: Denials
    checks: Checks


@dataclass(slots=True)
class Mutating:
    """A root field of a mutation, compiled."""

    schema: ComposedSchema
    key: str
    """Where its payload is in the answer."""
    name: str
    call: Any
    spec: Spec
    arguments: Arguments
    compile_for: Callable[..., Read]
    refused: Read
    """What is read of a payload in which there are only problems."""
    planner: Planner | None
    ids: Places
    """Where ids are in the payload."""
    _reads: dict[Role, Read] = field(default_factory=dict)

    async def run(self, frame: Frame) -> Any:
        """Do it, or say why not: the payload, as JSON."""
        viewer = frame.viewer
        given, unread = self.arguments.heard(frame)
        key, dry = given.pop("idempotency_key", None), bool(given.pop("dry_run", False))
        if self.spec.viewer:
            given[self.spec.viewer] = viewer
        if unread:
            return await self._refuse(frame, await self._all_wrong(frame, given, unread.found))
        memory: Memory | None = None
        try:
            if key is not None and not dry:
                memory = self._memory(frame, key)
            given |= await self._prepared(viewer, given.get("input"))
            return await self._persist(frame, given, memory, dry=dry)
        except UNANSWERABLE:
            raise  # an error of the operation, as it is of a query that asks for as much
        except Refusal as refusal:
            return await self._replay(frame, memory, refusal)
        except asyncpg.UniqueViolationError as error:
            if memory is None or error.constraint_name != CONSTRAINT:
                raise
            return await self._replay(frame, memory, StaleVersion())

    async def _all_wrong(
        self, frame: Frame, given: dict[str, Any], unread: Sequence[Refusal]
    ) -> Sequence[Problem]:
        """Tell of ids that are none, and of whatever else would be refused: it is tried and undone.

        Only what is said of other fields counts: the rest may come of ids that name nothing. So may
        what is said of a code or a password, which are somebody's in some business: of what opens a
        session only that counts which makes no sense by itself.
        """
        told: list[Problem] = []
        for refusal in unread:
            told += self.schema.problems.of(refusal, frame.viewer)
            if refusal.field == IDENTITY and self.spec.updates:  # what is not there has no version
                given["input"].version = UNSET
        try:
            given |= await self._prepared(frame.viewer, given.get("input"))
            await self._persist(frame, given, None, dry=True)
        except Refusal as refusal:
            fields = [each.field for each in told]
            for one in refusal.every:
                if isinstance(one, InvalidInput) or not self.spec.secret:
                    more = self._shown(one, frame.viewer)
                    told += [each for each in more if each.field and each.field not in fields]
        return told[:MOST_PROBLEMS]

    async def _prepared(self, viewer: Viewer, given: Any) -> dict[str, Any]:
        """Do what takes long and needs no transaction; give what came of it, as an argument."""
        if self.spec.before is None:
            return {}
        made = await self.spec.before(viewer, given)
        return {self.spec.prepared: made} if self.spec.prepared else {}

    async def _persist(
        self, frame: Frame, given: dict[str, Any], memory: Memory | None, *, dry: bool
    ) -> Any:
        """Do it, again when PostgreSQL undid it because of what somebody else did meanwhile."""
        tried = 0
        while True:
            try:
                return await self._perform(frame, given, memory, dry=dry)
            except _MEANWHILE as error:
                tried += 1
                cause = error.__cause__ if isinstance(error, IntegrityError) else error
                if isinstance(cause, asyncpg.ForeignKeyViolationError):
                    await refuse_missing(cause, given.get("input"))
                if tried == ATTEMPTS or not isinstance(cause, _UNDONE):
                    raise

    async def _perform(
        self, frame: Frame, given: dict[str, Any], memory: Memory | None, *, dry: bool
    ) -> Any:
        viewer = frame.viewer
        messages: Sequence[Any] = ()
        async with log.change(actor=viewer.account_id, business_id=viewer.business_id) as change:
            if dry:
                change.rollback()
            form = given.get("input")
            await self._check_version(viewer, form)
            result = await apply(viewer, form, lambda: self.call(**given))
            if dry and self.planner:
                messages = await self.planner(change.events)
                if viewer.role is Role.CLIENT:  # what goes to the team, or whom, is not theirs
                    messages = [each for each in messages if each.client_id is not None]
            values = self._values(result) | self._deleted(given.get("input"))
            if memory:
                answer = {"values": freeze_all(values)}
                change.also(*memory.insertion(orjson.dumps(answer)))
            reader = await self._reader(result)
            return await self._payload(
                frame, values, reader, messages=messages, source=change, dry=dry
            )

    async def _replay(self, frame: Frame, memory: Memory | None, refusal: Refusal) -> Any:
        """Answer again what was answered before under this key; if nothing was, say the refusal."""
        if memory is not None:
            try:
                remembered = await memory.recall()
            except Refusal as conflict:
                return await self._refuse(frame, self.schema.problems.of(conflict, frame.viewer))
            if remembered is not None:
                kept = orjson.loads(remembered)
                values = {k: thaw(v, self.schema) for k, v in kept["values"].items()}
                try:
                    reader = await self._reader(SimpleNamespace(**values))
                except Refusal as outlived:
                    refusal = outlived
                else:
                    return await self._payload(frame, values, reader, replayed=True)
        return await self._refuse(frame, self._shown(refusal, frame.viewer))

    def _shown(self, refusal: Refusal, reader: Viewer) -> list[Problem]:
        """Show what a rule refused, with paths from the arguments on."""
        self._check_declared(refusal)
        within = ("input",) if "input" in self.arguments.binds else ()
        return self.schema.problems.of(refusal, reader, within=within)

    def _check_declared(self, refusal: Refusal) -> None:
        """Report a refusal that the mutation's description does not promise."""
        declared = {each.code for each in (*self.spec.refuses, *OWN_REFUSALS)}
        for each in refusal.every:
            if each.code not in declared:
                logger.error(UNDECLARED, self.name, each.code, type(each).__name__)

    async def _reader(self, result: Any) -> Viewer | None:
        """Say whom the payload is read as, where that is not whoever asked."""
        return await self.spec.reads_as(result) if self.spec.reads_as else None

    async def _refuse(self, frame: Frame, problems: Sequence[Problem]) -> Any:
        return await self._payload(frame, {}, None, problems=problems)

    async def _payload(
        self,
        frame: Frame,
        values: dict[str, Any],
        reader: Viewer | None,
        *,
        problems: Sequence[Problem] = (),
        replayed: bool = False,
        messages: Sequence[Any] = (),
        source: Any = database,
        dry: bool = False,
    ) -> Any:
        before = frame
        frame = replace(frame, viewer=reader or frame.viewer, rows=0, bytes=0, unmeasured=0)
        payload = SimpleNamespace(
            problems=list(problems),
            replayed=replayed,
            messages=list(messages),
            **(without_keys(values) if dry else values),
        )
        read = self.refused if problems else self.read_as(frame)
        value = await build(read.shape, payload, frame, source)
        before.errors = read.denials.errors(self.key, value, frame)
        if dry:
            if frame.bytes > MOST:
                raise TooLarge
            value = with_own_ids(value, self.ids)
        # Written here, where what is too large for an answer is undone.
        body = orjson.dumps(value, option=OPTIONS)
        before.bytes += len(body)
        if before.bytes > MAX_BYTES:
            raise TooLarge
        return orjson.Fragment(body)

    def read_as(self, frame: Frame) -> Read:
        """Return what is read of the payload by somebody of this role.

        Whoever was just signed in may see more, so more arguments of it are looked at.
        """
        read = self.prepare(frame.viewer.role)
        if refused := read.checks.refused(frame):
            frame.refused |= refused
            return self.compile_for(frame.viewer.role, refused=frame.refused)
        return read

    def prepare(self, role: Role) -> Read:
        """Compile what somebody of this role reads of the payload, once."""
        if role not in self._reads:
            self._reads[role] = self.compile_for(role)
        return self._reads[role]

    def _memory(self, frame: Frame, key: str) -> Memory:
        if not 1 <= len(key) <= LONGEST_KEY:
            raise KeyInvalid
        given = {
            n: b(frame)
            for n, b in self.arguments.binds.items()
            if n not in ("idempotency_key", "dry_run")
        }
        return Memory.of(frame.viewer, key, self.name, given, secret=self.spec.secret)

    def _values(self, result: Any) -> dict[str, Any]:
        answer = _answer(self.spec)
        if answer is None or answer is type(None):
            return {}
        if table_of(answer):
            return {payload_name(answer): result}
        own = get_object_definition(answer, strict=True).fields
        return {f.python_name: getattr(result, f.python_name) for f in own if not f.base_resolver}

    def _deleted(self, given: Any) -> dict[str, Any]:
        """Say which row is gone: the one of that type which the input names."""
        bound = table_of(self.spec.deletes)
        if bound is None:
            return {}
        named = identity_in(type(given), self.spec.deletes)
        return {"deleted_id": encode(bound.prefix, getattr(given, named))}

    async def _check_version(self, viewer: Viewer, given: Any) -> None:
        """Refuse a stale version, and hold the row until the change is done."""
        version = getattr(given, "version", None)
        bound = table_of(self.spec.updates)
        if bound is None or not isinstance(version, int):
            return
        table = bound.model._meta.db_table
        # Who is not of the team learns of no row they may not see, not even its version.
        if viewer.role not in TEAM:
            mine = viewer.rows(cast(Any, bound.model)).filter(id=given.id)
            if not await mine.exists():
                raise NotFound(field="id")
        found = await database.fetchval(
            f'SELECT version FROM "{table}" WHERE id = $1 AND business_id = $2 FOR UPDATE',  # noqa: S608 -- our own table name
            given.id,
            viewer.business_id,
        )
        if found is None:
            raise NotFound(field="id")
        same_version(found, version)


@dataclass(frozen=True, slots=True)
class Changes:
    """A mutation, compiled."""

    fields: Mapping[str, Mutating | str]
    """Its root fields by their keys; the name of the type for `__typename`."""
    checks: Checks
    """What must hold of arguments in what is selected of the payloads."""


def _answer(spec: Spec) -> Any:
    return getattr(spec.payload, "__answer__", None)


def freeze_all(values: dict[str, Any]) -> dict[str, Any]:
    """Make results fit for remembering."""
    return {name: freeze(value) for name, value in values.items()}


def compile_mutation(
    kind: GraphQLObjectType,
    nodes: list[FieldNode],
    compiler: Compiler,
    planner: Planner | None,
) -> Mutating:
    """Compile one root field of a mutation. Raises: NotForYou."""
    schema, name = compiler.schema, nodes[0].name.value
    declared, spec = schema.field(kind, name)
    if refusal := compiler.refusal(kind, nodes[0]):
        raise refusal
    definition = kind.fields[name]

    def compile_for(
        role: Role,
        *,
        only: Collection[str] | None = None,
        refused: Mapping[int, Refusal] | None = None,
    ) -> Read:
        own = compiler
        if role is not compiler.role or refused:
            own = compiler.as_role(role, refused or compiler.frame.refused)
        own.denials = denials = Denials()
        return Read(compile_shape(own, definition.type, nodes, only=only), denials, own.checks)

    mutating = Mutating(
        schema,
        (nodes[0].alias or nodes[0].name).value,
        name,
        function_of(declared),
        spec,
        Arguments(declared, definition, nodes[0], schema.additions),
        compile_for,
        compile_for(compiler.role, only=COMMON),
        planner,
        id_places(compiler.selections, nodes, get_named_type(definition.type)),
    )
    mutating.prepare(compiler.role)
    return mutating

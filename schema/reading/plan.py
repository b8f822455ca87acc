"""A compiled operation: one step per root field, ready to run as often as anyone asks."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import asyncpg
from graphql import (
    FieldNode,
    GraphQLObjectType,
    SelectionSetNode,
    is_non_null_type,
)
from orjson import Fragment

from modules.errors import InvalidInput, Refusal
from modules.viewer import Viewer
from schema.declaring import FieldKind, function_of
from schema.errors import Error, NotForYou, of_bug, of_permission, of_refusal
from schema.reading.answers import Answer
from schema.reading.arguments import Arguments
from schema.reading.compiler import Compiler
from schema.reading.denials import Denials
from schema.reading.objects import compile_shape, rooted
from schema.reading.parameters import Checks, Frame
from schema.reading.statement import Reader
from storage.outage import is_away

log = logging.getLogger(__name__)


class Step(Protocol):
    """How one root field of an operation gets its value."""

    async def run(self, frame: Frame, connection: Reader) -> Any:
        """Return the field's JSON value; raise a refusal instead."""


@dataclass(frozen=True, slots=True)
class Constant:
    """`__typename` of a root, or a field of it that stays null."""

    value: Any

    async def run(self, frame: Frame, connection: Reader) -> Any:
        """Return the value."""
        return self.value


@dataclass(frozen=True, slots=True)
class Field:
    """A root field of a plan."""

    key: str
    step: Step
    nullable: bool
    denials: Denials
    """What below it stays null."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do for one document, role and shape of variables."""

    fields: Sequence[Field]
    checks: Checks
    """What must hold of the arguments before anything is read."""
    snapshot: bool
    """Whether all statements must see the same moment."""
    by_values: bool = False
    """Whether one of them is planned for its values."""
    answers_below: bool = False
    """Whether Python answers a field of a row."""

    @property
    def asks_python(self) -> bool:
        """Whether a resolver runs after another field has taken a connection."""
        answers = any(isinstance(field.step, Answer) for field in self.fields)
        return self.answers_below or (len(self.fields) > 1 and answers)

    async def run(
        self, frame: Frame, connection: Reader
    ) -> tuple[dict[str, Any] | None, list[Error]]:
        """Run every step in turn; return the data and what went wrong."""
        data: dict[str, Any] = {}
        errors: list[Error] = []
        broken = False
        for field in self.fields:
            try:
                data[field.key] = value = await field.step.run(frame, connection)
                errors += field.denials.errors(field.key, value, frame)
            except Exception as error:
                if is_away(error):
                    raise
                errors.append(shown(error, frame.viewer, (field.key,)))
                data[field.key] = None
                broken = broken or not field.nullable
                if isinstance(error, asyncpg.PostgresError) and self.snapshot:
                    break  # the transaction is lost, and with it what was still to be read
        for field in self.fields[len(data) :]:
            errors.append({**errors[-1], "path": [field.key]})
            data[field.key] = None
            broken = broken or not field.nullable
        return (None if broken else data), errors


def shown(error: Exception, reader: Viewer, path: Sequence[str | int]) -> Error:
    """Turn what a step raised into what its reader may know of it."""
    if isinstance(error, Refusal):
        return of_refusal(error, reader, path)
    if isinstance(error, NotForYou):
        return {**of_permission(error), "path": list(path)}
    # A NUL in a text, a number too large, a forged cursor; Tortoise wraps what asyncpg raises.
    if isinstance(error, asyncpg.DataError) or isinstance(error.__cause__, asyncpg.DataError):
        # In one line: whoever sends such values could fill the disk with where they led.
        log.warning("a value was of no use at %s: %.200s", "/".join(map(str, path)), error)
        refusal = InvalidInput("A value is not one that can be stored or compared.")
        return of_refusal(refusal, reader, path)
    log.error("an operation failed at %s", "/".join(map(str, path)), exc_info=error)
    return of_bug(path)


def compile_read(compiler: Compiler, kind: GraphQLObjectType, selection: SelectionSetNode) -> Plan:
    """Compile a query. What its role may not see stays null."""
    fields = []
    for key, nodes in compiler.selections.root(selection, kind).items():
        name = nodes[0].name.value
        compiler.denials = denials = Denials()
        if name == "__typename":
            fields.append(Field(key, Constant(kind.name), nullable=False, denials=denials))
        elif not name.startswith("__"):
            nullable = not is_non_null_type(kind.fields[name].type)
            step = compiler.answered(kind, nodes[0], partial(_step, compiler, kind, nodes))
            step = Constant(step) if isinstance(step, Fragment) else step
            fields.append(Field(key, step, nullable, denials))
    answers_below = compiler.answers > 0
    return Plan(fields, compiler.checks, compiler.snapshot, compiler.by_values, answers_below)


def _step(compiler: Compiler, kind: GraphQLObjectType, nodes: list[FieldNode]) -> Step:
    name = nodes[0].name.value
    field, spec = compiler.schema.field(kind, name)
    if spec.kind is not FieldKind.ANSWER:
        return rooted(compiler, kind, nodes)
    definition = kind.fields[name]
    arguments = Arguments(field, definition, nodes[0], compiler.schema.additions)
    compiler.checks.add(nodes[0], arguments.hold)
    shape = compile_shape(compiler, definition.type, nodes)
    return Answer(function_of(field), spec.viewer, arguments, shape)

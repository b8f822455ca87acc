"""Fields that Python answers, from real arguments: with plain objects, and the rows these name."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from types import MappingProxyType, SimpleNamespace
from typing import Any
from uuid import UUID

import orjson

from modules.errors import NotFound, Refusal
from schema.declaring import function_of
from schema.errors import Error, of_refusal
from schema.reading.arguments import Arguments
from schema.reading.below import Below
from schema.reading.context import Context
from schema.reading.objects import Shape, build, compile_shape
from schema.reading.parameters import Frame
from schema.reading.row import Row
from schema.reading.statement import Column, Reader

MOST = 10
"""Fields of an operation that Python answers below rows, and rows each of them is answered for."""


class TooManyAnswers(Refusal):
    """That is worked out too often within one operation."""

    code = "TOO_MANY_ANSWERS"
    remedy = "Ask in several operations: in each it may be worked out {most} times."
    values = MappingProxyType({"most": MOST})


@dataclass(frozen=True, slots=True)
class Answer:
    """A field that an async function answers: a root's, or one of a row."""

    call: Any
    viewer: str | None
    arguments: Arguments
    shape: Shape

    async def run(self, frame: Frame, connection: Reader, **given: Any) -> Any:
        """Call the resolver, then read the rows its answer refers to.

        What is not there is null, as it is for getters.
        """
        given |= self.arguments.real(frame)
        if self.viewer:
            given[self.viewer] = frame.viewer
        try:
            found = await self.call(**given)
        except NotFound:
            return None
        return await build(self.shape, found, frame, connection)


@dataclass(slots=True)
class AnswerBelow:
    """A field of rows that an async function answers, one row after the other.

    It takes the place of a statement that hangs below another: for each key one value. Where the
    function refuses, the field is null, with an error that says why, unless it is that something is
    not there.
    """

    answer: Answer
    parent: str | None
    keys: list[tuple[Column, int]]
    node: int
    """The `id` of the field's node, under which a refusal is kept."""
    null: orjson.Fragment
    """What stands for a field that was refused."""

    async def run(
        self,
        frame: Frame,
        connection: Reader,
        keys: list[Any] | None = None,
        times: list[int] | None = None,
    ) -> list[Any]:
        """Answer for every row, up to as many as there may be."""
        found = [await self._one(frame, connection, key) for key in (keys or [])[:MOST]]
        if keys is not None and len(keys) > MOST:
            frame.refused[self.node] = TooManyAnswers()
            found += [self.null] * (len(keys) - MOST)
        return found

    async def _one(self, frame: Frame, connection: Reader, key: Any) -> Any:
        row = {self.parent: SimpleNamespace(id=UUID(str(key)))} if self.parent else {}
        try:
            return await self.answer.run(frame, connection, **row)
        except Refusal as refusal:
            frame.refused[self.node] = refusal
            return self.null


def answered_below(context: Context, row: Row, field: Below) -> str:
    """Compile a field of a row that Python answers; return the expression for its value.

    Refuses: TooManyAnswers.
    """
    context.answers += 1
    if context.answers > MOST:
        raise TooManyAnswers
    node = field.nodes[0]
    null = context.denials.add(context.path, partial(_why, id(node)))
    shape = compile_shape(context, field.type, field.nodes)
    answer = Answer(function_of(field.field), field.spec.viewer, field.arguments, shape)
    below = AnswerBelow(answer, field.spec.parent, [(row.column("id"), 0)], id(node), null)
    return row.statement.below(below)


def _why(node: int, frame: Frame) -> Error | None:
    refusal = frame.refused.get(node)
    return None if refusal is None else of_refusal(refusal, frame.viewer)

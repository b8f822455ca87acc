"""What the parts of a compiler share: for whom they compile, and what they found on the way."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

import orjson
from graphql import FieldNode, FragmentDefinitionNode, GraphQLObjectType

from modules.errors import Refusal
from modules.viewer import Role
from schema.audiences import audience_of
from schema.composed import ComposedSchema
from schema.errors import NotForYou, of_permission, of_refusal
from schema.reading.denials import Denials
from schema.reading.leaves import Leaves
from schema.reading.parameters import Checks, Frame, viewer_of
from schema.reading.row import Row
from schema.reading.selection import Selections

T = TypeVar("T")


class Context(ABC):
    """One operation, for one role and one shape of its variables, while it is compiled.

    Fields, pages and plain objects are compiled by functions that take it; rows, which have all of
    these below them, by whoever implements `object`.
    """

    def __init__(
        self,
        schema: ComposedSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        role: Role,
        frame: Frame,
        *,
        in_change: bool = False,
    ) -> None:
        """Take any frame of that shape: only its nulls, booleans, enums and sizes are looked at.

        `in_change` compiles for the connection of a change, which gives ids as UUID objects;
        those of reads give them as text.
        """
        self.leaves = Leaves(in_change=in_change)
        self.schema, self.role, self.frame = schema, role, frame
        self.fragments = fragments
        self.selections = Selections(schema.core, fragments, frame.variables)
        self.viewer = viewer_of(role)
        self.checks = Checks()
        self.denials = Denials()
        """What stays null below the root field that is being compiled."""
        self.path: list[str] = []
        """The response keys from the root field to the field being compiled."""
        self.snapshot = False
        self.by_values = False
        """Whether a statement is planned for its values."""
        self.answers = 0
        """How many fields of rows Python answers."""

    def refusal(self, kind: GraphQLObjectType, node: FieldNode) -> NotForYou | None:
        """Say why this role gets no answer to a field; None where it does."""
        audience = audience_of(self.schema, kind, node.name.value)
        if self.role in audience:
            return None
        return NotForYou(self.role, f"{kind.name}.{node.name.value}", node, audience)

    def denied(self, kind: GraphQLObjectType, node: FieldNode) -> orjson.Fragment | None:
        """Note that a field stays null, if it does; return what stands for it in the answer.

        It does for a role it is not for, and where its arguments were refused.
        """
        if error := self.refusal(kind, node):
            shown = of_permission(error)
            return self.denials.add(self.path, lambda _: shown)
        if (here := id(node)) in self.frame.refused:
            return self.denials.add(
                self.path, lambda frame: of_refusal(frame.refused[here], frame.viewer)
            )
        return None

    def answered(
        self, kind: GraphQLObjectType, node: FieldNode, compile_: Callable[[], T]
    ) -> T | orjson.Fragment:
        """Compile a field, or note that it stays null and return what stands for it.

        Also where a variable is null that must not be, which is known while it is compiled.
        """
        if (null := self.denied(kind, node)) is not None:
            return null
        try:
            return compile_()
        except Refusal as refusal:
            why = refusal.with_traceback(None)  # the plan is kept, what led here is not
            return self.denials.add(self.path, lambda frame: of_refusal(why, frame.viewer))

    def fields(
        self, nodes: Sequence[FieldNode], kind: GraphQLObjectType
    ) -> Iterator[tuple[str, list[FieldNode]]]:
        """Go through what is selected of a type, keeping track of where we are."""
        for key, found in self.selections.of(nodes, kind).items():
            self.path.append(key)
            yield key, found
            self.path.pop()

    @abstractmethod
    def object(self, row: Row, kind: GraphQLObjectType, nodes: Sequence[FieldNode]) -> str:
        """Compile a selection of a table's type; return the expression that builds one object."""

"""What one document may ask for: depth, aliases, tokens, pages within pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    OperationDefinitionNode,
    SelectionSetNode,
)
from graphql.validation.rules import overlapping_fields_can_be_merged as merging

from schema.errors import TooComplex

MAX_TOKENS = 4000
MAX_LENGTH = 100_000
"""Characters of a document; spaces, comments and strings are few tokens of many."""
MAX_WATCHED = 64_000
"""Bytes of the variables of a subscription, which are kept as long as it is."""
MAX_DEPTH = 16
MAX_FIELDS = 1000
MAX_ALIASES = 100
MAX_ROOTS = 30
MAX_DIRECTIVES = 100
MAX_VALUES = 20_000
"""Values in all variables of a request: some lists of ids, and what stands around them."""
DEEPEST = 30
"""How many inputs, and lists of them, may be inside one another."""

# Whether equal fields can be merged is asked of every two of them; with graphql-core's own number
# one document of 12 kB keeps everybody waiting for a second.
merging.MAX_COMPLEXITY_BUDGET = 100_000


def check_document(document: DocumentNode) -> None:
    """Refuse a document that asks for too much, before it is validated.

    Raises: TooComplex; GraphQLError for a fragment nobody uses, whose size nobody would look at.
    """
    fragments = {
        d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)
    }
    used: set[str] = set()
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            _Counter(fragments, used).count(definition)
    for name, fragment in fragments.items():
        if name not in used:
            raise GraphQLError(f"Fragment '{name}' is never used.", fragment)


class _Counter:
    """Walks an operation once, fragments included as often as they are spread."""

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode], used: set[str]) -> None:
        self._fragments, self._used = fragments, used
        self._selected = self._aliases = self._directives = self._schemas = 0

    def count(self, operation: OperationDefinitionNode) -> None:
        roots = len(operation.selection_set.selections)
        if roots > MAX_ROOTS:
            raise TooComplex(
                f"An operation may have {MAX_ROOTS} root fields; this one has {roots}."
            )
        self._walk(operation.selection_set, 1, (), introspecting=False)

    def _walk(
        self,
        selection: SelectionSetNode,
        depth: int,
        within: tuple[str, ...],
        *,
        introspecting: bool,
    ) -> None:
        if depth > MAX_DEPTH:
            raise TooComplex(f"Selections may be {MAX_DEPTH} deep; this one is deeper.")
        node: Any
        for node in selection.selections:
            self._count(node, introspecting=introspecting)
            if isinstance(node, FragmentSpreadNode):
                name = node.name.value
                self._used.add(name)
                if (
                    name not in within and name in self._fragments
                ):  # rings are for validation to tell
                    inner = self._fragments[name].selection_set
                    self._walk(inner, depth, (*within, name), introspecting=introspecting)
            elif node.selection_set:
                field = isinstance(node, FieldNode)
                below = introspecting or (field and node.name.value in ("__schema", "__type"))
                self._walk(node.selection_set, depth + field, within, introspecting=below)

    def _count(self, node: Any, *, introspecting: bool) -> None:
        # Spreads count as well: fragments that spread one another many times need no field for it.
        self._selected += 1
        if self._selected > MAX_FIELDS:
            raise TooComplex(f"A document may ask for {MAX_FIELDS} fields; this one asks for more.")
        self._directives += len(node.directives or ())
        if self._directives > MAX_DIRECTIVES:
            raise TooComplex(f"A document may have {MAX_DIRECTIVES} directives.")
        if not isinstance(node, FieldNode):
            return
        self._aliases += node.alias is not None
        if self._aliases > MAX_ALIASES:
            raise TooComplex(f"A document may have {MAX_ALIASES} aliases; this one has more.")
        # Aliases multiply the schema, which graphql-core tells field by field.
        self._schemas += node.name.value == "__schema"
        if self._schemas > 1 or (introspecting and node.alias):
            raise TooComplex("Ask for `__schema` once, and for nothing below it by another name.")


def too_many(value: Any) -> bool:
    """Tell whether a variable holds more values than any input may."""
    left, held = MAX_VALUES, [value]
    while held and left >= 0:
        each = held.pop()
        inside = each.values() if isinstance(each, dict) else each if isinstance(each, list) else ()
        left -= len(inside)
        if left >= 0:
            held.extend(each for each in inside if isinstance(each, dict | list))
    return left < 0


def too_deep(value: Any, left: int = DEEPEST) -> bool:
    """Tell whether a variable holds others inside others beyond reason, before anybody follows."""
    if isinstance(value, dict):
        return not left or any(too_deep(each, left - 1) for each in value.values())
    if isinstance(value, list):
        return not left or any(too_deep(each, left - 1) for each in value)
    return False

"""What one document may ask for: depth, aliases, tokens, pages within pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from schema.errors import TooComplex

MAX_TOKENS = 4000
MAX_DEPTH = 16
MAX_FIELDS = 1000
MAX_ALIASES = 100
MAX_ROOTS = 30
MAX_DIRECTIVES = 100


def check_document(document: DocumentNode) -> None:
    """Refuse a document that asks for too much, before it is validated. Raises: TooComplex."""
    fragments = {
        d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)
    }
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            _Counter(fragments).count(definition)


class _Counter:
    """Walks an operation once, fragments included as often as they are spread."""

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self._fields = self._aliases = self._directives = 0

    def count(self, operation: OperationDefinitionNode) -> None:
        roots = len(operation.selection_set.selections)
        if roots > MAX_ROOTS:
            raise TooComplex(
                f"An operation may have {MAX_ROOTS} root fields; this one has {roots}."
            )
        self._walk(operation.selection_set, 1, ())

    def _walk(self, selection: SelectionSetNode, depth: int, within: tuple[str, ...]) -> None:
        if depth > MAX_DEPTH:
            raise TooComplex(f"Selections may be {MAX_DEPTH} deep; this one is deeper.")
        node: Any
        for node in selection.selections:
            self._count(node)
            if isinstance(node, FragmentSpreadNode):
                name = node.name.value
                if (
                    name not in within and name in self._fragments
                ):  # rings are for validation to tell
                    self._walk(self._fragments[name].selection_set, depth, (*within, name))
            elif node.selection_set:
                deeper = depth + isinstance(node, FieldNode)
                self._walk(node.selection_set, deeper, within)

    def _count(self, node: Any) -> None:
        self._directives += len(node.directives or ())
        if self._directives > MAX_DIRECTIVES:
            raise TooComplex(f"A document may have {MAX_DIRECTIVES} directives.")
        if not isinstance(node, FieldNode):
            return
        self._fields += 1
        self._aliases += node.alias is not None
        if self._aliases > MAX_ALIASES:
            raise TooComplex(f"A document may have {MAX_ALIASES} aliases; this one has more.")
        if self._fields > MAX_FIELDS:
            raise TooComplex(f"A document may ask for {MAX_FIELDS} fields; this one asks for more.")

"""Which fields a selection asks for on one concrete type, fragments and directives resolved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from graphql import (
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    SelectionSetNode,
    VariableNode,
    is_abstract_type,
)

Fields = dict[str, list[FieldNode]]
"""Response key → the nodes that ask for it; more than one when selections are merged."""


class Selections:
    """Reads selections of one document, with the outcome of its `@skip` and `@include` settled."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: Mapping[str, Any],
    ) -> None:
        """Take the booleans that directives look at from `variables`."""
        self._schema, self._fragments, self._variables = schema, fragments, variables

    def of(self, nodes: Sequence[FieldNode], kind: GraphQLObjectType) -> Fields:
        """Return what these field nodes select of a concrete type, in the order of the document."""
        found: Fields = {}
        for node in nodes:
            if node.selection_set:
                self._collect(node.selection_set, kind, found, set())
        return found

    def root(self, selection: SelectionSetNode, kind: GraphQLObjectType) -> Fields:
        """Return what an operation selects of a root type."""
        found: Fields = {}
        self._collect(selection, kind, found, set())
        return found

    def anywhere(
        self, selection: SelectionSetNode, kind: GraphQLNamedType
    ) -> Iterator[tuple[GraphQLNamedType, FieldNode]]:
        """Go through all that is selected of a type and of what it may turn out to be.

        Each field comes with the type it is selected of.
        """
        for node in selection.selections:
            if not self._included(node.directives):
                continue
            if isinstance(node, FieldNode):
                yield kind, node
                continue
            fragment: Any = node
            if isinstance(node, FragmentSpreadNode):
                fragment = self._fragments[node.name.value]
            condition = fragment.type_condition
            inner = self._schema.type_map[condition.name.value] if condition else kind
            yield from self.anywhere(fragment.selection_set, inner)

    def named(self, nodes: Sequence[FieldNode]) -> list[GraphQLObjectType]:
        """Return the object types that fragments in these nodes' selections are about."""
        found: dict[str, GraphQLObjectType] = {}
        for node in nodes:
            if node.selection_set:
                self._name(node.selection_set, found)
        return list(found.values())

    def _name(self, selection: SelectionSetNode, found: dict[str, GraphQLObjectType]) -> None:
        for node in selection.selections:
            if isinstance(node, FieldNode) or not self._included(node.directives):
                continue
            fragment: Any = node
            if isinstance(node, FragmentSpreadNode):
                fragment = self._fragments[node.name.value]
            condition = fragment.type_condition
            kind = self._schema.get_type(condition.name.value) if condition else None
            if isinstance(kind, GraphQLObjectType):
                found[kind.name] = kind
            else:
                self._name(fragment.selection_set, found)

    def _collect(
        self, selection: SelectionSetNode, kind: GraphQLObjectType, found: Fields, seen: set[str]
    ) -> None:
        for node in selection.selections:
            if not self._included(node.directives):
                continue
            if isinstance(node, FieldNode):
                key = (node.alias or node.name).value
                found.setdefault(key, []).append(node)
                continue
            fragment: Any = node
            if isinstance(node, FragmentSpreadNode):
                if node.name.value in seen:
                    continue
                seen.add(node.name.value)
                fragment = self._fragments[node.name.value]
            condition = fragment.type_condition
            if condition is None or self._applies(condition.name.value, kind):
                self._collect(fragment.selection_set, kind, found, seen)

    def _applies(self, condition: str, kind: GraphQLObjectType) -> bool:
        if condition == kind.name:
            return True
        other = self._schema.get_type(condition)
        return (
            other is not None and is_abstract_type(other) and self._schema.is_sub_type(other, kind)
        )

    def _included(self, directives: Sequence[DirectiveNode] | None) -> bool:
        for directive in directives or ():
            if directive.name.value in ("skip", "include"):
                [argument] = directive.arguments or ()
                value = argument.value
                settled = (
                    self._variables.get(value.name.value)
                    if isinstance(value, VariableNode)
                    else getattr(value, "value", None)
                )
                if bool(settled) is (directive.name.value == "skip"):
                    return False
        return True

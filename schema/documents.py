"""Documents: parsed, checked and compiled once, then found again by their text."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLObjectType,
    OperationDefinitionNode,
    execute_sync,
    get_named_type,
    get_variable_values,
    is_input_object_type,
    type_from_ast,
    validate,
)
from graphql.execution.values import VariableValues
from graphql.language import FieldNode, SelectionSetNode
from graphql.pyutils import Undefined
from graphql.utilities.coerce_input_value import coerce_input_value

from modules.viewer import Role, Viewer
from schema.api import Answer, Asked, OperationKind, RequestRefused
from schema.compiling import Compiling
from schema.composed import ComposedSchema
from schema.document_cache import DocumentCache
from schema.errors import Code, Error, TooComplex, body_of, of_document, of_variables, plain_error
from schema.expanding import Place, stored_in
from schema.limits import (
    MAX_LENGTH,
    MAX_TOKENS,
    MAX_VALUES,
    check_document,
    too_deep,
    too_many,
)
from schema.reading.parameters import Frame
from schema.reading.selection import Selections
from schema.reading.shapes import shape_function
from schema.trimming import parsed, trimmed

MAX_DOCUMENTS = 1000
MAX_PLANS = 64
MAX_HELD = 600_000
"""Characters of documents remembered, once for the document and once for each of its plans.

What is made of a character takes some hundreds of bytes: without this, a stranger's thousand large
documents would fill the memory.
"""
LEAST = 200
"""What a document, or a plan, weighs beside its characters."""
INTROSPECTION = ("__schema", "__type")
P = TypeVar("P")


def refused(*errors: Error) -> RequestRefused:
    """Make the answer to a request nothing of which was executed."""
    return RequestRefused(Answer(body_of(errors), refused=True))


def asker_of(viewer: Viewer) -> Hashable:
    """Tell who waits in line for what is compiled: an account, or an address without one."""
    return viewer.account_id or viewer.address


@dataclass(slots=True)
class Operation:
    """One operation of a document, and what was compiled of it so far."""

    schema: ComposedSchema
    node: OperationDefinitionNode
    fragments: dict[str, FragmentDefinitionNode]
    kind: OperationKind
    introspects: bool
    grown: Callable[[Operation], None]
    """Is told of every plan that is kept."""
    compiling: Compiling
    length: int
    """How many characters the document has."""
    _shapes: list[tuple[str, Callable[[Any], Any] | None]] = field(default_factory=list)
    _types: list[tuple[str, Any]] = field(default_factory=list)
    _forms: list[str] = field(default_factory=list)
    """The variables that may hold others inside, and those again."""
    _plans: dict[Any, Any] = field(default_factory=dict)
    _roles: set[Role] = field(default_factory=set)
    stored: Sequence[Place] = ()
    """Where it is about stored inputs, which are read before it is compiled."""

    def __post_init__(self) -> None:
        """Find out how plans may differ by the variables."""
        for definition in self.node.variable_definitions or ():
            kind: Any = type_from_ast(self.schema.core, definition.type)
            name = definition.variable.name.value
            self._shapes.append((name, shape_function(kind)))
            self._types.append((name, kind))
            if is_input_object_type(get_named_type(kind)):
                self._forms.append(name)

    @property
    def root(self) -> GraphQLObjectType:
        """The root type it selects from."""
        core = self.schema.core
        root = {
            OperationKind.QUERY: core.query_type,
            OperationKind.MUTATION: core.mutation_type,
            OperationKind.SUBSCRIPTION: core.subscription_type,
        }[self.kind]
        if root is None:
            raise TypeError(f"the schema has no {self.kind}")
        return root

    @property
    def weight(self) -> int:
        """How much is remembered of it: its text, and as much again for every plan."""
        return (self.length + LEAST) * (1 + len(self._plans))

    def declared(self, variables: dict[str, Any]) -> dict[str, Any]:
        """Give the variables that the operation declares; nobody looks at any others."""
        return {name: variables[name] for name, _ in self._shapes if name in variables}

    def frame(self, viewer: Viewer, given: dict[str, Any]) -> Frame:
        """Coerce the variables. Refuses: RequestRefused."""
        if not self._shapes:
            return Frame(viewer)
        variables = self.declared(given)
        if self._forms and any(too_deep(variables.get(name)) for name in self._forms):
            raise refused(plain_error("A variable is nested too deeply.", Code.TOO_COMPLEX))
        if too_many(variables):
            message = f"The variables may hold {MAX_VALUES:,} values; these hold more."
            raise refused(plain_error(message, Code.TOO_COMPLEX))
        if values := self._plain(variables):
            return Frame(viewer, values, lambda: self._coerced(variables))
        coerced = self._coerced(variables)
        return Frame(viewer, coerced.coerced, lambda: coerced)

    def _coerced(self, variables: dict[str, Any]) -> VariableValues:
        coerced = get_variable_values(
            self.schema.core, self.node.variable_definitions or (), variables, max_errors=5
        )
        if isinstance(coerced, list):
            raise refused(*map(of_variables, coerced))
        return coerced

    def _plain(self, variables: dict[str, Any]) -> dict[str, Any]:
        """Coerce the plain case: all variables there and right. Else graphql-core has the word."""
        values: dict[str, Any] = {}
        for name, kind in self._types:
            value = variables.get(name, Undefined)
            coerced = Undefined if value is Undefined else coerce_input_value(value, kind)
            if coerced is Undefined:
                return {}
            values[name] = coerced
        return values

    async def plan(self, frame: Frame, make: Callable[[Role, Frame], P]) -> P:
        """Return what was compiled for this role and shape of variables, or compile it now."""
        given = frame.variables
        shape = tuple(
            name in given and (given[name] is not None if of is None else of(given[name]))
            for name, of in self._shapes
        )
        stored = (each.shape(frame) for each in self.stored)
        key = (frame.viewer.role, shape, frozenset(frame.refused), *stored)
        found: P | None = self._plans.get(key)
        if found is None:
            viewer = frame.viewer
            found = await self.compiling.once(
                (id(self), key),
                asker_of(viewer),
                lambda: make(viewer.role, frame),
                weight=self.length + LEAST,
            )
            self._keep(key, found)
        return found

    def known_to(self, role: Role) -> bool:
        """Tell whether it has been compiled for a role."""
        return role in self._roles

    def _keep(self, key: Any, plan: Any) -> None:
        if key in self._plans:  # by somebody who waited for the same
            return
        if len(self._plans) >= MAX_PLANS:
            self._plans.pop(next(iter(self._plans)))
        self._plans[key] = plan
        self._roles.add(key[0])
        self.grown(self)

    async def introspect(
        self, frame: Frame, variables: dict[str, Any], data: dict[str, Any] | None
    ) -> tuple[dict[str, Any] | None, list[Error]]:
        """Add the answers to `__schema` and `__type`, which graphql-core gives, to the data."""
        return await self.compiling.run(
            asker_of(frame.viewer),
            lambda: self._introspect(frame, variables, data),
            weight=self.length + LEAST,
        )

    def _introspect(
        self, frame: Frame, variables: dict[str, Any], data: dict[str, Any] | None
    ) -> tuple[dict[str, Any] | None, list[Error]]:
        selections = Selections(self.schema.core, self.fragments, frame.variables)
        fields = selections.root(self.node.selection_set, self.root)
        wanted = [n for nodes in fields.values() for n in nodes if n.name.value in INTROSPECTION]
        only = OperationDefinitionNode(
            operation=self.node.operation,
            name=self.node.name,
            variable_definitions=self.node.variable_definitions,
            directives=self.node.directives,
            selection_set=SelectionSetNode(selections=tuple(wanted)),
        )
        document = DocumentNode(definitions=(only, *self.fragments.values()))
        result: Any = execute_sync(self.schema.core, document, variable_values=variables)
        errors = [of_document(e) for e in result.errors or ()]
        if data is None:
            return None, errors
        found = {**data, **(result.data or {})}
        return {key: found[key] for key in fields if key in found}, errors


class Documents:
    """Remembers the operations of documents seen before."""

    def __init__(self, schema: ComposedSchema) -> None:
        """Compile against one schema."""
        self._schema = schema
        self._compiling = Compiling()
        self._cache: DocumentCache[Operation] = DocumentCache(MAX_DOCUMENTS, MAX_HELD)

    async def find(self, asked: Asked, asker: Hashable) -> Operation:
        """Return the operation that was asked for. Raises: RequestRefused.

        `asker` is whoever waits in line for what has to be read first; see `asker_of`.
        """
        query, name = asked.query, asked.operation_name
        if not query:
            raise refused(plain_error("Send a GraphQL document as `query`.", Code.BAD_REQUEST))
        if len(query) > MAX_LENGTH:
            message = f"A document may have {MAX_LENGTH:,} characters; this one has {len(query):,}."
            raise refused(plain_error(message, Code.TOO_COMPLEX))
        key, account = (query, name), isinstance(asker, UUID)
        known = self._cache.get(key, account=account)
        if known is None:
            read = await self._compiling.once(
                key, asker, lambda: self._read(query, name), weight=len(query) + LEAST
            )
            known = self._cache.keep(key, read)
        return known

    def _read(self, text: str, name: str | None) -> Operation:
        document = self._parse(text)
        if errors := validate(self._schema.core, document, max_errors=5, hide_suggestions=True):
            raise refused(*(of_document(_said(error)) for error in errors))
        trimmed(document)
        operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
        node = _pick(operations, name)
        fragments = {
            d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)
        }
        introspects = any(_introspects(n, fragments) for n in node.selection_set.selections)
        kind = OperationKind(node.operation.value)
        stored = stored_in(document, self._schema)
        return Operation(
            self._schema,
            node,
            fragments,
            kind,
            introspects,
            self._cache.grown,
            self._compiling,
            len(text),
            stored=stored,
        )

    def _parse(self, text: str) -> DocumentNode:
        try:
            document = parsed(text, MAX_TOKENS)
            check_document(document)
        except GraphQLError as error:
            raise refused(of_document(error)) from error
        except RecursionError as error:
            raise refused(
                plain_error("The document is nested too deeply.", Code.TOO_COMPLEX)
            ) from error
        return document


def _said(error: GraphQLError) -> GraphQLError:
    """Say in words of ours that comparing the document's fields took too long."""
    if error.message == "Validation aborted.":
        return TooComplex("The document asks for the same fields too often: merge them.")
    return error


def _pick(operations: list[OperationDefinitionNode], name: str | None) -> OperationDefinitionNode:
    if name is None:
        if len(operations) == 1:
            return operations[0]
        message = (
            "The document has several operations: say which with `operationName`."
            if operations
            else "The document has no operation."
        )
        raise refused(plain_error(message, Code.BAD_REQUEST))
    for node in operations:
        if node.name and node.name.value == name:
            return node
    raise refused(
        plain_error(f"The document has no operation named {name[:60]}.", Code.BAD_REQUEST)
    )


def _introspects(node: Any, fragments: dict[str, FragmentDefinitionNode]) -> bool:
    if isinstance(node, FieldNode):
        return node.name.value in INTROSPECTION
    inner = fragments[node.name.value] if hasattr(node, "name") else node
    return any(_introspects(n, fragments) for n in inner.selection_set.selections)

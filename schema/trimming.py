"""Documents as they are kept: without what only a parser needs, and without rings of references.

Each token knows its neighbours, so a document would stay in memory until all of it is searched for
garbage, however soon it is forgotten; and that search would be long.
"""

from __future__ import annotations

from graphql import DocumentNode, FieldNode, Node, VariableDefinitionNode
from graphql.language import Token
from graphql.language.parser import Parser


def parsed(text: str, most: int) -> DocumentNode:
    """Parse a document of at most so many tokens. Raises: GraphQLError, RecursionError."""
    parser = Parser(text, max_tokens=most)
    try:
        return parser.parse_document()
    finally:
        _part(parser._lexer.token)  # noqa: SLF001 - nothing else leads to the tokens of what failed


def trimmed(document: DocumentNode) -> None:
    """Forget where nodes are, but for fields and variables: an error may yet have to say it."""
    nodes: list[Node] = [document]
    while nodes:
        node = nodes.pop()
        if not isinstance(node, FieldNode | VariableDefinitionNode):
            object.__setattr__(node, "loc", None)
        for name in node.keys:
            value = getattr(node, name)
            if isinstance(value, Node):
                nodes.append(value)
            elif isinstance(value, tuple | list):
                nodes += [each for each in value if isinstance(each, Node)]


def _part(last: Token) -> None:
    """Take the neighbours from every token, up to the last."""
    token: Token | None = last
    while token is not None and token.next is not None:  # one may have been looked at ahead
        token = token.next
    while token is not None:
        token.prev, token.next, token = None, None, token.prev

"""Documents as they are kept: without what only a parser needs, and without rings of references.

Each token knows its neighbours, so a document would stay in memory until all of it is searched for
garbage, however soon it is forgotten; and that search would be long.
"""

from __future__ import annotations

from graphql import DocumentNode, FieldNode, Node, VariableDefinitionNode
from graphql.language import NameNode, Token, TokenKind
from graphql.language.parser import Parser

_NOWHERE = Token(TokenKind.SOF, 0, 0, 0, 0)


def parsed(text: str, most: int) -> DocumentNode:
    """Parse a document of at most so many tokens. Raises: GraphQLError, RecursionError."""
    parser = Parser(text, max_tokens=most)
    try:
        return parser.parse_document()
    finally:
        _part(parser._lexer.token)  # noqa: SLF001 - nothing else leads to the tokens of what failed


def trimmed(document: DocumentNode) -> None:
    """Forget where nodes are, but for fields and variables: an error may yet have to say it.

    Of these the place stays and the tokens go, and one node is enough for each name: looking for
    garbage takes as long as there are objects.
    """
    nodes: list[Node] = [document]
    names: dict[str, NameNode] = {}
    while nodes:
        node = nodes.pop()
        if not isinstance(node, FieldNode | VariableDefinitionNode):
            object.__setattr__(node, "loc", None)
        elif node.loc is not None:
            node.loc.start_token = node.loc.end_token = _NOWHERE
        if isinstance(name := getattr(node, "name", None), NameNode):
            object.__setattr__(node, "name", names.setdefault(name.value, name))
        if isinstance(alias := getattr(node, "alias", None), NameNode):
            object.__setattr__(node, "alias", names.setdefault(alias.value, alias))
        for key in node.keys:
            value = getattr(node, key)
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

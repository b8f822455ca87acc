"""SQL is made of our own words: what is put into its text is known here, piece by piece.

A value of anybody's is bound (`$1`). What has to be text is a constant, `identifier()` or
`literal()` of `storage.words`, or a name of the catalogue, which is checked when it is read.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted(
    [ROOT / "server.py"]
    + [file for part in ("storage", "modules", "schema") for file in (ROOT / part).rglob("*.py")]
)
SQL = re.compile(
    r"\b(SELECT|INSERT INTO|DELETE FROM|UNION|RETURNING|ORDER BY|COPY)\b"
    r"|\bUPDATE \w|\b(WHERE|FROM) "
)
CONSTANT = re.compile(r"_?[A-Z][A-Z0-9_]*")
CHECKED = ("identifier", "literal")
COMPILERS = frozenset(
    ("schema/reading/sql.py", "schema/reading/source.py", "schema/reading/statement.py",
     "schema/reading/parameters.py",
     "schema/reading/pages.py", "modules/merging/rules/moving.py",
     "modules/merging/rules/previewing.py", "modules/client_data.py")
)  # fmt: skip
"""What writes statements from names of the catalogue, the ORM's terms and placeholders."""
KNOWN = {
    "modules/appointments/types/appointments.py": {"key"},
    "modules/clock.py": {"key", "instant"},
    "modules/clients/rules/joining.py": {"names"},
    "modules/clients/rules/many.py": {
        "', '.join(_KEPT.values())",
        "', '.join((_KEPT | {'consents': _STILL_AGREED}).values())",
        "', '.join((f'{name} = {value}' for name, value in _KEPT.items()))",
        "LASTS.days",
        "table",
    },
    "modules/clients/types/accounts.py": {"business_id", "self.column"},
    "modules/emails.py": {"self.sql", "condition"},
    "modules/erasure/rules/deleting.py": {
        "table.name", "key", "where", "gone", "' UNION '.join(parts)",
    },
    "modules/erasure/rules/finishing.py": {
        "table.name", "column.name", "column.type", "found", "nobody", "said",
    },
    "modules/exports/rules/columns.py": {"''.join(joins)", "_column(field)", "_column(each)"},
    "modules/exports/rules/lists.py": {
        "', '.join((sql for _, sql in columns))", "origin()", "line()",
    },
    "modules/imports/rules/matching.py": {"key", "joined"},
    "modules/messaging/rules/ledger.py": {"columns", "found", "email.recipients.sql"},
    "modules/settings.py": {"table", "table_of(kind)", "sets"},
    "schema/changing.py": {"table"},
    "schema/settings.py": {"self._table", "self._column", "business_id"},
    "storage/ledger.py": {"where"},
    "storage/log/changes.py": {"parts", "query"},
    "storage/log/reading.py": {"''", "'business_id = $6 AND'", "'business_id = $5 AND'"},
}  # fmt: skip
"""Pieces of one file that were looked at: columns, placeholders, and SQL written in our code."""


def _text(node: ast.AST) -> str:
    found = (each.value for each in ast.walk(node) if isinstance(each, ast.Constant))
    return " ".join(each for each in found if isinstance(each, str))


def _constants(tree: ast.Module) -> dict[str, str]:
    """Texts at the top of a file, by their names."""
    return {
        target.id: _text(each.value)
        for each in tree.body
        if isinstance(each, ast.Assign)
        for target in each.targets
        if isinstance(target, ast.Name)
    }


def pieces(source: str) -> Iterator[str]:
    """Give what is put into the text of statements, as it is written in the code."""
    tree = ast.parse(source)
    known = _constants(tree)

    def is_sql(node: ast.AST) -> bool:
        named = (known.get(e.id, "") for e in ast.walk(node) if isinstance(e, ast.Name))
        return bool(SQL.search(" ".join((_text(node), *named))))

    for node in ast.walk(tree):
        match node:
            case ast.JoinedStr() if is_sql(node):
                yield from (
                    ast.unparse(each.value)
                    for each in node.values
                    if isinstance(each, ast.FormattedValue)
                )
            case ast.BinOp(left, ast.Add() | ast.Mod(), right) if is_sql(node):
                for side in (left, right):
                    if not isinstance(side, ast.Constant | ast.JoinedStr | ast.BinOp):
                        yield ast.unparse(side)
            case ast.Call(ast.Attribute(of, "format" | "format_map" | "replace")) if is_sql(of):
                yield from (ast.unparse(each) for each in node.args)
                yield from (ast.unparse(each.value) for each in node.keywords)
            case _:
                pass


def _is_ours(piece: str) -> bool:
    tree = ast.parse(piece, mode="eval").body
    match tree:
        case ast.Constant() | ast.JoinedStr():
            return True
        case ast.Name(name):
            return bool(CONSTANT.fullmatch(name))
        case ast.Call(ast.Name(name)):
            return name in CHECKED
        case ast.Call(ast.Attribute(ast.Name(name), "format")):
            return bool(CONSTANT.fullmatch(name))
        case _:
            return False


def test_statements_hold_nothing_but_our_own_words() -> None:
    """R29: whatever is put into SQL is a constant, checked, or known to this guard."""
    found = {
        f"{file.relative_to(ROOT)}: {piece}"
        for file in FILES
        if (name := str(file.relative_to(ROOT))) not in COMPILERS
        for piece in pieces(file.read_text(encoding="utf-8"))
        if not _is_ours(piece) and piece not in KNOWN.get(name, ())
    }

    assert sorted(found) == [], "bind it as a value ($1), or pass it through storage.words"


@pytest.mark.parametrize(
    "wrong",
    [
        'fetch(f"SELECT {name} FROM clients")',
        'fetch("SELECT 1 AS " + name)',
        "fetch(\"SELECT '%s'\" % name)",
        "fetch(\"SELECT '{}'\".format(name))",
        '_Q = "SELECT {x} FROM y"\nfetch(_Q.format(x=name))',
        '_Q = "SELECT 1 AS "\nfetch(_Q + name)',
        "_Q = \"SELECT x FROM y\"\nfetch(f'{_Q} {name}')",
        'fetch("SELECT X".replace("X", name))',
    ],
)
def test_the_guard_finds_what_it_is_there_for(wrong: str) -> None:
    """Whichever way a text is put together."""
    assert "name" in [piece for piece in pieces(wrong) if not _is_ours(piece)]


def test_whoever_lets_a_statement_be_put_together_says_of_what() -> None:
    """`# noqa: S608 -- the catalogue's names`: a reason that can be checked by who reads it."""
    bare = [
        f"{file.relative_to(ROOT)}:{nth}"
        for file in FILES
        for nth, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(r"# noqa: .*S608(?! -- \w)", line)
    ]

    assert bare == []

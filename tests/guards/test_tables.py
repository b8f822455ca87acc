"""Whose tables a module reads and writes: its own, and to read those of modules it requires.

Every statement in the code is looked at, and every use of another module's rows through the ORM.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from modules import registry

ROOT = Path(__file__).resolve().parents[2]
MODULES = {module.name: module for module in registry.load(registry.built_in())}
STORAGE = "storage"
SWEEPS = {"erasure": {"event", "job", "job_log", "idempotency"}}
"""Tables of the storage that a module writes: what is erased is forgotten in the log as well."""
SHARED = {"businesses", "clients"}
"""Tables that what modules share may read: all days are a business's, all files a client's."""
WORD = r"(?:ONLY\s+)?([a-z_]\w*)"
ALIAS = r"(?:\s+(?:AS\s+)?[a-z_]\w*)?"
WRITES = re.compile(
    rf"\b(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM|TRUNCATE|COPY|MERGE\s+INTO)\s+{WORD}"
)
READS = re.compile(rf"\b(?:FROM|JOIN|USING)\s+((?:{WORD}{ALIAS}\s*,\s*)*{WORD})")
MADE = re.compile(r"CREATE (?:UNLOGGED )?TABLE (?:IF NOT EXISTS )?(\w+)")
WRITING = frozenset(
    ("create", "bulk_create", "get_or_create", "update_or_create", "save", "update", "delete",
     "bulk_update", "in_bulk_update")
)  # fmt: skip
"""Methods of the ORM that write."""


def owners() -> dict[str, str]:
    """Tell which module, or the storage, made each table."""
    found: dict[str, str] = {}
    for name in (STORAGE, *MODULES):
        folder = ROOT / name if name == STORAGE else ROOT / "modules" / name
        for file in sorted((folder / "migrations").glob("*.sql")):
            made = MADE.findall(re.sub(r"--.*", "", file.read_text(encoding="utf-8")))
            found.update({table: found.get(table, name) for table in made})
    return found


OWNERS = owners()


def required(name: str) -> set[str]:
    """Name all modules that one requires, directly or through others."""
    needs = set(MODULES[name].requires)
    return needs.union(*map(required, needs))


def _texts(tree: ast.Module) -> Iterator[str]:
    """Give every text of a file; what is put into one stands as `{}`."""
    for node in ast.walk(tree):
        match node:
            case ast.JoinedStr(parts):
                yield "".join(
                    str(part.value) if isinstance(part, ast.Constant) else "{}" for part in parts
                )
            case ast.Constant(str() as text):
                yield text


def statements(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Give the tables that SQL in a file names: what is done to them, and which."""
    for text in _texts(tree):
        yield from (("writes", table) for table in WRITES.findall(text))
        for several in READS.finditer(text):
            names = (each.split()[-2:] for each in several.group(1).split(","))
            yield from (("reads", word) for each in names for word in each)


def _imported(tree: ast.Module) -> dict[str, str]:
    """Tell from which module each name of a file comes."""
    return {
        alias.asname or alias.name: node.module.split(".")[1]
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("modules.")
        for alias in node.names
        if node.module
    }


def _row_class(node: ast.expr) -> str:
    """Name the class at the root of a chain of calls: `Client`, also of `model_of(Client)`."""
    match node:
        case ast.Name(name):
            return name if name[:1].isupper() else ""
        case ast.Call(ast.Name("model_of") | ast.Attribute(attr="rows" | "own"), [argument]):
            return _row_class(argument)
        case ast.Call(func):
            return _row_class(func)
        case ast.Attribute(of, attr):
            return attr if attr[:1].isupper() else _row_class(of)
        case _:
            return ""


def orm(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Give the classes of rows that the ORM writes in a file, and the modules they come from."""
    known = _imported(tree)
    for node in ast.walk(tree):
        match node:
            case ast.Call(ast.Attribute(of, method)) if method in WRITING:
                row = _row_class(of)
                if row in known:
                    yield row, known[row]


def wrong(name: str, source: str, needs: Mapping[str, set[str]]) -> Iterator[str]:
    """List what a file of a module does to tables that are not its own."""
    tree = ast.parse(source)
    for does, table in statements(tree):
        owner = OWNERS.get(table, name)
        if owner == name or (owner == STORAGE and does == "reads"):
            continue
        if does == "writes" and table not in SWEEPS.get(name, ()):
            yield f"writes {table}, which {owner} made"
        if does == "reads" and owner not in needs[name]:
            yield f"reads {table}, but does not require {owner}"
    for row, owner in orm(tree):
        if owner in MODULES and owner != name:
            yield f"writes {row}, which is of {owner}"


NEEDS = {name: required(name) for name in MODULES}


@pytest.mark.parametrize("name", MODULES)
def test_a_module_reads_what_it_requires_and_writes_what_is_its_own(name: str) -> None:
    """Whoever changes a table knows everybody who may read it, and the only one who writes."""
    found = {
        f"{file.relative_to(ROOT)} {each}"
        for file in (ROOT / "modules" / name).rglob("*.py")
        for each in wrong(name, file.read_text(encoding="utf-8"), NEEDS)
    }

    assert sorted(found) == []


def test_what_is_below_modules_reads_none_of_their_tables() -> None:
    """The storage and the schema name no module, and what modules share only clients' files."""
    shared = sorted((ROOT / "modules").glob("*.py"))
    below = [file for part in ("storage", "schema") for file in (ROOT / part).rglob("*.py")]
    found = {
        f"{file.relative_to(ROOT)} {does} {table}"
        for file in (*shared, *below)
        for does, table in statements(ast.parse(file.read_text(encoding="utf-8")))
        if OWNERS.get(table, STORAGE) != STORAGE
        and not (file in shared and does == "reads" and table in SHARED)
    }

    assert sorted(found) == []


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ('execute("UPDATE clients SET x = 1")', "writes clients, which clients made"),
        ('execute(f"INSERT INTO clients ({x}) VALUES (1)")', "writes clients, which clients made"),
        ('execute("WITH a AS (DELETE FROM ONLY clients) SELECT 1")', "writes clients"),
        ('fetch("SELECT 1 FROM messages m")', "reads messages, but does not require messaging"),
        ('fetch("SELECT FROM services s, messages m")', "reads messages"),
        ('fetch("SELECT FROM services JOIN messages USING (id)")', "reads messages"),
        (
            "from modules.clients.types import Client\n"
            "await model_of(Client).filter(x=1).update(y=2)",
            "writes Client, which is of clients",
        ),
        (
            "from modules.clients.rules import Client\nawait viewer.rows(Client).delete()",
            "writes Client, which is of clients",
        ),
        ("from modules.clients.rules import Client\nawait Client.create(x=1)", "writes Client"),
    ],
)
def test_the_guard_finds_what_it_is_there_for(source: str, said: str) -> None:
    """Whichever way a table is named."""
    assert any(each.startswith(said) for each in wrong("services", source, NEEDS))

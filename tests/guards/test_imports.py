"""Who may import whom: the table of the architecture, held against every file."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import pytest

from modules import registry

ROOT = Path(__file__).resolve().parents[2]
MODULES = {m.name: m for m in registry.load(registry.built_in())}
PUBLIC = {"types", "rules", "events", "hooks"}
GRAPHQL = {"schema", "strawberry", "graphql", "starlette"}
SHARED = {p.stem for p in (ROOT / "modules").glob("*.py")}

# What each file of a module may import: of its own files, and of other modules.
OWN = {
    "__init__": None,
    "models": {"events", "hooks"},
    "events": set(),
    "hooks": {"events"},
    "rules": {"models", "events", "hooks", "rules"},
    "types": {"models", "events", "rules"},
    "resolvers": {"models", "events", "rules", "types"},
    "pages": {"events", "rules"},
}
OTHERS = {
    "__init__": {"events", "hooks"},
    "models": set(),
    "events": set(),
    "hooks": {"events"},
    "rules": {"rules", "events"},
    "types": {"types"},
    "resolvers": {"types", "rules", "events"},
    "pages": {"rules", "events"},
}
SPEAKS_GRAPHQL = {"__init__", "types", "resolvers", "pages"}


def _files(folder: str) -> list[Path]:
    return sorted(p for p in (ROOT / folder).rglob("*.py") if "node_modules" not in p.parts)


def _imports(file: Path) -> Iterator[str]:
    """Name everything a file imports, as dotted as it can be said."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file} imports relatively"
            for name in node.names:
                yield f"{node.module}.{name.name}"


def _kind(file: Path) -> str:
    """Say which row of the table a module's file is in; those without a row keep to the rules'."""
    part = file.relative_to(ROOT / "modules").parts[1].removesuffix(".py")
    return part if part in OWN else "rules"


def _wrong(name: str, file: Path) -> Iterator[str]:
    """List the imports of a module's file that the table does not allow."""
    kind = _kind(file)
    here = file.relative_to(ROOT)
    for imported in _imports(file):
        top, *rest = imported.split(".")
        if top in GRAPHQL and kind not in SPEAKS_GRAPHQL:
            yield f"{here} knows GraphQL: {imported}"
        if top in ("server", "tests", "bench", "examples"):
            yield f"{here} imports {imported}"
        if top != "modules" or not rest or rest[0] in SHARED:
            continue
        other, part = rest[0], (rest[1] if len(rest) > 1 else "__init__")
        if other not in MODULES:
            continue
        if other == name:
            allowed = OWN[kind]
            known = part in OWN and part != "__init__"
            if allowed is not None and known and part not in allowed | {kind}:
                yield f"{here} may not import its own {part}"
        elif other not in MODULES[name].requires:
            yield f"{here} imports {imported}, but {name} does not require {other}"
        elif part not in OTHERS[kind]:
            yield f"{here} may not import another module's {part}: {imported}"


@pytest.mark.parametrize("name", MODULES)
def test_a_modules_files_import_what_the_table_allows(name: str) -> None:
    """Its own files downwards, others' types, rules and events, and only of what it requires."""
    found = [wrong for file in _files(f"modules/{name}") for wrong in _wrong(name, file)]

    assert found == []


@pytest.mark.parametrize("name", MODULES)
def test_a_module_requires_only_what_it_imports(name: str) -> None:
    """A requirement nobody needs would keep modules on that could be off."""
    used = {
        imported.split(".")[1]
        for file in _files(f"modules/{name}")
        for imported in _imports(file)
        if imported.startswith("modules.")
    }

    assert set(MODULES[name].requires) <= used


def test_what_modules_share_knows_no_module_and_no_graphql() -> None:
    """Every file of modules/ itself stands below every module."""
    found = [
        f"{file.name}: {imported}"
        for file in sorted((ROOT / "modules").glob("*.py"))
        for imported in _imports(file)
        if imported.split(".")[0] in GRAPHQL | {"server"}
        or (imported.startswith("modules.") and imported.split(".")[1] in MODULES)
    ]

    assert found == []


def test_the_schema_names_no_module() -> None:
    """How a schema is made of modules is said without knowing one."""
    found = [
        f"{file.relative_to(ROOT)}: {imported}"
        for file in _files("schema")
        for imported in _imports(file)
        if imported.split(".")[0] in ("server", "tests")
        or (imported.startswith("modules.") and imported.split(".")[1] in MODULES)
    ]

    assert found == []


def test_storage_stands_below_everything() -> None:
    """It imports neither modules nor schema, and no GraphQL."""
    found = [
        f"{file.relative_to(ROOT)}: {imported}"
        for file in _files("storage")
        for imported in _imports(file)
        if imported.split(".")[0] in GRAPHQL | {"modules", "server", "tests"}
    ]

    assert found == []


def test_rows_are_read_through_tortoise_by_models_only() -> None:
    """A table's file imports the ORM and storage; what it shares with others is events and jobs."""
    allowed = {"tortoise", "storage", "modules"}
    found = [
        f"{file.relative_to(ROOT)}: {imported}"
        for name in MODULES
        for file in [ROOT / "modules" / name / "models.py"]
        for imported in _imports(file)
        if (top := imported.split(".")[0]) not in allowed | sys.stdlib_module_names
        or (top == "modules" and imported.split(".")[1] not in ("viewer", "jobs", name))
    ]

    assert found == []


def test_every_module_says_what_it_is() -> None:
    """One sentence opens its manifest; its name is its folder's."""
    opened = {
        name: (ast.get_docstring(ast.parse((ROOT / "modules" / name / "__init__.py").read_text())))
        for name in MODULES
    }

    assert [n for n, said in opened.items() if not said or not said.endswith(".")] == []
    assert [n for n, m in MODULES.items() if m.package != f"modules.{n}"] == []


def test_sql_reads_the_tables_of_required_modules_only() -> None:
    """What a statement joins is as much a dependency as an import; nobody writes others' rows."""
    owners = {
        table: name
        for name in MODULES
        for file in (ROOT / "modules" / name).glob("migrations/*.sql")
        for table in re.findall(r"CREATE TABLE (\w+)", file.read_text(encoding="utf-8"))
    }
    found = []
    for name, module in MODULES.items():
        known = {name, *module.requires}
        for file in _files(f"modules/{name}"):
            for verb, table in _statements(file):
                owner = owners.get(table, name)
                if owner not in known or (owner != name and verb in ("INTO", "UPDATE")):
                    found.append(f"{file.relative_to(ROOT)}: {verb} {table}, a table of {owner}")

    assert len(owners) > 10
    assert found == []


def _statements(file: Path) -> Iterator[tuple[str, str]]:
    """List the tables that SQL in a file's strings names, and in which clause."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from re.findall(r"\b(FROM|JOIN|INTO|UPDATE)\s+(\w+)", node.value)


def test_only_sessions_and_what_a_business_decided_make_viewers() -> None:
    """Nobody makes one up to get past a rule: `Viewer.on_behalf` says that a business acts."""
    allowed = {"modules/viewer.py", "modules/accounts/rules/sessions.py"}
    stand_in = {"schema/reading/parameters.py"}
    found = {
        str(file.relative_to(ROOT))
        for folder in ("modules", "schema", "examples")
        for file in _files(folder)
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Viewer"
    }

    assert found - stand_in <= allowed


def test_no_files_import_each_other() -> None:
    """Nor in a ring, nor for types alone: what is below can be read without what is above."""
    files = {
        _dotted(file): file
        for folder in ("modules", "schema", "storage")
        for file in _files(folder)
    }
    below = {name: {*_among(files, file)} - {name} for name, file in files.items()}
    reached = {name: _reached(name, below) for name in files}
    rings = {frozenset(m for m in reached[n] if n in reached[m]) for n in files if n in reached[n]}

    assert sorted(sorted(ring) for ring in rings) == []


def _dotted(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def _among(files: Collection[str], file: Path) -> Iterator[str]:
    """Name those of these files that a file imports."""
    for imported in _imports(file):
        while imported and imported not in files:
            imported = imported.rpartition(".")[0]  # noqa: PLW2901 - from a name to its file
        if imported:
            yield imported


def _reached(name: str, below: Mapping[str, Collection[str]]) -> set[str]:
    seen: set[str] = set()
    ahead = [name]
    while ahead:
        new = set(below[ahead.pop()]) - seen
        seen |= new
        ahead += new
    return seen

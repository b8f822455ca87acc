"""Finds the templates of our refusals in the source; run me for those without translation."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from inspect import signature
from pathlib import Path

from modules.languages import BASE, SHIPPED
from modules.translations import catalogues, places
from tests.guards.problems import refusals

ROOT = Path(__file__).resolve().parents[2]
TRANSLATED = [language for language in SHIPPED if language != BASE]
TEXTS = ("remedy", "client_message", "client_remedy")
"""The attributes of a refusal that are templates."""


@dataclass(frozen=True)
class Found:
    """A template where it stands."""

    text: str
    place: str
    package: str
    kind: str
    """The refusal's class, as it is called there."""
    given: frozenset[str] | None
    """The values it is raised with; None where it stands apart from that."""


def package_of(path: Path) -> str:
    """Name the package whose catalogues a file's templates are in."""
    parts = path.relative_to(ROOT).parts
    inner = parts[0] == "modules" and len(parts) > 2
    return ".".join(parts[:2]) if inner else parts[0]


def sources() -> Iterator[tuple[Path, ast.Module]]:
    """Go through our source."""
    for folder in ("modules", "schema"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def messages() -> Iterator[tuple[str, str, ast.Call, ast.expr]]:
    """Go through what is said where refusals are raised: package, place, the call, its message."""
    known = {each.__name__ for each in refusals() if "message" in signature(each).parameters}
    for path, tree in sources():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            called = getattr(node.func, "id", getattr(node.func, "attr", ""))
            own = called == "cls" and path == ROOT / "modules" / "errors.py"
            marked = isinstance(node.func, ast.Name) and called == "template"
            if called in known or marked or own:
                place = f"{path.relative_to(ROOT)}:{node.lineno}"
                yield package_of(path), place, node, node.args[0]


def templates() -> Iterator[Found]:
    """Find every template: of classes, and of what is raised."""
    for kind in refusals():
        module = sys.modules[kind.__module__]
        package = package_of(Path(str(module.__file__)))
        texts = [(kind.__doc__ or "").partition("\n")[0]]
        texts += [vars(kind)[name] for name in TEXTS if vars(kind).get(name)]
        for text in texts:
            yield Found(text, kind.__qualname__, package, kind.__name__, frozenset(kind.values))
    for package, place, call, message in messages():
        if isinstance(message, ast.Constant):
            given = frozenset(each.arg or "" for each in call.keywords)
            called = getattr(call.func, "id", getattr(call.func, "attr", ""))
            apart = called == "template"
            yield Found(message.value, place, package, called, None if apart else given)


def translated(package: str) -> dict[str, dict[str, str]]:
    """Read what a package's templates are in each language."""
    return dict(catalogues(package))


def missing(language: str) -> dict[str, list[str]]:
    """List, for each package, the templates nobody has translated into this language."""
    found = list(templates())
    known = {t for p in {each.package for each in found} for t in translated(p).get(language, ())}
    lacking: dict[str, list[str]] = {}
    for each in found:
        if each.text not in known and each.text not in lacking.setdefault(each.package, []):
            lacking[each.package].append(each.text)
    return {package: texts for package, texts in lacking.items() if texts}


if __name__ == "__main__":
    for tongue in TRANSLATED:
        for package, texts in missing(tongue).items():
            sys.stdout.write(f"# {package} {tongue}\n")
            for text in texts:
                sys.stdout.write(f'msgid "{text}" ({", ".join(sorted(places(text)))})\n')

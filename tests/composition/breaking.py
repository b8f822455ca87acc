"""Which changes of the schema break clients, and whether the changelog says so."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from graphql import build_schema
from graphql.utilities import find_breaking_changes

ROOT = Path(__file__).resolve().parents[2]
SDL = Path("schema") / "schema.graphql"
UNRELEASED = re.compile(r"^## Unreleased.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
TOLD = re.compile(r"^### (?:Changed|Removed)$.*?(?=^### |\Z)", re.MULTILINE | re.DOTALL)
NAME = re.compile(r"[A-Za-z_]\w*(?:\.\w+)?")


def untold(before: str, after: str, changelog: str) -> list[str]:
    """List what would break clients and is named in no `Changed` or `Removed` of the changelog.

    A change is named when the field or type it is about stands there in backticks.
    """
    unreleased = "".join(UNRELEASED.findall(changelog))
    told = set(re.findall(r"`([^`\s(]+)[^`]*`", "".join(TOLD.findall(unreleased))))
    changes = find_breaking_changes(build_schema(before), build_schema(after))
    return [c.description for c in changes if not told & _names(c.description)]


def _names(description: str) -> set[str]:
    """Find what a change is about: `Client.name` where there is such a word, else a type's name."""
    words = set(NAME.findall(description))
    return {word for word in words if "." in word} or words


def baselines(root: Path = ROOT) -> list[str]:
    """Return the SDL as it was: in the last commit, and in the one before it.

    So a break is found before it is committed, and once more by whoever checks the commit. Where
    there is no history there is only the file.
    """
    found = [_show(root, revision) for revision in ("HEAD", "HEAD^")]
    return [sdl for sdl in found if sdl] or [(root / SDL).read_text(encoding="utf-8")]


def _show(root: Path, revision: str) -> str:
    asked = ["git", "-C", str(root), "show", f"{revision}:{SDL.as_posix()}"]
    try:
        shown = subprocess.run(asked, capture_output=True, text=True, check=False)
    except FileNotFoundError:  # a copy without git
        return ""
    return shown.stdout if shown.returncode == 0 else ""

"""What no file of the project may hold, whoever wrote it."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Written apart, so that this file does not name them either.
HOSTS = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("registry", "yarnpkg", "com"),
        ("proxy", "golang", "org"),
        ("static", "crates", "io"),
        ("index", "crates", "io"),
        ("deb", "debian", "org"),
    )
]
LATER = re.compile(r"\b(TODO|FIXME)\b")


def _files() -> dict[str, str]:
    """Read every text file that git keeps; in a copy without git, those that are there."""
    asked = ["git", "-C", str(ROOT), "ls-files", "-z"]
    git = shutil.which("git")
    listed = git and subprocess.run(asked, capture_output=True, text=True, check=False)
    names = listed.stdout.split("\0") if listed and not listed.returncode else _there()
    found = {}
    for name in filter(None, names):
        data = (ROOT / name).read_bytes() if (ROOT / name).is_file() else b""
        if b"\0" not in data:
            found[name] = data.decode("utf-8")
    return found


def _there() -> list[str]:
    hidden = (".venv", ".data", "node_modules", "__pycache__")
    return [
        str(p.relative_to(ROOT))
        for p in ROOT.rglob("*")
        if p.is_file() and not any(part in hidden for part in p.parts)
    ]


def test_no_file_names_a_package_index() -> None:
    """Where packages come from is a matter of whoever installs them."""
    found = {
        (name, host) for name, text in _files().items() for host in HOSTS if host in text.lower()
    }

    assert found == set()


def test_nothing_is_left_for_later() -> None:
    """What is not done is said in an issue, not in a comment."""
    ours = {n: t for n, t in _files().items() if n.endswith((".py", ".sql", ".md"))}

    assert {n for n, text in ours.items() if LATER.search(text)} - {_HERE} == set()


def test_every_python_file_opens_with_a_sentence() -> None:
    """What a file is for, in the business's words."""
    silent = [
        name
        for name, text in _files().items()
        if name.endswith(".py")
        and text.strip()
        and not re.match(r'(#!.*\n)?(""".*\n|# .*\n)', text)
    ]

    assert silent == []


_HERE = str(Path(__file__).resolve().relative_to(ROOT))

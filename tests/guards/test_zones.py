"""One set of time zone rules: no file but one takes zones from Python, none asks PostgreSQL."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("modules", "schema", "storage", "examples")
FILES = sorted(file for folder in FOLDERS for file in (ROOT / folder).rglob("*.py"))
LOCAL = re.compile(r"AT TIME ZONE(?! 'UTC')", re.IGNORECASE)
MAY_ASK = {
    "modules/zones.py": "compares PostgreSQL's rules with ours",
    "modules/appointments/rules/taking.py": "a guess that Python has the last word on",
}


def test_zones_come_from_one_place() -> None:
    """Whoever imports Python's own module may get the machine's rules."""
    asked = [
        str(file.relative_to(ROOT))
        for file in FILES
        if re.search(r"^\s*(from|import) zoneinfo\b", file.read_text(), re.MULTILINE)
    ]

    assert asked == ["modules/zones.py"]


def test_no_statement_asks_postgresql_for_a_time_on_a_wall() -> None:
    """Its rules are its own, and may be older or newer."""
    asked = {str(file.relative_to(ROOT)) for file in FILES if LOCAL.search(file.read_text())}

    assert asked == set(MAY_ASK)


def test_the_pinned_rules_are_used_whatever_the_machine_has(tmp_path: Path) -> None:
    """A wrong Berlin on the machine's path, which Python alone would believe."""
    wrong = tmp_path / "Europe" / "Berlin"
    wrong.parent.mkdir()
    wrong.write_bytes(b"no rules at all")
    asked = "from modules.zones import ZoneInfo; print(ZoneInfo('Europe/Berlin').key)"
    done = subprocess.run(
        [sys.executable, "-c", asked],
        env={"PYTHONTZPATH": str(tmp_path), "PATH": "/usr/bin"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.stdout.strip(), done.stderr) == ("Europe/Berlin", "")

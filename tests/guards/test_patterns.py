"""No regular expression takes much longer than the text it reads is long."""

from __future__ import annotations

import ast
import re
import re._parser as parser  # type: ignore[import-not-found]
import time
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
LENGTH = 2_000
SECONDS = 0.02
"""For a text of so many characters; what takes a step for each pair of them takes far longer."""
CUT = {
    "modules/clients/rules/phone_numbers.py": "a number is cut to 200 characters",
    "modules/imports/reading/dates.py": "a date is cut to 64 characters",
    "modules/imports/reading/headers.py": "the name of a column is cut to 100 characters",
    "modules/imports/reading/values.py": "a cell is cut to 1,000 characters, a list to 5,000",
    "modules/messaging/pages/mailbox.py": "names of files of our own",
}
"""Modules whose patterns would take long, and what keeps long texts from them."""


def _patterns() -> Iterator[tuple[str, str, re.Pattern[str], set[str]]]:
    """Give every pattern written as a literal and kept by a name, and how it is used."""
    files = [
        file for top in ("modules", "schema", "storage") for file in (ROOT / top).rglob("*.py")
    ]
    for file in [*files, ROOT / "server.py"]:
        text = file.read_text()
        for node in ast.walk(ast.parse(text)):
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=f, args=args)):
                    if ast.unparse(f) != "re.compile" or not isinstance(args[0], ast.Constant):
                        continue
                    pattern: Any = eval(ast.unparse(node.value), {"re": re})
                    if isinstance(pattern.pattern, str):
                        uses = set(re.findall(rf"\b{name}\.([a-z]+)\(", text)) or {"search"}
                        yield str(file.relative_to(ROOT)), name, pattern, uses


def _letters(tree: Any, found: set[str]) -> set[str]:  # noqa: C901 - one case for each code
    """Give some characters that each part of a pattern can match."""
    categories = {"CATEGORY_DIGIT": "1", "CATEGORY_SPACE": " ", "CATEGORY_WORD": "w"}
    for code, value in tree:
        match str(code):
            case "LITERAL" | "NOT_LITERAL":
                found.add(chr(value))
            case "ANY":
                found.add("x")
            case "IN":
                for inner, what in value:
                    if str(inner) in ("LITERAL", "RANGE"):
                        found.add(chr(what if isinstance(what, int) else what[0]))
                    elif str(inner) == "CATEGORY":
                        found.add(categories.get(str(what), "x"))
            case "BRANCH":
                for branch in value[1]:
                    _letters(branch, found)
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                _letters(value[2], found)
            case "SUBPATTERN":
                _letters(value[3], found)
            case "ASSERT" | "ASSERT_NOT":
                _letters(value[1], found)
    return found


def _slowest(pattern: re.Pattern[str], uses: set[str]) -> float:
    letters = sorted(_letters(parser.parse(pattern.pattern, pattern.flags), set()))[:8]
    units = [*letters, *(a + b for a, b in permutations(letters, 2))]
    searched = uses - {"match", "fullmatch"}
    used = pattern.search if searched else pattern.fullmatch
    slowest = 0.0
    for unit in units:
        text = (unit * LENGTH)[:LENGTH] + "\0"
        before = time.thread_time()
        used(text)
        slowest = max(slowest, time.thread_time() - before)
    return slowest


def test_every_pattern_is_linear_or_reads_what_was_cut() -> None:
    """A text made for it would keep everybody waiting: nothing else runs while one is matched."""
    found = list(_patterns())
    slow = {
        (file, name): round(seconds, 3)
        for file, name, pattern, uses in found
        if file not in CUT and (seconds := _slowest(pattern, uses)) > SECONDS
    }

    assert len(found) > 40
    assert slow == {}
    assert {file for file, *_ in found} >= CUT.keys()

"""No regular expression takes much longer than the text it reads is long."""

from __future__ import annotations

import ast
import re
import re._parser as parser  # type: ignore[import-not-found]
import time
from collections.abc import Iterator
from importlib import import_module
from itertools import permutations
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).parents[2]
LENGTH = 4_000
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
NAMES = ("search", "match", "fullmatch", "sub", "subn", "split", "findall", "finditer")
CALLS = {f"re.{name}": name for name in ("compile", *NAMES)}
ANCHORED = {"match", "fullmatch"}
Found = tuple[str, str, re.Pattern[str], set[str]]


def _patterns() -> Iterator[Found]:
    """Give every pattern of ours: where it is, what it is called, and how it is used.

    Those that are put together are taken as the module has made them; a pattern that only exists
    while a function runs cannot be looked at, and is refused.
    """
    files = [
        file for top in ("modules", "schema", "storage") for file in (ROOT / top).rglob("*.py")
    ]
    for file in [*files, ROOT / "server.py"]:
        text, where = file.read_text(), str(file.relative_to(ROOT))
        calls = [n for n in ast.walk(ast.parse(text)) if _is_call(n)]
        if not calls:
            continue
        name = where.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        module = import_module(name)
        kept = list(_kept(module))
        for called, pattern in kept:
            uses = set(re.findall(rf"\b{called}\.([a-z]+)\(", text)) or {"search"}
            yield where, called, pattern, uses
        for call in calls:
            yield from _of_call(call, where, module, {each.pattern for _, each in kept})


def _is_call(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) in CALLS


def _of_call(call: Any, where: str, module: ModuleType, kept: set[str]) -> Iterator[Found]:
    used, what = CALLS[ast.unparse(call.func)], f"line {call.lineno}"
    flags = [word.value for word in call.keywords if word.arg == "flags"]
    flags += call.args[1:2] if used == "compile" else []
    try:
        made, *more = (eval(ast.unparse(each), vars(module)) for each in [call.args[0], *flags])
    except NameError:
        assert used == "compile", f"{where}, {what}: keep this pattern under a name of the module"
        assert kept, f"{where}, {what}: keep this pattern under a name of the module"
        return
    if isinstance(made, str) and made not in kept:
        yield where, what, re.compile(made, *more), {used}


def _kept(module: ModuleType) -> Iterator[tuple[str, re.Pattern[str]]]:
    """Find what a module keeps, also within its tables."""
    for name, value in vars(module).items():
        if not name.startswith("__"):
            yield from ((name, each) for each in _within(value) if isinstance(each.pattern, str))


def _within(value: Any) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, dict):
        yield from _within([*value, *value.values()])
    elif isinstance(value, list | tuple | set | frozenset):
        for each in value:
            yield from _within(each)


def _attacks(tree: Any, before: str = "") -> Iterator[tuple[str, str]]:
    """Give, for each loop of a pattern, what leads there and what it may go round with."""
    for code, value in tree:
        match str(code):
            case "BRANCH":
                for branch in value[1]:
                    yield from _attacks(branch, before)
            case "SUBPATTERN":
                yield from _attacks(value[3], before)
            case "ASSERT" | "ASSERT_NOT":
                yield from _attacks(value[1], before)
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                letters = sorted(_letters(value[2], set()))[:6]
                for unit in (*letters, *(a + b for a, b in permutations(letters, 2))):
                    yield before, unit
                yield before, _example(value[2])
                yield from _attacks(value[2], before)
        before += _example([(code, value)])


def _example(tree: Any) -> str:
    """Write a short text that a part of a pattern matches."""
    text = ""
    for code, value in tree:
        match str(code):
            case "BRANCH":
                text += _example(value[1][0])
            case "SUBPATTERN":
                text += _example(value[3])
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                text += _example(value[2]) * value[0]
            case "LITERAL" | "NOT_LITERAL" | "ANY" | "IN":
                text += min(_letters([(code, value)], set()), default="x")
    return text


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
    tree = parser.parse(pattern.pattern, pattern.flags)
    letters = sorted(_letters(tree, set()))[:8]
    units = [*letters, *(a + b for a, b in permutations(letters, 2))]
    used = pattern.search if uses - ANCHORED else pattern.fullmatch
    slowest = 0.0
    for before, unit in {*(("", unit) for unit in units), *_attacks(tree)}:
        if unit:
            text = before + (unit * LENGTH)[:LENGTH] + "\0"
            since = time.thread_time()
            used(text)
            slowest = max(slowest, time.thread_time() - since)
        if slowest > SECONDS:
            break
    return slowest


def test_every_pattern_is_linear_or_reads_what_was_cut() -> None:
    """A text made for it would keep everybody waiting: nothing else runs while one is matched."""
    found = list(_patterns())
    slow = {
        (file, name): round(seconds, 3)
        for file, name, pattern, uses in found
        if file not in CUT and (seconds := _slowest(pattern, uses)) > SECONDS
    }

    assert len(found) > 70
    assert slow == {}
    assert {file for file, *_ in found} >= CUT.keys()


def test_the_guard_sees_what_takes_long() -> None:
    """Loops within loops, beside each other, and behind something that has to be there first."""
    for bad in (r"(a+)+$", r"(\w|\d)*!", r"\s+$", r"id: (x|xy?)*z$", r"<(?:[^>]+,?)+>"):
        assert _slowest_of(bad) > SECONDS, bad
    for good in (r"[a-z]+@", r"#[0-9a-f]{6}", r"^\s*\w{1,60}$"):
        assert _slowest(re.compile(good), {"fullmatch"}) < SECONDS, good


def _slowest_of(bad: str) -> float:
    """Measure with shorter texts what may double with every letter."""
    global LENGTH  # noqa: PLW0603 - what is exponential would never end
    whole, LENGTH = LENGTH, 20
    try:
        short = _slowest(re.compile(bad), {"search"})
    finally:
        LENGTH = whole
    return short if short > SECONDS else _slowest(re.compile(bad), {"search"})

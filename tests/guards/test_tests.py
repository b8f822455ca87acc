"""Every test can fail: it asserts something, itself or by what it calls."""

from __future__ import annotations

import ast
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
FAILS = ("raises", "fail", "warns")
"""Functions of pytest that make a test fail."""
Function = ast.FunctionDef | ast.AsyncFunctionDef


def test_every_test_asserts_something() -> None:
    """With `assert`, `pytest.raises`, or a helper of the tests that does."""
    functions = [
        node
        for file in TESTS.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, Function)
    ]
    asserting = {each.name for each in functions if _asserts(each)}
    while more := {each.name for each in functions if _calls(each) & asserting} - asserting:
        asserting |= more
    tests = {each.name for each in functions if each.name.startswith("test_")}

    assert tests - asserting == set()


def _asserts(function: Function) -> bool:
    return any(
        isinstance(node, ast.Assert | ast.Raise)
        or (isinstance(node, ast.Call) and _name(node) in FAILS)
        for node in ast.walk(function)
    )


def _calls(function: Function) -> set[str]:
    return {_name(node) for node in ast.walk(function) if isinstance(node, ast.Call)}


def _name(call: ast.Call) -> str:
    return ast.unparse(call.func).rpartition(".")[2]

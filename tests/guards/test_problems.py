"""Every way to be refused is documented, once, in words its reader can act on."""

from __future__ import annotations

import re

from modules.errors import Refusal
from schema.errors import Code
from tests.guards.problems import PAGE, by_mutation, meaning_of, refusals, table


def test_every_problem_code_is_documented() -> None:
    """When this fails: `python -m tests.guards.problems` prints what docs/problems.md needs."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    wanted = table()
    found = [line for line in lines if re.match(r"\| `[A-Z_]+` \| .* \| (yes|no) \|$", line)]

    assert [row for row in wanted if row not in lines] == []
    assert [row for row in found if row not in wanted] == []


def test_what_each_mutation_refuses_is_documented() -> None:
    """When this fails: `python -m tests.guards.problems` prints what docs/problems.md needs."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    found = [line for line in lines if re.match(r"\| `[a-z]\w+` \| `[A-Z_]+`.* \|$", line)]

    assert found == by_mutation()[2:]


def test_every_error_code_is_documented() -> None:
    """Those of requests that make no sense, which are not in any payload."""
    text = PAGE.read_text(encoding="utf-8")

    assert [code.value for code in Code if f"`{code.value}`" not in text] == []


def test_a_code_has_one_meaning() -> None:
    """Wherever it is raised; whether trying again may help never differs either."""
    meanings: dict[str, set[tuple[str, bool]]] = {}
    for refusal in refusals():
        meanings.setdefault(refusal.code, set()).add((meaning_of(refusal), refusal.retryable))

    assert {code: said for code, said in meanings.items() if len(said) > 1} == {}


def test_a_refusal_says_its_own_code_and_what_helps() -> None:
    """Codes are loud, sentences are sentences, and nothing is left as the base class has it."""
    found = [
        refusal.__qualname__
        for refusal in refusals()
        if not re.fullmatch(r"[A-Z]+(_[A-Z]+)*", refusal.code)
        or refusal.code == Refusal.code
        or refusal.remedy == Refusal.remedy
        or not meaning_of(refusal).endswith(".")
        or not refusal.remedy.endswith(".")
    ]

    assert found == []

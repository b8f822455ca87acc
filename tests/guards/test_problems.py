"""Every way to be refused is documented, once, in words its reader can act on."""

from __future__ import annotations

import re

from modules import registry
from modules.errors import Refusal
from modules.translations import Text
from modules.viewer import TEAM
from schema.changing import OWN_REFUSALS
from schema.compose import build
from schema.errors import Code
from tests.guards.problems import PAGE, by_mutation, meaning_of, refusals, table

OF_THE_TEAM = re.compile(
    r"despite|unblock|the team may|(ask|let|make) (an|the) owner|settings|version|preview"
    r"|segment|import|export|merge",
    re.IGNORECASE,
)


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


def test_clients_and_visitors_read_what_they_can_do() -> None:
    """Nothing of what only the team can do, or only whoever writes the frontend knows."""
    schema = build(registry.load(registry.built_in()))
    changes = schema.core.mutation_type
    assert changes is not None
    read = {
        (refusal.__name__, Text(text, refusal.values).told())
        for name in changes.fields
        for _, spec in [schema.field(changes, name)]
        if spec.audience and spec.audience - TEAM
        for refusal in (*spec.refuses, *OWN_REFUSALS)
        for text in (
            refusal.client_message or meaning_of(refusal),
            refusal.client_remedy or refusal.remedy,
        )
    }

    assert len(read) > 50
    assert [each for each in sorted(read) if OF_THE_TEAM.search(each[1])] == []


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

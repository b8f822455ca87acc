"""Every text of a refusal is a template, and is there in every language we ship."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

from modules.translations import places
from tests.guards.problems import refusals
from tests.guards.templates import (
    ROOT,
    TEXTS,
    TRANSLATED,
    messages,
    missing,
    sources,
    templates,
    translated,
)

NAMES = (ast.Constant, ast.Name, ast.Attribute, ast.Subscript)
"""What a message may be: itself, or the name of what `template` marked."""
SHARED = "modules"


def test_no_text_of_a_refusal_is_put_together() -> None:
    """Pieces cannot be translated: values go into the places of one whole sentence.

    What is not written where it is raised comes out of a table of marked templates beside it.
    """
    marking = {path for path, tree in sources() if "template(" in ast.unparse(tree)}
    said = [
        place
        for _, place, _, message in messages()
        if not isinstance(message, NAMES)
        or (
            not isinstance(message, ast.Constant) and ROOT / place.rpartition(":")[0] not in marking
        )
    ]
    names = {kind.__name__ for kind in refusals()}
    for path, tree in sources():
        for kind in ast.walk(tree):
            if isinstance(kind, ast.ClassDef) and kind.name in names:
                said += [
                    f"{path.relative_to(ROOT)}:{each.lineno}"
                    for each in kind.body
                    if isinstance(each, ast.Assign)
                    and getattr(each.targets[0], "id", "") in TEXTS
                    and not isinstance(each.value, ast.Constant)
                ]

    assert said == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_is_translated(language: str) -> None:
    """When this fails: `python -m tests.guards.templates` prints what catalogues lack."""
    assert missing(language) == {}


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_catalogue_says_each_thing_once_and_nothing_nobody_says(language: str) -> None:
    """In its own module; what several say is in the catalogue of what modules share."""
    users: dict[str, set[str]] = {}
    for each in templates():
        users.setdefault(each.text, set()).add(each.package)
    homes = {
        text: next(iter(packages)) if len(packages) == 1 else SHARED
        for text, packages in users.items()
    }
    packages = {SHARED, *homes.values()}
    kept = [(p, text) for p in sorted(packages) for text in translated(p).get(language, ())]

    assert [(p, text) for p, text in kept if homes.get(text) != p] == []
    assert [text for text, times in Counter(text for _, text in kept).items() if times > 1] == []


def test_every_place_of_a_text_has_a_value_and_keeps_it_in_every_language() -> None:
    """A place nobody fills is a fault when the refusal is shown; so is one in braces by mistake."""
    of_kind = {kind.__name__: frozenset(kind.values) for kind in refusals()}
    unfilled = [
        (each.place, each.text)
        for each in templates()
        if each.given is not None
        and not places(each.text) <= each.given | of_kind.get(each.kind, frozenset())
    ]
    moved = [
        (package, language, text)
        for package in {each.package for each in templates()}
        for language, entries in translated(package).items()
        for text, other in entries.items()
        if places(text) != places(other)
    ]

    assert unfilled == []
    assert moved == []


def test_a_translation_is_a_sentence_where_the_text_is_one() -> None:
    """Not empty, not left in English, and closed as the original is."""
    wrong = [
        (package, language, text)
        for package in {each.package for each in templates()}
        for language, entries in translated(package).items()
        for text, other in entries.items()
        if not other or other == text or (text.endswith(".") != other.endswith("."))
    ]

    assert wrong == []


def test_every_package_with_texts_has_all_our_languages() -> None:
    """A language that is missing as a whole would be found entry by entry only."""
    found = {p: set(translated(p)) for p in {each.package for each in templates()}}

    assert {p: languages for p, languages in found.items() if languages != set(TRANSLATED)} == {}
    assert Path(ROOT / "modules" / "locale").is_dir()

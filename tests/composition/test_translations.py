"""Catalogues of modules in packages of their own, good and bad."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from modules import translations
from modules.errors import Refusal, StaleVersion
from modules.translations import CatalogueError, Text, learn
from modules.viewer import Role, Viewer

HEAD = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
ENTRY = 'msgid "{}"\nmsgstr "{}"\n'
Package = Callable[..., str]


class Overdrawn(Refusal):
    """There are only {points} points."""

    code = "OVERDRAWN"
    remedy = "Take a smaller reward."


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Package]:
    """Make packages with catalogues, which are forgotten afterwards."""
    monkeypatch.setattr(
        translations, "_known", {tag: dict(known) for tag, known in translations._known.items()}
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    made = []

    def make(name: str, **catalogues: str) -> str:
        folder = tmp_path / name / "locale"
        folder.mkdir(parents=True)
        (tmp_path / name / "__init__.py").touch()
        for language, text in catalogues.items():
            (folder / f"{language}.po").write_text(HEAD + text, encoding="utf-8")
        importlib.invalidate_caches()
        made.append(name)
        return name

    yield make
    learn.cache_clear()
    for name in made:
        sys.modules.pop(name, None)


def test_a_package_brings_its_own_languages(package: Package) -> None:
    """Also one that we do not ship; what it lacks is English."""
    there = "There are only {points} points."
    learn(
        package(
            "their_points",
            de=ENTRY.format(there, "Es sind nur {points} Punkte."),
            fr=ENTRY.format(there, "Il n'y a que {points} points."),
        )
    )
    refusal = Overdrawn(points=1_200)

    told = {
        locale: refusal.message_for(Viewer(role=Role.OWNER, locale=locale))
        for locale in ("de-CH", "fr", "nl", "en-GB", "tlh")
    }

    assert {locale: said.replace("\u202f", " ") for locale, said in told.items()} == {
        "de-CH": "Es sind nur 1’200 Punkte.",  # noqa: RUF001 - as the Swiss write
        "fr": "Il n'y a que 1 200 points.",
        "nl": "There are only 1,200 points.",
        "en-GB": "There are only 1,200 points.",
        "tlh": "There are only 1,200 points.",
    }
    assert str(refusal) == "There are only 1,200 points."


def test_an_entry_that_is_empty_or_unsure_is_none(package: Package) -> None:
    """As gettext has it: an editor leaves both behind."""
    empty, unsure = ENTRY.format("One.", ""), "#, fuzzy\n" + ENTRY.format("Two.", "Drei?")
    learn(package("their_drafts", de=empty + "\n" + unsure))

    assert [Text(each).told("de") for each in ("One.", "Two.")] == ["One.", "Two."]


def test_nobody_translates_what_is_translated_already(package: Package) -> None:
    """What is ours says what we say, whatever a module beside it would have it say."""
    learn("modules")
    theirs = package("their_words", de=ENTRY.format(StaleVersion.client_message, "Haha."))
    learn(theirs)

    assert Text(StaleVersion.client_message).told("de") == "Das wurde inzwischen geändert."


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("lacks", ENTRY.format("Only {points} points.", "Nur wenige Punkte.")),
        ("looks_inside", ENTRY.format("Only {points} points.", "Nur {points.__class__} Punkte.")),
        ("does_not_close", ENTRY.format("Only {points} points.", "Nur {points Punkte.")),
        ("is_no_catalogue", "msgid broken\n"),
    ],
)
def test_a_catalogue_that_cannot_be_used_ends_the_start(
    package: Package, name: str, text: str
) -> None:
    """In one sentence, with the package and the file."""
    with pytest.raises(CatalogueError, match=rf"^their_{name}: locale/de\.po"):
        learn(package(f"their_{name}", de=text))


def test_what_somebody_typed_is_shown_and_nothing_else() -> None:
    """Braces are letters, and what turns or breaks a sentence is not shown."""
    text = Text("There is no field “{name}”.", {"name": "{name}\n\u202e{0.__class__}"})

    assert text.told() == "There is no field “{name}\ufffd\ufffd{0.__class__}”."

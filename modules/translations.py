"""Texts in the language of whoever reads them.

Our texts are written in English where they are raised: a template with named places for values,
`At most {most} appointments at once.` What the template is in another language stands in a gettext
catalogue beside the module, `locale/de.po`; a template that is in none is read in English.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import Any, TypeAlias

from babel import Locale
from babel.messages.pofile import PoFileError, read_po

from modules.languages import BASE, choose, customs, number

Value: TypeAlias = str | int
"""What a place in a template may hold: a name or what somebody typed, or a number."""

FOLDER = "locale"
"""Where a package keeps its catalogues."""

_known: dict[str, dict[str, str]] = {}
"""For each language, what templates are in it: of all packages that were learnt."""


class CatalogueError(Exception):
    """A catalogue cannot be used. Raised at start-up, never later."""


@dataclass(frozen=True, slots=True)
class Text:
    """A template and its values: one text in every language."""

    template: str
    """In English, with places for values: `{most}`."""
    values: Mapping[str, Value] = field(default_factory=dict)

    def told(self, locale: str = BASE) -> str:
        """Tell it to readers of this locale (`de-AT`), numbers written as they write them."""
        language = choose(locale, _known)
        found = _known.get(language, {}).get(self.template)
        if found is None:
            language, found = BASE, self.template
        if not self.values:
            return found
        here = customs(locale, language)
        shown = {name: _written(value, here) for name, value in self.values.items()}
        return found.format_map(shown)


def template(text: str) -> str:
    """Mark a template that stands apart from where it is raised, as in a table of them.

    As gettext's `N_` does: what looks for templates without translation finds it by this.
    """
    return text


@cache
def learn(package: str) -> None:
    """Read the catalogues of a package, if it has any. Raises: CatalogueError.

    A template that is known already keeps its translation: nobody translates others' texts anew.
    """
    for language, entries in catalogues(package):
        known = _known.setdefault(language, {})
        for original, translated in entries.items():
            try:
                alike = places(original) == places(translated)
            except ValueError as error:
                raise CatalogueError(f"{package}: {FOLDER}/{language}.po: {error}") from error
            if not alike:
                raise CatalogueError(
                    f"{package}: {FOLDER}/{language}.po has other places than {original!r}"
                )
            known.setdefault(original, translated)


def catalogues(package: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Go through the catalogues of a package: the language, and the translation of each template.

    What is empty or fuzzy, so unsure, is not translated. Raises: CatalogueError.
    """
    try:
        folder = files(package) / FOLDER
    except TypeError:  # a module of one file has no folder
        return
    if not folder.is_dir():
        return
    for file in sorted(folder.iterdir(), key=lambda each: each.name):
        if not file.name.endswith(".po"):
            continue
        language = file.name.removesuffix(".po")
        try:
            with file.open("rb") as opened:
                found = read_po(opened, locale=language, abort_invalid=True)
        except (PoFileError, UnicodeError, ValueError) as error:
            raise CatalogueError(f"{package}: {FOLDER}/{file.name}: {error}") from error
        entries = (each for each in found if each.id and each.string and not each.fuzzy)
        yield language, {str(each.id): str(each.string) for each in entries}


def places(text: str) -> set[str]:
    """Name the places for values in a template. Raises: ValueError, where a brace is not closed."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def _written(value: Any, here: Locale) -> str:
    if isinstance(value, int):
        return number(value, here)
    # What somebody typed is shown to them again, but turns no sentence around and hides nothing.
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in value)

# ruff: noqa: RUF001 -- the letters of the world are what this is about
"""Characters nobody sees are taken out of what people type, where nothing needs them."""

from __future__ import annotations

import sys
import unicodedata

import pytest

from modules import invisible, text
from modules.text import NameRequired, TextNotAllowed

SEEN = {
    *("\u0600", "\u0601", "\u0602", "\u0603", "\u0604", "\u0605", "\u06dd", "\u070f"),
    *("\u0890", "\u0891", "\u08e2", "\U000110bd", "\U000110cd"),
    *map(chr, range(0x13430, 0x13439)),
}
"""Characters Unicode counts among those of format, which have a look all the same."""


def test_no_character_of_format_passes_but_those_with_a_look() -> None:
    """Of all there are, alone and between two letters."""
    formats = {chr(n) for n in range(sys.maxunicode) if unicodedata.category(chr(n)) == "Cf"}

    assert {each for each in formats if invisible.without(each)} == SEEN
    assert {each for each in formats if invisible.without(f"a{each}b") != "ab"} == SEEN


@pytest.mark.parametrize(
    "typed",
    [
        *("\u200b", "\u00ad\u2060", "\u3164", "\u202e", "\u115f\u1160", "\uffa0", "\u2800"),
        *("\ufe0f", "\u034f", "\u180e", "\U000e0041", "\u2028", "\u2029", "\u0301", "\u17b4"),
        *("\u200d", "\u200c", "\ufff9", "\ufffc", "\U000e0100", "\u2066\u2069", " \u200b "),
    ],
)
def test_what_cannot_be_seen_is_no_name(typed: str) -> None:
    """R15: a name is something to read."""
    with pytest.raises(NameRequired):
        text.name(typed, "name")


@pytest.mark.parametrize("typed", ["\ue000", "\U000f0000", "\u0378", "\ufdd0", "a\x00", "\ud800"])
def test_what_looks_like_nothing_or_like_anything_is_refused(typed: str) -> None:
    """Private use, unassigned, no characters at all."""
    with pytest.raises(TextNotAllowed):
        text.name(typed, "name")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("An\u200bn", "Ann"),
        ("\u2068Ann\u2069 \u202eLee\u202c", "Ann Lee"),
        ("Ann\u2028Lee", "Ann Lee"),
        ("Ann\U000e0041\U000e0042", "Ann"),
        ("A\ufe0fnn", "Ann"),
        ("a.\ufe0f", "a."),
        ("A\u200dnn\u200c", "Ann"),
        ("e\u200b\u0301", "é"),
        ("ok^\u200d^", "ok^^"),
        ("علی\u200c", "علی"),
    ],
)
def test_it_is_taken_out_of_names(typed: str, kept: str) -> None:
    """So that two names that look alike are the same."""
    assert text.name(typed, "name") == kept
    assert text.name(kept, "name") == kept


@pytest.mark.parametrize(
    "name",
    [
        "👩\u200d🦰",  # a woman with red hair
        "👩🏽\u200d❤\ufe0f\u200d👨🏿",  # a couple
        "🏳\ufe0f\u200d🌈",
        "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",  # Scotland
        "1\ufe0f\u20e3",  # a key
        "\U0001fae8",  # newer than the Unicode of this Python
        "علی\u200cرضا",  # Alireza, in two parts
        "ශ\u0dca\u200dරී",  # Sri
        "क\u094d\u200cष",
        "ന\u0d4d\u200d",
        "葛\U000e0100城",  # Katsuragi, in its own way of writing
        "\u1820\u180b",
        "\U00031350",  # a rare Chinese character
        "ഹരി",
        "ДАРЬЯ",
        "עִבְרִית",
        "O’Brien-Łukasz",
        "สมชาย",
    ],
)
def test_what_makes_names_look_right_stays(name: str) -> None:
    """Emoji of several, and scripts that need it."""
    assert text.name(name, "name") == unicodedata.normalize("NFC", name)


def test_notes_keep_their_lines_and_their_direction() -> None:
    """Whatever their program ends lines with."""
    typed = "one\r\ntwo\rthree\u2028four\x85five\u200b\n\u200f(6)\tשלום \u202eseven"

    assert text.paragraphs(typed, "note", limit=200) == (
        "one\ntwo\nthree\nfour\nfive\n\u200f(6)\tשלום seven"
    )
    assert text.paragraphs("\u200b\n\u2060", "note", limit=200) is None

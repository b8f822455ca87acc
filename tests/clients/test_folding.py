"""How names and numbers are folded, in every script there is."""

from __future__ import annotations

import sys
import unicodedata

import pytest

from modules.clients.rules.folding import fold, search_text
from modules.clients.rules.numbers import spellings, words

ALL = [chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000]


def test_whatever_is_folded_again_stays_as_it_is() -> None:
    """R7: of each character there is."""
    assert [one for one in ALL if fold(fold(one)) != fold(one)] == []


def test_how_a_character_is_encoded_and_its_capitals_do_not_matter() -> None:
    """R7: composed or not, compatible or not, large or small."""
    differ = [
        one
        for one in ALL
        if len(
            {
                fold(unicodedata.normalize(form, case))
                for form in ("NFC", "NFD", "NFKC", "NFKD")
                for case in {one, one.upper(), one.lower()}
            }
        )
        > 1
    ]
    assert differ == []


@pytest.mark.parametrize(
    ("name", "others"),
    [
        ("O'Brien", ["O\u2019Brien", "O\u02bcBrien", "O`Brien", "O\u00b4Brien", "O\u02bbBrien"]),
        ("O'Brien", ["OBRIEN", "o\u2018brien", "O\uff07Brien", "O\u2032Brien"]),
        ("Y\u0131ld\u0131z", ["Yildiz", "YILDIZ", "y\u0131ld\u0131z", "Y\u0130LD\u0130Z"]),
        ("Straßer", ["STRASSER", "strasser", "STRA\u1e9eER"]),
        ("Jean-Luc", ["Jean Luc", "jean\u2011luc", "Jean\u2013Luc", " jean \u00ad-luc\u200b"]),
        ("タナカ", ["たなか", "ﾀﾅｶ"]),
        ("ガク", ["がく", "ｶﾞｸ"]),
        ("마이클", [unicodedata.normalize("NFD", "마이클")]),
        ("\uff21\uff4e\uff4e\uff11\uff12", ["ann12", "ANN\u0661\u0662"]),
        ("\u0639\u0644\u06cc\u200c\u0631\u0636\u0627", ["\u0639\u0644\u064a\u0631\u0636\u0627"]),
        ("\u0623\u062d\u0645\u062f", ["\u0627\u062d\u0645\u062f"]),
        ("Ёлкин", ["елкин"]),
        ("Σωκράτης", ["ΣΩΚΡΑΤΗΣ", "σωκρατησ"]),
        ("Gal·la", ["galla"]),
        ("Łukasz Đorđe Þór", ["lukasz dorde thor"]),
    ],
)
def test_names_that_are_typed_differently_are_the_same(name: str, others: list[str]) -> None:
    """R7: apostrophes, dots, accents, hyphens, widths, kana and what cannot be seen."""
    assert {fold(each) for each in others} == {fold(name)}


@pytest.mark.parametrize(
    ("one", "other"), [("はな", "ばな"), ("小龙", "小虎"), ("김", "이"), ("Ann", "Anne")]
)
def test_other_names_stay_others(one: str, other: str) -> None:
    """R15: what makes another letter of one is no accent."""
    assert fold(one) != fold(other)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("0612345678", ["0612345678"]),
        ("+31 (0)6 1234 5678", ["31612345678"]),
        ("+31 06 1234 5678", ["31612345678"]),
        ("0031-6-12345678", ["31612345678"]),
        ("011 31 6 1234 5678", ["612345678"]),
        ("smith (06) 12.34.56.78", ["smith", "0612345678"]),
        ("06/1234 5678 jo", ["0612345678", "jo"]),
        ("tel:+31612345678", ["31612345678"]),
        ("Tel. 06 12345678", ["0612345678"]),
        ("anna 12", ["anna", "12"]),
        ("jo99@example.org", ["jo99@example.org"]),
        ("+39 06 1234 5678", ["390612345678"]),
        ("8 912 345-67-89", ["89123456789"]),
        ("tel", ["tel"]),
        ("+", ["+"]),
    ],
)
def test_a_number_is_one_word_however_it_is_written(typed: str, found: list[str]) -> None:
    """R7: beside names as well."""
    assert words(fold(typed)) == found


def test_a_number_is_found_as_it_is_dialled_at_home() -> None:
    """R7: with the zero, the eight or the 06 of its country, and without where there is none."""
    assert [
        spellings(phone)
        for phone in (None, "+31612345678", "+79123456789", "+36201234567", "+390612345678")
    ] == [
        (),
        ("+31612345678", "0612345678"),
        ("+79123456789", "89123456789"),
        ("+36201234567", "06201234567"),
        ("+390612345678",),
    ]


def test_a_name_is_found_by_its_other_spellings() -> None:
    """R7: umlauts both ways, and whole names where no space divides them."""
    assert search_text("Käthe", "Müller", "k@example.org", None) == (
        "kathe muller kathe kaethe mueller k@example.org"
    )
    assert search_text("Joe", "Mueller", None, None) == "joe mueller joe jo muller"
    assert search_text("小龙", "李", None, None) == "小龙 李 小龙 李小龙 小龙李"

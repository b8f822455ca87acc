"""Addresses as people type them, and where they stand."""

from __future__ import annotations

import time

import pytest

from modules.invitations.rules.inviting import LONGEST, MOST
from modules.invitations.rules.typed import Typed, addresses


def read(*texts: str) -> list[tuple[str | None, str | None]]:
    """Give the addresses and names found."""
    return [(each.email, each.name) for each in addresses(texts, MOST)]


def test_commas_without_spaces_are_the_strict_form() -> None:
    """R34: what the guide asks people to type."""
    assert read("ann@example.org,bo@example.org,cy@example.org") == [
        ("ann@example.org", None),
        ("bo@example.org", None),
        ("cy@example.org", None),
    ]


@pytest.mark.parametrize(
    "typed",
    [
        "ann@example.org, bo@example.org",
        "ann@example.org bo@example.org",
        "ann@example.org\nbo@example.org\r\n",
        " ann@example.org ;bo@example.org;;",
        ",,ann@example.org,\t,bo@example.org,",
        "ann@example.org,\u00a0bo@example.org",
        "mailto:ann@example.org bo@example.org",
        "<ann@example.org>,<bo@example.org>",
        "ann@example.org <bo@example.org>",
    ],
)
def test_whatever_parts_them_is_understood(typed: str) -> None:
    """C8: spaces, line breaks, semicolons and brackets as well."""
    assert read(typed) == [("ann@example.org", None), ("bo@example.org", None)]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Ann Lee <ann@example.org>", [("ann@example.org", "Ann Lee")]),
        ('"Lee, Ann" <ann@example.org>, bo@example.org',
         [("ann@example.org", "Lee, Ann"), ("bo@example.org", None)]),
        ("bo@example.org Ann Lee <ann@example.org>",
         [("bo@example.org", None), ("ann@example.org", "Ann Lee")]),
        ("Ann <ann@example.org> Bo <bo@example.org>",
         [("ann@example.org", "Ann"), ("bo@example.org", "Bo")]),
        ("שרה כהן <sara@example.org>", [("sara@example.org", "שרה כהן")]),
        ("Ann <no address>", [(None, "Ann")]),
    ],
)  # fmt: skip
def test_a_name_before_brackets_is_kept(
    typed: str, expected: list[tuple[str | None, str | None]]
) -> None:
    """C8: `Name <a@b>`, as address books copy it."""
    assert read(typed) == expected


def test_capitals_and_scripts_make_no_other_address() -> None:
    """One person is one address, however it is written."""
    composed, apart = "jos\u00e9@example.org", "jose\u0301@example.org"

    assert read(f"Ann@EXAMPLE.org ann@example.org {composed} {apart} ann@bücher.example") == [
        ("ann@example.org", None),
        ("ann@example.org", None),
        (composed, None),
        (composed, None),
        ("ann@bücher.example", None),
    ]
    assert read("o'neil+news@example.org") == [("o'neil+news@example.org", None)]


def test_what_is_no_address_is_said_with_its_place() -> None:
    """In the units JavaScript counts in, so that a page can mark it."""
    assert addresses(["😀 nonsense,ann@example.org", "a@", "ann@example..org"], MOST) == [
        Typed(text="😀", entry=0, start=0, end=2, email=None),
        Typed(text="nonsense", entry=0, start=3, end=11, email=None),
        Typed(text="ann@example.org", entry=0, start=12, end=27, email="ann@example.org"),
        Typed(text="a@", entry=1, start=0, end=2, email=None),
        Typed(text="ann@example..org", entry=2, start=0, end=16, email=None),
    ]
    assert addresses(["", " ,;\n"], MOST) == []


def test_long_nonsense_costs_little() -> None:
    """Nobody keeps the server busy with brackets."""
    before = time.thread_time()
    for unit in (" ", "a ", '" ', '"', "a", "<", "a<", "\t a", '"a" ', '"<', '"<"', "a,", '"a"<'):
        assert len(addresses([(unit * LONGEST)[:LONGEST]], MOST)) <= MOST + 1
    assert time.thread_time() - before < 3
    assert addresses(['"' * 20_001], MOST)[0].email is None

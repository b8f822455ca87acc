"""Cells that are made to take long to read: no pattern that reads them is worse than linear."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from modules.clients.rules import phone_numbers
from modules.errors import Refusal
from modules.imports.reading import consents, countries, dates, headers, names, values
from modules.imports.reading.dates import ImportDateOrder
from tests.imports.test_files import read

LONG = 100_000
READERS: dict[str, Callable[[str], object]] = {
    "dates.looks": dates.looks,
    "dates.order_of": lambda text: dates.order_of((text,)),
    "dates.day": lambda text: dates.day(text, ImportDateOrder.DAY_FIRST),
    "values.bare": values.bare,
    "values.address": values.address,
    "values.tags": values.tags,
    "values.amount": values.amount,
    "values.yes": values.yes,
    "values.flag": values.flag,
    "names.split": names.split,
    "countries.code_of": countries.code_of,
    "headers.field_of": headers.field_of,
    "consents.refuses": lambda text: consents.refuses(text[:200]),
    "phone_numbers.read": lambda text: phone_numbers.read(text, "DE"),
}
PIECES = (
    " ", "1", "1 ", "1/", " 1:11", "<", "@", "<@", "a@", ".", ",", ";", "(", "((", "-",
    "'", '"', "=",
    ":::", " ::", "e", "E+1", "+", "van ", "Dr. ", "é", "no ", "\n", "年", "\u200b",
)  # fmt: skip


@pytest.mark.parametrize("reader", READERS)
def test_no_cell_takes_long(reader: str) -> None:
    """C9: a hundred thousand of any character, with something before and behind."""
    slow = []
    for piece in PIECES:
        for before, behind in (("", ""), ("1", "x"), ("a", "@"), ("<", "x")):
            text = before + piece * (LONG // len(piece)) + behind
            begun = time.process_time()
            with suppress(Refusal, dates.NotADate, dates.NoYear):
                READERS[reader](text)
            if time.process_time() - begun > 1:
                slow.append(f"{before}{piece}…{behind}")

    assert slow == []


def test_a_list_of_such_cells_is_read_at_once() -> None:
    """C9: sixty kilobytes took minutes once, and held up everybody's mail."""
    cell = "7" + " " * 60_000 + "x"
    begun = time.process_time()

    [zoe] = read(f"Name,Email,Birthday\nZoe Berg,z@x.example,{cell}\n".encode())

    assert [p.code for p in zoe.problems] == ["DATE_NOT_UNDERSTOOD"]
    assert time.process_time() - begun < 2

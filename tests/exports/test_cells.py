"""Text in a table stays text in any spreadsheet, and comes back as it was."""

from __future__ import annotations

import csv
import io
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.cells import bare, guarded

STARTS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
TRICKY = st.text(st.sampled_from("=+-@\uff1d\uff0d\uff20;,\t\r\n'\" ax\u00a0\u3000|"), max_size=40)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("-5", "'-5"),
        ("\uff1d1", "'\uff1d1"),
        ("\t=1", "'\t'=1"),
        ("\rx", "'\rx"),
        (" =1", "' =1"),
        ("nice;=1+1", "nice;'=1+1"),
        ('nice;"=1+1"', 'nice;\'"=1+1"'),
        ("nice\t@SUM(A1)", "nice\t'@SUM(A1)"),
        ("milk\n-eggs", "milk\n'-eggs"),
        ("a=b; c+d", "a=b; c+d"),
        ("'=1", "''=1"),
        ("it's", "it's"),
        ("", ""),
    ],
)
def test_what_would_be_computed_gets_an_apostrophe(text: str, shown: str) -> None:
    """R19: at the start, and wherever a spreadsheet may split; other text is as it was."""
    assert guarded(text) == shown
    assert bare(shown) == text


@given(st.one_of(st.text(), TRICKY))
def test_every_text_comes_back(text: str) -> None:
    """R19: whatever apostrophes it has of its own."""
    assert bare(guarded(text)) == text


@given(st.lists(st.one_of(TRICKY, st.text(max_size=20)), min_size=1, max_size=5))
def test_no_cell_is_a_formula_however_a_line_is_split(cells: list[str]) -> None:
    """R19: by commas, semicolons or tabs, quotation marks known or not."""
    file = io.StringIO(newline="")
    csv.writer(file).writerow([guarded(cell) for cell in cells])
    written = file.getvalue()

    for delimiter in ",;\t":
        for row in csv.reader(io.StringIO(written, newline=""), delimiter=delimiter):
            assert not [cell for cell in row if cell.lstrip().startswith(STARTS)], row
    assert [bare(cell) for cell in next(csv.reader(io.StringIO(written, newline="")))] == cells


@pytest.mark.parametrize("text", ["'", "\t", " ", ";'", "' ", '"', "\n \t;"])
def test_long_texts_take_a_time_that_grows_with_them(text: str) -> None:
    """Nobody's note keeps a worker busy."""
    began = time.process_time()
    assert bare(guarded(text * 200_000)) == text * 200_000

    assert time.process_time() - began < 3

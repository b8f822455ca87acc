"""Cells of tables that spreadsheets open: text stays text, and is read back as it was.

A spreadsheet computes a cell that begins with `=`, `+`, `-` or `@`, in full width too, and some do
after a tab or a line break. Where the list separator is `;` or a tab, it also splits our cells
there, quotation marks or not, and computes what then begins one. So an apostrophe goes in front of
whatever could be computed, at the start of the text and after each place where it may be split.
"""

from __future__ import annotations

import re

_COMPUTED = "=+@\uff1d\uff0b\uff20\uff0d-"
_BREAKS = r"\t\r\n"


def _places(mark: str) -> re.Pattern[str]:
    """Find where the mark is before a formula, with blanks and quotation marks between or not.

    Those disappear when a cell is split. A look ahead stops at the next place where that may
    happen: the whole is linear.
    """
    between = rf"(?:[^\S;{_BREAKS}]|[\"'])*"
    start = rf"^{mark}(?={between}[{_BREAKS}{_COMPUTED}])"
    inner = rf"(?<=[;{_BREAKS}]){mark}(?={between}[{_COMPUTED}])"
    return re.compile(f"{start}|{inner}")


_OPEN, _GUARDED = _places(""), _places("'")


def guarded(text: str) -> str:
    """Put an apostrophe before all that a spreadsheet would compute."""
    return _OPEN.sub("'", text)


def bare(text: str) -> str:
    """Take those apostrophes away again: `bare(guarded(text))` is `text`, whatever it is."""
    return _GUARDED.sub("", text)

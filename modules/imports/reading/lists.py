"""A list in a file, whatever kind of file: how it is kept, and its rows one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, BinaryIO

from modules.imports.reading import dates, delimited, encodings, headers
from modules.imports.reading.dates import ImportDateOrder
from modules.imports.reading.fields import ImportField
from modules.imports.reading.headers import Guess
from modules.imports.reading.kinds import FileKind, kind_of
from modules.imports.reading.problems import (
    FileDamaged,
    FileEmpty,
    FileWithoutRows,
    TooManyColumns,
    TooManyRows,
)
from modules.imports.reading.workbook import WIDEST, Workbook

ROWS = 500_000
"""Rows one import takes."""
LINES = 1_000_000
"""Rows that are looked at, blank ones too."""
LOOKED_AT = 300
"""Rows by which columns are told."""
SAMPLES = 3
SAMPLE = 100
"""Characters of a cell that are shown as a sample."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How a list is kept: what was found out, or what somebody said."""

    encoding: str | None = None
    separator: str | None = None
    sheet: str | None = None
    header_row: int | None = None
    """Counted from 1; 0 when there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a first look at a file tells."""

    layout: Layout
    sheets: list[str]
    columns: list[dict[str, Any]]
    """Header, samples, guessed field and order of dates of each."""
    total: int
    """Rows below the header that are not blank."""


@dataclass(slots=True)
class List:
    """An open list. Refuses whatever is wrong with the file."""

    file: BinaryIO
    layout: Layout
    sheets: list[str] = field(default_factory=list)
    _book: Workbook | None = None

    def __post_init__(self) -> None:
        if kind_of(self.file) is FileKind.WORKBOOK:
            self._open_book()
        else:
            encoding = self.layout.encoding or encodings.encoding_of(self.file)
            separator = self.layout.separator or delimited.separator_of(self.file, encoding)
            self.layout = Layout(
                encoding=encoding, separator=separator, header_row=self.layout.header_row
            )

    def _open_book(self) -> None:
        self._book = Workbook(self.file)
        self.sheets = self._book.sheets
        chosen = self.layout.sheet
        if chosen is None or chosen not in self.sheets:
            chosen = next((s for s in self.sheets if self._filled(s)), self.sheets[0])
        self.layout = Layout(sheet=chosen, header_row=self.layout.header_row)

    def _filled(self, sheet: str) -> bool:
        """Tell whether a sheet holds more than a cover page."""
        return sum(any(row) for row in islice(self._sheet(sheet), 20)) > 1

    def _sheet(self, name: str) -> Iterator[list[str]]:
        assert self._book is not None  # only workbooks have sheets
        return self._book.rows(name)

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Give the rows with their numbers, counted from 1, blank ones too.

        Refuses: CellTooLong, FileDamaged, FileUnpacksTooLarge, TooManyColumns, TooManyRows.
        """
        for number, row in self._rows():
            if number > LINES:
                raise TooManyRows("This file has too many rows, blank ones counted.")
            yield number, row

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        if self._book is not None and self.layout.sheet is not None:
            yield from enumerate(self._sheet(self.layout.sheet), 1)
            return
        assert self.layout.encoding is not None  # that of a text is always known
        assert self.layout.separator is not None
        try:
            for number, row in enumerate(
                delimited.rows(self.file, self.layout.encoding, self.layout.separator), 1
            ):
                if len(row) > WIDEST:
                    raise TooManyColumns
                yield number, row
        except UnicodeError as error:
            raise FileDamaged("This text breaks off in the middle of a letter.") from error

    def look(self) -> Look:
        """Look through the whole list once: where its header is, what is in it, how long it is."""
        rows = self.rows()
        first = list(islice(rows, LOOKED_AT))
        if not any(any(row) for _, row in first):
            raise FileEmpty
        found = headers.guess([row for _, row in first], self.layout.header_row)
        below = [row for number, row in first if number > found.header_row]
        evidence = _Dates(found, below)
        total = 0
        for row in below:
            total += evidence.note(row)
        for _, row in rows:
            total += evidence.note(row)
            if total > ROWS:
                raise TooManyRows
        if not total:
            raise FileWithoutRows
        self.layout = Layout(
            encoding=self.layout.encoding,
            separator=self.layout.separator,
            sheet=self.layout.sheet,
            header_row=found.header_row,
        )
        columns = [
            {
                "header": header[:200],
                "samples": _samples(below, index),
                "guess": guessed.value,
                "field": guessed.value,
                "date_order": order.value if (order := evidence.order(index)) else None,
            }
            for index, (header, guessed) in enumerate(zip(found.headers, found.fields, strict=True))
        ]
        return Look(layout=self.layout, sheets=self.sheets, columns=columns, total=total)


class _Dates:
    """Gathers, from all of a list, in which order its columns of dates are written."""

    def __init__(self, found: Guess, rows: Sequence[Sequence[str]]) -> None:
        self._votes: dict[int, list[int]] = {
            index: [0, 0]
            for index, field_ in enumerate(found.fields)
            if field_ is ImportField.BIRTHDAY
            or any(dates.looks(row[index]) for row in rows[:20] if index < len(row))
        }

    def note(self, row: Sequence[str]) -> bool:
        """Take a row into account; False when it is blank."""
        for index, votes in self._votes.items():
            if index < len(row) and (order := dates.order_of((row[index],))):
                votes[order is ImportDateOrder.MONTH_FIRST] += 1
        return any(row) and any(cell.strip() for cell in row)

    def order(self, index: int) -> ImportDateOrder | None:
        """Tell the order of a column; None when it could be both."""
        day_first, month_first = self._votes.get(index, (0, 0))
        if day_first == month_first:
            return None
        return ImportDateOrder.DAY_FIRST if day_first > month_first else ImportDateOrder.MONTH_FIRST


def _samples(rows: Sequence[Sequence[str]], index: int) -> list[str]:
    cells = (row[index].strip() for row in rows if index < len(row))
    return list(islice((cell[:SAMPLE] for cell in cells if cell), SAMPLES))

"""Lists kept as lines of text: CSV, and its cousins with semicolons, tabs and bars."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from typing import BinaryIO

from modules.imports.reading.problems import CellTooLong

SEPARATORS = (",", ";", "\t", "|")
LONGEST = 131_072
"""Characters a cell may have."""
LONGEST_LINE = 1 << 22
"""Characters a line may have."""
SAMPLE = 64_000
"""Characters by which a separator is told."""


class Stray(list[str]):
    """A row in which a quotation mark begins a cell and is never closed; it is kept as it is."""


def separator_of(file: BinaryIO, encoding: str) -> str:
    """Tell what stands between a text's cells: what splits its lines into equally many."""
    start = _start(file, encoding)
    if (said := _said(start)) is not None:
        return said
    whole = start.rpartition("\n")[0] if len(start) == SAMPLE and "\n" in start else start
    return max(SEPARATORS, key=lambda each: (_fit(whole, each), -SEPARATORS.index(each)))


def rows(file: BinaryIO, encoding: str, separator: str) -> Iterator[list[str]]:
    """Give a text's rows, one after the other; NULs, which stand for nothing, are left out.

    A quotation mark that is never closed, or only by one of a later row, is a part of its cell: the
    row is `Stray`, and those behind it are rows of their own. Refuses: CellTooLong.
    """
    usual = _usual(_start(file, encoding), separator)
    text = _open(file, encoding)
    csv.field_size_limit(LONGEST)
    lines = _Lines(text)
    try:
        for number, row in enumerate(_rows(lines, separator, usual)):
            if number == 0 and _said(separator.join(row)) is not None:
                continue  # Excel's own line: sep=;
            yield row
    finally:
        text.detach()


class _Lines:
    """A text's lines, of which some may be given back."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self._waiting: list[str] = []
        """Given back, the next one last."""
        self._taken: list[str] = []
        self._number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self._waiting:
            line = self._waiting.pop()
        else:
            line = self._text.readline(LONGEST_LINE).replace("\0", "")
            self._number += 1
            if len(line) == LONGEST_LINE:
                raise CellTooLong("Line {line} does not end.", line=self._number)
        if not line:
            raise StopIteration
        self._taken.append(line)
        return line

    def taken(self) -> list[str]:
        """Give the lines taken since this was asked the last time."""
        taken, self._taken = self._taken, []
        return taken

    def give_back(self, lines: list[str]) -> None:
        """Have lines come again."""
        self._waiting.extend(reversed(lines))


def _rows(lines: _Lines, separator: str, usual: int) -> Iterator[list[str]]:
    while True:
        reader = csv.reader(lines, delimiter=separator)
        try:
            for row in reader:
                taken = lines.taken()
                if len(taken) > 1 and _swallowed(taken, separator, usual):
                    break
                yield row
            else:
                return
        except csv.Error as error:
            taken = lines.taken()
            if len(taken) < 2:
                raise CellTooLong from error
        lines.give_back(taken[1:])
        yield _stray(taken[0], separator)


def _swallowed(lines: list[str], separator: str, usual: int) -> bool:
    """Tell whether a row of several lines is several rows, behind a stray quotation mark."""
    alike = sum(_count(line, separator) == usual for line in lines)
    try:
        for _ in csv.reader(lines, delimiter=separator, strict=True):
            pass
    except csv.Error as error:
        return alike > 0 or "unexpected end" in str(error)
    # It is closed as it should be: then each of its lines has to look like a row.
    return usual > 1 and alike >= max(2, len(lines) - 1) and len(lines) + usual > 4


def _stray(line: str, separator: str) -> Stray:
    """Split a line whose last quotation mark begins no cell."""
    *before, last = next(csv.reader([line.rstrip("\r\n")], delimiter=separator))
    return Stray([*before, *f'"{last}'.split(separator)])


def _usual(start: str, separator: str) -> int:
    """Tell how many separators a line of this text has, usually."""
    counted = Counter(_count(line, separator) for line in start.splitlines() if separator in line)
    return max(counted.items(), key=lambda item: (item[1], item[0]), default=(0, 0))[0]


def _count(line: str, separator: str) -> int:
    """Count the separators of a line, without the commas of sentences."""
    return line.count(separator) - line.count(f"{separator} ")


def _start(file: BinaryIO, encoding: str) -> str:
    text = _open(file, encoding)
    start = text.read(SAMPLE)
    text.detach()
    return start


def _open(file: BinaryIO, encoding: str) -> io.TextIOWrapper:
    file.seek(0)
    return io.TextIOWrapper(file, encoding=encoding, errors="replace", newline="")


def _said(text: str) -> str | None:
    """Read the line by which Excel is told the separator, where there is one."""
    first = text[:8].lower().lstrip('"')
    if first.startswith("sep=") and len(first) > 4 and first[4] in "".join(SEPARATORS):
        return first[4]
    return None


def _fit(text: str, separator: str) -> float:
    """Tell how well a separator splits: how many cells, times how alike the rows are."""
    csv.field_size_limit(LONGEST)
    lengths = Counter[int]()
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            if any(row):
                lengths[len(row)] += 1
    except csv.Error:
        return 0
    if not lengths:
        return 0
    usual, often = max(lengths.items(), key=lambda item: (item[1] * (item[0] > 1), item[0]))
    return float((usual - 1) ** 0.5 * (often / lengths.total()) ** 2)

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
"""Characters a cell may have; what is longer is a quotation mark that nobody closed."""
SAMPLE = 64_000
"""Characters by which a separator is told."""


def separator_of(file: BinaryIO, encoding: str) -> str:
    """Tell what stands between a text's cells: what splits its lines into equally many."""
    text = _open(file, encoding)
    start = text.read(SAMPLE)
    text.detach()
    if (said := _said(start)) is not None:
        return said
    whole = start.rpartition("\n")[0] if len(start) == SAMPLE and "\n" in start else start
    return max(SEPARATORS, key=lambda each: (_fit(whole, each), -SEPARATORS.index(each)))


def rows(file: BinaryIO, encoding: str, separator: str) -> Iterator[list[str]]:
    """Give a text's rows, one after the other; NULs, which stand for nothing, are left out.

    Refuses: CellTooLong.
    """
    text = _open(file, encoding)
    csv.field_size_limit(LONGEST)
    reader = csv.reader((line.replace("\0", "") for line in text), delimiter=separator)
    number = 0
    try:
        for number, row in enumerate(reader, 1):
            if number == 1 and _said(separator.join(row)) is not None:
                continue  # Excel's own line: sep=;
            yield row
    except csv.Error as error:
        raise CellTooLong(f"The cell that begins in row {number + 1} does not end.") from error
    finally:
        text.detach()


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

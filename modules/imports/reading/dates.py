"""Birthdays as people write them: day, month or year first, in words, or as Excel counts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from modules.imports.reading import words


class ImportDateOrder(StrEnum):
    """In which order a list writes its dates."""

    DAY_FIRST = "DAY_FIRST"
    """The day, then the month: 31/12/1985."""
    MONTH_FIRST = "MONTH_FIRST"
    """The month, then the day: 12/31/1985."""


class NotADate(ValueError):
    """That is no date."""


class NoYear(ValueError):
    """That is a day of a month without its year."""


MONTHS = {
    word: number
    for number, written in enumerate(words.table("words")["MONTHS"].values(), 1)
    for word in written.split()
}
_CLOCK = re.compile(
    r"[ T]\d{1,2}:\d{2}(:\d{2})?(\.\d+)?\s*([ap]\.?m\.?|z|[+-]\d{2}:?\d{2}|utc)?$", re.IGNORECASE
)
_NUMBERS = re.compile(r"(\d{1,4})\s*[-/.\s年]\s*(\d{1,2})\s*[-/.\s月]\s*(\d{1,4})\s*[日.]?")
_COMPACT = re.compile(r"(19\d\d|20\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])")
_NO_YEAR = re.compile(r"--(\d{1,2})-?(\d{1,2})|(\d{1,2})[-/.](\d{1,2})\.?")
_SERIAL = re.compile(r"\d{1,5}(\.\d+)?")
_ACCENTS = str.maketrans("äéèûôáíóúçñã", "aeeuoaioucna")
LONGEST = 64
"""Characters a date may have."""
EXCEL = date(1899, 12, 30)
OLDEST = 110
"""Years before now a two-digit year may mean at most."""


def looks(text: str) -> bool:
    """Tell whether a text is written like a date."""
    bare = _bare(text)
    if _NUMBERS.fullmatch(bare) or _COMPACT.fullmatch(bare):
        return any(_try(bare, order) is not None for order in ImportDateOrder)
    return bool(re.search(r"\d", bare) and _words(bare))


def order_of(texts: Iterable[str]) -> ImportDateOrder | None:
    """Tell the order of day and month from a whole column; None when every date could be both."""
    day_first = month_first = 0
    for text in texts:
        found = _NUMBERS.fullmatch(_bare(text))
        if found is None or len(found[1]) > 2:
            continue
        first, second = int(found[1]), int(found[2])
        day_first += first > 12 >= second
        month_first += second > 12 >= first
    if day_first == month_first:
        return None
    return ImportDateOrder.DAY_FIRST if day_first > month_first else ImportDateOrder.MONTH_FIRST


def day(text: str, order: ImportDateOrder) -> date | None:
    """Read a date; blank is None, and so is 00/00/0000. Raises: NotADate, NoYear."""
    bare = _bare(text)
    if not bare or not bare.strip("0/.- "):
        return None
    found = _try(bare, order)
    if found is None:
        raise NotADate(text)
    return found


def _bare(text: str) -> str:
    """Take off the clock; of a text no date is as long as, only the beginning is looked at."""
    return _CLOCK.sub("", text[:LONGEST].strip())


def _try(bare: str, order: ImportDateOrder) -> date | None:
    """Read a date whose clock is off. Raises: NoYear."""
    if match := _NUMBERS.fullmatch(bare):
        return _numbers(match[1], match[2], match[3], order)
    if match := _COMPACT.fullmatch(bare):
        return _made(int(match[1]), int(match[2]), int(match[3]))
    if _NO_YEAR.fullmatch(bare):
        raise NoYear(bare)
    if _SERIAL.fullmatch(bare) and 2_200 <= float(bare) < 60_000:  # below are years
        return EXCEL + timedelta(days=int(float(bare)))
    if found := _words(bare):
        year, month, day_ = found
        if year is None:
            raise NoYear(bare)
        return _made(year, month, day_)
    return None


def _numbers(first: str, second: str, third: str, order: ImportDateOrder) -> date | None:
    if len(first) > 2:  # the year comes first, and then the month
        return _made(int(first), int(second), int(third)) or _made(
            int(first), int(third), int(second)
        )
    a, b, year = int(first), int(second), _year(third)
    if order is ImportDateOrder.DAY_FIRST:
        return _made(year, b, a)
    return _made(year, a, b)


def _words(text: str) -> tuple[int | None, int, int] | None:
    """Read a date with its month in letters: 3. März 1985, Mar 3, 1985, 3-mrt-85."""
    parts = re.findall(r"\d+|[^\W\d_]+", text.casefold().translate(_ACCENTS))
    months = [MONTHS[part] for part in parts if part in MONTHS]
    numbers = [part for part in parts if part.isdigit()]
    if len(months) != 1 or not 1 <= len(numbers) <= 2:
        return None
    if len(numbers) == 1:
        return None if len(numbers[0]) > 2 else (None, months[0], int(numbers[0]))
    first, second = numbers
    if len(first) == 4:
        return int(first), months[0], int(second)
    return _year(second), months[0], int(first)


def _year(written: str) -> int:
    """Complete a year of two digits: the latest that is not to come."""
    if len(written) > 2:
        return int(written)
    this = datetime.now(UTC).year
    year = this - this % 100 + int(written)
    return year if year <= this else year - 100


def _made(year: int, month: int, day_: int) -> date | None:
    try:
        return date(year, month, day_)
    except ValueError:
        return None

"""What the columns of a list are about: told by their names, or else by what is in them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from modules.clients.rules import fold
from modules.imports.reading import dates, words

LOOKED_AT = 25
"""Rows among which the header is looked for."""
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PHONE = re.compile(r"[+(]?\d[\d\s()./+-]{5,20}\d")
MOST = 0.6
"""The share of a column's cells that must look alike to say what they are."""


class ImportField(StrEnum):
    """What a column of a list is about."""

    IGNORE = "IGNORE"
    """Nothing that is taken over."""
    FULL_NAME = "FULL_NAME"
    """Both names, as `Zoë de Vries` or `de Vries, Zoë`: taken apart."""
    FIRST_NAME = "FIRST_NAME"
    """The given name."""
    MIDDLE_NAME = "MIDDLE_NAME"
    """Added to the given name."""
    LAST_NAME_PREFIX = "LAST_NAME_PREFIX"
    """Put before the family name, such as `van der`."""
    LAST_NAME = "LAST_NAME"
    """The family name."""
    EMAIL = "EMAIL"
    """A mail address; of several such columns the first one with something in it counts."""
    PHONE = "PHONE"
    """A phone number; of several such columns the first one with something in it counts."""
    BIRTHDAY = "BIRTHDAY"
    """When they were born, in whatever order the column has day, month and year."""
    STREET = "STREET"
    """Street and number."""
    HOUSE_NUMBER = "HOUSE_NUMBER"
    """Put behind the street."""
    STREET_2 = "STREET_2"
    """The rest of a street address, put behind it after a comma."""
    POSTAL_CODE = "POSTAL_CODE"
    """The postal code."""
    CITY = "CITY"
    """The city."""
    REGION = "REGION"
    """The state, the province."""
    COUNTRY = "COUNTRY"
    """The country, by its name or its two letters."""
    NOTE = "NOTE"
    """A note for the team; of several such columns all are taken."""
    TAGS = "TAGS"
    """Tags, with commas or semicolons between them; of several such columns all are taken."""
    CONSENT_EMAIL = "CONSENT_EMAIL"
    """Whether they agreed to marketing by mail: yes or no, in many words."""
    CONSENT_SMS = "CONSENT_SMS"
    """Whether they agreed to marketing by text message."""
    CONSENT_PHONE = "CONSENT_PHONE"
    """Whether they agreed to marketing by phone."""
    CONSENT_POST = "CONSENT_POST"
    """Whether they agreed to marketing by post."""
    CUSTOM = "CUSTOM"
    """A field the business defined for itself; the column says which."""


SEVERAL = frozenset(
    (
        ImportField.IGNORE,
        ImportField.EMAIL,
        ImportField.PHONE,
        ImportField.NOTE,
        ImportField.TAGS,
        ImportField.CUSTOM,
    )
)
"""What more than one column may be about."""


HINTS = (
    ("birth", ImportField.BIRTHDAY),
    ("geburt", ImportField.BIRTHDAY),
    ("geboorte", ImportField.BIRTHDAY),
    ("naissance", ImportField.BIRTHDAY),
    ("nacimiento", ImportField.BIRTHDAY),
    ("geb am", ImportField.BIRTHDAY),
    ("newsletter", ImportField.CONSENT_EMAIL),
    ("email", ImportField.EMAIL),
    ("e mail", ImportField.EMAIL),
    ("courriel", ImportField.EMAIL),
    ("first name", ImportField.FIRST_NAME),
    ("vorname", ImportField.FIRST_NAME),
    ("voornaam", ImportField.FIRST_NAME),
    ("prenom", ImportField.FIRST_NAME),
    ("last name", ImportField.LAST_NAME),
    ("surname", ImportField.LAST_NAME),
    ("nachname", ImportField.LAST_NAME),
    ("achternaam", ImportField.LAST_NAME),
    ("apellido", ImportField.LAST_NAME),
    ("phone", ImportField.PHONE),
    ("mobile", ImportField.PHONE),
    ("telef", ImportField.PHONE),
    ("handy", ImportField.PHONE),
    ("postal code", ImportField.POSTAL_CODE),
    ("postcode", ImportField.POSTAL_CODE),
    ("zip code", ImportField.POSTAL_CODE),
)
"""What tells a column whose whole name we do not know."""
MISLEADING = re.compile(
    r"\b(type|label|verified|status|sent|count|date|id|opt|consent|marketing|notification|reminder|"
    r"confirmation|last|country|code|provider|model|spouse|partner|parent|emergency|referr\w*)\b"
)
"""What makes a column about something else than those say."""


@dataclass(frozen=True, slots=True)
class Guess:
    """Where a list's header is, and what its columns are about."""

    header_row: int
    """Counted from 1; 0 when there is none."""
    headers: tuple[str, ...]
    fields: tuple[ImportField, ...]


def guess(rows: Sequence[Sequence[str]], header_row: int | None = None) -> Guess:
    """Find the header among a list's first rows, or take the one that is said, and read it."""
    row = _header(rows) if header_row is None else header_row
    below = [each for each in rows[row:] if any(each)]
    names = list(rows[row - 1]) if 0 < row <= len(rows) else []
    width = _width(len(names), [len(each) for each in below])
    names = [" ".join(name.split()) for name in names] + [""] * (width - len(names))
    columns = [[each[i].strip() for each in below if i < len(each)] for i in range(width)]
    return Guess(row, tuple(names), tuple(_fields(names, columns)))


def _width(named: int, lengths: Sequence[int]) -> int:
    """Tell how many columns there are: as many as have names, unless most rows have more."""
    longer = [length for length in lengths if length > named]
    if not named or len(longer) * 2 > len(lengths):
        return max(lengths, default=named)
    return named


def field_of(header: str) -> ImportField | None:
    """Tell what a column of this name is about; None: the name says nothing."""
    name = tidy(header)
    if (known := _words().get(name)) is not None:
        return known
    for hint, field in HINTS:
        if hint in name and not MISLEADING.search(name.replace(hint, "")):
            return field
    return None


def tidy(header: str) -> str:
    """Reduce a header to small letters and digits with single spaces between words."""
    folded = fold(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", header).replace("ß", "ss"))
    return " ".join(re.sub(r"[^\w]+|_", " ", folded).split())


@cache
def _words() -> dict[str, ImportField]:
    known = words.table("header_words")
    return {word: ImportField(field) for field, named in known.items() for word in named}


def _header(rows: Sequence[Sequence[str]]) -> int:
    """Find the header's row: the one with most names we know, else what looks unlike the rest."""
    known = [sum(field_of(cell) is not None for cell in row if cell) for row in rows[:LOOKED_AT]]
    best = max(known, default=0)
    filled = [sum(bool(cell.strip()) for cell in row) for row in rows[:LOOKED_AT]]
    usual = max(filled, default=0)
    if best >= 2 or (best == 1 and usual == 1):
        return known.index(best) + 1
    for number, row in enumerate(rows[:LOOKED_AT], 1):
        if filled[number - 1] * 2 < usual or not any(row):
            continue  # a title above the list
        return 0 if any(_looks(cell) for cell in row) else number
    return 0


def _looks(cell: str) -> bool:
    """Tell whether a cell holds somebody's details rather than the name of a column."""
    text = cell.strip()
    return bool(_EMAIL.fullmatch(text) or _PHONE.fullmatch(text) or dates.looks(text))


def _fields(names: Sequence[str], columns: Sequence[Sequence[str]]) -> list[ImportField]:
    found = [field_of(name) if name else None for name in names]
    named = {field for field in found if field is not None}
    fields: list[ImportField] = []
    for name, field, cells in zip(names, found, columns, strict=True):
        sure = field if field is not None else _by_content(cells, named, known=bool(name))
        if sure not in SEVERAL and sure in fields:
            sure = ImportField.IGNORE
        fields.append(sure)
        named.add(sure)
    return _names(names, fields, columns)


def _by_content(cells: Sequence[str], named: set[ImportField], *, known: bool) -> ImportField:
    filled = [cell for cell in cells if cell]
    if not filled:
        return ImportField.IGNORE

    def most(look: re.Pattern[str]) -> bool:
        return sum(bool(look.fullmatch(cell)) for cell in filled) >= MOST * len(filled)

    if ImportField.EMAIL not in named and most(_EMAIL):
        return ImportField.EMAIL
    if sum(dates.looks(cell) for cell in filled) >= MOST * len(filled):
        past = not known and ImportField.BIRTHDAY not in named
        return ImportField.BIRTHDAY if past else ImportField.IGNORE
    if ImportField.PHONE not in named and most(_PHONE):
        return ImportField.PHONE
    return ImportField.IGNORE


def _names(
    names: Sequence[str], fields: list[ImportField], columns: Sequence[Sequence[str]]
) -> list[ImportField]:
    """Settle what depends on the other columns: a `Name` beside a first name is the last one."""
    first, last, full = ImportField.FIRST_NAME, ImportField.LAST_NAME, ImportField.FULL_NAME
    if full in fields and first in fields:
        fields[fields.index(full)] = last if last not in fields else ImportField.IGNORE
    elif full in fields and last in fields:
        lone = tidy(names[fields.index(full)])
        fields[fields.index(full)] = first if lone == "name" else ImportField.IGNORE
        if first not in fields:
            fields[fields.index(last)] = ImportField.IGNORE
            fields = [full if tidy(n) == lone else f for n, f in zip(names, fields, strict=True)]
    if first in fields and last not in fields and full not in fields:
        fields[fields.index(first)] = full  # `Nombre` alone holds them both
    if last in fields and first not in fields and full not in fields:
        fields[fields.index(last)] = full  # `Nom` alone does too
    if not {first, last, full} & set(fields) and not any(names):
        _by_place(fields, columns)
    return fields


def _by_place(fields: list[ImportField], columns: Sequence[Sequence[str]]) -> None:
    """Without any header: the first columns of plain words are the names."""
    plain = [
        i
        for i, (field, cells) in enumerate(zip(fields, columns, strict=True))
        if field is ImportField.IGNORE
        and (filled := [c for c in cells if c])
        and sum(bool(re.fullmatch(r"[^\d@]{2,60}", c)) for c in filled) >= 0.9 * len(filled)
    ]
    if not plain:
        return
    spaced = sum(" " in c or "," in c for c in columns[plain[0]])
    if spaced > 0.7 * len(columns[plain[0]]) or len(plain) == 1:
        fields[plain[0]] = ImportField.FULL_NAME
    else:
        fields[plain[0]], fields[plain[1]] = ImportField.FIRST_NAME, ImportField.LAST_NAME

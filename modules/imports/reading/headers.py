"""What the columns of a list are about: told by their names, or else by what is in them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from modules.clients.rules import FIELDS
from modules.imports.reading import addresses, consents, dates, values, words
from modules.imports.reading.fields import CONSENTS, SEVERAL, ImportField, tidy

LOOKED_AT = 25
"""Rows among which the header is looked for."""
LONGEST = 100
"""Characters of a name or a cell that are looked at to tell what a column is about."""
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_PHONE = re.compile(r"'?[+(]?\d[\d\s()./+-]{5,20}\d")
MOST = 0.6
"""The share of a column's cells that must look alike to say what they are."""


HINTS = (
    ("birth", ImportField.BIRTHDAY),
    ("geburt", ImportField.BIRTHDAY),
    ("geboorte", ImportField.BIRTHDAY),
    ("naissance", ImportField.BIRTHDAY),
    ("nacimiento", ImportField.BIRTHDAY),
    ("geb am", ImportField.BIRTHDAY),
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
    r"confirmation|last|country|code|provider|model|spouse|partner|parent|emergency|referr\w*|"
    r"assistan\w*|assistent\w*|fax|telefax|pager|secretar\w*|display|username|login|domain|"
    r"next of kin|notfall\w*|urgence|emergenza|emergencia|nood\w*|acil|awaryjn\w*|typ|tipo|"
    r"besuch|visit|modell|anzeige\w*|contact person|hash|opens|clicks|"
    r"angezeigt\w*|weergave\w*|phonetic)\b"
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
    return exactly(header) or _nearly(header[:LONGEST])


def exactly(header: str) -> ImportField | None:
    """Tell what a column is about whose whole name is known."""
    return _words().get(tidy(header[:LONGEST]))


def _nearly(header: str) -> ImportField | None:
    """Tell what a column is about by a part of its name."""
    if (consent := consents.field_of(header)) is not None:
        return consent
    name = tidy(header)
    bare = _words().get(addresses.unqualified(header))
    if bare in addresses.QUALIFIED:
        return bare
    for hint, field in HINTS:
        if hint in name and not MISLEADING.search(name.replace(hint, "")):
            return field
    return None


@cache
def _words() -> dict[str, ImportField]:
    known = words.table("header_words")
    said = ((field, word) for field, named in known.items() for word in named)
    own = ((each.imported[0], word) for each in FIELDS for word in each.words)
    return {tidy(word): ImportField(field) for field, word in (*own, *said)}


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
    text = cell.strip()[:LONGEST]
    return bool(_EMAIL.fullmatch(text) or _PHONE.fullmatch(text) or dates.looks(text))


def _fields(names: Sequence[str], columns: Sequence[Sequence[str]]) -> list[ImportField]:
    cells = [[cell[:LONGEST] for cell in column if cell] for column in columns]
    found = [_checked(name, filled) for name, filled in zip(names, cells, strict=True)]
    named = {field for field in found if field is not None}
    fields: list[ImportField] = []
    for index, (name, field) in enumerate(zip(names, found, strict=True)):
        sure = field or _by_content(cells[index], named, name)
        if sure not in SEVERAL and sure in fields:
            # Of two columns about the same the first one counts that has something in it.
            before = fields.index(sure)
            if cells[before] or not cells[index]:
                sure = ImportField.IGNORE
            else:
                fields[before] = ImportField.IGNORE
        fields.append(sure)
        named.add(sure)
    return _names(names, fields, columns)


def _checked(name: str, cells: Sequence[str]) -> ImportField | None:
    """Tell what a column is about by its name, unless what is in it says otherwise."""
    field = field_of(name) if name else None
    if field is None or not cells:
        return field
    if field in _NO_FLAGS and all(values.flag(cell) for cell in cells):
        return ImportField.IGNORE  # `Email: yes` is no address
    if field in _HELD and _most(cells, _EMAIL):
        return ImportField.EMAIL
    if field in _HELD and _most(cells, _PHONE):
        return ImportField.PHONE
    if exactly(name) is None:
        if field is ImportField.EMAIL and not any("@" in cell for cell in cells):
            return ImportField.IGNORE
        if field is ImportField.PHONE and not any(_PHONE.search(cell) for cell in cells):
            return ImportField.IGNORE
        if field in CONSENTS and not consents.refuses(name):
            return field if sum(map(values.flag, cells)) >= MOST * len(cells) else None
    return field


_NO_FLAGS = frozenset(
    (
        ImportField.EMAIL,
        ImportField.PHONE,
        ImportField.BIRTHDAY,
        ImportField.STREET,
        ImportField.STREET_2,
        ImportField.CITY,
    )
)
"""What no column is about that says only yes and no."""
_HELD = frozenset((ImportField.STREET, ImportField.FULL_NAME, ImportField.CITY))
"""What a name such as `Address` or `Contact` may say of columns of mail addresses and numbers."""


def _most(cells: Sequence[str], look: re.Pattern[str]) -> bool:
    return sum(bool(look.fullmatch(cell)) for cell in cells) >= MOST * len(cells)


def _by_content(filled: Sequence[str], named: set[ImportField], name: str) -> ImportField:
    if not filled or MISLEADING.search(tidy(name)):
        return ImportField.IGNORE
    if ImportField.EMAIL not in named and _most(filled, _EMAIL):
        return ImportField.EMAIL
    if sum(dates.looks(cell) for cell in filled) >= MOST * len(filled):
        past = not name and ImportField.BIRTHDAY not in named
        return ImportField.BIRTHDAY if past else ImportField.IGNORE
    if ImportField.PHONE not in named and _most(filled, _PHONE):
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

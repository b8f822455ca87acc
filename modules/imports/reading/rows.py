"""A row of a list becomes a client's file, or says what keeps it from being one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from modules.clients import rules as clients
from modules.clients.rules import (
    ClientFieldKind,
    Facts,
    MarketingChannel,
    PhoneInvalid,
    phone_numbers,
)
from modules.errors import InvalidInput, Refusal
from modules.imports.reading import consents, countries, dates, names, values
from modules.imports.reading.addresses import Addresses
from modules.imports.reading.dates import ImportDateOrder
from modules.imports.reading.delimited import Stray
from modules.imports.reading.fields import CONSENTS, ImportField
from modules.translations import Value

GATHERED = [each for each in clients.FIELDS if each.imported and each.check]
"""The fields of a file that are made of cells; consents and the business's own are read apart."""
COLUMNS = {each.name: tuple(map(ImportField, each.imported)) for each in GATHERED}
"""Which columns of a list each column of a client's file is made of."""
ADDRESS = {each.name for each in GATHERED if each.within == "address"}
READY = frozenset(("phone",))
"""What is in the form it is kept in as soon as it is understood."""
NOTHING: dict[str, Any] = {"tags": []}
"""What stands for a value that is left out, when that is not null."""
ESSENTIAL = {each.name for each in GATHERED if each.needed}
"""What no file goes without: a value that is wrong there keeps the row out."""
SHOWN = 200
"""Characters of a cell that are kept to show what was wrong with it."""
BROKEN = "\ufffd"


class DateNotUnderstood(InvalidInput):
    """That is no date anybody here understands."""

    code = "DATE_NOT_UNDERSTOOD"
    remedy = "Write it like 1985-12-31, or say in which order this list has day and month."


class DateWithoutYear(InvalidInput):
    """That date has no year."""

    code = "DATE_WITHOUT_YEAR"
    remedy = "Add the year of birth; without it the birthday is left out."


class ConsentNotUnderstood(InvalidInput):
    """That says neither yes nor no."""

    code = "CONSENT_NOT_UNDERSTOOD"
    remedy = "Write yes or no; what is unclear counts as no."


class PhonePartlyRead(InvalidInput):
    """There is more than a phone number in that; only the number is taken over."""

    code = "PHONE_PARTLY_READ"
    remedy = "Put the rest into a column for notes, and other numbers into columns of their own."


class LettersBroken(InvalidInput):
    """That holds letters this file broke."""

    code = "LETTERS_BROKEN"
    remedy = "Say which encoding the file has, or export it again as UTF-8."


class QuoteNotClosed(InvalidInput):
    """A quotation mark of this row is never closed; the rows behind it were read as rows."""

    code = "QUOTE_NOT_CLOSED"
    remedy = "Remove it, or write it twice within a cell in quotation marks, and compare the row."


class RowTooLong(InvalidInput):
    """This row has more cells than the list has columns."""

    code = "ROW_TOO_LONG"
    remedy = "Look for a separator inside a cell, and put that cell in quotation marks."


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """How the cells of a list are to be understood."""

    fields: Sequence[ImportField]
    orders: Sequence[ImportDateOrder]
    """In which order each column writes its dates."""
    facts: Facts = field(default_factory=Facts)
    """What has to be known of the business."""
    custom: Sequence[UUID | None] = ()
    """Which of the business's own fields each column is about."""
    names: Sequence[str] = ()
    """What each column is called."""
    missing_last_name: str | None = None
    """What stands in for a family name that is missing; None: such rows are problems."""
    tags: Sequence[str] = ()
    """Tags that everybody gets."""
    strict: bool = False
    """Whether a value that is wrong keeps its row out, or is only left out itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowProblem:
    """Something wrong with a row."""

    code: str
    message: str
    remedy: str
    """Templates, as refusals have them."""
    values: dict[str, Value]
    """What their places hold."""
    field: str
    """The column of a client's file it is about; empty: the whole row."""
    value: str
    """What stands in the list."""
    fatal: bool
    """Whether it keeps the whole row out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What became of a row."""

    columns: dict[str, Any]
    """A client's file as it would be kept, as far as it could be understood."""
    problems: list[RowProblem]

    @property
    def complete(self) -> bool:
        """Whether a file can be opened with it."""
        return not any(problem.fatal for problem in self.problems)


class Reader:
    """Reads the rows of one list."""

    def __init__(self, mapping: Mapping) -> None:
        self._mapping = mapping
        self._places: dict[ImportField, list[int]] = {}
        for index, about in enumerate(mapping.fields):
            self._places.setdefault(about, []).append(index)
        self._width = len(mapping.fields)
        self._addresses = Addresses(self._places, mapping.names)
        self._told: dict[str, RowProblem] = {}
        """What else is to be said of the row being read, by what it is about."""
        has = self._places.keys()
        self._columns = [c for c, fields in COLUMNS.items() if not has.isdisjoint(fields)]
        self._consent_columns = [
            (index, channel, self._refusing(index, channel))
            for about, channel in CONSENTS.items()
            for index in self._places.get(about, ())
        ]
        if mapping.tags and "tags" not in self._columns:
            self._columns.append("tags")

    def read(self, row: Sequence[str]) -> Read:
        """Understand a row as well as it can be."""
        problems: list[RowProblem] = []
        self._told.clear()
        if isinstance(row, Stray):
            cell = next((cell for cell in row if cell.startswith('"')), "")
            self._tell("", QuoteNotClosed(), cell)
        if any(cell.strip() for cell in row[self._width :]):
            extra = " | ".join(row[self._width :])
            problems.append(_problem(RowTooLong(), "", extra, fatal=True))
        try:
            columns = self._all(row)
        except Refusal:
            columns = self._each(row, problems)
        problems += self._told.values()
        problems += self._own_fields(row, columns)
        try:
            columns = clients.completed(columns)
        except Refusal as refusal:
            about = refusal.field[-1] if refusal.field else ""
            if not any(p.fatal and p.field == about for p in problems):
                problems.append(_problem(refusal, about, self._shown(about, row), fatal=True))
        return Read(columns=columns, problems=problems)

    def _all(self, row: Sequence[str]) -> dict[str, Any]:
        """Understand all columns at once. Refuses where there is anything wrong with any."""
        first, last = self._both_names(row)
        values_ = {column: self._said(column, row, first, last) for column in self._columns}
        if any(isinstance(value, str) and BROKEN in value for value in values_.values()):
            raise LettersBroken
        ready = {name: values_.pop(name) for name in READY if name in values_}
        asked: Any = {name: value for name, value in values_.items() if name not in ADDRESS}
        if address := {name: value for name, value in values_.items() if name in ADDRESS}:
            asked["address"] = address
        return clients.tidy(asked, self._mapping.facts).columns | ready | self._consents(row)

    def _each(self, row: Sequence[str], problems: list[RowProblem]) -> dict[str, Any]:
        """Understand one column after the other, and tell what is wrong with which."""
        columns: dict[str, Any] = {}
        first, last = self._both_names(row)
        for column in self._columns:
            try:
                columns |= self._kept(column, self._said(column, row, first, last))
            except Refusal as refusal:
                fatal = self._mapping.strict or column in ESSENTIAL
                problems.append(_problem(refusal, column, self._shown(column, row), fatal=fatal))
                columns[column] = NOTHING.get(column)
        return columns | self._consents(row)

    def _said(self, column: str, row: Sequence[str], first: str, last: str) -> Any:
        if column == "first_name":
            return first
        if column == "last_name":
            return last or self._mapping.missing_last_name or ""
        return self._value(column, row)

    def _kept(self, column: str, value: Any) -> dict[str, Any]:
        """Put a value into the form it is kept in. Refuses what `create_client` does."""
        if isinstance(value, str) and BROKEN in value:
            raise LettersBroken
        if column in READY:
            return {column: value}
        asked: Any = {"address": {column: value}} if column in ADDRESS else {column: value}
        return clients.tidy(asked, self._mapping.facts).columns

    def _own_fields(self, row: Sequence[str], columns: dict[str, Any]) -> list[RowProblem]:
        """Read what is in the business's own fields, and tell what is wrong there."""
        problems = []
        for index in self._places.get(ImportField.CUSTOM, ()):
            text = values.bare(row[index]) if index < len(row) else ""
            field_id = self._mapping.custom[index]
            if not text or field_id is None:
                continue
            try:
                given = self._own_field(field_id, text, self._mapping.orders[index])
                asked: Any = {"custom_fields": [given]}
                kept = {"custom": columns.get("custom") or {}}
                columns["custom"] = clients.tidy(asked, self._mapping.facts, kept).columns["custom"]
            except Refusal as refusal:
                known = self._mapping.facts.fields.get(field_id)
                name = known.name if known else "custom"
                problems.append(_problem(refusal, name, text, fatal=self._mapping.strict))
        return problems

    def _own_field(self, field_id: UUID, text: str, order: ImportDateOrder) -> dict[str, Any]:
        known = self._mapping.facts.fields.get(field_id)
        kind = known.kind if known else ClientFieldKind.TEXT
        match kind:
            case ClientFieldKind.NUMBER:
                return {"field_id": field_id, "number": values.amount(text)}
            case ClientFieldKind.DATE:
                return {"field_id": field_id, "date": _day(text, order)}
            case ClientFieldKind.CHOICE:
                options = known.options if known else ()
                alike = (o for o in options if o.casefold() == text.casefold())
                return {"field_id": field_id, "choice": next(alike, text)}
            case _:
                return {"field_id": field_id, "text": text}

    def _cells(self, row: Sequence[str], field: ImportField) -> list[str]:
        """Give what stands in the columns of a field, blank cells left out."""
        places = self._places.get(field, ())
        return [values.unguarded(cell) for i in places if i < len(row) and (cell := row[i].strip())]

    def _cell(self, row: Sequence[str], field: ImportField) -> str:
        return next(iter(self._cells(row, field)), "")

    def _both_names(self, row: Sequence[str]) -> tuple[str, str]:
        field = ImportField
        first, last = self._cell(row, field.FIRST_NAME), self._cell(row, field.LAST_NAME)
        if full := self._cell(row, field.FULL_NAME):
            whole = names.split(full)
            first, last = first or whole[0], last or whole[1]
        middle, prefix = self._cell(row, field.MIDDLE_NAME), self._cell(row, field.LAST_NAME_PREFIX)
        last = " ".join(filter(None, (prefix, last)))
        if not first and last and " " in last and not self._places.get(field.LAST_NAME):
            first, last = last, ""
        return " ".join(filter(None, (first, middle))), last

    def _value(self, column: str, row: Sequence[str]) -> Any:
        """Gather what a column of the file is made of."""
        gather = _GATHER.get(column)
        if gather is not None:
            return gather(self, row)
        if column in ADDRESS:
            return self._addresses.chosen(row).get(COLUMNS[column][0])
        return self._cell(row, COLUMNS[column][0]) or None

    def _email(self, row: Sequence[str]) -> str | None:
        found = map(values.address, self._cells(row, ImportField.EMAIL))
        return next(filter(None, found), None)

    def _street(self, row: Sequence[str]) -> str | None:
        found = self._addresses.chosen(row)
        first = (found.get(ImportField.STREET), found.get(ImportField.HOUSE_NUMBER))
        street = " ".join(filter(None, first))
        return ", ".join(filter(None, (street, found.get(ImportField.STREET_2)))) or None

    def _country(self, row: Sequence[str]) -> str | None:
        written = values.bare(self._addresses.chosen(row).get(ImportField.COUNTRY, ""))
        return countries.code_of(written) or written or None

    def _note(self, row: Sequence[str]) -> str | None:
        """Put notes together; of several columns each says what it is."""
        places = self._places.get(ImportField.NOTE, ())
        said = [
            (i, values.unguarded(text).replace("\r\n", "\n").replace("\r", "\n"))
            for i in places
            if i < len(row) and (text := row[i].strip())
        ]
        if len(places) == 1:
            return said[0][1] if said else None
        return "\n".join(f"{self._mapping.names[i]}: {text}" for i, text in said) or None

    def _tags(self, row: Sequence[str]) -> list[str]:
        found = [tag for cell in self._cells(row, ImportField.TAGS) for tag in values.tags(cell)]
        return list(dict.fromkeys((*self._mapping.tags, *found)))

    def _phone(self, row: Sequence[str]) -> str | None:
        """Find the number meant: of several columns the first that holds one.

        Refuses: PhoneInvalid.
        """
        refusal: PhoneInvalid | None = None
        for cell in self._cells(row, ImportField.PHONE):
            if not (text := values.bare(cell)):
                continue
            try:
                found = phone_numbers.read(text, self._mapping.facts.region)
            except PhoneInvalid as error:
                refusal = refusal or error
                continue
            if found.besides:
                said = PhonePartlyRead(
                    "Besides {number} that says: {besides}",
                    number=found.number,
                    besides=found.besides[:SHOWN],
                )
                self._tell("phone", said, text)
            return found.number
        if refusal is not None:
            raise refusal
        return None

    def _birthday(self, row: Sequence[str]) -> date | None:
        for index in self._places.get(ImportField.BIRTHDAY, ()):
            if index < len(row) and (text := values.bare(row[index])):
                return _day(text, self._mapping.orders[index])
        return None

    def _consents(self, row: Sequence[str]) -> dict[str, list[str]]:
        """Read what the row says yes and no to; where it says neither, it says nothing."""
        agreed: set[MarketingChannel] = set()
        refused: set[MarketingChannel] = set()
        if not self._consent_columns:
            return {}
        for index, channel, refusing in self._consent_columns:
            cell = row[index] if index < len(row) else ""
            if values.silent(cell):
                continue
            said = values.yes(cell)
            if refusing:
                # A date, say, of when they went; and a no there is no yes yet.
                refused.update(refusing if said is not False else ())
            elif said is None:
                self._tell("consents", ConsentNotUnderstood(), cell)
            else:
                (agreed if said else refused).add(channel)
        return {
            "consents": [c.value for c in MarketingChannel if c in agreed - refused],
            "refused": [c.value for c in MarketingChannel if c in refused],
        }

    def _refusing(self, index: int, channel: MarketingChannel) -> tuple[MarketingChannel, ...]:
        """Give the channels to which a yes in a column is a no: `Unsubscribed` means them all."""
        name = self._mapping.names[index] if index < len(self._mapping.names) else ""
        if not consents.refuses(name):
            return ()
        return (channel,) if consents.channel_of(name) else tuple(CONSENTS.values())

    def _tell(self, column: str, refusal: Refusal, value: str) -> None:
        strict = self._mapping.strict
        self._told[column] = _problem(refusal, column, value, fatal=strict)

    def _shown(self, column: str, row: Sequence[str]) -> str:
        cells = [c for field in COLUMNS.get(column, ()) for c in self._cells(row, field)]
        return " | ".join(cells)


_GATHER: dict[str, Callable[[Reader, Sequence[str]], Any]] = {
    "email": Reader._email,  # noqa: SLF001 - this file's own
    "phone": Reader._phone,  # noqa: SLF001
    "birthday": Reader._birthday,  # noqa: SLF001
    "street": Reader._street,  # noqa: SLF001
    "country": Reader._country,  # noqa: SLF001
    "note": Reader._note,  # noqa: SLF001
    "tags": Reader._tags,  # noqa: SLF001
}
"""How what a column is made of is gathered; any other is one cell."""


def _day(text: str, order: ImportDateOrder) -> date | None:
    """Read a date. Refuses: DateWithoutYear, DateNotUnderstood."""
    try:
        return dates.day(text, order)
    except dates.NoYear as error:
        raise DateWithoutYear from error
    except dates.NotADate as error:
        raise DateNotUnderstood from error


def _problem(refusal: Refusal, column: str, value: str, *, fatal: bool) -> RowProblem:
    return RowProblem(
        code=refusal.code,
        message=refusal.template,
        remedy=refusal.remedy,
        values=dict(refusal.values),
        field=column,
        value=value[:SHOWN],
        fatal=fatal,
    )

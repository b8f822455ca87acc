"""Lists kept in workbooks (XLSX): their sheets read as a stream, however large they claim to be."""

from __future__ import annotations

import mmap
import re
import tempfile
import zipfile
import zlib
from array import array
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from posixpath import normpath
from typing import Any, BinaryIO, NamedTuple
from xml.parsers import expat

from modules.imports.reading.problems import (
    FileDamaged,
    FileEncrypted,
    FileIsNoTable,
    FileUnpacksTooLarge,
    TooManyColumns,
)

UNPACKED = 1 << 30
"""Bytes a workbook may unpack to."""
RATIO = 200
"""How much smaller than its contents a large part may be: honest sheets shrink to a twentieth."""
LARGE = 20 << 20
CELL = 32_767
"""Characters Excel allows in a cell; what is longer is cut there."""
WIDEST = 2_000
CHUNK = 1 << 16
DATES = frozenset((*range(14, 23), *range(27, 37), 45, 46, 47, *range(50, 59)))
"""The number formats of Excel that show a date or a time."""
_QUOTED = re.compile(r'"[^"]*"|\[(?!h|m|s)[^\]]*\]|\\.|_.|\*.', re.IGNORECASE)


class Sheet(NamedTuple):
    """One sheet of a workbook."""

    name: str
    part: str
    """Where it is in the file."""


class Workbook:
    """An open workbook. Refuses: FileDamaged, FileEncrypted, FileIsNoTable, FileUnpacksTooLarge."""

    def __init__(self, file: BinaryIO) -> None:
        try:
            self._zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError) as error:
            raise FileDamaged from error
        self._unpacked = 0
        self._check()
        if not self._has("xl/workbook.xml"):
            raise FileIsNoTable("This is a compressed folder, or no workbook of the kind XLSX.")
        self._1904 = False
        self.sheets = self._read_sheets()
        """Those one can see, in their order."""

    def rows(self, sheet: Sheet) -> Iterator[list[str]]:
        """Give a sheet's rows as text, what people see in most cells; blank rows are empty."""
        dates = self._read_styles()
        strings = self._read_strings()
        reader = _SheetReader(dates, strings, self._1904)
        parser = _parser(reader.start, reader.end, reader.text)
        for chunk in self._part(sheet.part):
            _feed(parser, chunk)
            yield from reader.take()
        _feed(parser, b"", last=True)
        yield from reader.take()

    def _check(self) -> None:
        for part in self._zip.infolist():
            if part.flag_bits & 1:
                raise FileEncrypted
            if part.file_size > LARGE and part.file_size > part.compress_size * RATIO:
                raise FileUnpacksTooLarge

    def _part(self, name: str) -> Iterator[bytes]:
        """Unpack a part piece by piece, and no more than a workbook may hold, whatever it says."""
        try:
            with self._zip.open(name) as part:
                mine = 0
                packed = self._zip.getinfo(name).compress_size
                while chunk := part.read(CHUNK):
                    mine += len(chunk)
                    self._unpacked += len(chunk)
                    if self._unpacked > UNPACKED or (mine > LARGE and mine > packed * RATIO):
                        raise FileUnpacksTooLarge
                    yield chunk
        except KeyError as error:
            raise FileDamaged(f"This workbook lacks its part {name}.") from error
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
            raise FileDamaged from error

    def _has(self, name: str) -> bool:
        return name in self._zip.NameToInfo

    def _walk(self, name: str, start: Callable[[str, dict[str, str]], None]) -> None:
        parser = _parser(start, lambda tag: None, lambda text: None)
        for chunk in self._part(name):
            _feed(parser, chunk)
        _feed(parser, b"", last=True)

    def _read_sheets(self) -> list[Sheet]:
        targets: dict[str, str] = {}
        found: list[Sheet] = []

        def relation(tag: str, given: dict[str, str]) -> None:
            if tag == "Relationship" and "Id" in given:
                target = given.get("Target", "")
                path = target[1:] if target.startswith("/") else normpath(f"xl/{target}")
                targets[given["Id"]] = path

        def sheet(tag: str, given: dict[str, str]) -> None:
            if tag == "workbookPr":
                self._1904 = given.get("date1904") in ("1", "true")
            if tag == "sheet" and given.get("state", "visible") == "visible":
                part = targets.get(given.get(":id", ""), "")
                if part.startswith("xl/worksheets/"):
                    found.append(Sheet(given.get("name", ""), part))

        if self._has("xl/_rels/workbook.xml.rels"):
            self._walk("xl/_rels/workbook.xml.rels", relation)
        self._walk("xl/workbook.xml", sheet)
        if not found:
            raise FileDamaged("This workbook has no sheet one can see.")
        return found

    def _read_styles(self) -> list[bool]:
        """Tell for each style of cells whether its numbers are dates."""
        custom: dict[int, bool] = {}
        dates: list[bool] = []
        inside = [False]

        def style(tag: str, given: dict[str, str]) -> None:
            if tag == "numFmt":
                code = _QUOTED.sub("", given.get("formatCode", "")).lower()
                custom[_int(given.get("numFmtId"))] = any(c in code for c in "ymdh")
            elif tag in ("cellXfs", "cellStyles", "dxfs"):
                inside[0] = tag == "cellXfs"
            elif tag == "xf" and inside[0]:
                format_ = _int(given.get("numFmtId"))
                dates.append(custom.get(format_, format_ in DATES))

        if self._has("xl/styles.xml"):
            self._walk("xl/styles.xml", style)
        return dates

    def _read_strings(self) -> Strings:
        strings = Strings()
        if self._has("xl/sharedStrings.xml"):
            parser = _parser(strings.start, strings.end, strings.text)
            try:
                for chunk in self._part("xl/sharedStrings.xml"):
                    _feed(parser, chunk)
                _feed(parser, b"", last=True)
            finally:
                strings.close()
        else:
            strings.close()
        return strings


class Strings:
    """The texts the cells of all sheets share: kept in a file, for there may be millions."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as this does
        self._ends = array("Q", [0])
        self._map: mmap.mmap | None = None
        self._parts: list[str] = []
        self._in_text = self._in_hint = False

    def start(self, tag: str, given: dict[str, str]) -> None:
        """Hear that an element begins."""
        self._in_text |= tag == "t"
        self._in_hint |= tag == "rPh"  # how a name is read aloud in Japanese

    def end(self, tag: str) -> None:
        """Hear that an element ends."""
        if tag == "t":
            self._in_text = False
        elif tag == "rPh":
            self._in_hint = False
        elif tag == "si":
            text = "".join(self._parts)[:CELL].encode("utf-8", "replace")
            self._parts.clear()
            self._file.write(text)
            self._ends.append(self._ends[-1] + len(text))

    def text(self, text: str) -> None:
        """Hear a piece of text."""
        if self._in_text and not self._in_hint:
            self._parts.append(text)

    def close(self) -> None:
        """Be complete: from now on texts are read."""
        self._file.flush()
        if self._ends[-1]:
            self._map = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)
        self._file.close()

    def __getitem__(self, index: int) -> str:
        if self._map is None or not 0 <= index < len(self._ends) - 1:
            return ""
        return self._map[self._ends[index] : self._ends[index + 1]].decode()


class _SheetReader:
    """Makes rows of a sheet's elements."""

    def __init__(self, dates: list[bool], strings: Strings, since_1904: bool) -> None:
        self._dates = dates
        self._strings = strings
        self._epoch = datetime(1904, 1, 1) if since_1904 else datetime(1899, 12, 30)  # noqa: DTZ001
        self._ready: list[list[str]] = []
        self._row: list[str] = []
        self._number = 0
        self._column = -1
        self._kind = ""
        self._style = 0
        self._value: list[str] = []
        self._wanted = self._hint = False

    def take(self) -> list[list[str]]:
        """Give the rows that are complete."""
        ready, self._ready = self._ready, []
        return ready

    def start(self, tag: str, given: dict[str, str]) -> None:
        """Hear that an element begins."""
        if tag == "c":
            self._column = _column(given["r"]) if "r" in given else self._column + 1
            if self._column >= WIDEST:
                raise TooManyColumns
            self._kind = given.get("t", "n")
            self._style = _int(given.get("s"))
            self._value.clear()
        elif tag == "row":
            number = _int(given.get("r")) or self._number + 1
            # Rows nobody filled in are not written down; a few keep the numbers right.
            while self._number + 1 < number and number - self._number < 10_000:
                self._number += 1
                self._ready.append([])
            self._number = number
            self._row, self._column = [], -1
        elif tag in ("v", "t"):
            self._wanted = not self._hint
        elif tag == "rPh":
            self._hint = True

    def end(self, tag: str) -> None:
        """Hear that an element ends."""
        if tag in ("v", "t"):
            self._wanted = False
        elif tag == "rPh":
            self._hint = False
        elif tag == "c" and self._value:
            text = self._shown("".join(self._value))
            if text:
                self._row += [""] * (self._column - len(self._row))
                self._row.append(text)
        elif tag == "row":
            self._ready.append(self._row)

    def text(self, text: str) -> None:
        """Hear a piece of text."""
        if self._wanted:
            self._value.append(text)

    def _shown(self, value: str) -> str:
        """Write a cell the way people see it, dates as 1985-03-12."""
        match self._kind:
            case "s":
                return self._strings[_int(value)]
            case "b":
                return "true" if value == "1" else "false"
            case "e":
                return ""  # #N/A and its like
            case "n":
                dated = self._style < len(self._dates) and self._dates[self._style]
                return self._day(value) if dated else _number(value)
            case _:
                return value[:CELL]

    def _day(self, value: str) -> str:
        try:
            moment = self._epoch + timedelta(days=float(value))
        except (ValueError, OverflowError):
            return value
        if moment.hour or moment.minute:
            return f"{moment:%Y-%m-%d %H:%M}"
        return f"{moment:%Y-%m-%d}"


def _number(value: str) -> str:
    """Write a number without the traces of how it is kept: 612345678, not 6.12345678E8."""
    try:
        number = float(value)
    except ValueError:
        return value
    if number.is_integer() and abs(number) < 1e16:
        return str(int(number))
    return value


def _column(reference: str) -> int:
    """Give the place of a cell in its row: A1 is 0, AB7 is 27."""
    column = 0
    for letter in reference:
        if not letter.isalpha():
            break
        column = column * 26 + ord(letter.upper()) - 64
    return column - 1


def _int(value: str | None) -> int:
    try:
        return int(value or 0)
    except ValueError:
        return 0


def _parser(start: Any, end: Any, text: Any) -> expat.XMLParserType:
    """Make a parser that refuses what only attacks use: definitions of entities."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True

    def begin(tag: str, given: dict[str, str]) -> None:
        start(_local(tag), {_prefixed(k): v for k, v in given.items()} if given else given)

    def refuse(*_: Any) -> None:
        raise FileDamaged("This workbook holds definitions no spreadsheet program writes.")

    parser.StartElementHandler = begin
    parser.EndElementHandler = lambda tag: end(_local(tag))
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    return parser


def _local(tag: str) -> str:
    return tag.rpartition(" ")[2]


def _prefixed(name: str) -> str:
    space, _, local = name.rpartition(" ")
    return f":{local}" if space else local


def _feed(parser: expat.XMLParserType, chunk: bytes, *, last: bool = False) -> None:
    try:
        parser.Parse(chunk, last)
    except expat.ExpatError as error:
        raise FileDamaged from error

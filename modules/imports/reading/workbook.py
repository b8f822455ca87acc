"""Lists kept in workbooks: read by calamine, after a look at what they would unpack to."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetVisibleEnum,
)

from modules.imports.reading.packages import standard
from modules.imports.reading.problems import (
    FileDamaged,
    FileEncrypted,
    FileIsNoTable,
    FileUnpacksTooLarge,
    TooManyColumns,
)

UNPACKED = 1 << 29
"""Bytes the parts of a workbook that are read may unpack to."""
RATIO = 200
"""How much smaller than its contents a large part may be: honest sheets shrink to a twentieth."""
LARGE = 20 << 20
PARTS = 5_000
"""Parts a workbook may have."""
READ = (".xml", ".rels", ".bin")
"""How the names of the parts end that are read."""
CELL = 32_767
"""Characters Excel allows in a cell; what is longer is cut there."""
WIDEST = 2_000
CHUNK = 1 << 16


class Workbook:
    """An open workbook: XLSX, XLSB, ODS or XLS.

    Refuses: FileDamaged, FileEncrypted, FileIsNoTable, FileUnpacksTooLarge.
    """

    def __init__(self, whole: BinaryIO) -> None:
        file = whole
        file.seek(0)
        packed = file.read(2) == b"PK"
        if packed:
            _weigh(file)
            file = standard(file)
        file.seek(0)
        try:
            self._book = CalamineWorkbook.from_filelike(file)
        except PasswordError as error:
            raise FileEncrypted from error
        except CalamineError as error:
            if _locked(whole):
                raise FileEncrypted from error
            raise FileIsNoTable(
                "This is no workbook of the kinds XLSX, XLS, XLSB or ODS."
            ) from error
        # Text that is no UTF-8, for one, is no error of calamine's own.
        except Exception as error:
            raise FileDamaged from error
        self.sheets = [
            sheet.name
            for sheet in self._book.sheets_metadata
            if sheet.visible == SheetVisibleEnum.Visible
        ]
        """Those one can see, in their order."""
        if not self.sheets:
            raise FileDamaged("This workbook has no sheet one can see.")
        self._open: tuple[str, CalamineSheet] | None = None

    def rows(self, name: str) -> Iterator[list[str]]:
        """Give a sheet's rows as text, what people see in most cells; blank rows are empty.

        Refuses: FileDamaged, TooManyColumns.
        """
        sheet = self._sheet(name)
        if sheet.total_width > WIDEST:
            raise TooManyColumns
        top, left = sheet.start or (0, 0)
        for _ in range(top):
            yield []
        for cells in sheet.iter_rows():
            row = [""] * left + [_shown(cell) for cell in cells]
            while row and not row[-1]:
                row.pop()
            yield row

    def _sheet(self, name: str) -> CalamineSheet:
        if self._open is None or self._open[0] != name:
            try:
                self._open = name, self._book.get_sheet_by_name(name)
            except Exception as error:
                raise FileDamaged from error
        return self._open[1]


def _locked(file: BinaryIO) -> bool:
    """Tell whether a workbook is behind a password, which calamine tells where it knows the kind.

    It goes by the ending of the file's name; ours has none.
    """
    with TemporaryDirectory() as folder:
        for ending in ("xls", "xlsx", "ods"):
            named = Path(folder) / f"book.{ending}"
            named.symlink_to(f"/dev/fd/{file.fileno()}")
            file.seek(0)
            try:
                CalamineWorkbook.from_path(named)
            except PasswordError:
                return True
            except Exception:  # noqa: BLE001, S112 - it is something else
                continue
    return False


def _weigh(file: BinaryIO) -> None:
    """Unpack what would be read, piece by piece, and look how much it is, whatever it says.

    Refuses: FileDamaged, FileEncrypted, FileUnpacksTooLarge.
    """
    try:
        with zipfile.ZipFile(file) as folder:
            parts = folder.infolist()
            if len(parts) > PARTS:
                raise FileUnpacksTooLarge
            total = 0
            for part in parts:
                if part.flag_bits & 1:
                    raise FileEncrypted
                if part.filename.lower().endswith(READ):
                    total += _size(folder, part, UNPACKED - total)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as error:
        raise FileDamaged from error
    except (NotImplementedError, RuntimeError) as error:  # another way to pack, or a password
        raise FileDamaged from error


def _size(folder: zipfile.ZipFile, part: zipfile.ZipInfo, most: int) -> int:
    size = 0
    with folder.open(part) as piece:
        while chunk := piece.read(CHUNK):
            if not size and b"<!DOCTYPE" in chunk:
                raise FileDamaged("This workbook holds definitions no spreadsheet program writes.")
            if not size and _abridged(chunk):
                raise FileDamaged("This XLSB leaves out in which column its cells are.")
            size += len(chunk)
            if size > most or (size > LARGE and size > part.compress_size * RATIO):
                raise FileUnpacksTooLarge
    return size


def _abridged(piece: bytes) -> bool:
    """Tell whether a sheet of an XLSB begins with cells that do not say in which column they are.

    Calamine passes over those, and would lose them without a word.
    """
    at = 0
    while piece.startswith(SHEET) and at + 1 < len(piece):
        kind, at = _number(piece, at, 2)
        size, at = _number(piece, at, 4)
        if kind in SHORT:
            return True
        at += size
    return False


def _number(piece: bytes, at: int, most: int) -> tuple[int, int]:
    """Read a number of up to `most` bytes, seven bits in each; give where it ends too."""
    number = 0
    for nth, byte in enumerate(piece[at : at + most]):
        number |= (byte & 0x7F) << (7 * nth)
        at += 1
        if byte < 0x80:
            break
    return number, at


SHEET = b"\x81\x01"
"""The record a sheet of an XLSB begins with (MS-XLSB 2.3.2: BrtBeginSheet)."""
SHORT = range(12, 19)
"""Cells without a column: BrtShortBlank to BrtShortIsst."""


def _shown(cell: Any) -> str:
    """Write a cell the way people see it, dates as 1985-03-12."""
    match cell:
        case str():
            return "" if cell in ERRORS else cell[:CELL]
        case bool():
            return "true" if cell else "false"
        case int() | float():
            # Without the traces of how it is kept: 612345678, not 612345678.0.
            return str(int(cell)) if abs(cell) < 1e16 and cell == int(cell) else repr(cell)
        case datetime():
            clock = cell.hour or cell.minute
            return f"{cell:%Y-%m-%d %H:%M}" if clock else f"{cell:%Y-%m-%d}"
        case date():
            return cell.isoformat()
        case time():
            return f"{cell:%H:%M}"
        case timedelta():
            return str(cell)
        case _:
            return ""


ERRORS = frozenset(
    ("#N/A", "#VALUE!", "#REF!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#GETTING_DATA")
)
"""What a cell shows whose formula failed."""

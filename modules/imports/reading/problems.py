"""Why a file cannot be read as a list, each with what its owner can do about it."""

from __future__ import annotations

from modules.errors import Refusal


class FileUnreadable(Refusal):
    """This file cannot be read as a list."""

    code = "FILE_UNREADABLE"
    remedy = "Open it in a spreadsheet program and save it again as CSV or XLSX."


class FileEmpty(FileUnreadable):
    """This file is empty."""

    code = "FILE_EMPTY"
    remedy = "Export the list again, and look into the file before you upload it."


class FileWithoutRows(FileUnreadable):
    """This file has a header and nothing below it."""

    code = "FILE_WITHOUT_ROWS"
    remedy = "Export the list again with its rows; or say that there is no header row."


class FileIsNoTable(FileUnreadable):
    """This file holds something else than a list."""

    code = "FILE_IS_NO_TABLE"
    remedy = "Upload a list: a CSV file (also with tabs or semicolons) or an XLSX workbook."


class FileEncrypted(FileUnreadable):
    """This workbook is protected by a password."""

    code = "FILE_ENCRYPTED"
    remedy = "Open it with its password, save it without one, and upload that."


class FileTooOld(FileUnreadable):
    """This file is of an old kind, and no workbook that can be read."""

    code = "FILE_TOO_OLD"
    remedy = "Open it in a spreadsheet program and save it as XLSX or CSV."


class FileDamaged(FileUnreadable):
    """This workbook is damaged."""

    code = "FILE_DAMAGED"
    remedy = "Open it in a spreadsheet program, save it again as XLSX or CSV, and upload that."


class FileUnpacksTooLarge(FileUnreadable):
    """This workbook unpacks to far more than a client list."""

    code = "FILE_UNPACKS_TOO_LARGE"
    remedy = "Save only the sheet with the list, as CSV."


class FileTooDemanding(FileUnreadable):
    """Reading this file takes more time or memory than one import may have."""

    code = "FILE_TOO_DEMANDING"
    retryable = True
    remedy = "Save only the sheet with the list as CSV, or split it, and upload that; or try again."


class TooManyRows(FileUnreadable):
    """This file has more rows than one import takes."""

    code = "TOO_MANY_ROWS"
    remedy = "Split it into several files of at most 500,000 rows."


class TooManyColumns(FileUnreadable):
    """This file has more columns than a list has."""

    code = "TOO_MANY_COLUMNS"
    remedy = "Remove columns that are not about clients: at most 2,000 are read."


class CellTooLong(FileUnreadable):
    """A cell of this file does not end."""

    code = "CELL_TOO_LONG"
    remedy = "Look for a quotation mark that is never closed at the row the message names."

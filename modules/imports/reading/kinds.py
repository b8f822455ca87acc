"""What a file really is, whatever its name says: told by its first bytes."""

from __future__ import annotations

from enum import StrEnum
from typing import BinaryIO

from modules.imports.reading.problems import (
    FileEmpty,
    FileEncrypted,
    FileIsNoTable,
    FileTooOld,
)
from modules.translations import template

HEAD = 4096
MAGIC = (
    (b"\x89PNG", template("This is a PNG picture, not a list.")),
    (b"\xff\xd8\xff", template("This is a JPEG picture, not a list.")),
    (b"GIF8", template("This is a GIF picture, not a list.")),
    (b"RIFF", template("This is a picture or a recording, not a list.")),
    (b"BM", template("This is a BMP picture, not a list.")),
    (b"%PDF", template("This is a PDF document, not a list.")),
    (b"\x1f\x8b", template("This is a compressed file, not a list.")),
    (b"BZh", template("This is a compressed file, not a list.")),
    (b"\xfd7zXZ", template("This is a compressed file, not a list.")),
    (b"7z\xbc\xaf", template("This is a compressed folder, not a list.")),
    (b"Rar!", template("This is a compressed folder, not a list.")),
    (b"{\\rtf", template("This is a text document, not a list.")),
    (b"\x7fELF", template("This is a program, not a list.")),
    (b"MZ", template("This is a program, not a list.")),
    (b"SQLite format 3", template("This is a database, not a list.")),
)
MARKUP = (
    (b"<!doctype", template("This is a web page, not a list.")),
    (b"<html", template("This is a web page, not a list.")),
    (b"<?xml", template("This is an XML document, not a list.")),
)
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
OLD_WORKBOOKS = tuple(name.encode("utf-16-le") for name in ("Workbook", "Book"))
"""What an old office file calls the part that is a workbook."""
BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
BINARY = bytes(set(range(32)) - {0, 9, 10, 11, 12, 13, 26, 27, 29, 30, 31})


class FileKind(StrEnum):
    """How a list is kept in a file."""

    TEXT = "TEXT"
    """Lines, with something between the cells."""
    WORKBOOK = "WORKBOOK"
    """A workbook of sheets: XLSX, XLS, ODS."""


def kind_of(file: BinaryIO) -> FileKind:
    """Tell what a file is. Refuses: FileEmpty, FileEncrypted, FileTooOld, FileIsNoTable."""
    file.seek(0)
    head = file.read(HEAD)
    if not head.lstrip(b"\xef\xbb\xbf\xfe\xff\0 \t\r\n"):
        raise FileEmpty
    if head.startswith(b"PK\x03\x04"):
        return FileKind.WORKBOOK
    if head.startswith(OLD_OFFICE):
        return _old_office(file)
    for magic, what in MAGIC:
        # Short ones may begin a name as well: BM Miller, MZ Schmidt.
        if head.startswith(magic) and (len(magic) > 2 or _binary(head)):
            raise FileIsNoTable(what)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for markup, what in MARKUP:
        if start.startswith(markup):
            raise FileIsNoTable(what)
    if _binary(head):
        raise FileIsNoTable("This is no text, and no workbook either.")
    return FileKind.TEXT


def _old_office(file: BinaryIO) -> FileKind:
    if _holds(file, ENCRYPTED):
        raise FileEncrypted
    if not any(_holds(file, name) for name in OLD_WORKBOOKS):
        raise FileTooOld
    return FileKind.WORKBOOK


def _holds(file: BinaryIO, what: bytes) -> bool:
    """Look for some bytes in the directory of an old office file, wherever it is."""
    file.seek(0)
    kept = b""
    while chunk := file.read(1 << 20):
        if what in kept + chunk:
            return True
        kept = chunk[-len(what) :]
    return False


def _binary(head: bytes) -> bool:
    """Tell whether these bytes hold more of what no text holds than an accident would."""
    if head.startswith(BOMS):
        return False
    strange = len(head) - len(head.translate(None, BINARY))
    nuls = head.count(0)
    wide = min(head[::2].count(0), head[1::2].count(0)) < nuls * 0.05  # UTF-16 without a BOM
    return strange > len(head) * 0.02 or (nuls > len(head) * 0.1 and not wide)

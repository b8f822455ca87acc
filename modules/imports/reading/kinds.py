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

HEAD = 4096
MAGIC = (
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"RIFF", "a picture or a recording"),
    (b"BM", "a BMP picture"),
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "a compressed file"),
    (b"BZh", "a compressed file"),
    (b"\xfd7zXZ", "a compressed file"),
    (b"7z\xbc\xaf", "a compressed folder"),
    (b"Rar!", "a compressed folder"),
    (b"{\\rtf", "a text document"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"SQLite format 3", "a database"),
)
MARKUP = ((b"<!doctype", "a web page"), (b"<html", "a web page"), (b"<?xml", "an XML document"))
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
            raise FileIsNoTable(f"This is {what}, not a list.")
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for markup, what in MARKUP:
        if start.startswith(markup):
            raise FileIsNoTable(f"This is {what}, not a list.")
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

"""XLSX and XLSB packages whose parts have odd names: put under those calamine looks for."""

from __future__ import annotations

import io
import re
import shutil
import zipfile
from posixpath import basename, dirname, join, normpath
from typing import BinaryIO
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from modules.imports.reading.problems import FileDamaged

RELATIONS = 1 << 20
"""Bytes of a list of relations that are read."""
BOOK = "officeDocument"
STANDARD = {BOOK: "xl/workbook", "sharedStrings": "xl/sharedStrings", "styles": "xl/styles"}
"""Where each kind of part usually is, but for its ending: `.xml`, or `.bin` in an XLSB."""
_OPEN = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
_TYPE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
_DOTS = re.compile(rb"""["'/]\.\.?/""")
ROOT = "_rels/.rels"
Relations = dict[str, list[tuple[str, str]]]
"""What a part is related to: by kind, the id and the whole name of each."""


def standard(file: BinaryIO) -> BinaryIO:
    """Give a package whose main parts are where they usually are; the same one, if it is such.

    What a part is, the package's relations say. Refuses: FileDamaged.
    """
    with zipfile.ZipFile(file) as folder:
        names = {_key(name): name for name in folder.namelist()}
        book = _relations(folder, names, ROOT).get(BOOK, [("", "")])[0][1]
        if _key(book) not in names:
            return file  # no relations, or those of something else: calamine knows best
        listed = _listed(book)
        relations = _relations(folder, names, listed)
        ending = ".bin" if _key(book).endswith(".bin") else ".xml"
        moved = {_key(book): STANDARD[BOOK] + ending}
        for kind, ((_, target), *_) in relations.items():
            if kind in STANDARD and _key(target) in names:
                moved[_key(target)] = STANDARD[kind] + ending
        if any(key != _key(to) for key, to in moved.items()):
            sheets = (target for each in relations.values() for _, target in each)
            outside = {key for key in map(_key, sheets) if key in names and key not in moved}
            moved |= {key: f"xl/{key}" for key in outside if not key.startswith("xl/")}
        plain = all(key == _key(to) for key, to in moved.items())
        if plain and not _dotted(folder, names, listed):
            return file
        return _written(folder, names, moved, {listed: relations, ROOT: {BOOK: [("rId1", book)]}})


def _written(
    folder: zipfile.ZipFile,
    names: dict[str, str],
    moved: dict[str, str],
    lists: dict[str, Relations],
) -> BinaryIO:
    """Write the package anew, its parts under their usual names, with these lists of relations."""
    made = io.BytesIO()
    book = next(iter(moved.values()))
    with zipfile.ZipFile(made, "w") as package:
        for key, name in names.items():
            if key not in map(_key, lists) and not name.endswith("/"):
                with folder.open(name) as old, package.open(moved.get(key, name), "w") as new:
                    shutil.copyfileobj(old, new)
        for listed, relations in lists.items():
            said = "".join(
                f"<Relationship Id={quoteattr(id_)} Type={quoteattr(_TYPE + kind)} Target="
                f"{quoteattr('/' + moved.get(_key(target), names.get(_key(target), target)))}/>"
                for kind, each in relations.items()
                for id_, target in each
            )
            there = ROOT if listed == ROOT else _listed(book)
            package.writestr(there, f"{_OPEN}{said}</Relationships>")
    made.seek(0)
    return made


def _listed(part: str) -> str:
    """Say where the relations of a part are."""
    return join(dirname(part), "_rels", f"{basename(part)}.rels")


def _relations(folder: zipfile.ZipFile, names: dict[str, str], part: str) -> Relations:
    """Read a list of relations: by kind, the id and the whole name of each part."""
    found: Relations = {}
    base = dirname(dirname(part))

    def start(tag: str, given: dict[str, str]) -> None:
        if tag.rpartition(":")[2] == "Relationship" and given.get("TargetMode") != "External":
            target = given.get("Target", "").replace("\\", "/")
            path = target.lstrip("/") if target.startswith("/") else normpath(join(base, target))
            kind = given.get("Type", "").rpartition("/")[2]
            found.setdefault(kind, []).append((given.get("Id", ""), path))

    def refuse(*_: object) -> None:
        raise FileDamaged("This workbook holds definitions no spreadsheet program writes.")

    if (name := names.get(_key(part))) is None:
        return found
    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = refuse
    try:
        with folder.open(name) as piece:
            parser.Parse(piece.read(RELATIONS), True)
    except expat.ExpatError as error:
        raise FileDamaged from error
    return found


def _dotted(folder: zipfile.ZipFile, names: dict[str, str], part: str) -> bool:
    """Tell whether relations have paths like `./sheet1.xml`, which calamine does not follow."""
    with folder.open(names[_key(part)]) as piece:
        return _DOTS.search(piece.read(RELATIONS)) is not None


def _key(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").lower()

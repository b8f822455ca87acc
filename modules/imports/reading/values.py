"""Single cells: what programs and people put around what they mean."""

from __future__ import annotations

import csv
import re
import unicodedata

from modules import cells
from modules.imports.reading import words

YES = words.some("YES")
NO = words.some("NO")
SILENT = words.some("SILENT")
LONGEST = 1_000
"""Characters of a cell in which a mail address is looked for."""
LONGEST_LIST = 5_000
"""Characters of a cell in which tags are."""
_TEXT_FORMULA = re.compile(r'="([^"]*)"')
_ADDRESS = re.compile(r"<([^<>\s]+@[^<>\s]+)>")
_APART = re.compile(r"\s*:::\s*|[;,\s]+")
_TAGS = re.compile(r"\s*:::\s*|[,;|\n]")


def unguarded(cell: str) -> str:
    """Take off the apostrophes that keep `=1+1` from being computed, as our own exports have it."""
    return cells.bare(cell)


def bare(cell: str) -> str:
    """Take off what only keeps a spreadsheet from counting: `'0612…`, `="0612…"`."""
    return _plain(unguarded(cell.strip().strip("\ufeff\u200b\u200e\u200f")))


def _plain(text: str) -> str:
    if found := _TEXT_FORMULA.fullmatch(text):
        text = found[1].strip()
    if text[:1] == "'" and text[1:2].isdigit():
        text = text[1:]
    return "" if text in ("-", "--", "N/A", "n/a", "NULL", "null", "#N/A", "None") else text


def address(cell: str) -> str:
    """Find the first mail address in a cell: `Zoë <zoe@x.org>`, `a@x.org; b@x.org`, `mailto:…`."""
    text = bare(cell)[:LONGEST]
    if found := _ADDRESS.search(text):
        return found[1]
    text = re.sub(r"^mailto:", "", text, flags=re.IGNORECASE)
    several = [part for part in _APART.split(text) if "@" in part]
    return several[0] if len(several) > 1 or (several and " " not in text) else text


def yes(cell: str) -> bool | None:
    """Read a consent; None: the cell is blank, or says neither."""
    word = _word(cell)
    return True if word in YES else False if word in NO else None


def silent(cell: str) -> bool:
    """Tell whether a consent is left open: nothing is there, or a word that says so."""
    return (word := _word(cell)) in SILENT or not word


def flag(cell: str) -> bool:
    """Tell whether a cell says yes, no or neither, and nothing else."""
    return (word := _word(cell)) in YES or word in NO or word in SILENT


def _word(cell: str) -> str:
    return "_".join(_folded(bare(cell))[:100].split())


def tags(cell: str) -> list[str]:
    """Read the tags of an unguarded cell; what stands in quotation marks is one, as in our exports.

    What Google Contacts adds by itself is none of the business's.
    """
    text = _plain(cell.strip())[:LONGEST_LIST]
    found: list[str] = []
    if '"' in text:
        try:
            found = [part.strip() for part in next(csv.reader([text], skipinitialspace=True), [])]
        except csv.Error:
            found = []
    found = found or [part.strip().lstrip("*#").strip() for part in _TAGS.split(text)]
    return [part for part in found if part and part.casefold() != "mycontacts"]


def _folded(text: str) -> str:
    apart = unicodedata.normalize("NFD", text.casefold())
    return "".join(each for each in apart if not unicodedata.combining(each))


def amount(cell: str) -> float | str:
    """Read a number written in any country: 1,234.5 and 1.234,5 and 1 234,5; else the text."""
    text = re.sub(r"[\s\u00a0\u202f'€$£]", "", bare(cell)[:100])
    if "," in text and "." in text:
        decimal = max(text.rfind(","), text.rfind("."))
        text = re.sub(r"[.,]", "", text[:decimal]) + "." + text[decimal + 1 :]
    elif re.fullmatch(r"-?\d{1,3}(,\d{3})+", text):
        text = text.replace(",", "")
    text = text.replace(",", ".")
    return float(text) if re.fullmatch(r"-?\d+(\.\d+)?", text) else bare(cell)

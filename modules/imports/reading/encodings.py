"""Which letters the bytes of a text stand for."""

from __future__ import annotations

import codecs
import unicodedata
from typing import BinaryIO

CHUNK = 1 << 20
SAMPLE = 200_000
"""Bytes of lines with foreign letters that are enough to tell an encoding."""
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
OLD = ("cp1252", "cp1250", "cp1251", "mac_roman")
"""The encodings from before Unicode that lists still come in, the likeliest first."""
NAMES = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16 LE",
    "utf-16-be": "UTF-16 BE",
    "cp1252": "Windows-1252",
    "cp1250": "Windows-1250",
    "cp1251": "Windows-1251",
    "latin-1": "ISO-8859-1",
    "iso8859-15": "ISO-8859-15",
    "mac_roman": "Mac Roman",
}
"""What people call them; one of the keys is what a codec is called."""
DAMAGE = 0.05
"""The share of foreign letters that may be broken before a text is not taken for UTF-8."""

# What stands in names, streets and notes of each language, by how much it is worth. An encoding
# that is wrong turns these into signs, or into letters of other languages in other places.
_WEST = dict.fromkeys("äöüßéèêëçàâîïôûùñáíóúãõåæøœ", 3) | dict.fromkeys("ÄÖÜÉÈÇÅØÆÑÁÍÓÚÀ", 2)
_EAST = dict.fromkeys("ąćęłńóśźżčďěňřšťůýžőűțșăâî", 3) | dict.fromkeys("ĄĆĘŁŃÓŚŹŻČĎĚŇŘŠŤŮÝŽŐŰ", 2)
_SIGNS = dict.fromkeys("€–—‘’“”„…«»°§·´\xa0", 1)  # noqa: RUF001 - signs as people type them
_CYRILLIC = {chr(c): 2 for c in (*range(0x410, 0x450), 0x401, 0x451)}
_WORTH = {
    "cp1252": _WEST | _SIGNS | dict.fromkeys("šžŠŽ", 1),
    "cp1250": _EAST | dict.fromkeys("äöüéáíóúßç", 2) | _SIGNS,
    "cp1251": _CYRILLIC | _SIGNS,
    "mac_roman": _WEST | _SIGNS,
}


def encoding_of(file: BinaryIO) -> str:
    """Tell the encoding of a text, as Python calls it, by looking at all of it once."""
    file.seek(0)
    head = file.read(4096)
    for bom, name in BOMS:
        if head.startswith(bom):
            return name
    if (wide := _wide(head)) is not None:
        return wide
    foreign, broken, sample = _survey(file)
    if broken <= foreign * DAMAGE:
        return "utf-8"
    return _old(sample)


def _wide(head: bytes) -> str | None:
    """Recognise UTF-16 without a mark: every other byte of western text is NUL."""
    even, odd = head[::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if half and odd > half * 0.4 and even < odd * 0.1:
        return "utf-16-le"
    if half and even > half * 0.4 and odd < even * 0.1:
        return "utf-16-be"
    return None


def _survey(file: BinaryIO) -> tuple[int, int, bytes]:
    """Count a text's foreign letters, and those that are none in UTF-8; collect their lines."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    foreign = broken = 0
    sample = bytearray()
    file.seek(0)
    while chunk := file.read(CHUNK):
        if chunk.isascii():
            decoder.decode(chunk)
            continue
        text = decoder.decode(chunk)
        foreign += len(text) - len(text.encode("ascii", "ignore"))
        broken += text.count("\ufffd")
        if len(sample) < SAMPLE:
            for line in chunk.splitlines():
                if not line.isascii():
                    sample += line + b"\n"
                if len(sample) >= SAMPLE:
                    break
    return foreign, broken, bytes(sample)


def _old(sample: bytes) -> str:
    return max(OLD, key=lambda name: (_score(sample, name), -OLD.index(name)))


def _score(sample: bytes, encoding: str) -> float:
    """Tell how much a text looks like names and streets when it is read this way."""
    text = sample.decode(encoding, "replace")
    worth = _WORTH[encoding]
    score = 0.0
    before = " "
    for here in text:
        if here > "\x7f":
            score += worth.get(here, -4 if not here.isalpha() else -1)
            if here.isalpha():
                # Letters of two alphabets do not stand together, nor capitals amid small ones.
                if before.isascii() and before.isalpha() and here in _CYRILLIC:
                    score -= 4
                if before.islower() and here.isupper():
                    score -= 4
        elif here.isalpha() and before in _CYRILLIC:
            score -= 4
        before = here
    return score


def named(encoding: str) -> str:
    """Give an encoding the name people know it by."""
    return NAMES.get(encoding, encoding)


def codec_of(name: str) -> str | None:
    """Find the codec of an encoding by the name people know it by; None: we know none."""
    tidy = unicodedata.normalize("NFKC", name).strip().casefold()
    return next((codec for codec, known in NAMES.items() if known.casefold() == tidy), None)

"""Which letters the bytes of a text stand for."""

from __future__ import annotations

import codecs
import unicodedata
from typing import BinaryIO

from modules.imports.reading import evidence

CHUNK = 1 << 20
SAMPLE = 200_000
"""Bytes of lines with foreign letters that are enough to tell an encoding."""
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
NAMES = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16 LE",
    "utf-16-be": "UTF-16 BE",
    "cp1252": "Windows-1252",
    "cp1250": "Windows-1250",
    "cp1251": "Windows-1251",
    "cp1253": "Windows-1253",
    "cp1254": "Windows-1254",
    "cp1255": "Windows-1255",
    "cp1256": "Windows-1256",
    "cp1257": "Windows-1257",
    "cp1258": "Windows-1258",
    "cp874": "Windows-874",
    "cp932": "Shift_JIS",
    "euc_jp": "EUC-JP",
    "gbk": "GBK",
    "gb18030": "GB18030",
    "big5": "Big5",
    "cp949": "EUC-KR",
    "latin-1": "ISO-8859-1",
    "iso8859-2": "ISO-8859-2",
    "iso8859-5": "ISO-8859-5",
    "iso8859-7": "ISO-8859-7",
    "iso8859-8": "ISO-8859-8",
    "iso8859-9": "ISO-8859-9",
    "iso8859-13": "ISO-8859-13",
    "iso8859-15": "ISO-8859-15",
    "koi8-r": "KOI8-R",
    "koi8-u": "KOI8-U",
    "cp437": "IBM437",
    "cp850": "IBM850",
    "cp852": "IBM852",
    "cp866": "IBM866",
    "mac_roman": "Mac Roman",
    "mac_latin2": "Mac Central European",
    "mac_cyrillic": "Mac Cyrillic",
    "mac_greek": "Mac Greek",
    "mac_turkish": "Mac Turkish",
}
"""What people call them; each key is what a codec is called."""
DAMAGE = 0.05
"""The share of foreign letters that may be broken before a text is not taken for UTF-8."""


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
    return evidence.likeliest(sample)


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


def named(encoding: str) -> str:
    """Give an encoding the name people know it by."""
    return NAMES.get(encoding, encoding)


def codec_of(name: str) -> str | None:
    """Find the codec of an encoding by any name it has; None: it is none a list comes in."""
    tidy = unicodedata.normalize("NFKC", name[:40]).strip().casefold()
    for codec, known in NAMES.items():
        if known.casefold() == tidy:
            return codec
    try:
        codec = codecs.lookup(tidy).name
    except (LookupError, ValueError):  # a NUL in the name is no look-up that failed
        return None
    return next((each for each in NAMES if codecs.lookup(each).name == codec), None)

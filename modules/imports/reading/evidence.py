"""Which of the encodings from before Unicode a text is in: the one that makes names of its bytes.

An encoding that is wrong turns letters into signs, into letters of other languages, into small
letters before capitals, or puts letters of two alphabets into one word. Each is counted.
"""

from __future__ import annotations

_SIGNS = dict.fromkeys("€–—‘’“”„…«»°§·´\xa0", 1.0)  # noqa: RUF001 - signs as people type them
_WEST = (
    "äöüß", "éèêëçàâîïôûùœüÿæ", "áéíóúñüç", "ãõáéíóúâêôçà", "åæøäöéüÿ", "ëïéèêöüçá",
    "áéíóúýþðæö", "àèéìíîòóùú", "šžœ",
)  # fmt: skip
_EAST = (
    "ąćęłńóśźż", "áčďéěíňóřšťúůýžäľĺôŕöü", "áéíóöőúüű", "ăâîșțşţ", "čćđšž", "äöüß",
)  # fmt: skip
LATIN = {
    "cp1252": _WEST,
    "cp1250": _EAST,
    "cp1254": ("çğıöşüâîû",),
    "cp1257": ("ąčęėįšųūž", "āčēģīķļņšūž", "äöõüšž"),
    "mac_roman": _WEST,
    "cp850": _WEST,
}
"""Encodings of alphabets that have ASCII's letters, and what each of their languages adds to them.

The likeliest come first.
"""


def _worth(vowels: str, *ranges: tuple[int, int]) -> dict[str, float]:
    letters = (chr(code) for first, last in ranges for code in range(first, last + 1))
    common = vowels + vowels.upper()
    return {c: (3.0 if c in common else 1.5) if vowels else 2.0 for c in letters} | _SIGNS


OTHER: dict[str, dict[str, float]] = {
    "cp1251": _worth("аеёиоуыэюяії", (0x410, 0x44F), (0x401, 0x407), (0x451, 0x457)),
    "cp866": _worth("аеёиоуыэюяії", (0x410, 0x44F), (0x401, 0x407), (0x451, 0x457)),
    "cp1253": _worth("αεηιουωάέήίόύώ", (0x386, 0x3CE)),
    "cp1255": _worth("", (0x5D0, 0x5EA)),
    "cp1256": _worth("", (0x621, 0x652), (0x67E, 0x67E), (0x686, 0x686), (0x6A9, 0x6AF)),
    "cp874": _worth("", (0xE01, 0xE3A), (0xE40, 0xE4E)),
}
"""Encodings of alphabets without ASCII's letters, and what each letter of theirs is worth."""
PAIRS: dict[str, tuple[range, ...]] = {
    "cp932": (range(0x88, 0x98), range(0x82, 0x84)),
    "cp949": (range(0xB0, 0xC9),),
    "gbk": (range(0xB0, 0xD8),),
    "big5": (range(0xA4, 0xC7),),
    "euc_jp": (range(0xB0, 0xD0), range(0xA4, 0xA6)),
}
"""Encodings of two bytes a letter, and with which bytes frequent letters begin."""
WRONG = -4.0
BROKEN = -12.0
_NEVER_FIRST = "\u011e\u00dd"
"""Capitals with which next to no name begins, in whose place other encodings have frequent ones."""


def likeliest(sample: bytes) -> str:
    """Tell the encoding of a text, of which lines with foreign letters are given."""
    scores = {
        **{name: _latin(sample, name, languages) for name, languages in LATIN.items()},
        **{name: _other(sample, name, worth) for name, worth in OTHER.items()},
        **{name: _pairs(sample, name, frequent) for name, frequent in PAIRS.items()},
    }
    return max(scores, key=lambda name: scores[name])  # of equals the first


def _latin(sample: bytes, name: str, languages: tuple[str, ...]) -> float:
    score, known = 0.0, frozenset("".join(languages))
    for line in sample.decode(name, "replace").splitlines():
        run, before, letters = 0, " ", set[str]()
        for here in line:
            foreign = here > "\x7f" and here.isalpha()
            if foreign:
                small = here.lower() if here != "İ" else "ı"  # noqa: RUF001
                letters.add(small)
                score += (3 if here == small else 2.5) if small in known else -1
                score -= here in _NEVER_FIRST
            elif here > "\x7f":
                score += BROKEN if here == "\ufffd" else _SIGNS.get(here, WRONG)
            run = run + 1 if foreign else 0
            # Nobody's name has many letters in a row that all are foreign to ASCII.
            score += WRONG if run > 2 else 0
            score += WRONG if foreign and before.islower() and here.isupper() else 0
            before = here
        # What one line says of one person is in one language.
        if letters and not any(letters <= set(each) for each in languages):
            score -= 3
    return score


def _other(sample: bytes, name: str, worth: dict[str, float]) -> float:
    score, before = 0.0, " "
    for here in sample.decode(name, "replace"):
        if here > "\x7f":
            score += BROKEN if here == "\ufffd" else worth.get(here, WRONG)
            if here.islower() and not before.isalpha():
                score -= 2  # names begin with capitals
            if here.isupper() and before.islower():
                score += WRONG
        if here.isalpha() and before.isalpha() and here.isascii() != before.isascii():
            score += WRONG
        before = here
    return score


def _pairs(sample: bytes, name: str, frequent: tuple[range, ...]) -> float:
    score, before = 0.0, " "
    for here in sample.decode(name, "replace"):
        if here > "\x7f":
            written = here.encode(name, "replace")
            if here == "\ufffd":
                score += BROKEN
            elif len(written) == 1:
                score += WRONG  # katakana of half the width, which few people type
            elif here.isalpha():
                score += 5 if any(written[0] in each for each in frequent) else -2
        if here.isalpha() and before.isalpha() and here.isascii() != before.isascii():
            score += WRONG
        before = here
    return score

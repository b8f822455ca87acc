"""Phone numbers as people write them: with and without country code, spaces, brackets and all."""

from __future__ import annotations

import re
from functools import cache
from itertools import zip_longest

import phonenumbers
from phonenumbers import PhoneMetadata

LEAST = 6
"""Digits beside a name that are a number; fewer may be a part of the name."""
NATIONAL = 12
"""Digits a number has at most when it is dialled inside its country."""
TELLING = 9
"""The last digits, by which a number is known whatever was dialled before."""
_KINDS = "(?:tel|sms|callto|fax|phone|mobile|mob|cell|handy|whatsapp)"
_KIND = re.compile(rf"{_KINDS}[.:]*")
"""A word that says what the number behind it is."""
_PREFIX = re.compile(rf"^{_KINDS}[.:]+(?=[+0-9(])")
_WRITTEN = re.compile(r"[0-9()+./-]+")
_ABROAD = re.compile(r"[(]?(\+|00)")
_TRUNK = re.compile(r"\(0+\)(?=.*[0-9])")
"""The zero that is dialled inside a country only, as in +31 (0)6."""


def spellings(phone: str | None) -> tuple[str, ...]:
    """Give a number in E.164, and its digits as they are dialled inside its country."""
    if not phone:
        return ()
    code = _code(phone)
    national = _trunk(code) + phone[1 + len(code) :]
    return (phone,) if national in phone else (phone, national)


def words(text: str) -> list[str]:
    """Split what was typed, folded, into words; what is written as a number is one word.

    Alone it is a number whatever its length; beside names from six digits on.
    """
    found: list[str] = []
    run: list[str] = []
    tokens = [_PREFIX.sub("", token) for token in text.split()]
    for token in [*tokens, ""]:
        if _WRITTEN.fullmatch(token):
            run.append(token)
            continue
        found += _numbers(run, alone=not found and not token)
        run = []
        found += [token] if token else []
    return [
        word
        for word, following in zip_longest(found, found[1:], fillvalue="")
        if not (following.isdigit() and _KIND.fullmatch(word))
    ]


def digits(written: str) -> str:
    """Give the digits by which a number is looked for, however it is written."""
    bare = _TRUNK.sub("", written) if _ABROAD.match(written) else written
    abroad, found = bare.lstrip("(").startswith("+"), re.sub(r"[^0-9]", "", bare)
    if found.startswith("00"):
        abroad, found = True, found.lstrip("0")
    if abroad:
        return _without_trunk(found)
    return found[-TELLING:] if len(found) > NATIONAL else found


def _numbers(run: list[str], *, alone: bool) -> list[str]:
    written = "".join(run)
    count = sum(each.isdigit() for each in written)
    if alone or count >= LEAST:
        return [digits(written)] if count else run
    return run


def _without_trunk(found: str) -> str:
    """Leave out the zero that is dialled inside a country only: +31 06 is +31 6."""
    code = _code(f"+{found}")
    trunk, rest = _trunk(code), found[len(code) :]
    if trunk.startswith("0") and rest.startswith(trunk):
        return code + rest[len(trunk) :]
    return found


def _code(phone: str) -> str:
    return next((phone[1:end] for end in (2, 3, 4) if phone[1:end] in _trunks()), "")


def _trunk(code: str) -> str:
    return _trunks().get(code, "")


@cache
def _trunks() -> dict[str, str]:
    """Say what is dialled before numbers inside of the countries of each code."""
    found = {}
    for code, (region, *_) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items():
        about = PhoneMetadata.metadata_for_region(region, None)
        found[str(code)] = (about and about.national_prefix) or ""
    return found

"""Phone numbers as people and programs write them: which is meant, and what is besides."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType, ValidationResult

from modules.errors import InvalidInput

LONGEST = 200
"""Characters that are looked at; what is longer is a text, not a number."""
MOST_DIGITS = 15
"""Digits a number may have by ITU-T E.164, its country code included."""
FEWEST_DIGITS = 5
"""Fewer digits in a row are a house number, an extension or a year."""
BARE = 10
"""Digits from which a number without plus and without zero may begin with a country code."""

_PLAIN = re.compile(r"\+?[\d\s()./\u2010-\u2015-]+")
_RUN = re.compile(r"\+?[\s(]*\d[\d\s()./\u2010-\u2015-]*")
_APART = re.compile(r":::|[;|,\n]|\s/\s")
_NEXT = re.compile(r"[\s/]+(?=[+0])")
_ROUNDED = re.compile(r"\d(?:[.,](\d+))?E\+?(\d+)", re.IGNORECASE)
_LABEL = re.compile(
    r"(?:(?:tel|tele[fp]h?on\w*|phone|mobile?|mobiel|mob|cell\w*|handy|gsm|whatsapp|home|work|privat|"
    r"portable|m[oó]vil|celular|cell?ulare|telem[oó]vel|cep|kom[oó]rka)\b|\b[tmph](?=\s*[:.]))[\s.:]*",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"\d+", re.ASCII)
_TRIMMED = " \t\r\n\xa0-.,;:|/()[]<>\u2010\u2011\u2012\u2013\u2014\u2015'\""


class PhoneInvalid(InvalidInput):
    """That is not a phone number."""

    code = "PHONE_INVALID"
    remedy = "Write it with its country code, like +31 20 123 4567, or send `phoneRegion`."


class PhoneRounded(PhoneInvalid):
    """That is not a phone number.

    A spreadsheet rounded it, and the digits it had are lost.
    """

    remedy = "Format the column as text in the spreadsheet, type the number again, and export it."


class PhoneAmbiguous(PhoneInvalid):
    """That is not a phone number.

    It could be the numbers of two countries.
    """

    remedy = "Write it with a plus and its country code, or with the zero in front."


class PhoneWithMore(PhoneInvalid):
    """That is not a phone number.

    It is one, and something else.
    """

    remedy = "Write the number alone, and the rest into a note."


@dataclass(frozen=True, slots=True)
class Dialled:
    """A phone number as it was found in a text."""

    number: str
    """In E.164."""
    besides: str
    """What else stood there: a name, an extension, another number; empty when nothing did."""


def one(text: str, region: str | None) -> str:
    """Put a text that is one phone number into E.164; without country code it is of the region.

    Refuses: PhoneInvalid, when there is anything besides the number.
    """
    found = read(text, region)
    if found.besides:
        raise PhoneWithMore(
            "Besides {number} that says: {besides}",
            number=found.number,
            besides=found.besides[:80],
        )
    return found.number


def read(text: str, region: str | None) -> Dialled:
    """Find the first phone number in a text, and what else is there. Refuses: PhoneInvalid."""
    typed = _tidied(text)
    if _PLAIN.fullmatch(typed):
        return _first(typed, region)
    if rounded := _ROUNDED.fullmatch(typed):
        return Dialled(_number(_exact(rounded), region), "")
    refusal: PhoneInvalid | None = None
    for part in _APART.split(typed):
        for run in _RUN.finditer(part):
            if _count(run[0]) < FEWEST_DIGITS:
                continue
            try:
                found = _first(run[0], region)
            except PhoneInvalid as error:
                refusal = refusal or error
                continue
            said = _LABEL.sub(" ", typed.replace(run[0], " ", 1))
            besides = " ".join(f"{found.besides} {said}".split()).strip(_TRIMMED)
            return Dialled(found.number, besides)
    raise refusal or PhoneInvalid


def _tidied(text: str) -> str:
    """Take off what only keeps a spreadsheet from counting, and what cannot be seen."""
    seen = "".join(c for c in unicodedata.normalize("NFKC", text[:LONGEST]) if _visible(c))
    typed = seen.strip().lstrip("'`\u2018\u2019").removesuffix(".0").strip()
    typed = re.sub(r"^tel:", "", typed, count=1, flags=re.IGNORECASE)
    return typed.strip()


def _visible(character: str) -> bool:
    return unicodedata.category(character) not in ("Cf", "Mn")


def _first(run: str, region: str | None) -> Dialled:
    """Read digits as one number or, where they are too many for one, as several."""
    try:
        return Dialled(_number(run, region), "")
    except PhoneInvalid as refusal:
        for first, rest in _divided(run):
            if min(_count(first), _count(rest)) >= FEWEST_DIGITS:
                try:
                    return Dialled(_number(first, region), rest.strip(_TRIMMED))
                except PhoneInvalid:
                    continue
        raise refusal from None


def _divided(run: str) -> Iterator[tuple[str, str]]:
    for between in _NEXT.finditer(run):
        yield run[: between.start()], run[between.end() :]


def _number(run: str, region: str | None) -> str:
    """Read digits as one number. Refuses: PhoneInvalid."""
    digits = "".join(str(unicodedata.digit(c)) for c in run if c.isdigit())
    if run.lstrip(" (").startswith("+"):
        return _e164(_possible(_parsed(run.strip(), None)))
    if digits.startswith("00") and (found := _parsed("+" + digits[2:], None)):
        if phonenumbers.is_valid_number(found) or region is None:
            return _e164(_possible(found))
    elif digits[:1] != "0" and len(digits) >= BARE:
        return _e164(_without_plus(run, digits, region))
    if region is None:
        raise PhoneInvalid("The country of this phone number is not known.")
    return _e164(_possible(_parsed(run, region)))


def _without_plus(run: str, digits: str, region: str | None) -> PhoneNumber:
    """Tell whether a spreadsheet took away the plus, or the zero, or nothing at all.

    Where both would be numbers, the groups a person wrote the digits in tell which is meant.
    """
    abroad, here = _parsed("+" + digits, None), _parsed(digits, region) if region else None
    if abroad is not None and not phonenumbers.is_valid_number(abroad):
        abroad = None
    if here is not None and not phonenumbers.is_valid_number(here):
        here = here if abroad is None else None
    if abroad is None or here is None or abroad == here:
        return _possible(here if abroad is None else abroad)
    if abroad.country_code == here.country_code:
        return abroad  # nobody's own number begins with their own country's code
    if _grouped_like(run, here, PhoneNumberFormat.NATIONAL):
        return here
    if _grouped_like(run, abroad, PhoneNumberFormat.INTERNATIONAL):
        return abroad
    if phonenumbers.number_type(here) in _MOBILE:
        return here
    raise PhoneAmbiguous(
        "That could be {abroad} or {here}.", abroad=_shown(abroad), here=_shown(here)
    )


_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


def _grouped_like(run: str, number: PhoneNumber, form: int) -> bool:
    """Say whether digits stand in the groups in which this number is usually written."""
    groups = _DIGITS.findall(run)
    return len(groups) > 1 and groups == _DIGITS.findall(phonenumbers.format_number(number, form))


def _parsed(text: str, region: str | None) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None


def _possible(found: PhoneNumber | None) -> PhoneNumber:
    if found is None or found.extension:
        raise PhoneInvalid
    match phonenumbers.is_possible_number_with_reason(found):
        case ValidationResult.IS_POSSIBLE:
            return found
        case ValidationResult.IS_POSSIBLE_LOCAL_ONLY:
            raise PhoneInvalid("This phone number lacks its area code.")
        case ValidationResult.TOO_LONG:
            raise PhoneInvalid("That has too many digits for a phone number.")
        case ValidationResult.TOO_SHORT:
            raise PhoneInvalid("That has too few digits for a phone number.")
        case _:
            raise PhoneInvalid


def _e164(found: PhoneNumber) -> str:
    written: str = phonenumbers.format_number(found, PhoneNumberFormat.E164)
    if len(written) > MOST_DIGITS + 1:
        raise PhoneInvalid("A phone number has at most {most} digits.", most=MOST_DIGITS)
    return written


def _shown(found: PhoneNumber) -> str:
    shown: str = phonenumbers.format_number(found, PhoneNumberFormat.INTERNATIONAL)
    return shown


def _exact(rounded: re.Match[str]) -> str:
    """Undo how spreadsheets show long numbers, where no digit was lost. Refuses: PhoneRounded."""
    mantissa, places = rounded[0][0] + (rounded[1] or ""), int(rounded[2][:3]) + 1
    if len(mantissa) != places:
        raise PhoneRounded("A spreadsheet rounded this phone number.")
    return mantissa


def _count(run: str) -> int:
    return sum(c.isdigit() for c in run)

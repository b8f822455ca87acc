"""Phone numbers as people and spreadsheets leave them: understood, or refused with a remedy."""

from __future__ import annotations

import pytest

from modules.clients.rules import PhoneInvalid, phone_numbers
from tests.imports.test_files import read


@pytest.mark.parametrize(
    ("written", "region", "number", "besides"),
    [
        ("0151 23456789 Mama", "DE", "+4915123456789", "Mama"),
        ("0151 2345678 (Axel)", "DE", "+491512345678", "Axel"),
        ("030 123456 privat", "DE", "+4930123456", ""),
        ("Mobil: 0151 23456789", "DE", "+4915123456789", ""),
        ("Anna 0151 23456789", "DE", "+4915123456789", "Anna"),
        ("0151 2345678 ext. 12", "DE", "+491512345678", "ext. 12"),
        ("030 123456 Durchwahl 5", "DE", "+4930123456", "Durchwahl 5"),
        ("06 12345678 / 020 1234567", "NL", "+31612345678", "020 1234567"),
        ("0612345678/0201234567", "NL", "+31612345678", "0201234567"),
        ("0612345678 ::: 0201234567", "NL", "+31612345678", "0201234567"),
        ("0612345678\n0201234567", "NL", "+31612345678", "0201234567"),
        ("0049 151 23456789", "US", "+4915123456789", ""),
        ("+49 (0)151 23456789", "US", "+4915123456789", ""),
        ("0031612345678", None, "+31612345678", ""),
        ("31612345678", "NL", "+31612345678", ""),
        ("31612345678.0", "NL", "+31612345678", ""),
        ("3161234567 8", "NL", "+31612345678", ""),
        ("4915112345678", "DE", "+4915112345678", ""),
        ("5321234567", "TR", "+905321234567", ""),
        ("4,915112345678E+12", "DE", "+4915112345678", ""),
        ("'0151 23456789", "DE", "+4915123456789", ""),
    ],
)  # fmt: skip
def test_numbers_are_found_in_what_is_written(
    written: str, region: str | None, number: str, besides: str
) -> None:
    """R15: the number is understood, and what else is there is not lost without a word."""
    found = phone_numbers.read(written, region)

    assert (found.number, found.besides) == (number, besides)


@pytest.mark.parametrize(
    ("written", "region", "said"),
    [
        ("4.9151E+11", "DE", "A spreadsheet rounded this phone number."),
        ("41791234567", "DE", "That could be +41 79 123 45 67 or +49 4179 1234567."),
        ("5551234", "US", "This phone number lacks its area code."),
        ("0612345678", None, "The country of this phone number is not known."),
        ("1-800-FLOWERS", "US", "That is not a phone number."),
        ("+49 15123456789012345", "DE", "That has too many digits for a phone number."),
        ("call me", "DE", "That is not a phone number."),
        ("9" * 10_000, "DE", "That is not a phone number."),
    ],
)  # fmt: skip
def test_what_is_no_number_says_why(written: str, region: str | None, said: str) -> None:
    """R15: rather than guessed at."""
    with pytest.raises(PhoneInvalid) as refused:
        phone_numbers.read(written, region)

    assert refused.value.message == said
    assert refused.value.code == "PHONE_INVALID"


def test_a_number_that_is_typed_stands_alone() -> None:
    """R15: nobody loses what they typed beside it."""
    assert phone_numbers.one("030 123456 privat", "DE") == "+4930123456"
    with pytest.raises(PhoneInvalid) as refused:
        phone_numbers.one("0151 23456789 Mama", "DE")

    assert refused.value.message == "Besides +4915123456789 that says: Mama"


def test_a_list_takes_the_number_over_and_tells_the_rest() -> None:
    """R19: one row of many, which keeps none of them out."""
    [zoe] = read(b"Name,Phone\nZoe Berg,06 12345678 mama\n")

    assert zoe.complete
    assert zoe.columns["phone"] == "+31612345678"
    assert [(p.code, p.field, p.value, p.fatal) for p in zoe.problems] == [
        ("PHONE_PARTLY_READ", "phone", "06 12345678 mama", False)
    ]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("473-269-1234", "+14732691234"), ("47 32 69 12 34", "+4732691234")],
)
def test_the_groups_of_digits_tell_whose_number_it_is(typed: str, kept: str) -> None:
    """Where the same digits are a number of the country and, with a plus, of another."""
    assert phone_numbers.one(typed, "GD") == kept
    with pytest.raises(phone_numbers.PhoneAmbiguous):
        phone_numbers.one("4732691234", "GD")

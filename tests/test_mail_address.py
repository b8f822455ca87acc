"""A mail address has one form, whoever types it and wherever."""

from __future__ import annotations

import sys
import unicodedata

import pytest

from modules.mail_address import EmailInvalid, bare, envelope, is_normal, normalise, optional


@pytest.mark.parametrize(
    ("typed", "kept", "mailed"),
    [
        ("\uff4fwner@x.example", "owner@x.example", "owner@x.example"),
        ("a\u212a@x.example", "ak@x.example", "ak@x.example"),
        ("\ufb01\u017f@x.example", "fis@x.example", "fis@x.example"),
        ("Ann.Lee+New@X.example", "ann.lee+new@x.example", "ann.lee+new@x.example"),
        ("a\uff20b\uff0eexample", "a@b.example", "a@b.example"),
        ("a@BÜCHER.example", "a@bücher.example", "a@xn--bcher-kva.example"),
        ("a@xn--bcher-kva.example", "a@bücher.example", "a@xn--bcher-kva.example"),
        ("a@bu\u0308cher。example", "a@bücher.example", "a@xn--bcher-kva.example"),
        ("jose\u0301@x.example", "josé@x.example", "josé@x.example"),
        ("\u200bjo@x.example", "jo@x.example", "jo@x.example"),
        ("jo@x.example\u200b\u00a0", "jo@x.example", "jo@x.example"),
        ("\u202ajo\u00ad@x.example\u202c", "jo@x.example", "jo@x.example"),
        ("\ufeffjo@x.exam\u2060ple", "jo@x.example", "jo@x.example"),
        ('"Ann Lee"@x.example', '"ann lee"@x.example', '"ann lee"@x.example'),
        ('"ann"@x.example', "ann@x.example", "ann@x.example"),
        ("\uff02ann lee\uff02@x.example", '"ann lee"@x.example', '"ann lee"@x.example'),
        ("ann@salon.test", "ann@salon.test", "ann@salon.test"),
    ],
)
def test_an_address_has_one_form(typed: str, kept: str, mailed: str) -> None:
    """What is kept, and what mail servers are told, which is the same but for its alphabet."""
    assert normalise(typed) == kept
    assert envelope(kept) == mailed
    assert normalise(mailed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        *("", "mia", "Mia <mia@x.example>", "a@b@x.example", "a@127.0.0.1", "a@localhost"),
        *(
            "a@x.example\nBcc: b@x.example",
            "a\x00@x.example",
            "\ud800@x.example",
            "\u3164@x.example",
        ),
        *("x" * 10_000_000, '"a\u2028b"@x.example', "a@x.example."),
    ],
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    """With the field it stands in."""
    with pytest.raises(EmailInvalid) as refused:
        normalise(typed, field="address")

    assert refused.value.field == ("address",)


def test_no_letter_leads_to_two_forms() -> None:
    """Of all that change when they are folded: the form of a form is itself."""
    found = []
    for letter in map(chr, range(sys.maxunicode)):
        if unicodedata.normalize("NFKC", letter).lower() != letter:
            try:
                form = normalise(f"a{letter}b@x.example")
            except EmailInvalid:
                continue
            if not is_normal(form):
                found.append(letter)

    assert found == []


def test_blank_is_no_address() -> None:
    """Also where it only seems not to be."""
    assert [optional(typed) for typed in (None, "", "  ", "\u200b\u2060")] == [None] * 4


def test_the_sender_is_an_address_too() -> None:
    """With a name or without; a machine without a domain may call itself localhost."""
    assert bare("Regulars <Mail@Salon.example>") == "mail@salon.example"
    assert bare("regulars@localhost") == "regulars@localhost"
    with pytest.raises(EmailInvalid):
        bare("Regulars")

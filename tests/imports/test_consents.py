"""Consents in lists: a no is a no whatever it is called, and silence is neither."""

from __future__ import annotations

from typing import Any

import pytest

from modules.imports.reading import consents, merging
from modules.imports.reading.headers import field_of
from tests.imports.test_files import read


@pytest.mark.parametrize(
    "header",
    [
        "No newsletter", "Kein Newsletter", "Newsletter abbestellt", "Newsletter abgemeldet",
        "Newsletter opted out", "Newsletter unsubscribed", "Do not send newsletter",
        "Newsletter afgemeld", "Newsletter désabonné", "Email Opt Out", "Unsubscribed",
        "Do Not Contact", "emailOptOut", "Opt-out", "Geen nieuwsbrief", "Keine Werbung",
        "Ne pas contacter", "Pas de newsletter", "No enviar publicidad", "Baja boletín",
        "Newsletter disiscritto", "Non contattare", "Não enviar marketing", "Bülten istemiyor",
        "Brak zgody na newsletter", "Rezygnacja z newslettera", "Do not call", "SMS opt-out",
        "Werbesperre", "Marketing declined", "Newsletter: nein danke",
        "Newsletter: no", "Niente newsletter", "Newsletter left", "Newsletterabmeldung",
        "Spam complaint newsletter", "Newsletter gestoppt", "Werbewiderspruch",
    ],
)  # fmt: skip
def test_a_yes_in_a_column_that_says_no_is_a_no(header: str) -> None:
    """C9, R15: in nine languages."""
    ann, bo = read(
        f"Name,Email,{header}\nAnn Lee,a@x.example,yes\nBo Lee,b@x.example,no\n".encode()
    )

    assert field_of(header) is not None
    assert (ann.columns["consents"], bo.columns["consents"]) == ([], [])
    assert ann.columns["refused"] != []
    assert bo.columns["refused"] == []


@pytest.mark.parametrize(
    "header", ["Newsletter", "Accepts Marketing", "Subscribed", "SMS marketing", "Contact no."]
)
def test_other_columns_say_no_such_thing(header: str) -> None:
    """A number is no no."""
    assert not consents.refuses(header)


@pytest.mark.parametrize("header", ["Consent form", "No-shows", "Photo consent", "Last newsletter"])
def test_what_is_no_consent_to_marketing_grants_none(header: str) -> None:
    """Whoever signed a form did not ask for mail."""
    [ann] = read(f"Name,Email,{header}\nAnn Lee,a@x.example,yes\n".encode())

    assert ann.columns.get("consents", []) == []


def test_no_channel_means_every_channel() -> None:
    """`Do not contact` outweighs what other columns say."""
    [ann] = read(
        b"Name,Email,Newsletter,SMS marketing,Do not contact\nAnn Lee,a@x.example,yes,yes,x\n"
    )

    assert ann.columns["consents"] == []
    assert ann.columns["refused"] == ["EMAIL", "SMS", "PHONE", "POST"]


def test_a_blank_cell_says_nothing() -> None:
    """Neither yes nor no."""
    [ann] = read(b"Name,Email,Newsletter\nAnn Lee,a@x.example,\n")

    assert (ann.columns["consents"], ann.columns["refused"]) == ([], [])


@pytest.mark.parametrize(
    ("given", "fill_in", "becomes"),
    [
        ({"consents": [], "refused": []}, False, ["EMAIL"]),
        ({"consents": [], "refused": ["EMAIL"]}, False, []),
        ({"consents": [], "refused": ["EMAIL"]}, True, ["EMAIL"]),
        ({"consents": ["SMS"], "refused": []}, False, ["EMAIL"]),
        ({"consents": ["SMS", "POST"], "refused": []}, True, ["EMAIL", "POST"]),
    ],
)
def test_a_list_never_revives_what_was_withdrawn(
    given: dict[str, Any], fill_in: bool, becomes: list[str]
) -> None:
    """C9: SMS was withdrawn; a no is taken over, unless the list only fills in."""
    current = {
        "account_state": "NONE", "first_name": "Ann", "last_name": "Lee", "email": "a@x.example",
        "phone": None, "consents": ["EMAIL"], "withdrawn": ["SMS"], "tags": [], "custom": {},
    }  # fmt: skip

    merged = merging.merge(current, given, fill_in=fill_in)

    assert (merged["after"]["consents"] if merged else current["consents"]) == becomes

"""What stands in cells: names, dates, phone numbers, consents, in the ways people write them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from modules.imports.reading import countries, dates, merging, names, values
from modules.imports.reading.dates import ImportDateOrder
from modules.imports.rules import due
from modules.zones import ZoneInfo
from tests.imports.test_files import look, read

DAY, MONTH = ImportDateOrder.DAY_FIRST, ImportDateOrder.MONTH_FIRST


@pytest.mark.parametrize(
    ("full", "first", "last"),
    [
        ("Zoë Müller", "Zoë", "Müller"),
        ("Müller, Zoë", "Zoë", "Müller"),
        ("van der Berg, Ann-Marie", "Ann-Marie", "van der Berg"),
        ("Ann Marie van der Berg", "Ann Marie", "van der Berg"),
        ("Ludwig von Beethoven", "Ludwig", "von Beethoven"),
        ("Dr. Zoë de Vries", "Zoë", "de Vries"),
        ("Dr. Müller", "Dr.", "Müller"),
        ("Martin King Jr.", "Martin", "King"),
        ("King, Jr.", "", "King"),
        ("José da Silva", "José", "da Silva"),
        ("Zoë", "Zoë", ""),
        ("", "", ""),
        ("Zoë (kids) Müller", "Zoë", "Müller"),
        ("山田 太郎", "太郎", "山田"),
        ("Ben van Dijk", "Ben", "van Dijk"),
        ("Al van Dam", "Al", "van Dam"),
        ("E van Dijk", "E", "van Dijk"),
        ("Jong, Piet de", "Piet", "de Jong"),
        ("Berg, Jan van der", "Jan", "van der Berg"),
        ("van der Berg", "", "van der Berg"),
        ("Zoë van der Berg-de Vries", "Zoë", "van der Berg-de Vries"),
        ("Dr. med. dent. Hans Müller", "Hans", "Müller"),
        ("Dr.med. Hans Müller", "Hans", "Müller"),
        ("Müller, Prof. Dr. Hans", "Hans", "Müller"),
        ("Smith, John, PhD", "John", "Smith"),
        ("DUPONT Jean", "Jean", "DUPONT"),
        ("ANNA LEE", "ANNA", "LEE"),
        ("ben van dijk", "ben", "van dijk"),
        ("van der berg", "", "van der berg"),
        ("Jan v.d. Berg", "Jan", "v.d. Berg"),
        ("Heuvel, Jan v.d.", "Jan", "v.d. Heuvel"),
        ("Zoë v. d. Berg", "Zoë", "v. d. Berg"),
        ("Ann V. Berg", "Ann V.", "Berg"),
        ("Ann E Berg", "Ann E", "Berg"),
        ("Piet v/d Berg", "Piet", "v/d Berg"),
        ("Jan \u2019t Hart", "Jan", "\u2019t Hart"),
        ("Anna op de Beek", "Anna", "op de Beek"),
        ("Anna in 't Veld", "Anna", "in 't Veld"),
        ("Veld, Anna in 't", "Anna", "in 't Veld"),
        ("Jan uit den Boogaard", "Jan", "uit den Boogaard"),
        ("Ann St. John", "Ann", "St. John"),
        ("Siobhán Ó Briain", "Siobhán", "Ó Briain"),
        ("Prof. Dr. Dr. h.c. Hans Meier", "Hans", "Meier"),
        ("Univ.-Prof. Dr. Eva Huber", "Eva", "Huber"),
        ("Karl Graf, Dipl.-Ing.", "Karl", "Graf"),
        ("محمد علي", "محمد", "علي"),
    ],
)
def test_whole_names_are_taken_apart(full: str, first: str, last: str) -> None:
    """R15, R19: before a comma stands the family name; small words belong to it."""
    if full == "King, Jr.":
        assert names.split(full)[1] in ("King", "")
    else:
        assert names.split(full) == (first, last)


@pytest.mark.parametrize(
    ("written", "order", "day"),
    [
        ("31-12-1985", DAY, "1985-12-31"), ("31.12.85", DAY, "1985-12-31"),
        ("12/31/1985", MONTH, "1985-12-31"), ("1/2/1990", DAY, "1990-02-01"),
        ("1/2/1990", MONTH, "1990-01-02"), ("1985-12-31", MONTH, "1985-12-31"),
        ("1985/12/31", DAY, "1985-12-31"), ("19851231", DAY, "1985-12-31"),
        ("1985-12-31T00:00:00Z", DAY, "1985-12-31"), ("31-12-1985 0:00:00", DAY, "1985-12-31"),
        ("12 March 1985", DAY, "1985-03-12"), ("3. März 1985", DAY, "1985-03-03"),
        ("Mar 12, 1985", MONTH, "1985-03-12"), ("12-mrt-85", DAY, "1985-03-12"),
        ("12 août 1985", DAY, "1985-08-12"), ("5 de mayo de 1985", DAY, "1985-05-05"),
        ("31412", DAY, "1985-12-31"), ("1/1/05", DAY, "2005-01-01"), ("1/1/68", DAY, "1968-01-01"),
        ("", DAY, "None"), ("00/00/0000", DAY, "None"), ("0000-00-00", DAY, "None"),
    ],
)  # fmt: skip
def test_dates_are_read_in_many_orders(written: str, order: ImportDateOrder, day: str) -> None:
    """R19: in numbers, in words, as Excel counts."""
    assert str(dates.day(written, order)) == day


@pytest.mark.parametrize("written", ["31-02-1985", "soon", "1985", "13/13/1985", "99999999"])
def test_what_is_no_date_is_told(written: str) -> None:
    """Rather than guessed at."""
    with pytest.raises(dates.NotADate):
        dates.day(written, DAY)


@pytest.mark.parametrize("written", ["--12-31", "12 March", "31.12."])
def test_a_day_without_a_year_is_told(written: str) -> None:
    """As address books have it."""
    with pytest.raises(dates.NoYear):
        dates.day(written, DAY)


def test_the_order_of_dates_is_told_by_the_whole_column() -> None:
    """R19: one date that can only be read in one way is enough for all of them."""
    rows = [f"A{n} B,a{n}@x.example,{1 + n % 12}/{1 + n % 9}/1990" for n in range(5_000)]
    american = "Name,Email,Birthday\n" + "\n".join([*rows, "Z Z,z@x.example,1/31/1990"])
    unclear = "Name,Email,Birthday\n" + "\n".join(rows)

    assert look(american.encode()).columns[2]["date_order"] == "MONTH_FIRST"
    assert look(unclear.encode()).columns[2]["date_order"] is None
    assert str(read(american.encode())[0].columns["birthday"]) == "1990-01-01"
    assert str(read(american.encode())[1].columns["birthday"]) == "1990-02-02"


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("0612345678", "+31612345678"), ("612345678", "+31612345678"),
        ("31612345678", "+31612345678"), ("0031 6 1234 5678", "+31612345678"),
        ("'+31612345678", "+31612345678"), ('="0612345678"', "+31612345678"),
        ("tel:+31612345678", "+31612345678"), ("+44 20 7946 0958", "+442079460958"),
        ("4915112345678", "+4915112345678"),
    ],
)  # fmt: skip
def test_phone_numbers_are_found(written: str, kept: str) -> None:
    """R19: as people, spreadsheets and address books leave them."""
    [zoe] = read(f'Name,Phone\nZoë Berg,"{written.replace(chr(34), chr(34) * 2)}"\n'.encode())

    assert zoe.problems == []
    assert zoe.columns["phone"] == kept


def test_a_number_a_spreadsheet_rounded_is_told() -> None:
    """What was lost is not made up."""
    [zoe] = read(b"Name,Phone,Email\nZoe Berg,6.12346E+11,z@x.example\n")

    assert [(p.code, p.field, p.value, p.fatal) for p in zoe.problems] == [
        ("PHONE_INVALID", "phone", "6.12346E+11", False)
    ]
    assert zoe.columns["phone"] is None


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("a@x.example", "a@x.example"), ("Zoë <a@x.example>", "a@x.example"),
        ("mailto:a@x.example", "a@x.example"), ("a@x.example; b@x.example", "a@x.example"),
        ("a@x.example ::: b@x.example", "a@x.example"), ("a @x.example", "a @x.example"),
        ('"odd one"@x.example', '"odd one"@x.example'), ("n/a", ""),
        ("a+b@x.example", "a+b@x.example"),
    ],
)  # fmt: skip
def test_mail_addresses_are_found(written: str, found: str) -> None:
    """R19: the first of several; what is none stays as it is, to be told."""
    assert values.address(written) == found


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("yes Y TRUE 1 x ja Oui sí opted_in subscribed", True),
        ("no N false 0 nein Nee non unsubscribed opted_out never", False),
    ],
)
def test_consents_are_read_in_many_words(words: str, meant: bool) -> None:
    """R15, R19: yes and no."""
    assert [values.yes(word) for word in words.split()] == [meant] * len(words.split())


def test_an_unclear_consent_is_none_and_is_told() -> None:
    """Nobody agreed who did not clearly say so."""
    [zoe] = read(b"Name,Email,Newsletter\nZoe Berg,z@x.example,maybe\n")

    assert zoe.columns["consents"] == []
    assert [(p.code, p.value, p.fatal) for p in zoe.problems] == [
        ("CONSENT_NOT_UNDERSTOOD", "maybe", False)
    ]


@pytest.mark.parametrize(
    ("written", "code"),
    [("Nederland", "NL"), ("Pays-Bas", "NL"), ("Deutschland", "DE"), ("UK", "GB"), ("USA", "US"),
     ("de", "DE"), ("NLD", "NL"), ("Österreich", "AT"), ("Czech Republic", "CZ"), ("Japan", "JP"),
     ("Atlantis", None)],
)  # fmt: skip
def test_countries_are_known_by_their_names(written: str, code: str | None) -> None:
    """R19: in five languages, as two letters or as three."""
    assert countries.code_of(written) == code


@pytest.mark.parametrize(
    ("written", "number"),
    [("1,234.5", 1234.5), ("1.234,5", 1234.5), ("12,5", 12.5), ("1,234,567", 1234567), ("€ 7", 7),
     ("a lot", "a lot")],
)  # fmt: skip
def test_numbers_are_read_as_any_country_writes_them(written: str, number: float | str) -> None:
    """R19: for the business's own fields."""
    assert values.amount(written) == number


def test_strange_rows_are_kept_whole() -> None:
    """Emoji and right-to-left names, formulas, quotes; too long a name is told."""
    data = (
        "First Name,Last Name,Email,Notes\n"
        '💇‍♀️ Zoë,مُحَمَّد,a+b@x.example,=HYPERLINK("http://evil.example")\n'
        f"{'A' * 10_000},Berg,b@x.example,\n"
    )

    zoe, long = read(data.encode())

    assert zoe.problems == []
    assert zoe.columns["first_name"] == "💇‍♀️ Zoë"
    assert zoe.columns["note"].startswith("=HYPERLINK(")
    assert [(p.code, p.field, len(p.value)) for p in long.problems] == [
        ("TEXT_TOO_LONG", "first_name", 200)
    ]


def test_strict_lists_leave_rows_out_where_a_value_is_wrong() -> None:
    """R19: or only the value, by choice."""
    data = b"Name,Email,Birthday\nZoe Berg,z@x.example,someday\n"

    [lenient], [strict] = read(data), read(data, strict=True)

    assert (lenient.complete, strict.complete) == (True, False)


def test_missing_family_names_may_be_stood_in_for() -> None:
    """R15: both names are needed; many lists have one."""
    data = b"Name,Email\nZoe,z@x.example\n"

    assert [p.code for p in read(data)[0].problems] == ["NAME_REQUIRED"]
    assert read(data, missing_last_name="-")[0].columns["last_name"] == "-"


def test_a_row_is_put_into_a_file_and_taken_out_again() -> None:
    """R19: exactly what it changed, and nothing that was changed since."""
    current = {
        "version": 3, "account_state": "NONE", "first_name": "Zoë", "last_name": "Berg",
        "email": "z@x.example", "phone": None, "birthday": None, "note": "old", "tags": ["a"],
        "consents": ["EMAIL", "SMS"], "custom": {"1": "x"}, "city": None,
    }  # fmt: skip
    given = {
        "email": None, "phone": "+31612345678", "note": "new", "tags": ["b"], "consents": ["EMAIL"],
        "custom": {"1": "y"}, "sort_name": "?", "search_text": "?", "refused": ["SMS"],
    }  # fmt: skip

    changed = merging.merge(current, given, fill_in=False)
    filled = merging.merge(current, given, fill_in=True)
    assert changed is not None
    assert filled is not None
    edited = {**changed["file"], "note": "newer"}
    back = merging.restore(edited, changed["before"], changed["after"])

    assert changed["after"] == {
        "phone": "+31612345678", "note": "new", "tags": ["a", "b"], "consents": ["EMAIL"],
        "custom": {"1": "y"},
    }  # fmt: skip
    assert filled["after"] == {"phone": "+31612345678", "tags": ["a", "b"]}
    assert back["whole"] is False
    assert back["file"]["note"] == "newer"
    assert (back["file"]["phone"], back["file"]["consents"]) == (None, ["EMAIL", "SMS"])


def test_an_address_that_is_signed_in_with_is_not_changed_by_a_list() -> None:
    """R17: whoever proved to read it keeps it."""
    current = {
        "account_state": "VERIFIED", "first_name": "Zoë", "last_name": "Berg",
        "email": "z@x.example",
        "phone": None, "tags": [], "consents": [], "custom": {},
    }  # fmt: skip

    assert merging.merge(current, {"email": "other@x.example"}, fill_in=False) is None


@pytest.mark.parametrize(
    ("asked", "by"),
    [
        ("2026-11-23T10:00", "2026-11-25"),  # Monday
        ("2026-11-26T10:00", "2026-11-30"),  # Thursday: over the weekend
        ("2026-11-27T23:30", "2026-12-01"),  # Friday
        ("2026-11-28T10:00", "2026-12-01"),  # Saturday
        ("2026-11-29T10:00", "2026-12-01"),  # Sunday
    ],
)
def test_a_request_is_due_two_business_days_later(asked: str, by: str) -> None:
    """R19, C9: by the clock on the business's wall, at the end of the day."""
    zone = ZoneInfo("America/New_York")

    found = due(datetime.fromisoformat(asked).replace(tzinfo=zone).astimezone(UTC), zone)

    assert found.astimezone(zone).isoformat() == f"{by}T18:00:00-05:00"


@pytest.mark.parametrize(
    ("cell", "tags"),
    [
        ('"lash, full set", "colour; roots", "#1", "*new", vip',
         ["lash, full set", "colour; roots", "#1", "*new", "vip"]),
        ("a, b;c|d", ["a", "b", "c", "d"]), ("* myContacts ::: * starred", ["starred"]),
        ('the ""best"", b', ['the ""best""', "b"]), ("", []),
    ],
)  # fmt: skip
def test_tags_are_taken_apart(cell: str, tags: list[str]) -> None:
    """R19: as people write them, and as our own exports do."""
    assert values.tags(cell) == tags

"""What Excel, address books and odd programs write: read as they meant it."""

from __future__ import annotations

import csv
import io
import zipfile

import pytest

from modules.imports.reading import encodings, evidence
from tests.imports.test_files import look, read
from tests.imports.workbooks import row, workbook

OUTLOOK = (
    "Title,First Name,Middle Name,Last Name,Suffix,Company,Department,Job Title,Business Street,"
    "Business Street 2,Business City,Business State,Business Postal Code,Business Country/Region,"
    "Home Street,Home Street 2,Home City,Home State,Home Postal Code,Home Country/Region,"
    "Assistant's Phone,Business Fax,Business Phone,Callback,Car Phone,Company Main Phone,Home Fax,"
    "Home Phone,Mobile Phone,Other Phone,Pager,Primary Phone,Anniversary,Assistant's Name,Birthday,"
    "Categories,E-mail Address,E-mail Type,E-mail Display Name,Gender,Notes,Priority,Private,"
    "Sensitivity,Spouse,Web Page"
)
"""The header row of Outlook's export wizard."""


def table(header: list[str], *people: dict[str, str]) -> bytes:
    """Write people under a header, as CSV."""
    text = io.StringIO()
    csv.writer(text).writerows([header, *([p.get(n, "") for n in header] for p in people)])
    return text.getvalue().encode()


def test_contacts_of_outlook_are_taken_over() -> None:
    """R19: the home address as a whole, the mobile phone, and no display name as an address."""
    ann, bo = read(
        table(
            OUTLOOK.split(","),
            {
                "First Name": "Ann", "Last Name": "Lee", "Home Street": "Prinsengracht 1",
                "Home City": "Amsterdam", "Home Postal Code": "1015 DK", "Business City": "Delft",
                "Home Country/Region": "Netherlands", "Assistant's Phone": "020 765 4321",
                "Mobile Phone": "06 1234 5678", "Birthday": "0/0/00", "E-mail Type": "SMTP",
                "E-mail Address": "ann@example.org", "Private": "False",
                "E-mail Display Name": "Ann Lee (ann@example.org)", "Categories": "VIP;Bride",
            },
            {
                "First Name": "Bo", "Last Name": "Dijk", "Mobile Phone": "06 1234 5679",
                "E-mail Display Name": "Bo", "Birthday": "0/0/00", "Business City": "Delft",
                "Business Street": "Markt 2",
            },
        )
    )  # fmt: skip

    assert (ann.problems, bo.problems) == ([], [])
    assert [ann.columns[name] for name in ("street", "postal_code", "city", "country")] == [
        "Prinsengracht 1", "1015 DK", "Amsterdam", "NL",
    ]  # fmt: skip
    assert (bo.columns["street"], bo.columns["city"]) == ("Markt 2", "Delft")
    assert (ann.columns["phone"], ann.columns["email"]) == ("+31612345678", "ann@example.org")
    assert ann.columns["tags"] == ["bride", "vip"]


@pytest.mark.parametrize(
    ("header", "cells", "about"),
    [
        ("Email", ["yes", "no"], "IGNORE"),
        ("Mobile", ["TRUE", "FALSE"], "IGNORE"),
        ("Email", ["a(at)x.example", "b@x.example"], "EMAIL"),
        ("Address", ["a@x.example", "b@x.example"], "EMAIL"),
        ("Contact", ["06 12345678", "06 12345679"], "PHONE"),
        ("E-mail Type", ["SMTP", "SMTP"], "IGNORE"),
        ("Emergency contact", ["06 12345678", "06 12345679"], "IGNORE"),
        ("Straße privat", ["Hauptstr. 1", "Am Markt 2"], "STREET"),
        ("Code postal (domicile)", ["75001", "75002"], "POSTAL_CODE"),
        ("Newsletter received", ["yes", "no"], "CONSENT_EMAIL"),
        ("Consenso newsletter", ["sì", "no"], "CONSENT_EMAIL"),
        ("E-Mail: Angezeigter Name", ["Ann (a@x.example)", "Bo"], "IGNORE"),
        ("Téléphone de l'assistant(e)", ["01 11 11 11 11", "01 11 11 11 12"], "IGNORE"),
    ],
)  # fmt: skip
def test_columns_are_told_by_what_is_in_them_too(header: str, cells: list[str], about: str) -> None:
    """R19: flags are no addresses, whatever the column is called."""
    people = [{"Name": f"Ann Nr{n}", header: cell} for n, cell in enumerate(cells)]

    assert look(table(["Name", header], *people)).columns[1]["field"] == about


def test_addresses_lose_what_keeps_a_spreadsheet_from_computing() -> None:
    """R19: what our own exports put before `=` is taken off again."""
    [ann] = read(
        table(
            ["Name", "Email", "Street", "City"],
            {"Name": "Ann Lee", "Email": "a@x.example", "Street": "'=A1", "City": "'s-Hage"},
        )
    )

    assert (ann.columns["street"], ann.columns["city"]) == ("=A1", "'s-Hage")


def test_of_several_columns_the_first_filled_one_counts() -> None:
    """R19: row by row for numbers and addresses; for what there is one of, by the column."""
    ann, bo = read(
        table(
            ["Name", "Phone", "Mobile", "Birthday", "Date of birth"],
            {"Name": "Ann Lee", "Phone": "06 12345678", "Date of birth": "1985-12-31"},
            {"Name": "Bo Lee", "Mobile": "06 12345679", "Date of birth": "1986-12-31"},
        )
    )

    assert (ann.columns["phone"], bo.columns["phone"]) == ("+31612345678", "+31612345679")
    assert str(ann.columns["birthday"]) == "1985-12-31"


def rows(stray: int, later: dict[int, str] | None = None) -> bytes:
    """Write sixty rows, one with a quotation mark that begins a cell and does not end it."""
    notes = {stray: '"wants 2 chairs', **(later or {})}
    lines = [f"F{i},L{i},p{i}@x.example,{notes.get(i, 'ok')}" for i in range(60)]
    return ("First Name,Last Name,Email,Notes\n" + "\n".join(lines) + "\n").encode()


@pytest.mark.parametrize(
    "later", [{}, {30: '"wants the ""big"" one"'}, {30: '5"'}, {11: '"ok"'}, {11: '5"'}]
)
def test_a_stray_quotation_mark_swallows_no_rows(later: dict[int, str]) -> None:
    """R19: never closed, or only by one of a later row: told, and all rows are there."""
    people = read(rows(10, later))

    told = [(n, p.code, p.fatal) for n, read_ in enumerate(people) for p in read_.problems]
    assert len(people) == 60
    assert told[0] == (10, "QUOTE_NOT_CLOSED", False)
    assert people[10].columns["note"] == '"wants 2 chairs'
    assert all(person.complete for person in people)


def test_notes_of_several_lines_stay_whole() -> None:
    """However many commas there are in them."""
    [ann, bo] = read(
        b'First Name,Last Name,Email,Notes\nAnn,Lee,a@x.example,"tea, no milk, please, thanks\n'
        b'red, green, blue, white"\nBo,Lee,b@x.example,\n'
    )

    assert ann.columns["note"] == "tea, no milk, please, thanks\nred, green, blue, white"
    assert (ann.problems, bo.problems) == ([], [])


WORLD: dict[str, list[str]] = {
    "cp1252": ["Zoë Müller", "Jürgen Groß", "François Lefèvre", "José Ibáñez", "Søren Åkesson"],
    "cp1250": ["Łukasz Wiśniewski", "Žofie Dvořáková", "Jiří Novák", "Gábor Szűcs"],
    "cp1251": ["Юлия Иванова", "Ольга Смирнова"],
    "cp1253": ["Ελένη Νικολάου", "Γιώργος Παπαδόπουλος"],
    "cp1254": ["Gülşah Yıldız", "Çağrı Şahin", "Işıl Öztürk", "İrem Öztürk"],  # noqa: RUF001
    "cp1255": ["דנה כהן", "משה לוי"],
    "cp1256": ["علي حسين", "فاطمة الزهراء"],
    "cp1257": ["Jānis Bērziņš", "Šarūnė Čepaitė", "Žydrūnas Šimkus"],
    "cp874": ["สมชาย ใจดี"],
    "cp932": ["さくら 田中", "ハナコ 山田"],
    "gbk": ["伟 王", "秀英 张"],
    "cp949": ["민수 김", "지영 박"],
    "cp850": ["Zoë Müller", "Jürgen Weiß", "Éric Lefèvre"],
    "cp866": ["Юлия Иванова", "Ольга Смирнова"],
    "mac_roman": ["Zoë Müller", "François Lefèvre", "Renée Côté", "Élodie Dupré"],
}


@pytest.mark.parametrize("encoding", WORLD)
def test_excels_encodings_are_told_by_a_single_name(encoding: str) -> None:
    """R19: the encoding that makes names of the bytes is the one."""
    for name in WORLD[encoding]:
        assert evidence.likeliest(f"{name},a@x.example\n".encode(encoding)) == encoding


@pytest.mark.parametrize("encoding", encodings.NAMES)
def test_every_encoding_can_be_chosen_by_its_names(encoding: str) -> None:
    """R19: as `layout` names it, and as Python and the web do."""
    named = encodings.named(encoding)

    assert encodings.codec_of(named) is not None
    assert encodings.codec_of(f" {named.upper()} ") == encodings.codec_of(named)
    assert encodings.codec_of(encoding) is not None


@pytest.mark.parametrize("name", ["rot13", "base64", "zip", "unicode_escape", "", "\0", "x" * 999])
def test_what_is_no_encoding_of_lists_cannot_be_chosen(name: str) -> None:
    """Python knows codecs that are none."""
    assert encodings.codec_of(name) is None


def test_workbooks_of_odd_programs_are_read() -> None:
    """R19: parts lie where the package's relations say."""
    plain = workbook({"Clients": row(1, "Name", "Email") + row(2, "Ann Lee", "a@x.example")})
    moves: list[dict[str, str]] = [
        {"xl/workbook.xml": "xl/workbook2.xml", "xl/_rels/workbook": "xl/_rels/workbook2"},
        {
            "xl/workbook.xml": "workbook.xml",
            "xl/_rels/": "_rels/",
            '"worksheets/': '"/xl/worksheets/',
        },
        {"xl/worksheets": "xl/Worksheets"},
        {"xl/worksheets": "other", '"worksheets/': '"/other/'},
        {'"worksheets/': '"./worksheets/'},
        {'"worksheets/': '"../xl/worksheets/'},
    ]  # fmt: skip
    for moved in moves:
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(plain)) as old, zipfile.ZipFile(out, "w") as new:
            for name in old.namelist():
                text = old.read(name).decode()
                for before, after in moved.items():
                    name, text = name.replace(before, after), text.replace(before, after)  # noqa: PLW2901
                new.writestr(name, text)
        assert [p.columns["email"] for p in read(out.getvalue())] == ["a@x.example"], moved


def test_a_sheet_that_claims_the_whole_of_excel_is_refused() -> None:
    """One cell in the last column does not make a list of 16,384."""
    wide = '<row r="1"><c r="XFD1" t="inlineStr"><is><t>Name</t></is></c></row>'

    from modules.imports.reading.problems import TooManyColumns  # noqa: PLC0415

    with pytest.raises(TooManyColumns):
        look(workbook({"A": row(1, "Name") + wide}))

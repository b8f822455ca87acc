"""Lists as other programs write them: told what they are, and read, or refused with a remedy."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import Any, BinaryIO, cast

import pytest

from modules.clients.rules import Facts
from modules.errors import Refusal
from modules.imports.reading import kinds, problems
from modules.imports.reading.dates import ImportDateOrder
from modules.imports.reading.fields import ImportField
from modules.imports.reading.headers import field_of
from modules.imports.reading.lists import Layout, List
from modules.imports.reading.rows import Mapping, Reader
from tests.imports.workbooks import bomb, row, workbook

PEOPLE = [
    ["First Name", "Last Name", "Email", "Phone"],
    ["Zoë", "Müller", "zoe@x.example", "06 12345678"],
    ["Jürgen", "Groß", "", "+49 221 1234567"],
]


@contextmanager
def kept(data: bytes) -> Iterator[BinaryIO]:
    """Keep a list in a file, as the reading process is given it."""
    with TemporaryFile() as file:
        file.write(data)
        yield cast(BinaryIO, file)


def look(data: bytes, **layout: Any) -> Any:
    """Look through a file."""
    with kept(data) as file:
        return List(file, Layout(**layout)).look()


def read(data: bytes, **said: Any) -> list[Any]:
    """Read all rows of a file as it seems to be meant."""
    with kept(data) as file:
        return _read(List(file, Layout()), **said)


def _read(found: List, **said: Any) -> list[Any]:
    seen = found.look()
    reader = Reader(
        Mapping(
            fields=[ImportField(c["field"]) for c in seen.columns],
            orders=[ImportDateOrder(c["date_order"] or "DAY_FIRST") for c in seen.columns],
            custom=[None] * len(seen.columns),
            names=[c["header"] for c in seen.columns],
            facts=Facts(region="NL"),
            **said,
        )
    )
    start = seen.layout.header_row
    return [reader.read(row) for n, row in found.rows() if n > start and any(row)]


def text(rows: list[list[str]], separator: str = ",", newline: str = "\n") -> str:
    """Write rows with a separator."""
    return newline.join(separator.join(cells) for cells in rows) + newline


@pytest.mark.parametrize(
    ("encoding", "named"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("cp1252", "cp1252"),
        ("latin-1", "cp1252"),
        ("mac_roman", "mac_roman"),
    ],
)
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_encodings_and_separators_are_told(encoding: str, named: str, separator: str) -> None:
    """R19: nobody is asked for either."""
    found = look(text(PEOPLE, separator).encode(encoding))
    people = read(text(PEOPLE, separator).encode(encoding))

    assert (found.layout.encoding, found.layout.separator) == (named, separator)
    assert [p.columns["last_name"] for p in people] == ["Müller", "Groß"]
    assert [p.columns["phone"] for p in people] == ["+31612345678", "+492211234567"]


@pytest.mark.parametrize(
    ("encoding", "names"),
    [
        ("cp1250", ["Łukasz Wiśniewski", "Žofie Dvořáková", "Małgorzata Wójcik", "Jiří Novák"]),
        ("cp1251", ["Юлия Иванова", "Сергей Петров", "Ольга Смирнова"]),
        ("mac_roman", ["Zoë Müller", "François Lefèvre", "José Ibáñez"]),
        ("cp1252", ["Zoë Müller", "François Lefèvre", "José Ibáñez", "Søren Åkesson"]),
        ("cp1252", ["Jürgen Groß"]),
    ],
)
def test_old_encodings_are_told_by_their_names(encoding: str, names: list[str]) -> None:
    """R19: as well as can be, from the letters names are made of."""
    rows = [["Name", "Email"], *([name, f"a{n}@x.example"] for n, name in enumerate(names))]

    found = look(text(rows).encode(encoding))

    assert found.layout.encoding == encoding
    assert found.columns[0]["samples"] == names[:3]


def test_letters_that_are_broken_are_told_by_row() -> None:
    """Invalid UTF-8 in one row leaves all others whole."""
    rows = [["Name", "Email"], *([f"Zoë Nr{n}", f"a{n}@x.example"] for n in range(50))]
    data = text(rows).encode().replace("Zoë Nr7,".encode(), b"Zo\xeb Nr7,")

    people = read(data)
    wrong = [(n, p.code, p.field, p.fatal) for n, r in enumerate(people) for p in r.problems]

    assert wrong == [(7, "LETTERS_BROKEN", "first_name", True)]
    assert people[8].columns["first_name"] == "Zoë"


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_line_ends_quotes_and_nuls_are_read(newline: str) -> None:
    """R19: old Macs, line breaks in notes, quotation marks, NULs that fill up cells."""
    data = newline.join(
        ['"First Name","Last Name","Email","Notes"', '"Zo\0ë","O""Neil","a@x.example","a', 'b, c"']
    )

    [zoe] = read(data.encode())

    assert zoe.problems == []
    assert zoe.columns["first_name"] == "Zoë"
    assert zoe.columns["last_name"] == 'O"Neil'
    assert zoe.columns["note"].splitlines() == ["a", "b, c"]


def test_a_header_further_down_is_found() -> None:
    """R19: below a title, a date and an empty line."""
    data = "Salon Zoë\n\nExported on 2026-11-01,,\n" + text(PEOPLE)

    assert look(data.encode()).layout.header_row == 4
    assert [p.columns["first_name"] for p in read(data.encode())] == ["Zoë", "Jürgen"]


def test_a_list_without_a_header_is_told_by_what_is_in_it() -> None:
    """R19: the first columns of words are the names, the others speak for themselves."""
    found = look(text(PEOPLE[1:]).encode())

    assert found.layout.header_row == 0
    assert [c["field"] for c in found.columns] == ["FIRST_NAME", "LAST_NAME", "EMAIL", "PHONE"]


def test_excels_own_line_is_obeyed() -> None:
    """`sep=;` is no row of the list."""
    found = look(("sep=;\r\n" + text(PEOPLE, ";", "\r\n")).encode("cp1252"))

    assert (found.layout.separator, found.layout.header_row, found.total) == (";", 1, 2)


def test_rows_of_other_lengths_are_read_or_told() -> None:
    """Short rows lack what they lack; long ones have a separator where there should be none."""
    data = (
        "Name,Email,City\nAnn Lee,a@x.example\n"
        "Bob Ray,b@x.example,The Hague,NL\nCy Poe,c@x.example,Rome,,\n"
        "Di Fox,d@x.example,Oslo\n"
    )

    ann, bob, cy, _ = read(data.encode())

    assert (ann.problems, cy.problems) == ([], [])
    assert [(p.code, p.value, p.fatal) for p in bob.problems] == [("ROW_TOO_LONG", "NL", True)]


def test_one_column_and_a_thousand() -> None:
    """Both are lists."""
    one = look(b"Email\na@x.example\nb@x.example\n")
    wide = [f"Column {n}" for n in range(1_000)]
    wide[500], wide[700] = "Name", "E-mail"
    many = look(text([wide, [str(n) for n in range(1_000)]]).encode())

    assert [c["field"] for c in one.columns] == ["EMAIL"]
    assert [p.problems[0].code for p in read(b"Email\na@x.example\n")] == ["NAME_REQUIRED"]
    assert len(many.columns) == 1_000
    assert {c["header"]: c["field"] for c in many.columns if c["field"] != "IGNORE"} == {
        "Name": "FULL_NAME", "E-mail": "EMAIL",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", problems.FileEmpty),
        (b"\xef\xbb\xbf\r\n \r\n", problems.FileEmpty),
        (b",,,\n,,,\n", problems.FileEmpty),
        (b"First Name,Last Name,Email\n", problems.FileWithoutRows),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8, problems.FileIsNoTable),
        (b"\xff\xd8\xff\xe0" + bytes(range(256)), problems.FileIsNoTable),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", problems.FileIsNoTable),
        (b"<!DOCTYPE html><html><body>Log in</body></html>", problems.FileIsNoTable),
        (bytes(range(1, 32)) * 100, problems.FileIsNoTable),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), problems.FileTooOld),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + kinds.ENCRYPTED,
            problems.FileEncrypted,
        ),
        (b"PK\x03\x04" + bytes(100), problems.FileDamaged),
        (("a," * 2_500 + "\n").encode() * 3, problems.TooManyColumns),
        (b'Name,Email\n"' + b"Ann " * 40_000 + b'",a@x.example\n', problems.CellTooLong),
        (b"Name,Email\n" + b"Ann " * 1_100_000, problems.CellTooLong),
    ],
)  # fmt: skip
def test_what_is_no_list_is_refused_with_a_remedy(data: bytes, problem: type[Refusal]) -> None:
    """Whatever it is called: pictures, pages, passwords, the wrong kind, nothing at all."""
    with pytest.raises(problem) as refused:
        look(data)

    assert refused.value.remedy.endswith(".")


def test_a_folder_that_is_no_workbook_is_refused() -> None:
    """A ZIP of photos, called .xlsx."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("photo.jpg", b"x")

    with pytest.raises(problems.FileIsNoTable):
        look(out.getvalue())


def test_a_bomb_is_put_out() -> None:
    """A workbook of kilobytes that unpacks to gigabytes takes neither time nor memory."""
    data = bomb()
    tracemalloc.start()

    with pytest.raises(problems.FileUnpacksTooLarge):
        look(data)

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(data) < 200_000
    assert peak < 30_000_000


def test_entities_that_expand_without_end_are_refused() -> None:
    """What only attacks write is not read."""
    laughs = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    whole = workbook({"A": row(1, "Name")})
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, (laughs.encode() if "sheet1" in name else b"") + old.read(name))

    with pytest.raises(problems.FileDamaged):
        look(out.getvalue())


def test_a_workbook_is_read_as_people_see_it() -> None:
    """R19: shared texts, dates by their format, whole numbers, formulas by their value."""
    rows = (
        row(1, "Name", "Mobile", "Birthday", "Email", "Newsletter", "Notes")
        + '<row r="3"><c r="A3" t="s"><v>0</v></c><c r="B3"><v>612345678</v></c>'
        '<c r="C3" s="1"><v>31412</v></c>'
        '<c r="D3" t="str"><f>A3&amp;"x"</f><v>zoe@x.example</v></c>'
        '<c r="E3" t="b"><v>1</v></c><c r="F3" t="str"><f>HYPERLINK("http://evil.example","hi")</f>'
        "<v>hi</v></c></row>"
        '<row r="4"><c r="A4" t="s"><v>1</v></c><c r="B4"><v>3.1612345678E10</v></c>'
        '<c r="C4" s="2"><v>31412.5</v></c><c r="E4" t="e"><v>#N/A</v></c></row>'
    )
    data = workbook(
        {"Cover": row(1, "Salon"), "Secret": row(1, "Name"), "Clients": rows},
        shared=["de Vries, Zoë", "Jürgen Groß"],
        hidden=["Secret"],
    )

    found = look(data)
    zoe, jurgen = read(data)

    assert found.sheets == ["Cover", "Clients"]
    assert (found.layout.sheet, found.layout.header_row, found.total) == ("Clients", 1, 2)
    assert zoe.problems == jurgen.problems == []
    assert (zoe.columns["first_name"], zoe.columns["last_name"]) == ("Zoë", "de Vries")
    assert zoe.columns["phone"] == "+31612345678"
    assert str(zoe.columns["birthday"]) == str(jurgen.columns["birthday"]) == "1985-12-31"
    assert zoe.columns["email"] == "zoe@x.example"
    assert (zoe.columns["consents"], zoe.columns["note"]) == (["EMAIL"], "hi")
    assert jurgen.columns["phone"] == "+31612345678"


def test_a_workbook_of_old_macs_counts_from_1904() -> None:
    """Excel's other calendar."""
    rows = row(1, "Name", "Email", "Birthday") + (
        '<row r="2"><c r="A2" t="inlineStr"><is><t>Zoë Berg</t></is></c>'
        '<c r="B2" t="inlineStr"><is><t>z@x.example</t></is></c>'
        '<c r="C2" s="1"><v>29950</v></c></row>'
    )

    [zoe] = read(workbook({"A": rows}, extra='<workbookPr date1904="1"/>'))

    assert str(zoe.columns["birthday"]) == "1985-12-31"


@pytest.mark.parametrize(
    ("header", "about"),
    [
        ("First Name", "FIRST_NAME"), ("Given Name", "FIRST_NAME"), ("firstName", "FIRST_NAME"),
        ("Forename", "FIRST_NAME"), ("Vorname", "FIRST_NAME"), ("Voornaam", "FIRST_NAME"),
        ("Prénom", "FIRST_NAME"), ("Nombre", "FIRST_NAME"), ("Client First Name", "FIRST_NAME"),
        ("Surname", "LAST_NAME"), ("Family Name", "LAST_NAME"), ("Nachname", "LAST_NAME"),
        ("Achternaam", "LAST_NAME"), ("Nom", "LAST_NAME"), ("Apellidos", "LAST_NAME"),
        ("Tussenvoegsel", "LAST_NAME_PREFIX"), ("Middle Name", "MIDDLE_NAME"),
        ("Name", "FULL_NAME"), ("Customer Name", "FULL_NAME"), ("Client", "FULL_NAME"),
        ("Kundenname", "FULL_NAME"), ("Naam klant", "FULL_NAME"), ("Nom complet", "FULL_NAME"),
        ("E-mail", "EMAIL"), ("Email Address", "EMAIL"), ("E-Mail-Adresse", "EMAIL"),
        ("E-mailadres", "EMAIL"), ("Courriel", "EMAIL"), ("Correo electrónico", "EMAIL"),
        ("E-mail 1 - Value", "EMAIL"), ("EMAIL_ADDRESS", "EMAIL"), ("Email*", "EMAIL"),
        ("Mobile Phone", "PHONE"), ("Mobile", "PHONE"), ("Cell", "PHONE"), ("Handy", "PHONE"),
        ("Handynummer", "PHONE"), ("Telefoon", "PHONE"), ("GSM", "PHONE"), ("Portable", "PHONE"),
        ("Téléphone", "PHONE"), ("Móvil", "PHONE"), ("Phone 1 - Value", "PHONE"),
        ("Primary mobile number", "PHONE"), ("Contact phone no.", "PHONE"),
        ("Birthday", "BIRTHDAY"), ("Date of Birth", "BIRTHDAY"), ("DOB", "BIRTHDAY"),
        ("Geburtsdatum", "BIRTHDAY"), ("Geb. am", "BIRTHDAY"), ("Geboortedatum", "BIRTHDAY"),
        ("Date de naissance", "BIRTHDAY"), ("Fecha de nacimiento", "BIRTHDAY"),
        ("Street", "STREET"), ("Address Line 1", "STREET"), ("Straße", "STREET"),
        ("Straat", "STREET"), ("Rue", "STREET"), ("Calle", "STREET"), ("Home Street", "STREET"),
        ("Hausnummer", "HOUSE_NUMBER"), ("Huisnummer", "HOUSE_NUMBER"),
        ("ZIP", "POSTAL_CODE"), ("Postcode", "POSTAL_CODE"), ("PLZ", "POSTAL_CODE"),
        ("Code postal", "POSTAL_CODE"), ("Código postal", "POSTAL_CODE"),
        ("City", "CITY"), ("Ort", "CITY"), ("Woonplaats", "CITY"), ("Ville", "CITY"),
        ("Ciudad", "CITY"), ("Country", "COUNTRY"), ("Land", "COUNTRY"), ("Pays", "COUNTRY"),
        ("Notes", "NOTE"), ("Notizen", "NOTE"), ("Opmerkingen", "NOTE"), ("Remarques", "NOTE"),
        ("Observaciones", "NOTE"), ("Tags", "TAGS"), ("Group Membership", "TAGS"),
        ("Gruppen", "TAGS"), ("Accepts Marketing", "CONSENT_EMAIL"),
        ("Newsletter", "CONSENT_EMAIL"),
        ("Nieuwsbrief", "CONSENT_EMAIL"), ("Email Subscription Status", "CONSENT_EMAIL"),
        ("SMS marketing", "CONSENT_SMS"), ("Square Customer ID", "IGNORE"), ("Gender", "IGNORE"),
        ("E-mail 1 - Type", "IGNORE"), ("Last Visit", "IGNORE"),
        ("Soyadı", "LAST_NAME"), ("Doğum Tarihi", "BIRTHDAY"), ("Şehir", "CITY"),  # noqa: RUF001
        ("Apelido", "LAST_NAME"), ("Morada", "STREET"), ("Fødselsdag", "BIRTHDAY"),
        ("Postnr", "POSTAL_CODE"), ("Vezetéknév", "LAST_NAME"), ("Příjmení", "LAST_NAME"),
        ("姓", "LAST_NAME"), ("名", "FIRST_NAME"), ("メールアドレス", "EMAIL"),
        ("携帯電話", "PHONE"), ("生年月日", "BIRTHDAY"), ("邮箱", "EMAIL"), ("이메일", "EMAIL"),
        ("Όνομα", "FIRST_NAME"), ("Прізвище", "LAST_NAME"), ("Ім'я", "FIRST_NAME"),
        ("Complément d'adresse", "STREET_2"), ("Land/Region privat", "COUNTRY"),
        ("Huisadres straat", "STREET"), ("Default Address Address1", "STREET"),
        ("streetAddress1", "STREET"), ("Adresse de messagerie", "EMAIL"),
    ],
)  # fmt: skip
def test_columns_are_known_by_the_names_they_have_elsewhere(header: str, about: str) -> None:
    """R19: Square, Fresha, Booksy, Treatwell, Vagaro, Mindbody, Google, Outlook; many languages."""
    assert field_of(header) == about


def test_columns_settle_what_they_are_about_together() -> None:
    """`Name` is the family name beside a first name, and both names alone."""
    german = look("Vorname,Name,Mail\nZoë,Müller,z@x.example\n".encode())
    french = look("Nom,Prénom,Mail\nMüller,Zoë,z@x.example\n".encode())
    alone = look(b"Nom,Mail\nAnn Lee,z@x.example\n")
    phones = look(b"Name,Mobile,Home Phone\nAnn Lee,0612345678,\n")

    assert [c["field"] for c in german.columns] == ["FIRST_NAME", "LAST_NAME", "EMAIL"]
    assert [c["field"] for c in french.columns] == ["LAST_NAME", "FIRST_NAME", "EMAIL"]
    assert [c["field"] for c in alone.columns] == ["FULL_NAME", "EMAIL"]
    assert [c["field"] for c in phones.columns] == ["FULL_NAME", "PHONE", "PHONE"]

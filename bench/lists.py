"""Makes client lists as ugly as salons have them: `python -m bench.lists 100000 out.csv`."""

from __future__ import annotations

import csv
import io
import random
import sys
from collections.abc import Iterator
from pathlib import Path

FIRST = [
    "Anna",
    "Bram",
    "Zoë",
    "Chloé",
    "Jürgen",
    "Søren",
    "Łukasz",
    "María",
    "José",
    "Ángel",
    "Fatima",
    "Mohammed",
    "Li",
    "Wei",
    "Anne-Marie",
    "Jean-Luc",
    "D'Arcy",
    "Ömer",
    "İrem",
    "Nuño",
    "Renée",
    "Björn",
    "Siobhán",
    "Xavier",
    "山田",
    "Юлия",
]
_LAST = """de Vries;van der Berg;Müller;Groß;O'Neil;Smith-Jones;García López;Ó Briain;Łuczak;Nguyễn
Şahin;Dupont;Leroy;Bakker;Visser;Jansen;Meyer;Schmidt;Öztürk;Fernández;Silva;Kowalski;太郎;Иванова"""
LAST = _LAST.replace("\n", ";").split(";")
_HEADER = """Client ID;Voornaam;Tussenvoegsel;Achternaam;E-mailadres;Mobiel nummer;Telefoon thuis
Geboortedatum;Straat;Huisnummer;Postcode;Woonplaats;Land;Opmerkingen;Klantgroep;Nieuwsbrief
Laatste bezoek;Omzet"""
HEADER = _HEADER.replace("\n", ";").split(";")
COUNTRIES = ("Nederland", "NL", "Belgique", "Deutschland", "", "Pays-Bas", "UK", "Nirgendwo")
NOTES = ("", "", "komt altijd te laat", 'zei "nooit meer"\nen kwam toch')
YES = ("ja", "nee", "J", "N", "x", "", "1", "0", "aangemeld", "misschien")


def rows(count: int, seed: int = 7) -> Iterator[list[str]]:
    """Give a header below a title, and rows of which one in twenty has something wrong."""
    dice = random.Random(seed)
    yield ["Klantenlijst Salon Zonneschijn", *[""] * (len(HEADER) - 1)]
    yield [""] * len(HEADER)
    yield HEADER
    for number in range(count):
        yield _spoilt(_row(number, dice), dice)


def _row(number: int, dice: random.Random) -> list[str]:
    first, last = dice.choice(FIRST), dice.choice(LAST)
    prefix, _, bare = last.rpartition(" ") if last[0].islower() else ("", "", last)
    host = dice.choice(("gmail.com", "ziggo.nl", "x.example"))
    mail = f"{_ascii(first)}.{_ascii(bare)}{number}@{host}"
    mobile = f"06{dice.choice((' ', '-', ''))}{dice.randrange(10_000_000, 99_999_999)}"
    year = dice.choice((1960, 1985, 99, 2004))
    row = [str(number), first, prefix, bare, mail, mobile, ""]
    row += [f"{dice.randrange(1, 29)}-{dice.randrange(1, 13)}-{year}"]
    row += [f"Dorpsstraat{dice.choice((' ', ''))}", str(dice.randrange(1, 300))]
    row += [f"{dice.randrange(1000, 9999)} AB", "Den Haag", dice.choice(COUNTRIES)]
    row += [dice.choice(NOTES), dice.choice(("vip", "vip, kleur", "", ""))]
    return [*row, dice.choice(YES), "12-03-2026 14:30", f"{number % 997},50"]


def _spoilt(row: list[str], dice: random.Random) -> list[str]:  # noqa: C901 - a list of ways
    """Let something be wrong with one in twenty."""
    match dice.randrange(200):
        case 0 | 1:
            row[4] = "geen e-mail"
        case 2 | 3:
            row[5] = "onbekend"
        case 4:
            row[4] = row[5] = ""
        case 5:
            row[3] = ""
        case 6:
            row[7] = "31-02-1985"
        case 7:
            row[4] = f"{row[4]}; tweede@x.example"
        case 8:
            row[5] = f"00316{row[5][-8:]}"
        case 9:
            row[1] = f" {row[1].upper()}  "
        case 10:
            row.append("een kolom te veel")
        case 11:
            return row[:9]
        case 12:
            row[13] = '=HYPERLINK("http://evil.example")'
        case 13:
            row[4] = "gedeeld@x.example"
    return row


def _ascii(text: str) -> str:
    return "".join(c for c in text.lower() if c.isascii() and c.isalpha()) or "klant"


def text(count: int, encoding: str = "utf-8-sig") -> bytes:
    """Write such a list as Excel in the Netherlands does: with semicolons."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerows(rows(count))
    return out.getvalue().encode(encoding, "replace")


if __name__ == "__main__":
    Path(sys.argv[2]).write_bytes(text(int(sys.argv[1])))

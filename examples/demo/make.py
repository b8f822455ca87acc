"""Makes the demo salon's diary again: `python examples/demo/make.py`. The same files every time.

Days are counted from the Monday of the week in which the salon is loaded, so that "this week" is
always full; times are on the clock on the salon's wall.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
CLIENTS = 400
NO_MAIL, NO_PHONE, BIRTHDAY, NOTED = 0.1, 0.2, 0.6, 0.15
"""How many of the clients."""
FIRST_WEEK, LAST_WEEK = -16, 9
FIRST_NAMES = """
Aaliyah Abdul Adaeze Agnieszka Ahmed Aiko Alejandra Amara Amélie Anders Anjali Anouk Antonio
Ariel Astrid Ayşe Beatriz Benjamin Björn Brandon Brigid Camille Carlos Carmen Catherine Chen
Chiara Chloe Claire Daniel Darnell Deepak Diego Dmitri Eileen Elena Elif Emeka Emily Emmanuel
Esther Ewa Fatima Félix Fiona Florian Gabriela George Grace Hannah Hassan Helen Hiroshi Hugo
Ibrahim Ingrid Isabel Ivan Jamal James Jasmine Joaquín Jorge Joy Julia Kai Karim Katarzyna
Keisha Kevin Khadija Kofi Laila Lars Laura Leila Liam Linh Lucía Łukasz Mads Maeve Magdalena
Malik Marek María Marta Mateo Matilda Mei Mehmet Miguel Mila Minh Mira Mohammed Nadia Naomi Nia
Niamh Nicolás Noah Noor Olga Olivia Omar Oscar Paolo Patricia Pedro Petra Priya Rachel Rafael
Rania Ravi Renée Rosa Ruth Saoirse Samir Sanna Sara Sean Selin Simone Siobhán Sofia Søren Sunita
Tamar Tariq Teresa Thandi Thomas Tomáš Tyrone Uma Valentina Vera Victor Wanjiru Wei Xavier Yara
Yusuf Zainab Zoë محمد ليلى רחל 李娜
""".split()  # noqa: SIM905 - a list would be three times as long
LAST_NAMES = """
Abdullah Adeyemi Ahmed Almeida Álvarez Andersen Baker Banerjee Barros Becker Bell Bergström
Bianchi Brown Çelik Campbell Carter Castillo Chan Chavez Chen Christensen Clark Cohen Cruz
Davies Demir Diallo Díaz Dubois Edwards Eriksen Evans Fernández Fischer Flores Foster Fujita
García Gupta Haddad Hansen Harris Hernández Hoang Horvat Hughes Ibrahim Ivanova Jackson Jansen
Johnson Kaya Kelly Khan Kim Kowalski Kumar Lambert Larsen Lee Levy Lewis Lindqvist López Mahmoud
Martin Martínez Mbeki McCarthy Mendes Meyer Moreau Morgan Murphy Müller Nakamura Navarro Nguyen
Nielsen Novák Nowak O'Brien O'Connor Okafor Oliveira Olsen Ortiz Øverland Öztürk Park Parker
Patel Perez Petrov Phillips Pinto Popescu Quinn Rahman Ramírez Reyes Rivera Robinson Rodríguez
Romano Rossi Russo Ryan Sánchez Santos Schmidt Scott Sharma Silva Singh Smith Sørensen Sosa
Stewart Strauß Suzuki Tanaka Taylor Thompson Torres Turner Vargas Vega Virtanen Vogel Walker
Wang Ward Watson Weber White Williams Wilson Wong Wójcik Wright Yamamoto Yang Yilmaz Young Zając
Zhang Zimmermann علي כהן
""".split()  # noqa: SIM905 - a list would be three times as long
STREETS = """
Bleecker Spring Prince Mercer Grove Hudson Varick Laight Broome Delancey Orchard Ludlow Rivington
Stanton Allen Mott Mulberry Elizabeth Crosby Greene
""".split()  # noqa: SIM905 - read as a list all the same
CITIES = (("New York", "NY", "100"), ("Brooklyn", "NY", "112"), ("Jersey City", "NJ", "073"))
ADDRESS, TAGGED, ASKED, PREFERS, WRITTEN_UP = 0.7, 0.5, 0.6, 0.4, 0.35
"""How many of the clients."""
TAGS = ("vip", "student", "bridal 2027", "walks in", "model", "friends & family", "colour club")
HOW = ("Signed the form at the desk", "Ticked the box on the booking page", "Said so on the phone")
BLOCKED = {13: "Three no-shows in a row", 77: "Left without paying, twice"}
"""Who may not book by themselves any more, by number."""
# name, kind, options
FIELDS: Sequence[tuple[str, str, str]] = (
    ("Hair", "CHOICE", "fine;medium;thick;curly;coily"),
    ("Grey, in percent", "NUMBER", ""),
    ("Last patch test", "DATE", ""),
    ("Drinks", "TEXT", ""),
)
WRITTEN = (
    ("ALLERGY", "Latex: no gloves near the face"),
    ("ALLERGY", "PPD. Patch test before any colour"),
    ("ALLERGY", "Nuts, also in oils"),
    ("MEDICATION", "Blood thinner: careful with blades"),
    ("MEDICATION", "Isotretinoin since spring: no waxing"),
    ("ALERT", "Faints easily: keep a chair close"),
    ("ALERT", "Hears little on the left: speak on the right"),
    ("FORMULA", "6.3 + 7.1 (2:1), 20 vol, 35 minutes"),
    ("FORMULA", "8N with 9 vol, roots first"),
    ("FORMULA", "Toner 10V + 10P, 10 minutes, watch it"),
    ("GENERAL", "Has a standing appointment before holidays"),
    ("GENERAL", "Daughter is getting married in June"),
    ("GENERAL", "Wants to grow it out: trims only"),
)
AREAS = ("212", "347", "646", "718", "917", "929")
NOTES = (
    "Allergic to ammonia",
    "Always ten minutes late",
    "Likes a quiet appointment",
    "Takes tea, no sugar",
    "Prefers mornings",
    "Brings the dog 🐕",
    "Sensitive scalp",
    "Pays in cash",
)
# name, minutes, buffer after, price, colour, who performs it
SERVICES: Sequence[tuple[str, int, int, int, str, str]] = (
    ("Women's cut", 45, 0, 6500, "#e76f51", "Maya;Leo;Ines"),
    ("Men's cut", 30, 0, 4000, "#2a9d8f", "Leo;Ines;Sam"),
    ("Child's cut", 30, 0, 3000, "#8ab17d", "Leo;Sam"),
    ("Fringe trim", 15, 0, 1500, "#e9c46a", "Maya;Leo;Ines;Sam"),
    ("Wash and blow-dry", 30, 0, 4500, "#f4a261", "Maya;Ines;Sam"),
    ("Beard trim", 15, 0, 2000, "#264653", "Leo;Sam"),
    ("Hot towel shave", 30, 5, 3500, "#457b9d", "Leo;Sam"),
    ("Root colour", 90, 15, 9500, "#9b5de5", "Maya;Ines"),
    ("Full colour", 120, 15, 14500, "#7b2cbf", "Maya;Ines"),
    ("Highlights", 150, 15, 18500, "#c77dff", "Maya;Ines"),
    ("Balayage", 180, 15, 24000, "#e0aaff", "Maya"),
    ("Gloss", 30, 5, 5500, "#b5838d", "Maya;Ines"),
    ("Keratin treatment", 150, 15, 27500, "#6d6875", "Maya;Ines"),
    ("Updo", 60, 0, 9000, "#ffb4a2", "Maya;Ines"),
    ("Manicure", 45, 5, 4000, "#ef476f", "Ruth"),
    ("Pedicure", 60, 10, 5500, "#f78c6b", "Ruth"),
    ("Gel nails", 75, 10, 7000, "#ffd166", "Ruth"),
    ("Massage, 60 minutes", 60, 15, 9500, "#06d6a0", "Tariq"),
    ("Massage, 90 minutes", 90, 15, 13500, "#118ab2", "Tariq"),
    ("Facial", 60, 10, 8500, "#83c5be", "Tariq;Ruth"),
)
# name, colour, sign-in, hours as weekday and span
STAFF: Sequence[tuple[str, str, str, Sequence[tuple[str, str, str]]]] = (
    ("Maya", "#e76f51", "owner", [("12345", "09:00", "13:00"), ("12345", "14:00", "18:00")]),
    ("Leo", "#2a9d8f", "staff", [("23456", "10:00", "14:00"), ("23456", "14:30", "19:00")]),
    ("Ines", "#9b5de5", "", [("1245", "09:00", "13:00"), ("1245", "13:30", "18:00"),
                             ("6", "10:00", "16:00")]),
    ("Sam", "#457b9d", "", [("34567", "11:00", "15:00"), ("3456", "15:30", "20:00")]),
    ("Ruth", "#ef476f", "", [("12356", "09:30", "13:30"), ("12356", "14:00", "18:00")]),
    ("Tariq", "#06d6a0", "", [("13567", "10:00", "14:00"), ("1356", "15:00", "20:00")]),
)  # fmt: skip


def main() -> None:
    """Write all files."""
    chance = random.Random(20_260_501)  # noqa: S311 - a made-up salon
    write("business.csv", ["name", "zone", "currency", "locale"],
          [["Salon Maya", "America/New_York", "USD", "en-US"]])  # fmt: skip
    write("staff.csv", ["name", "colour", "account"], [row[:3] for row in STAFF])
    write("hours.csv", ["staff", "weekday", "starts", "ends"], hours())
    write("services.csv", ["name", "duration_minutes", "buffer_after_minutes", "price_minor",
                           "colour", "performed_by"], SERVICES)  # fmt: skip
    write("fields.csv", ["name", "kind", "options"], FIELDS)
    # Files hold more than they used to; what they held, and the diary, stays as it was.
    more = random.Random(20_260_502)  # noqa: S311 - a made-up salon
    write("clients.csv",
          ["first_name", "last_name", "email", "phone", "birthday", "note", "street", "postal_code",
           "city", "region", "country", "tags", "preferred_staff", "consents", "how", "blocked",
           *(name for name, *_ in FIELDS)],
          ([*row, *details(more, n)] for n, row in enumerate(clients(chance), 1)))  # fmt: skip
    write("notes.csv", ["client", "kind", "text"], notes(more))
    write("appointments.csv", ["week", "weekday", "time", "staff", "service", "client", "outcome"],
          appointments(chance))  # fmt: skip


def write(name: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write one file."""
    with (HERE / name).open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(head)
        table.writerows(rows)


def hours() -> Iterator[list[str]]:
    """List everybody's weekly hours."""
    for name, _, _, spans in STAFF:
        for days, starts, ends in spans:
            for day in days:
                yield [name, day, starts, ends]


def clients(chance: random.Random) -> Iterator[list[str]]:
    """Invent the clients: at addresses and numbers that are nobody's."""
    phones = [f"({area}) 555-01{n:02}" for area in AREAS for n in range(100)]
    chance.shuffle(phones)
    seen: set[tuple[str, str]] = set()
    while len(seen) < CLIENTS:
        name = (chance.choice(FIRST_NAMES), chance.choice(LAST_NAMES))
        if name in seen:
            continue
        seen.add(name)
        number, reach = len(seen), chance.random()
        day = (chance.randrange(1940, 2015), chance.randrange(1, 13), chance.randrange(1, 29))
        yield [
            *name,
            "" if reach < NO_MAIL else f"client{number:03}@example.org",
            "" if reach > 1 - NO_PHONE else phones[number],
            "{}-{:02}-{:02}".format(*day) if chance.random() < BIRTHDAY else "",
            chance.choice(NOTES) if chance.random() < NOTED else "",
        ]


def details(chance: random.Random, number: int) -> Iterator[str]:
    """Invent the rest of a file."""
    city, region, area = chance.choice(CITIES)
    street = f"{chance.randrange(1, 400)} {chance.choice(STREETS)} St"
    address = [street, f"{area}{chance.randrange(10, 40)}", city, region, "US"]
    yield from address if chance.random() < ADDRESS else [""] * len(address)
    some = chance.sample(TAGS, chance.choice((1, 1, 2, 3)))
    yield ";".join(some) if chance.random() < TAGGED else ""
    yield chance.choice(STAFF)[0] if chance.random() < PREFERS else ""
    channels = chance.sample(("EMAIL", "SMS", "PHONE", "POST"), chance.choice((1, 1, 2, 3)))
    asked = chance.random() < ASKED
    yield ";".join(channels) if asked else ""
    yield chance.choice(HOW) if asked else ""
    yield BLOCKED.get(number, "")
    for value in (
        chance.choice(FIELDS[0][2].split(";")),
        str(chance.randrange(0, 100, 5)),
        f"2026-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}",
        chance.choice(("Flat white", "Mint tea", "Water", "Espresso", "Mate")),
    ):
        yield value if chance.random() < ASKED else ""


def notes(chance: random.Random) -> Iterator[list[Any]]:
    """Invent what the team wrote down, one to three notes each."""
    for client in range(1, CLIENTS + 1):
        if chance.random() < WRITTEN_UP:
            for kind, text in chance.sample(WRITTEN, chance.choice((1, 1, 2, 3))):
                yield [client, kind, text]


def appointments(chance: random.Random) -> Iterator[list[Any]]:
    """Fill the weeks: nearly full so far, emptier the further ahead."""
    # A few come every other week, most now and then.
    weights = [1 / (1 + n) ** 0.6 for n in range(CLIENTS)]
    chance.shuffle(weights)
    for week in range(FIRST_WEEK, LAST_WEEK + 1):
        full = 0.92 if week <= 0 else 0.9 * 0.8**week
        for name, _, _, spans in STAFF:
            offered = [(n, s) for n, s in enumerate(SERVICES, 1) if name in s[5].split(";")]
            for day, starts, ends in ((d, a, b) for days, a, b in spans for d in days):
                span = minutes(starts), minutes(ends)
                for minute, number in day_of(chance, offered, *span, full):
                    client = chance.choices(range(1, CLIENTS + 1), weights)[0]
                    outcome = chance.choices(["COMPLETED", "NO_SHOW", "CANCELLED"], [90, 4, 6])
                    at = f"{minute // 60:02}:{minute % 60:02}"
                    yield [week, day, at, name, number, client, *outcome]


def day_of(
    chance: random.Random, offered: Sequence[Any], starts: int, ends: int, full: float
) -> Iterator[tuple[int, int]]:
    """Put services one after the other into a span, as full as asked."""
    now = starts
    while now < ends:
        if chance.random() > full:
            now += chance.choice((15, 30, 45))
            continue
        fitting = [(n, s) for n, s in offered if now + s[1] <= ends]
        if not fitting:
            return
        # The short ones are asked for more often.
        number, service = chance.choices(fitting, [60 / s[1] for _, s in fitting])[0]
        yield now, number
        now += -(-(service[1] + service[2]) // 15) * 15


def minutes(wall: str) -> int:
    """Count the minutes since midnight."""
    hour, minute = wall.split(":")
    return int(hour) * 60 + int(minute)


if __name__ == "__main__":
    main()

"""Headers come back as they were, however long a name is and whatever it is made of."""

from __future__ import annotations

from email import message_from_bytes
from email.header import decode_header, make_header
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parseaddr

import pytest

from modules.messaging.transport import written

NAMES = [
    "Ann Lee",
    "A" * 90 + " " + "B" * 90,
    "Ann " * 49 + "Lee",
    "B" * 200,
    "李" * 200,
    "Zoë " + "ß" * 120,
    "👩\u200d👩\u200d👧 " * 30 + "x",
    'O"Brien, \\ (the <second>)' * 8,
    "Dr. Ann; Lee: x@y.example,",
    "עברית " * 30 + "x",
    "",
]


def unfolded(value: str) -> str:
    return value.replace("\r\n", "")


def decoded(value: str) -> str:
    """Read encoded words as RFC 2047 says: what stands between two of them is nothing."""
    return str(make_header(decode_header(unfolded(value))))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("address", ["ann@example.org", "l" * 64 + "@" + "d" * 60 + ".example"])
def test_a_message_keeps_its_headers_whatever_a_name_is(name: str, address: str) -> None:
    """Nothing ends the headers early, no line is too long, and no name becomes another."""
    user, _, domain = address.partition("@")
    message = EmailMessage()
    message["Subject"] = f"Your appointment, {name or 'you'}"
    message["From"] = Address(name, addr_spec="salon@example.com")
    message["To"] = Address(name, user, domain)
    message["Date"] = "Mon, 30 Nov 2026 12:00:00 +0000"
    message.set_content("Hello")

    raw = written(message, address)
    read = message_from_bytes(raw)

    assert read.keys()[:4] == ["Subject", "From", "To", "Date"]
    assert decoded(read["Subject"]) == f"Your appointment, {name or 'you'}"
    assert parseaddr(unfolded(read["From"]))[1] == "salon@example.com"
    assert parseaddr(unfolded(read["To"]))[1] == address
    assert decoded(parseaddr(unfolded(read["To"]))[0]) == name
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= max(78, len(address) + 4)


@pytest.mark.parametrize("first", ["Donaudampfschifffahrt" * 6, "预约" * 40, "Hello"])
def test_a_subject_begins_on_the_line_of_its_name(first: str) -> None:
    """Programs that read only the first line show something."""
    message = EmailMessage()
    message["Subject"] = f"{first} is booked"
    message.set_content("Hello")

    line = written(message, "ann@example.org").split(b"\r\n")[0]

    assert len(line) > len("Subject: ")
    assert line.startswith(b"Subject: ")
    assert line.strip() != b"Subject:"


@pytest.mark.parametrize("host", ["salon.example", "a." * 40 + "example", "localhost"])
def test_links_and_ids_are_no_encoded_words(host: str) -> None:
    """Programs that unsubscribe or sort by thread take them as they stand (RFC 2047, 5)."""
    link = f"<https://{host}/unsubscribe/{'Ab0_-' * 9}>"
    id_ = f"<01a22e97-8a5d-7f7e-a9e8-4c0aef9a499b@{host}>"
    message = EmailMessage()
    message["Subject"] = "Hello"
    message["List-Unsubscribe"] = link
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message["Message-ID"] = id_
    message["In-Reply-To"] = id_
    message.set_content("Hello")

    for address in ("ann@example.org", "zoë@example.org"):
        lines = written(message, address).decode().split("\r\n")
        assert lines[1:5] == [
            f"List-Unsubscribe: {link}",
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
            f"Message-ID: {id_}",
            f"In-Reply-To: {id_}",
        ]

"""Headers of a message, written in lines that every mail program reads back as they were."""

from __future__ import annotations

import re
from base64 import b64encode
from email.headerregistry import AddressHeader, ParameterizedMIMEHeader
from email.policy import EmailPolicy
from typing import Any

LONGEST = 998
"""Bytes of a line that mail servers take (RFC 5322, 2.1.1)."""
LINE = 76
"""Bytes of a line (RFC 5322, 2.1.1, allows 78)."""
WORD = 45
"""Bytes of an encoded word before they are encoded: it has at most 75 after that (RFC 2047, 2)."""
PLAIN = re.compile(r"[A-Za-z0-9 !#$%&'*+/=?^_`{|}~.,:;()<>@\[\]-]*")
ATOMS = re.compile(r"[A-Za-z0-9 !#$%&'*+/^_`{|}~-]+")
ENDS = "\r\n"


class Lines(EmailPolicy):
    """Writes subjects, addresses, links and ids itself.

    Python's own folding puts empty lines into long addresses, which ends the headers there, breaks
    a subject before its first word when that is long, and makes encoded words of long links and
    ids, where nobody reads them (RFC 2047, 5): such a mail cannot be unsubscribed from.
    """

    def fold(self, name: str, value: Any) -> str:
        """Write a header down as text."""
        if name.lower() == "subject":
            return f"{name}: {unstructured(str(value), len(name) + 2)}{ENDS}"
        if isinstance(value, AddressHeader):
            said = f",{ENDS} ".join(
                mailbox(each.display_name, each.addr_spec, len(name) + 2)
                for each in value.addresses
            )
            return f"{name}: {said}{ENDS}"
        if _is_plain(name, value):
            return f"{name}: {value}{ENDS}"
        folded: str = super().fold(name, value)
        return folded

    def fold_binary(self, name: str, value: Any) -> bytes:
        """Write a header down as bytes."""
        written_here = isinstance(value, AddressHeader) or _is_plain(name, value)
        if name.lower() == "subject" or written_here:
            return self.fold(name, value).encode("utf-8" if self.utf8 else "ascii")
        folded: bytes = super().fold_binary(name, value)
        return folded


def _is_plain(name: str, value: Any) -> bool:
    """Tell whether a header, which is no text for people, is written on one line as it is."""
    text = str(value)
    fits = len(name) + 2 + len(text) <= LONGEST and text.isascii() and text.isprintable()
    return fits and not isinstance(value, ParameterizedMIMEHeader)


def unstructured(text: str, used: int) -> str:
    """Write a text after `used` bytes of the first line."""
    fits = used + len(text) <= LINE and text == text.strip() and "=?" not in text
    return text if fits and PLAIN.fullmatch(text) else _encoded(text, used)


def mailbox(name: str, address: str, used: int) -> str:
    """Write a name and an address after `used` bytes of the first line."""
    if not name:
        return address
    quoted = name if ATOMS.fullmatch(name) else '"' + re.sub(r'(["\\])', r"\\\1", name) + '"'
    fits = used + len(quoted) <= LINE and name == name.strip() and "=?" not in name
    said = quoted if fits and name.isascii() and name.isprintable() else _encoded(name, used)
    here = used + len(said) if ENDS not in said else LINE
    between = " " if here + len(address) + 3 <= LINE else f"{ENDS} "
    return f"{said}{between}<{address}>"


def _encoded(text: str, used: int) -> str:
    """Write a text in encoded words, each of whole characters; the first shares the line."""
    words, word = [], b""
    room = max(6, (LINE - used - 12) // 4 * 3)
    for character in text:
        more = character.encode("utf-8", "replace")
        if len(word) + len(more) > min(room, WORD):
            words.append(word)
            word, room = b"", WORD
        word += more
    words.append(word)
    return f"{ENDS} ".join(f"=?utf-8?b?{b64encode(each).decode()}?=" for each in words)

"""What somebody is called of whom only an address is known, or a name in one piece."""

from __future__ import annotations


def of_invited(email: str, name: str | None) -> tuple[str, str]:
    """Make a first and a last name of what was typed, and of nothing else.

    Without a name the two halves of the address stand in: nobody learns from an account what its
    owner is called before they accept.
    """
    if name is not None:
        first, _, last = name.rpartition(" ")
        if "," in name:
            last, _, first = (part.strip() for part in name.partition(","))
        if first and last:
            return first, last
    user, _, domain = email.rpartition("@")
    return (name or user)[:200], domain[:200]


def is_stand_in(email: str, name: str | None, first_name: str, last_name: str) -> bool:
    """Tell whether a file is still called what `of_invited` called it without a whole name."""
    _, _, domain = email.rpartition("@")
    return last_name == domain and (first_name, last_name) == of_invited(email, name)

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


def of_account(email: str, owner: str) -> tuple[str, str] | None:
    """Part the name of an account in two; None when it has no whole name, or only the address's."""
    first, _, last = owner.rpartition(" ")
    user, _, domain = email.rpartition("@")
    return (first, last) if first and owner not in (user, f"{user} {domain}") else None


def standing_in(email: str, name: str | None, first_name: str, last_name: str) -> list[str]:
    """List the fields of a file in which a part of the address still stands in for a name.

    The name is what the invitation tells by now: it may have been typed after the file was opened.
    """
    user, domain = of_invited(email, None)
    if last_name != domain or first_name not in (user, of_invited(email, name)[0]):
        return []
    return ["first_name", "last_name"] if first_name == user else ["last_name"]

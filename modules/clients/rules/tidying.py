"""What is typed into a file, checked and put into the form it is kept in; asks no database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from modules.clients.models import ClientNoteKind
from modules.clients.profile import FIELDS, PROFILE, ClientChanges, Field
from modules.clients.rules import consents, field_values, folding, notes, reaching
from modules.clients.rules.facts import Facts
from modules.errors import Checks, InvalidInput, checked
from modules.text import NameRequired

_KNOWN = ClientChanges.__annotations__.keys()


class PhoneRegionInvalid(InvalidInput):
    """That is not a country."""

    code = "PHONE_REGION_INVALID"
    remedy = "Write a country as two letters, like NL."


@dataclass(slots=True)
class Tidied:
    """What is to be written: columns of the file, and rows beside it."""

    columns: dict[str, Any] = field(default_factory=dict)
    said: Sequence[consents.Said] = ()
    """What they said to marketing."""
    notes: Sequence[tuple[ClientNoteKind, str]] = ()


def needs_facts(asked: Mapping[str, Any]) -> bool:
    """Tell whether a change can only be checked by somebody who knows the business."""
    phone = (asked.get("phone") or "").strip()
    dialled = phone and not phone.startswith("+") and not asked.get("phone_region")
    return bool(dialled or asked.get("preferred_staff_id") or asked.get("custom_fields"))


def understand(asked: Mapping[str, Any]) -> None:
    """Make sure that nothing is passed over."""
    if unknown := asked.keys() - _KNOWN:
        raise TypeError(f"clients have no {', '.join(sorted(unknown))}")


def tidy(asked: Mapping[str, Any], facts: Facts, kept: Mapping[str, Any] | None = None) -> Tidied:
    """Check what was typed, given the columns that are kept of the file, if there is one.

    Refuses what `create_client` refuses, but not that something is missing.
    """
    understand(asked)
    known, before, made, checks = facts, kept or {}, Tidied(), Checks()
    with checks:
        known = replace(facts, region=_region(asked, facts))
    columns, nowhere = made.columns, bool(checks)
    for key, value in asked.items():
        with checks:
            match key:
                case "phone_region":
                    pass
                case "phone" if nowhere:
                    pass  # a number is read by its region, and that is wrong already
                case "address":
                    columns |= _parts(key, value, known)
                case "consents":
                    columns[key], made.said = consents.consents(value, before.get(key) or ())
                case "custom_fields":
                    held = before.get("custom") or {}
                    columns["custom"] = field_values.values(value, known, held)
                case "notes":
                    made.notes = notes.notes(value)
                case _:
                    columns[key] = _checked(PROFILE[key], value, key, known)
    checks.done()
    return made


def need_a_way(asked: Mapping[str, Any]) -> None:
    """Refuse a new file for which nobody even tried to say how to reach the client.

    Refuses: EmailOrPhoneRequired.
    """
    if not any((asked.get(name) or "").strip() for name in ("email", "phone")):
        raise reaching.EmailOrPhoneRequired(field="email")


def completed(columns: dict[str, Any]) -> dict[str, Any]:
    """Check that a file is complete, and add what it is found and sorted by.

    Refuses: NameRequired, EmailOrPhoneRequired.
    """
    first, last = columns.get("first_name"), columns.get("last_name")
    if first is None or last is None:
        raise NameRequired(field="first_name" if first is None else "last_name")
    email, phone = columns.get("email"), columns.get("phone")
    if email is None and phone is None:
        raise reaching.EmailOrPhoneRequired(field="email")
    return {**columns, **folding.found_by(first, last, email, phone)}


def _parts(group: str, given: Mapping[str, Any] | None, facts: Facts) -> dict[str, Any]:
    """Check the parts that are given of something like an address; None removes them all."""
    parts = {each.name: each for each in FIELDS if each.within == group}
    if given is None:
        return dict.fromkeys(parts)
    if unknown := given.keys() - parts.keys():
        raise TypeError(f"there is no {', '.join(sorted(unknown))} in {group}")
    return checked(
        given, lambda part, value: _checked(parts[part], value, f"{group}.{part}", facts)
    )


def _checked(field: Field, value: Any, path: str, facts: Facts) -> Any:
    assert field.check is not None, f"{field.name} is checked together with others"
    return field.check(value, path, facts)


def _region(asked: Mapping[str, Any], facts: Facts) -> str | None:
    """Find the country whose numbers are meant when none is dialled."""
    named = asked.get("phone_region")
    if named and named.upper() not in reaching.REGIONS:
        raise PhoneRegionInvalid(field="phone_region")
    return named.upper() if named else facts.region

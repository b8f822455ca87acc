"""What is typed into a file, checked and put into the form it is kept in; asks no database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from modules import mail_address
from modules.clients.models import ClientNoteKind
from modules.clients.rules import (
    addresses,
    consents,
    field_values,
    folding,
    notes,
    reaching,
    tags,
)
from modules.clients.rules.changes import ClientChanges
from modules.clients.rules.facts import Facts
from modules.errors import InvalidInput, NotFound
from modules.text import NameRequired, name, paragraphs

_KNOWN = ClientChanges.__annotations__.keys()


class BirthdayInvalid(InvalidInput):
    """That cannot be a birthday."""

    code = "BIRTHDAY_INVALID"
    remedy = "Choose a day between 1900 and today."


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
    region, before, made = _region(asked, facts), kept or {}, Tidied()
    columns = made.columns
    for key, value in asked.items():
        match key:
            case "phone_region":
                pass
            case "address":
                columns |= addresses.address(value)
            case "consents":
                columns[key], made.said = consents.consents(value, before.get(key) or ())
            case "custom_fields":
                columns["custom"] = field_values.values(value, facts, before.get("custom") or {})
            case "notes":
                made.notes = notes.notes(value)
            case "phone":
                columns[key] = reaching.phone(value, region)
            case _:
                columns[key] = _one(key, value, facts)
    return made


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


def _one(column: str, value: Any, facts: Facts) -> Any:
    match column:
        case "email":
            return mail_address.optional(value)
        case "birthday":
            return _birthday(value)
        case "note":
            return paragraphs(value, column, limit=10_000)
        case "tags":
            return tags.tags(value)
        case "preferred_staff_id":
            return _staff(value, facts)
        case "source":
            return value
        case _:
            return name(value, column)


def _birthday(day: date | None) -> date | None:
    # Tomorrow is allowed for: somewhere it is that day already.
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    if day is not None and not date(1900, 1, 1) <= day <= tomorrow:
        raise BirthdayInvalid(field="birthday")
    return day


def _staff(staff_id: UUID | None, facts: Facts) -> UUID | None:
    if staff_id is not None and staff_id not in facts.staff:
        raise NotFound("There is no such member of staff.", field="preferred_staff_id")
    return staff_id


def _region(asked: Mapping[str, Any], facts: Facts) -> str | None:
    """Find the country whose numbers are meant when none is dialled."""
    named = asked.get("phone_region")
    if named and named.upper() not in reaching.REGIONS:
        raise PhoneRegionInvalid(field="phone_region")
    return named.upper() if named else facts.region

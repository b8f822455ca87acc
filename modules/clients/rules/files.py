"""Opening and changing a client's file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypedDict, Unpack
from uuid import UUID

from modules.clients import models
from modules.clients.events import ClientCreated, ClientsImported, ClientUpdated
from modules.clients.rules import folding, reaching
from modules.errors import InvalidInput, NotFound
from modules.events import record
from modules.text import NameRequired, name, paragraphs
from modules.viewer import Viewer
from storage import database


class BirthdayInvalid(InvalidInput):
    """That cannot be a birthday."""

    code = "BIRTHDAY_INVALID"
    remedy = "Choose a day between 1900 and today."


class PhoneRegionInvalid(InvalidInput):
    """That is not a country."""

    code = "PHONE_REGION_INVALID"
    remedy = "Write a country as two letters, like NL."


class ClientChanges(TypedDict, total=False):
    """What can be changed in a file; what is left out stays."""

    first_name: str
    last_name: str
    email: str | None
    phone: str | None
    phone_region: str | None
    birthday: date | None
    note: str | None


async def create_client(by: Viewer, **details: Unpack[ClientChanges]) -> UUID:
    """Open a file with at least both names and a way to reach the client.

    Refuses: NameRequired, EmailOrPhoneRequired, EmailInvalid, PhoneInvalid, PhoneRegionInvalid,
    BirthdayInvalid, TextTooLong, TextNotAllowed.
    """
    columns = _file(_tidy(details, await _region(by, details)))
    business_id = by.of_business()
    client = await models.Client.create(business_id=business_id, **columns)
    record(ClientCreated(business_id=business_id, subject=client.id))
    return client.id


async def create_clients(by: Viewer, everyone: Iterable[ClientChanges]) -> list[UUID]:
    """Open many files at once, checked like single ones; the log gets one entry for them all.

    Refuses what `create_client` refuses, and then opens none.
    """
    default = await _region(by, {"phone": "0"})
    business_id = by.of_business()
    rows = [
        models.Client(
            business_id=business_id,
            **_file(_tidy(each, each.get("phone_region") or default)),
        )
        for each in everyone
    ]
    await models.Client.bulk_create(rows, batch_size=1_000)
    record(ClientsImported(business_id=business_id, subject=business_id, count=len(rows)))
    return [row.id for row in rows]


async def update_client(by: Viewer, *, client_id: UUID, **changes: Unpack[ClientChanges]) -> UUID:
    """Change a file. Refuses: NotFound and what `create_client` refuses."""
    region = await _region(by, changes)
    changed = _tidy(changes, region)
    # Taken until the end: two changes must not each remove the other's way to reach the client.
    client = await by.rows(models.Client).select_for_update(no_key=True).get_or_none(id=client_id)
    if client is None:
        raise NotFound("There is no such client.", field="id")
    kept = {column: getattr(client, column) for column in _COLUMNS}
    columns = _file({**kept, **changed})
    await by.rows(models.Client).filter(id=client_id).update(**columns)
    record(ClientUpdated(business_id=by.of_business(), subject=client_id))
    return client_id


_COLUMNS: Sequence[str] = ("first_name", "last_name", "email", "phone", "birthday", "note")


def _tidy(asked: Mapping[str, Any], region: str | None) -> dict[str, Any]:
    """Check what was typed, and put it into the form it is kept in."""
    columns = (column for column in asked if column != "phone_region")
    return {column: _tidy_one(column, asked[column], region) for column in columns}


def _tidy_one(column: str, value: Any, region: str | None) -> Any:
    match column:
        case "email":
            return reaching.email(value)
        case "phone":
            return reaching.phone(value, region)
        case "birthday":
            return _birthday(value)
        case "note":
            return paragraphs(value, column, limit=10_000)
        case "first_name" | "last_name":
            return name(value, column)
        case _:
            raise TypeError(f"clients have no {column}")


def _file(columns: dict[str, Any]) -> dict[str, Any]:
    """Check that a file is complete, and add what it is found and sorted by."""
    first, last = columns.get("first_name"), columns.get("last_name")
    if first is None or last is None:
        raise NameRequired(field="first_name" if first is None else "last_name")
    email, phone = columns.get("email"), columns.get("phone")
    if email is None and phone is None:
        raise reaching.EmailOrPhoneRequired(field="email")
    return {
        **columns,
        "sort_name": folding.sort_name(first, last),
        "search_text": folding.search_text(first, last, email, phone),
    }


def _birthday(day: date | None) -> date | None:
    # Tomorrow is allowed for: somewhere it is that day already.
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    if day is not None and not date(1900, 1, 1) <= day <= tomorrow:
        raise BirthdayInvalid(field="birthday")
    return day


async def _region(by: Viewer, asked: Mapping[str, Any]) -> str | None:
    """Find the country whose numbers are meant when none is dialled."""
    if named := asked.get("phone_region"):
        if named.upper() not in reaching.REGIONS:
            raise PhoneRegionInvalid(field="phone_region")
        return str(named.upper())
    if not (asked.get("phone") or "").strip() or str(asked["phone"]).strip().startswith("+"):
        return None
    business = await database.fetchrow(
        "SELECT zone, locale FROM businesses WHERE id = $1", by.of_business()
    )
    return reaching.region_of(business["zone"], business["locale"]) if business else None

"""A business's own file: its name, zone, currency and language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypedDict, Unpack
from uuid import UUID

from modules import text
from modules.accounts import models
from modules.accounts.events import BusinessUpdated
from modules.accounts.rules import trust, words
from modules.errors import NotFound, checked, same_version
from modules.events import record
from modules.viewer import Viewer
from storage.database import fetchrow


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What others need to know of a business: how to name it, and how it tells time and money."""

    id: UUID
    name: str
    zone: str
    currency: str
    locale: str


async def card(business_id: UUID) -> Card | None:
    """Read a business's card; None when there is no such business."""
    row = await fetchrow(
        "SELECT id, name, zone, currency, locale FROM businesses WHERE id = $1", business_id
    )
    return None if row is None else Card(**row)


class BusinessChanges(TypedDict, total=False):
    """What can be changed about a business; what is left out stays."""

    name: str
    zone: str
    currency: str
    locale: str


async def update_business(
    by: Viewer, *, expected: int | None = None, **changes: Unpack[BusinessChanges]
) -> models.Business:
    """Change one's business.

    Times already agreed on stay the same instants. `expected` is the version the change is made to.
    """
    found = by.rows(models.Business)
    business: models.Business | None = await found.select_for_update().first()
    if business is None:
        raise NotFound
    same_version(business.version, expected)
    asked: dict[str, Any] = dict(changes)
    columns = checked(asked, lambda column, value: CHECKS[column](value))
    changed = [column for column, value in columns.items() if getattr(business, column) != value]
    if changed:
        business.update_from_dict(columns)
        await business.save(update_fields=changed)
        business.version += 1
        if by.account_id is not None:  # whoever changes the zone or language is told in it at once
            trust.withdraw(by.account_id)
        record(BusinessUpdated(business_id=business.id, subject=business.id, changed=changed))
    return business


CHECKS = {
    "name": lambda typed: text.name(typed, "name"),
    "zone": words.zone,
    "currency": words.currency,
    "locale": words.locale,
}

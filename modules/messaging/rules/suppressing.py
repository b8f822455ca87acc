"""Leaving people alone: addresses that get no mail they did not ask for, or none at all."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from hashlib import sha256
from typing import Any
from uuid import UUID

from modules import mail_address
from modules.emails import Email
from modules.errors import NotFound
from modules.events import record
from modules.messaging import models
from modules.messaging.events import AddressSuppressed, AddressUnsuppressed, SuppressionReason
from modules.viewer import Viewer
from storage import database

Reasons = frozenset[SuppressionReason]

SERIOUS = frozenset({SuppressionReason.BOUNCED, SuppressionReason.COMPLAINED})
"""Reasons that stop every message but one its reader has just asked for."""


async def suppressed(business_id: UUID, addresses: Iterable[str]) -> set[str]:
    """Say which of these addresses get no mail they did not ask for, spelt as they were given."""
    return set(await reasons(business_id, addresses))


async def reasons(business_id: UUID, addresses: Iterable[str]) -> dict[str, Reasons]:
    """Say why addresses are left alone, of those that are."""
    asked = {address: _hash(business_id, address) for address in addresses}
    rows = await database.fetch(
        "SELECT address_hash, array_agg(reason) AS reasons FROM suppressions"
        " WHERE business_id = $1 AND address_hash = ANY($2::bytea[]) GROUP BY address_hash",
        business_id,
        list(asked.values()),
    )
    found = {
        row["address_hash"]: frozenset(SuppressionReason(each) for each in row["reasons"])
        for row in rows
    }
    return {address: found[hash_] for address, hash_ in asked.items() if hash_ in found}


def stopped(email: Email[Any], why: Reasons) -> bool:
    """Decide whether reasons such as these stop a kind of message."""
    return bool(why) and (email.unsubscribable or (not email.always and bool(why & SERIOUS)))


async def suppress(by: Viewer, *, email: str) -> UUID:
    """Leave an address alone, because the team says so."""
    typed = mail_address.normalise(email, field="email")
    return await leave_alone(by.of_business(), typed, SuppressionReason.MANUAL)


async def unsuppress(by: Viewer, *, suppression_id: UUID) -> models.Suppression:
    """Take an entry off the list."""
    found: models.Suppression | None = await by.rows(models.Suppression).get_or_none(
        id=suppression_id
    )
    if found is None or not await by.rows(models.Suppression).filter(id=found.id).delete():
        raise NotFound("There is no such entry.", field="id")
    record(
        AddressUnsuppressed(business_id=found.business_id, subject=found.id, reason=found.reason)
    )
    return found


async def leave_alone(business_id: UUID, address: str, reason: SuppressionReason) -> UUID:
    """Put an address on the list for a reason, in the change under way; once is enough."""
    row = await database.fetchrow(
        _SUPPRESS, business_id, address, _hash(business_id, address), reason.value
    )
    assert row is not None  # it is there now, whoever put it
    id_: UUID = row["id"]
    if row["fresh"]:
        record(AddressSuppressed(business_id=business_id, subject=id_, reason=reason))
    return id_


def make_secret() -> str:
    """Make the secret of a link by which its reader may have no more of such messages."""
    return secrets.token_urlsafe(32)


def secret_hash(secret: str) -> bytes:
    """Give what the ledger keeps of such a secret."""
    return sha256(secret.encode("utf-8", "replace")).digest()


async def reader_of(secret: str) -> tuple[UUID, str] | None:
    """Find the business and the address a link is about; None when there is no such link."""
    row = await database.fetchrow(
        "SELECT business_id, recipient FROM messages WHERE unsubscribe_hash = $1",
        secret_hash(secret),
    )
    return None if row is None else (row["business_id"], row["recipient"])


async def unsubscribe(business_id: UUID, address: str) -> UUID:
    """Leave a reader alone who says so."""
    return await leave_alone(business_id, address, SuppressionReason.UNSUBSCRIBED)


def _hash(business_id: UUID, address: str) -> bytes:
    """Hash an address for one business: nobody can compare the lists of two."""
    folded = mail_address.folded(address)
    return sha256(business_id.bytes + folded.encode("utf-8", "replace")).digest()


_SUPPRESS = """
WITH entry AS (
    INSERT INTO suppressions (business_id, address_hash, reason) VALUES ($1, $3, $4)
    ON CONFLICT (business_id, address_hash, reason) DO UPDATE SET reason = excluded.reason
    RETURNING id, xmax = 0 AS fresh
), address AS (
    INSERT INTO suppressed_addresses (id, business_id, recipient) SELECT id, $1, $2 FROM entry
    ON CONFLICT (id) DO UPDATE SET recipient = excluded.recipient
)
SELECT id, fresh FROM entry
"""

"""Messages that were held back until an owner confirmed their address, and leave when they did."""

from __future__ import annotations

from modules.accounts.events import AccountMerged, AddressConfirmed
from modules.accounts.rules.strangers import UNCONFIRMED
from modules.events import record
from modules.messaging.events import MessageResent
from storage import database
from storage.log import change

AT_ONCE = 1_000
"""Messages that leave by themselves; the latest ones, of a week."""


async def release(event: AddressConfirmed | AccountMerged) -> None:
    """Send what was held back in the businesses of an owner who confirmed their address."""
    async with change(actor=None):
        for row in await database.fetch(_RELEASE, event.subject, UNCONFIRMED, AT_ONCE):
            record(MessageResent(business_id=row["business_id"], subject=row["id"]))


_RELEASE = """
UPDATE messages SET status = 'QUEUED', error = NULL WHERE id IN (
    SELECT m.id FROM messages m
    JOIN memberships o ON o.business_id = m.business_id AND o.role = 'OWNER'
    JOIN accounts a ON a.id = o.account_id AND a.confirmed_at IS NOT NULL
    WHERE o.account_id = $1 AND m.status = 'FAILED' AND m.error = $2
        AND m.created_at > now() - interval '7 days'
        AND NOT EXISTS (SELECT FROM messages r
            WHERE r.business_id = m.business_id AND r.resend_of_id = m.id)
    ORDER BY m.created_at DESC LIMIT $3
) RETURNING business_id, id"""

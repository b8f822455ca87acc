"""Looking at what would go, before it does: nobody deletes what they have not seen."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

import orjson

from modules import client_data
from modules.errors import NotFound, Refusal
from modules.viewer import Viewer
from storage import database, jsonb

GOOD_FOR = timedelta(minutes=30)
"""How long one may think it over."""


class StalePreview(Refusal):
    """This is not what you looked at: the file changed since, or it was too long ago."""

    code = "STALE_PREVIEW"
    remedy = "Look at `clientDeletionPreview` again, and send its token."


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What would go with a file."""

    client_id: UUID
    counts: Mapping[str, int]
    """How many of what, by the names people read."""
    token: str
    """What shows that this was looked at."""
    expires_at: datetime


async def look(by: Viewer, client_id: UUID) -> Preview:
    """Count what would go with a file. Refuses: NotFound."""
    version = await database.fetchval(
        "SELECT version FROM clients WHERE business_id = $1 AND id = $2",
        by.of_business(), client_id,
    )  # fmt: skip
    if version is None:
        raise NotFound("There is no such client.", field="client_id")
    found = await client_data.counts(by.of_business(), client_id)
    until = int((datetime.now(UTC) + GOOD_FOR).timestamp())
    return Preview(
        client_id=client_id,
        counts=found,
        token=_token(by, client_id, version, found, until),
        expires_at=datetime.fromtimestamp(until, UTC),
    )


def check(
    by: Viewer, token: str, *, client_id: UUID, version: int, counts: Mapping[str, int]
) -> None:
    """Make sure that what is there is what was looked at. Refuses: StalePreview."""
    until = token.partition(".")[0]
    good = until.isascii() and until.isdigit() and len(until) <= len("9999999999")
    if not good or int(until) < datetime.now(UTC).timestamp():
        raise StalePreview(field="token")
    if not hmac.compare_digest(
        token.encode(), _token(by, client_id, version, counts, int(until)).encode()
    ):
        raise StalePreview(field="token")


def _token(by: Viewer, client_id: UUID, version: int, counts: Mapping[str, int], until: int) -> str:
    """Sum up what was seen, and by whom. It opens nothing: the team may delete anyway."""
    seen = [str(by.account_id), str(by.business_id), str(client_id), version, counts, until]
    return f"{until}.{sha256(jsonb.encode(seen, option=orjson.OPT_SORT_KEYS)).hexdigest()}"

"""Previews: nobody does what cannot be undone without having seen what it would do.

A module works out what would be, and `sealed` gives it a token. The change gets that token, works
out the same in its transaction, and `check` refuses when it is not what was seen.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import orjson

from modules.errors import Refusal
from modules.viewer import Viewer
from storage import jsonb

GOOD_FOR = timedelta(minutes=30)
"""How long one may think it over."""
LATEST = len("9999999999")


class StalePreview(Refusal):
    """This is not what you looked at: something changed since, or it was too long ago."""

    code = "STALE_PREVIEW"
    remedy = "Look at the preview again, and send its token."


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What would be, if it was done now."""

    about: str
    """What would be done, and to which row: `delete 0192…`."""
    version: int
    """The version of what would change."""
    counts: Mapping[str, int]
    """How many of what it is about, by the names people read."""
    more: Any = None
    """What else is shown that the version and the counts do not tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What was seen, and what shows that it was."""

    seen: Seen
    token: str
    expires_at: datetime


def sealed(by: Viewer, seen: Seen) -> Preview:
    """Give what is shown its token."""
    until = int((datetime.now(UTC) + GOOD_FOR).timestamp())
    expires_at = datetime.fromtimestamp(until, UTC)
    return Preview(seen=seen, token=_token(by, seen, until), expires_at=expires_at)


def check(by: Viewer, token: str, seen: Seen) -> None:
    """Make sure that what would be is what was looked at. Refuses: StalePreview."""
    until = token.partition(".")[0]
    good = until.isascii() and until.isdigit() and len(until) <= LATEST
    if not good or int(until) < datetime.now(UTC).timestamp():
        raise StalePreview(field="token")
    if not hmac.compare_digest(token.encode(), _token(by, seen, int(until)).encode()):
        raise StalePreview(field="token")


def _token(by: Viewer, seen: Seen, until: int) -> str:
    """Sum up what was seen, and by whom. It opens nothing: whoever sends it may do so anyway."""
    what = [str(by.account_id), str(by.business_id), asdict(seen), until]
    return f"{until}.{sha256(jsonb.encode(what, option=orjson.OPT_SORT_KEYS)).hexdigest()}"

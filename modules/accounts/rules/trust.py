"""What this process remembers of sessions, and when it must not trust its memory.

Three things end trust. A rule that ends sessions or changes a role says so (`withdraw`) while its
transaction is still open: from then on the account's sessions are looked up, not remembered, so no
request can slip between the commit and the news of it. Other processes hear of it through the log
(`forget`). And everything is looked up again after half a minute, in case the log was not heard.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from modules.accounts.events import (
    AccountMerged,
    BusinessUpdated,
    MembershipChanged,
    SessionsEnded,
    TeamMemberRemoved,
)
from modules.events import Event
from modules.viewer import Viewer
from storage.database import database
from storage.outage import outage

SECONDS = 30.0
"""How long a look-up counts, and how long an account stays distrusted after a change."""
MOST = 20_000
"""Sessions remembered at once."""
TOUCH = timedelta(minutes=5)
"""How exactly `last_used_at` is kept."""
IDLE = timedelta(days=30)
"""A session that is not used for so long ends."""
LONGEST = timedelta(days=365)
"""Every session ends then, however often it is used."""

ENDING = (SessionsEnded, MembershipChanged, TeamMemberRemoved, AccountMerged, BusinessUpdated)
"""The events after which sessions are looked up again: of an account, or of a whole business."""

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Known:
    """A session as it was when it was looked up."""

    viewer: Viewer
    until: float
    last_used_at: datetime


_known: OrderedDict[bytes, Known] = OrderedDict()
_of_account: dict[UUID, set[bytes]] = {}
_distrusted: dict[UUID, float] = {}
_changes = 0
_touching: set[asyncio.Task[None]] = set()


def now() -> int:
    """Count the changes heard of so far: a look-up begun before one is not remembered after it."""
    return _changes


def recall(key: bytes) -> Viewer | None:
    """Give the session with this token's hash, if it is remembered and can be trusted."""
    known = _known.get(key)
    if known is None:
        return None
    account = known.viewer.account_id
    assert account is not None  # only sessions are remembered, and they have one
    expires_at = known.viewer.expires_at
    stale = known.until < time.monotonic() or _is_distrusted(account)
    if stale or (expires_at is not None and expires_at <= datetime.now(UTC)):
        _drop(key)
        return None
    _touch(known)
    return known.viewer


def remember(key: bytes, viewer: Viewer, seen: int, *, last_used_at: datetime) -> None:
    """Remember a session looked up when `now()` said `seen`."""
    known = Known(viewer, time.monotonic() + SECONDS, last_used_at)
    _touch(known)
    account = viewer.account_id
    if account is None or seen != _changes or _is_distrusted(account):
        return
    _known[key] = known
    _of_account.setdefault(account, set()).add(key)
    while len(_known) > MOST:
        _drop(next(iter(_known)))


def withdraw(account_id: UUID) -> None:
    """Look up this account's sessions every time for a while: they are being changed."""
    moment = time.monotonic()
    while _distrusted and next(iter(_distrusted.values())) < moment:  # the oldest come first
        del _distrusted[next(iter(_distrusted))]
    _distrusted.pop(account_id, None)
    _distrusted[account_id] = moment + SECONDS
    _forget(account_id)


def forget(event: Event) -> None:
    """Hear from the log that sessions ended or a role changed, here or in another process."""
    match event:
        case SessionsEnded():
            _forget(event.subject)
        case MembershipChanged() | TeamMemberRemoved():
            _forget(event.account_id)
        case AccountMerged():
            _forget(event.merged_id)
            _forget(event.subject)
        case BusinessUpdated() if not {"zone", "locale"}.isdisjoint(event.changed):
            for known in list(_known.values()):
                if known.viewer.business_id == event.subject and known.viewer.account_id:
                    _forget(known.viewer.account_id)
        case _:
            return


def forget_everything() -> None:
    """Look up every session again: the log was not heard for a while, or the database changed."""
    global _changes  # noqa: PLW0603 - this module is the memory
    _changes += 1
    _known.clear()
    _of_account.clear()
    _distrusted.clear()


async def settle() -> None:
    """Wait until what was noted in the background is written."""
    await asyncio.gather(*_touching, return_exceptions=True)


def _forget(account_id: UUID) -> None:
    global _changes  # noqa: PLW0603 - this module is the memory
    _changes += 1
    for key in list(_of_account.get(account_id, ())):
        _drop(key)


def _drop(key: bytes) -> None:
    known = _known.pop(key, None)
    if known is None or known.viewer.account_id is None:
        return
    keys = _of_account.get(known.viewer.account_id, set())
    keys.discard(key)
    if not keys:
        _of_account.pop(known.viewer.account_id, None)


def _is_distrusted(account_id: UUID) -> bool:
    return _distrusted.get(account_id, 0.0) > time.monotonic()


def _touch(known: Known) -> None:
    # Nobody waits for this: it only says when a session was last of use, and keeps it alive.
    moment = datetime.now(UTC)
    if moment - known.last_used_at < TOUCH:
        return
    known.last_used_at = moment
    task = asyncio.get_running_loop().create_task(_used(known.viewer.session_id))
    _touching.add(task)
    task.add_done_callback(_touching.discard)


async def _used(session_id: UUID | None) -> None:
    try:
        await database().writing.execute(
            "UPDATE sessions SET last_used_at = now(),"
            " expires_at = greatest(expires_at, least(now() + $2, created_at + $3))"
            " WHERE id = $1 AND expires_at > now()",
            session_id,
            IDLE,
            LONGEST,
        )
    except Exception as error:
        if not outage.noticed(error):
            logger.exception("the use of session %s could not be noted", session_id)

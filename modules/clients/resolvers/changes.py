"""The client list as it changes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from modules.accounts.types import told
from modules.clients.events import (
    ClientCreated,
    ClientDeleted,
    ClientsChanged,
    ClientsImported,
    ClientsMerged,
    ClientsTakenBack,
    ClientsUnmerged,
    ClientUpdated,
    ClientVerified,
)
from modules.clients.profile import FIELDS
from modules.clients.types import Client, ClientChange, ClientChangeKind
from modules.events import Event
from schema import Happened, IdOf, Subscription, camel, extend, id_of, ref, subscription

KINDS: dict[type[Event], ClientChangeKind] = {
    ClientCreated: ClientChangeKind.CREATED,
    ClientUpdated: ClientChangeKind.UPDATED,
    ClientVerified: ClientChangeKind.VERIFIED,
    ClientDeleted: ClientChangeKind.DELETED,
    ClientsMerged: ClientChangeKind.MERGED,
    ClientsUnmerged: ClientChangeKind.UNMERGED,
    ClientsImported: ClientChangeKind.IMPORTED,
    ClientsChanged: ClientChangeKind.REWRITTEN,
    ClientsTakenBack: ClientChangeKind.TAKEN_BACK,
}
"""What is told of each event. One with a `count` is about many files, its subject none."""
SHOWN_AS = {each.name: each.shown_as for each in FIELDS}
"""What the API calls columns of a file, or shows them as a part of."""


@extend(Subscription)
class ClientSubscriptions:
    """Watching the client list."""

    @subscription(*KINDS)
    @staticmethod
    def client_changes(
        happened: Happened, client_ids: list[IdOf[Client]] | None = None
    ) -> ClientChange | None:
        """What happens to clients' files, as it happens, and first what happened since `after`.

        Args:
            client_ids: Only changes of these files, and those of many at once; without it, of all.
        """
        event: Any = happened.event
        count: int | None = getattr(event, "count", None)
        about: UUID | None = event.subject if count is None and event.subject.int else None
        other: UUID | None = getattr(event, "other_id", None)
        if client_ids is not None and about is not None and not {about, other} & {*client_ids}:
            return None
        return ClientChange(
            kind=KINDS[type(event)],
            **told(happened, Client if about else None),
            client=ref(Client, about) if about else None,
            other_id=id_of(Client, other) if other else None,
            changed=_named(getattr(event, "changed", ())),
            count=1 if count is None else count,
        )


def _named(columns: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(camel(SHOWN_AS.get(column, column)) for column in columns))

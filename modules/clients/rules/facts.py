"""What a file depends on: where the business dials from, who works there, the fields it defined."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from modules.clients.models import ClientFieldKind
from modules.clients.rules import reaching
from modules.errors import NotFound
from modules.viewer import Viewer
from storage import database

_FACTS = """
SELECT b.zone, b.locale, ARRAY(SELECT s.id FROM staff s WHERE s.business_id = b.id) AS staff,
    (SELECT array_agg((f.id, f.name, f.kind, f.options, f.required, f.archived_at IS NOT NULL)
        ORDER BY f.position, f.id) FROM client_fields f WHERE f.business_id = b.id) AS fields
FROM businesses b WHERE b.id = $1"""


@dataclass(frozen=True, slots=True)
class Definition:
    """A field the business defined, as far as values go."""

    id: UUID
    name: str
    kind: ClientFieldKind
    options: tuple[str, ...]
    required: bool
    archived: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What has to be known of a business to check a file; checking asks no database."""

    region: str | None = None
    """The country whose phone numbers are meant when none is dialled."""
    staff: frozenset[UUID] = frozenset()
    fields: Mapping[UUID, Definition] = field(default_factory=dict)
    """In their order."""


def at_work_here(staff_id: UUID | None, field: str, known: Facts) -> UUID | None:
    """Check who somebody likes to come to. Refuses: NotFound."""
    if staff_id is not None and staff_id not in known.staff:
        raise NotFound("There is no such member of staff.", field=field)
    return staff_id


async def facts(by: Viewer) -> Facts:
    """Look them up."""
    row = await database.fetchrow(_FACTS, by.of_business())
    if row is None:
        return Facts()
    fields = [
        Definition(id, name, ClientFieldKind(kind), tuple(options), required, archived)
        for id, name, kind, options, required, archived in row["fields"] or ()
    ]
    return Facts(
        region=reaching.region_of(row["zone"], row["locale"]),
        staff=frozenset(row["staff"]),
        fields={each.id: each for each in fields},
    )

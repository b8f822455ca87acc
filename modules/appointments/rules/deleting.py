"""Cancelling what is to come when a client's file goes."""

from __future__ import annotations

from collections.abc import Sequence

from modules.appointments.events import (
    AppointmentCancelled,
    AppointmentStatus,
    Before,
    CancelledBy,
)
from modules.clients.rules import Cancelled, Deletion
from modules.events import record
from storage import database

# The notices leave after the file and its appointments are gone: what they have to say is kept.
_CANCEL = """
WITH cancelled AS (
    UPDATE appointments SET status = 'CANCELLED', cancelled_at = now(),
        cancelled_by = 'TEAM', answer_by = NULL
    WHERE business_id = $1 AND client_id = $2 AND ends_at > now()
        AND (is_expected(status) OR is_unanswered(status))
    RETURNING new.*, old.status AS before
), told AS (
    SELECT a.*, c.email, c.first_name || ' ' || c.last_name AS client, visit.*
    FROM cancelled a
    JOIN clients c ON c.business_id = a.business_id AND c.id = a.client_id
    CROSS JOIN LATERAL (
        SELECT string_agg(v.name, ', ' ORDER BY g.position) AS service,
            string_agg(DISTINCT s.name, ', ') AS staff,
            CASE WHEN count(*) > 1 THEN array_agg(g.staff_id ORDER BY g.position) ELSE '{}' END
                AS staff_ids
        FROM appointment_segments g
        JOIN services v ON v.business_id = g.business_id AND v.id = g.service_id
        JOIN staff s ON s.business_id = g.business_id AND s.id = g.staff_id
        WHERE g.appointment_id = a.id
    ) visit
), kept AS (
    INSERT INTO parting_notices (appointment_id, business_id, client_id, client, email, service,
        staff, price_minor, currency, note)
    SELECT id, business_id, client_id, client, email, service, staff, price_minor, currency, note
    FROM told
)
SELECT * FROM told ORDER BY starts_at, id"""


async def cancel_for_deletion(deletion: Deletion) -> Sequence[Cancelled]:
    """Cancel all that is to come of a file that goes, with the usual notices."""
    rows = await database.fetch(_CANCEL, deletion.business_id, deletion.client_id)
    for row in rows:
        record(
            AppointmentCancelled(
                business_id=row["business_id"],
                subject=row["id"],
                client_id=row["client_id"],
                service_id=row["service_id"],
                staff_id=row["staff_id"],
                starts_at=row["starts_at"],
                ends_at=row["ends_at"],
                status=AppointmentStatus.CANCELLED,
                staff_ids=row["staff_ids"],
                cancelled_by=CancelledBy.TEAM,
                before=Before(
                    starts_at=row["starts_at"],
                    ends_at=row["ends_at"],
                    staff_id=row["staff_id"],
                    staff_ids=row["staff_ids"],
                    status=AppointmentStatus(row["before"]),
                ),
            )
        )
    return [
        Cancelled(
            id=f"apt_{row['id'].hex}",
            starts_at=row["starts_at"],
            ends_at=row["ends_at"],
            service=row["service"],
            staff=row["staff"],
        )
        for row in rows
    ]

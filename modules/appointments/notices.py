"""The mails an appointment causes: to the client, and to whoever it is with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from modules.appointments.events import (
    AppointmentAccepted,
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentDeclined,
    AppointmentEvent,
    AppointmentExpired,
    AppointmentProposed,
    AppointmentRequested,
    AppointmentRescheduled,
)
from modules.emails import Addressed, Email, Emails, Notice, Stage
from storage import database

# Nobody is told of what is over.
_CLIENT = Addressed("""
SELECT email, first_name || ' ' || last_name, id FROM clients
WHERE business_id = event.business_id AND id = (event.data->>'client_id')::uuid
    AND email IS NOT NULL AND NOT coalesce((event.data->>'past')::boolean, false)
UNION ALL
SELECT email, client, client_id FROM parting_notices
WHERE business_id = event.business_id AND appointment_id = event.subject AND email IS NOT NULL
    AND NOT coalesce((event.data->>'past')::boolean, false)""")
# Whoever it is with now, who may be others than when it happened. Those who have an account are
# told themselves; for the others the owners are.
_PROVIDER = Addressed("""
SELECT a.email, a.name, NULL::uuid FROM memberships m JOIN accounts a ON a.id = m.account_id
WHERE m.business_id = event.business_id AND a.email IS NOT NULL
    AND NOT coalesce((event.data->>'past')::boolean, false)
    AND EXISTS (
        SELECT FROM staff s WHERE s.business_id = event.business_id
            AND s.id IN (
                SELECT g.staff_id FROM appointment_segments g
                WHERE g.business_id = event.business_id AND g.appointment_id = event.subject
                UNION ALL
                SELECT (event.data->>'staff_id')::uuid WHERE NOT EXISTS (
                    SELECT FROM appointments WHERE id = event.subject)
            )
            AND CASE WHEN s.account_id IS NULL THEN m.role = 'OWNER' ELSE a.id = s.account_id END
    )
ORDER BY a.id""")
_DETAILS = """
SELECT c.first_name || ' ' || c.last_name AS client, visit.service, visit.staff,
    p.name AS staff_before, a.price_minor, a.currency,
    nullif(concat_ws(E'\n', a.note, a.client_note), '') AS note, a.cancel_reason AS reason,
    a.starts_at AS "when", a.staff_id,
    NOT (is_expected(a.status) OR is_unanswered(a.status)) AS over,
    is_unanswered(a.status) AS waits, a.answer_by, a.proposal_id
FROM appointments a
JOIN clients c ON c.business_id = a.business_id AND c.id = a.client_id
CROSS JOIN LATERAL (
    SELECT string_agg(v.name, ', ' ORDER BY g.position) AS service,
        string_agg(s.name, ', ' ORDER BY g.position) FILTER (WHERE NOT EXISTS (
            SELECT FROM appointment_segments f WHERE f.appointment_id = g.appointment_id
                AND f.staff_id = g.staff_id AND f.position < g.position)) AS staff
    FROM appointment_segments g
    JOIN services v ON v.business_id = g.business_id AND v.id = g.service_id
    JOIN staff s ON s.business_id = g.business_id AND s.id = g.staff_id
    WHERE g.appointment_id = a.id
) visit
LEFT JOIN staff p ON p.business_id = a.business_id AND p.id = $3
WHERE a.business_id = $1 AND a.id = $2
UNION ALL
SELECT client, service, staff, NULL, price_minor, currency, note, NULL, $4, NULL, true, false,
    NULL, NULL
FROM parting_notices WHERE business_id = $1 AND appointment_id = $2"""


ENDED = (AppointmentCancelled, AppointmentDeclined, AppointmentExpired)
"""What is told although the appointment is over."""


async def _details(event: AppointmentEvent) -> Mapping[str, Any] | None:
    """Say how things stand now; nothing where an appointment is over, or back where it was."""
    before = event.before
    row = await database.fetchrow(
        _DETAILS,
        event.business_id,
        event.subject,
        before and before.staff_id,
        event.starts_at,
    )
    if row is None:
        raise LookupError(f"appointment {event.subject} is gone")
    if row["over"] and not isinstance(event, ENDED):
        return None
    if (
        isinstance(event, AppointmentRescheduled)
        and before is not None
        and (before.starts_at, before.staff_id) == (row["when"], row["staff_id"])
    ):
        return None
    return {
        **row,
        "when_before": before and before.starts_at,
        "expired": isinstance(event, AppointmentExpired),
        "times": await _times(event, row["proposal_id"]),
    }


async def _times(event: AppointmentEvent, proposal_id: UUID | None) -> Sequence[datetime]:
    """List the times of a proposal that can still be picked."""
    if not isinstance(event, AppointmentProposed):
        return ()
    rows = await database.fetch(
        "SELECT starts_at FROM appointments WHERE business_id = $1 AND proposal_id = $2"
        " AND status = 'PROPOSED' ORDER BY starts_at",
        event.business_id,
        proposal_id,
    )
    return [row["starts_at"] for row in rows]


# Of times that were proposed together the first speaks for all.
_FIRST = """NOT EXISTS (
    SELECT FROM appointments a JOIN appointments b USING (business_id, proposal_id)
    WHERE a.business_id = event.business_id AND a.id = event.subject
        AND b.status = a.status AND (b.starts_at, b.id) < (a.starts_at, a.id))"""
_PROPOSED_TO = _CLIENT.only(_FIRST)
_DECLINED_TO = _CLIENT.only("event.data->>'declined_by' = 'TEAM'").only(_FIRST)
_DECLINED_BY_CLIENT = _PROVIDER.only("event.data->>'declined_by' = 'CLIENT'").only(_FIRST)
_NOT_ANSWERED = _CLIENT.only("event.data#>>'{before,status}' = 'REQUESTED'")


def _email(kind: str, template: str, to: Addressed, notice: Notice | None = None) -> Email[Any]:
    return Email(
        kind=f"APPOINTMENT_{kind}",
        package="modules.appointments",
        template=template,
        recipients=to,
        context=_details,
        notice=notice,
    )


def _notices(name: str, template: str, stage: Stage) -> list[Email[Any]]:
    """Make the notices of one event: to the client, and to whoever it is with."""
    return [
        _email(
            f"{name}{suffix}",
            f"{template}{suffix.lower()}",
            to,
            Notice(series=f"APPOINTMENT{suffix}", stage=stage),
        )
        for suffix, to in (("", _CLIENT), ("_PROVIDER", _PROVIDER))
    ]


EMAILS: Emails = {
    AppointmentBooked: _notices("BOOKED", "booked", Stage.BEGINS),
    AppointmentRequested: _notices("REQUESTED", "requested", Stage.BEGINS),
    AppointmentAccepted: _notices("ACCEPTED", "booked", Stage.BEGINS),
    AppointmentRescheduled: _notices("RESCHEDULED", "rescheduled", Stage.CHANGES),
    AppointmentCancelled: _notices("CANCELLED", "cancelled", Stage.ENDS),
    AppointmentProposed: [_email("PROPOSED", "proposed", _PROPOSED_TO)],
    AppointmentDeclined: [
        _email("DECLINED", "declined", _DECLINED_TO),
        _email("DECLINED_PROVIDER", "declined_provider", _DECLINED_BY_CLIENT),
    ],
    AppointmentExpired: [_email("EXPIRED", "declined", _NOT_ANSWERED)],
}

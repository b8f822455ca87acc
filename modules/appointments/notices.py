"""The mails an appointment causes: to the client, and to whoever it is with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modules.appointments.events import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentEvent,
    AppointmentRescheduled,
)
from modules.emails import Addressed, Email, Emails
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
# Whoever has an account is told themselves; for the others the owners are.
_PROVIDER = Addressed("""
SELECT a.email, a.name, NULL::uuid FROM memberships m JOIN accounts a ON a.id = m.account_id
LEFT JOIN staff s ON s.business_id = m.business_id AND s.id = (event.data->>'staff_id')::uuid
WHERE m.business_id = event.business_id AND a.email IS NOT NULL
    AND NOT coalesce((event.data->>'past')::boolean, false)
    AND CASE WHEN s.account_id IS NULL THEN m.role = 'OWNER' ELSE a.id = s.account_id END
ORDER BY a.id""")
_DETAILS = """
SELECT c.first_name || ' ' || c.last_name AS client, v.name AS service, s.name AS staff,
    p.name AS staff_before, a.price_minor, a.currency, a.note, a.cancel_reason AS reason
FROM appointments a
JOIN clients c ON c.business_id = a.business_id AND c.id = a.client_id
JOIN services v ON v.business_id = a.business_id AND v.id = a.service_id
JOIN staff s ON s.business_id = a.business_id AND s.id = $3
LEFT JOIN staff p ON p.business_id = a.business_id AND p.id = $4
WHERE a.business_id = $1 AND a.id = $2
UNION ALL
SELECT client, service, staff, NULL, price_minor, currency, note, NULL
FROM parting_notices WHERE business_id = $1 AND appointment_id = $2"""


async def _details(event: AppointmentEvent) -> Mapping[str, Any]:
    before = event.before
    row = await database.fetchrow(
        _DETAILS,
        event.business_id,
        event.subject,
        event.staff_id,
        before and before.staff_id,
    )
    if row is None:
        raise LookupError(f"appointment {event.subject} is gone")
    return {
        **row,
        "when": event.starts_at,
        "when_before": before and before.starts_at,
    }


def _email(kind: str, template: str, *, to: Addressed) -> Email[Any]:
    return Email(
        kind=kind,
        package="modules.appointments",
        template=template,
        recipients=to,
        context=_details,
    )


EMAILS: Emails = {
    AppointmentBooked: [
        _email("APPOINTMENT_BOOKED", "booked", to=_CLIENT),
        _email("APPOINTMENT_BOOKED_PROVIDER", "booked_provider", to=_PROVIDER),
    ],
    AppointmentRescheduled: [
        _email("APPOINTMENT_RESCHEDULED", "rescheduled", to=_CLIENT),
        _email("APPOINTMENT_RESCHEDULED_PROVIDER", "rescheduled_provider", to=_PROVIDER),
    ],
    AppointmentCancelled: [
        _email("APPOINTMENT_CANCELLED", "cancelled", to=_CLIENT),
        _email("APPOINTMENT_CANCELLED_PROVIDER", "cancelled_provider", to=_PROVIDER),
    ],
}

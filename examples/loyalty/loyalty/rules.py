"""When points are given."""

from __future__ import annotations

from loyalty.events import PointsEarned
from modules.appointments.events import AppointmentBooked
from modules.events import record
from storage.database import fetchval
from storage.log import change

PER_BOOKING = 10

# A job runs at least once: the table, not this code, makes sure that a booking counts once.
_AWARD = """
INSERT INTO loyalty_awards (business_id, client_id, appointment_id, points)
VALUES ($1, $2, $3, $4)
ON CONFLICT (appointment_id) DO NOTHING RETURNING id"""


async def award(event: AppointmentBooked) -> None:
    """Give the points of a booking; a second run gives nothing."""
    async with change(actor=None, business_id=event.business_id):
        given = await fetchval(
            _AWARD, event.business_id, event.client_id, event.subject, PER_BOOKING
        )
        if given is not None:
            record(
                PointsEarned(
                    business_id=event.business_id,
                    subject=event.client_id,
                    appointment_id=event.subject,
                    points=PER_BOOKING,
                )
            )

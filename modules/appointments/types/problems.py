"""Problems of appointments that say more than the usual."""

from __future__ import annotations

from typing import Any, cast

from modules.appointments import rules
from modules.appointments.types.appointments import Appointment
from modules.appointments.types.blocked import BlockedTime
from modules.appointments.types.slots import Slot, slot
from modules.services.types import Service
from schema import (
    Problem,
    problem,
    ref,
)


@problem(rules.SlotTaken)
class SlotTaken(Problem):
    """That time is taken."""

    alternatives: list[Slot]
    """The nearest free times, the nearest first; empty when the days around are full."""

    @staticmethod
    def more(refusal: rules.SlotTaken) -> dict[str, Any]:
        """Say what this problem has to say beyond the usual."""
        return {"alternatives": [Slot(**slot(free)) for free in refusal.alternatives]}


@problem(rules.GroupRequired)
class GroupRequired(Problem):
    """This service is for chosen clients only."""

    service: Service | None
    """The service, for those who may see it."""

    @staticmethod
    def more(refusal: rules.GroupRequired) -> dict[str, Any]:
        """Say what this problem has to say beyond the usual."""
        return {"service": ref(Service, refusal.service_id)}


@problem(cast(Any, rules.Elsewhere))
class TimeUnavailable(Problem):
    """It cannot be had at that time, or with whom it was wished."""

    alternatives: list[Slot]
    """The nearest free times, the nearest first; empty when the days around are full."""

    @staticmethod
    def more(refusal: rules.Elsewhere) -> dict[str, Any]:
        """Say what this problem has to say beyond the usual."""
        return {"alternatives": [Slot(**slot(free)) for free in refusal.alternatives]}


@problem(rules.TimeTaken)
class TimeTaken(Problem):
    """Something is on the calendar then."""

    appointments: list[Appointment]
    """The appointments that are in the way, the first one first; at most ten."""
    blocked_times: list[BlockedTime]
    """The blocked time that is in the way, the first one first; at most ten."""

    @staticmethod
    def more(refusal: rules.TimeTaken) -> dict[str, Any]:
        """Say what this problem has to say beyond the usual."""
        return {
            "appointments": [ref(Appointment, id) for id in refusal.appointments],
            "blocked_times": [ref(BlockedTime, id) for id in refusal.blocked_times],
        }

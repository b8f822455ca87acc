"""The times that can be booked."""

from __future__ import annotations

from datetime import date, datetime

from modules.accounts.types import Business
from modules.appointments import rules
from modules.appointments.types import (
    AvailableSlots,
    SegmentInput,
    SlotExplanation,
    explained,
    offered,
)
from modules.clients.types import Client
from modules.viewer import SIGNED_IN, Viewer
from schema import (
    IdOf,
    Parent,
    answer,
    extend,
)


@extend(Business)
class BusinessSlots:
    """A business has times that can be booked."""

    @answer(audience=SIGNED_IN)
    @staticmethod
    async def slots(
        business: Parent[Business],
        by: Viewer,
        services: list[SegmentInput],
        day: date | None = None,
        days: int = 7,
    ) -> AvailableSlots | None:
        """Every time from now on at which a service can be booked, every `stepMinutes`.

        Several services follow each other without a pause; each is booked by itself. What depends
        on the client is told when they book: a block, a service that only some are chosen for.

        Args:
            services: What is wanted, 1 to 5 services in the order they would be performed.
            day: The first day, as the business counts them; today, when nothing is said.
            days: How many days are looked at, 1 to 31.
        """
        wishes = [one.wish() for one in services]
        if str(business.id) != str(by.business_id):
            return None
        return await offered(await rules.offers(by, wishes, day=day, days=days))

    @answer(audience=SIGNED_IN)
    @staticmethod
    async def explain_slot(
        business: Parent[Business],
        by: Viewer,
        services: list[SegmentInput],
        starts_at: datetime,
        client_id: IdOf[Client] | None = None,
    ) -> SlotExplanation | None:
        """Every reason why services cannot be had from an instant on, and the next time they can.

        Args:
            services: What is wanted, 1 to 5 services in the order they would be performed.
            starts_at: When it would start.
            client_id: The client whom the team would book for; clients ask for themselves.
        """
        wishes = [one.wish() for one in services]
        if str(business.id) != str(by.business_id):
            return None
        return explained(await rules.explain(by, wishes, starts_at, client_id=client_id))

"""Which clients: conditions to be combined."""

from __future__ import annotations

from datetime import datetime

from strawberry import UNSET

from modules.clients.profile import How
from modules.clients.types.profiled import filters
from modules.services.types import Staff
from schema import IdOf, MinorUnits, input


@input
class TimeFilter:
    """When something happened, or will; what is left out does not matter."""

    after: datetime | None = UNSET
    """At this instant or later."""
    before: datetime | None = UNSET
    """Before this instant."""
    never: bool | None = UNSET
    """True: not at all. False: at some time."""


@input
class NumberFilter:
    """How many; what is left out does not matter."""

    at_least: int | None = UNSET
    """This or more."""
    at_most: int | None = UNSET
    """This or less."""


@input
class AmountFilter:
    """How much money; what is left out does not matter."""

    at_least: MinorUnits | None = UNSET
    """This or more, in the currency's smallest unit."""
    at_most: MinorUnits | None = UNSET
    """This or less, in the currency's smallest unit."""


@input
@filters(
    {
        How.KNOWN: bool,
        How.TIME: TimeFilter,
        How.NUMBER: NumberFilter,
        "preferred_staff": list[IdOf[Staff]],
    }
)
class ClientFilter:
    """Which clients: those that meet every condition that is set.

    A list of alternatives that is empty is met by nobody.
    """

    and_: list[ClientFilter] | None = UNSET
    """All of these filters."""
    or_: list[ClientFilter] | None = UNSET
    """At least one of these filters."""
    not_: ClientFilter | None = UNSET
    """Not this filter; that includes those of whom it cannot be told."""
    last_visit: TimeFilter | None = UNSET
    """When they came last."""
    next_visit: TimeFilter | None = UNSET
    """When they come next; `never` means that nothing is booked."""
    visits: NumberFilter | None = UNSET
    """How often they came."""
    spent: AmountFilter | None = UNSET
    """What they spent on visits, in the currency's smallest unit."""
    no_shows: NumberFilter | None = UNSET
    """How often they did not come."""
    late_cancellations: NumberFilter | None = UNSET
    """How often they themselves cancelled less than 24 hours before."""

"""Why an appointment cannot be made, moved or cancelled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from modules.errors import InvalidInput, Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A time that is still free, and with whom."""

    starts_at: datetime
    ends_at: datetime
    staff_id: UUID
    zone: str
    """That of the business, for whoever shows the time."""


class Elsewhere:
    """What a refusal of a time, or of whom it is with, is: another one would do."""

    alternatives: Sequence[Slot] = ()
    """The nearest that would, nearest first; none where that is not known."""


class SlotTaken(Refusal):
    """That time is taken."""

    code = "SLOT_TAKEN"
    remedy = "Take one of the alternatives, or choose another time."

    def __init__(self, message: str = "", *, alternatives: Sequence[Slot] = ()) -> None:
        super().__init__(message, field="starts_at")
        self.alternatives = list(alternatives)
        """The nearest free times, nearest first; none when a fortnight around is full."""


class Blocked(SlotTaken):
    """That time is blocked on the calendar."""

    code = "BLOCKED"
    remedy = "Take one of the alternatives, or unblock the time first."
    client_message = "That time is taken."
    client_remedy = "Take one of the alternatives, or choose another time."


class TimeTaken(Refusal):
    """Something is on the calendar then."""

    code = "TIME_TAKEN"
    remedy = "Move or cancel what is in the way, or choose another time."

    def __init__(
        self,
        message: str = "",
        *,
        field: str,
        appointments: Sequence[UUID],
        blocked_times: Sequence[UUID],
    ) -> None:
        super().__init__(message, field=field)
        self.appointments, self.blocked_times = appointments, blocked_times
        """What is in the way, at most ten of it."""


class OutsideHours(Elsewhere, Refusal):
    """The staff member is not at work then."""

    code = "OUTSIDE_HOURS"
    remedy = "Choose a time within their working hours."


class StaffOff(Elsewhere, Refusal):
    """They have time off then."""

    code = "STAFF_OFF"
    remedy = "Choose another time, or somebody else."


class Closed(Elsewhere, Refusal):
    """The business is closed then."""

    code = "CLOSED"
    remedy = "Choose another day."


class StaffInactive(Elsewhere, Refusal):
    """They cannot be booked any more."""

    code = "STAFF_INACTIVE"
    remedy = "Choose somebody else."


class StaffDoesNotPerform(Elsewhere, Refusal):
    """They do not perform this service."""

    code = "STAFF_DOES_NOT_PERFORM"
    remedy = "Choose somebody who does; the service lists them."


class ServiceInactive(Refusal):
    """This service is not offered any more."""

    code = "SERVICE_INACTIVE"
    remedy = "Choose another service."


class CurrenciesDiffer(Refusal):
    """These services have prices in several currencies."""

    code = "CURRENCIES_DIFFER"
    remedy = "Book them apart."


class VisitTooLong(Refusal):
    """That is longer than 24 hours."""

    code = "VISIT_TOO_LONG"
    remedy = "Book the services on several days."


class ClientBlocked(Refusal):
    """This client may not book."""

    code = "CLIENT_BLOCKED"
    remedy = "The team may book them all the same, with `despiteBlock: true`, or unblock them."
    client_message = "You cannot book here yourself at the moment."
    client_remedy = "Ask the business: its team can book for you."


class GroupRequired(Refusal):
    """This service is for chosen clients only."""

    code = "GROUP_REQUIRED"
    remedy = "Choose another service, or let the client be chosen for this one first."
    client_remedy = "Choose another service, or ask the business about this one."

    def __init__(self, message: str = "", *, service_id: UUID, field: str) -> None:
        super().__init__(message, field=field)
        self.service_id = service_id
        """Which service: who reads it as somebody of the team sees whom it is for."""


class TooManyAtOnce(InvalidInput):
    """That is more than can be done at once."""

    code = "TOO_MANY_AT_ONCE"
    remedy = "Send it in several parts."


class StartsInPast(Elsewhere, Refusal):
    """That time has passed."""

    code = "STARTS_IN_PAST"
    remedy = "Choose a time to come; the team may enter visits of the last seven days."
    client_remedy = "Choose a time to come."


class TooFarAhead(Elsewhere, Refusal):
    """That is more than a year from now."""

    code = "TOO_FAR_AHEAD"
    remedy = "Choose a time within the next 365 days."


class TooSoon(Elsewhere, Refusal):
    """Clients have to book this earlier."""

    code = "TOO_SOON"
    remedy = "Choose a later time, or ask the business: its team can book at any time."


class RequestRequired(Refusal):
    """This service is requested, and the business accepts or declines."""

    code = "REQUEST_REQUIRED"
    remedy = "Request the appointment instead of booking it."


class TooLateToCancel(Refusal):
    """It is too late for the client to cancel this."""

    code = "TOO_LATE_TO_CANCEL"
    remedy = "Ask the business: its team can cancel until the end."


class TooLateToMove(Refusal):
    """It is too late for the client to move this."""

    code = "TOO_LATE_TO_MOVE"
    remedy = "Ask the business: its team can move it at any time."


class AlreadyCancelled(Refusal):
    """This appointment was cancelled already."""

    code = "ALREADY_CANCELLED"
    remedy = "Nothing is left to do."


class CannotReschedule(Refusal):
    """This appointment is over or cancelled, so it cannot move."""

    code = "CANNOT_RESCHEDULE"
    remedy = "Book a new one."


class CannotCancel(Refusal):
    """This appointment is over, so it cannot be cancelled."""

    code = "CANNOT_CANCEL"
    remedy = "Nothing is left to do."


class NotWaiting(Refusal):
    """This appointment does not wait for an answer."""

    code = "NOT_WAITING"
    remedy = "Look at its status: it was answered, or another time was picked."


class AnswerTooLate(Refusal):
    """The time to answer is over."""

    code = "ANSWER_TOO_LATE"
    remedy = "Book it, if the time is still free, or propose another."
    client_remedy = "Ask for another time."


class HoldExpired(Refusal):
    """This time is not held for you any more."""

    code = "HOLD_EXPIRED"
    remedy = "Book without it, if the time is still free, or hold another."


class TooManyHolds(Refusal):
    """You hold too many times already."""

    code = "TOO_MANY_HOLDS"
    remedy = "Book one of them, release one, or wait until they end by themselves."
    retryable = True


class HasBegun(Refusal):
    """This appointment has begun or is over: clients cannot change it any more."""

    code = "HAS_BEGUN"
    client_message = "This appointment has begun or is over, so you can no longer change it."
    remedy = "Ask the business: its team can put right what is past."


class RangeInvalid(InvalidInput):
    """That is no range of time a calendar can show."""

    code = "RANGE_INVALID"
    remedy = "Ask for 1 to 62 days, or let `to` come after `from`, by at most 62 days."

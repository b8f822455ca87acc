"""What changes of groups answer."""

from __future__ import annotations

from typing import Any

from modules.appointments.types import Appointment
from modules.clients.types import ClientSegment
from modules.groups import rules
from modules.groups.types.group import Group
from modules.services.types import Service
from schema import Preview, Problem, object, payload, problem, ref


@payload
class CreatedGroup:
    """A group that was made."""

    group: Group
    """The group that was made, with its first members."""
    duplicates_ignored: int
    """How many of the clients named were named before."""


@payload
class UpdatedGroup:
    """A group as it was saved."""

    group: Group
    """The group as it is saved."""
    added: int
    """How many clients joined it."""
    removed: int
    """How many clients left it."""
    duplicates_ignored: int
    """How many of the clients named were named before."""
    appointments_left_standing: list[Appointment]
    """What those who left keep although they could not book it any more, the soonest first, at most
    1,000: pass their ids to `cancelAppointments` if they are not wanted."""


@payload
class GrownGroup:
    """A group that clients joined."""

    group: Group
    """The group as it is now."""
    added: int
    """How many clients joined the group."""
    already_members: int
    """How many were in it already."""
    duplicates_ignored: int
    """How many of the clients named were named before."""


@payload
class ShrunkGroup:
    """A group that clients left."""

    group: Group
    """The group as it is now."""
    removed: int
    """How many clients left the group."""
    not_members: int
    """How many were not in it."""
    duplicates_ignored: int
    """How many of the clients named were named before."""
    appointments_left_standing: list[Appointment]
    """What they keep although they could not book it any more, the soonest first, at most 1,000:
    pass their ids to `cancelAppointments` if they are not wanted."""


@object
class GroupDeletionPreview(Preview):
    """What deleting a group would leave behind."""

    group: Group
    """The group that would be deleted."""
    closed_services: list[Service]
    """Services that would be open to nobody, by name."""
    outdated_segments: list[ClientSegment]
    """Segments that name the group, by name: they would be refused until they are changed."""
    appointments_left_standing: list[Appointment]
    """What its clients would keep although they could not book it any more, the soonest first, at
    most 1,000."""


@payload
class DeletedGroup:
    """What a group left behind."""

    closed_services: list[Service]
    """Services that are open to nobody from now on, by name."""
    outdated_segments: list[ClientSegment]
    """Segments that name the group, by name: they are refused until their filters are changed."""
    appointments_left_standing: list[Appointment]
    """What its clients keep although they could not book it any more, the soonest first, at most
    1,000: pass their ids to `cancelAppointments` if they are not wanted."""


@problem(rules.GroupInUse)
class GroupInUse(Problem):
    """Services would be open to nobody without this group, or segments name it."""

    services: list[Service]
    """Services that would be open to nobody, by name."""
    segments: list[ClientSegment]
    """Segments whose filters name the group, by name."""

    @staticmethod
    def more(refusal: rules.GroupInUse) -> dict[str, Any]:
        """Say what this problem has to say beyond the usual."""
        return {
            "services": [ref(Service, each) for each in refusal.services],
            "segments": [ref(ClientSegment, each) for each in refusal.segments],
        }

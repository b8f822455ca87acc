"""Making, filling, emptying and deleting groups."""

from __future__ import annotations

from modules.appointments.rules import TooManyAtOnce
from modules.appointments.types import Appointment
from modules.clients.types import ClientSegment
from modules.errors import NotFound
from modules.groups import rules
from modules.groups.types import (
    AddClientsToGroupInput,
    CreatedGroup,
    CreateGroupInput,
    DeletedGroup,
    DeleteGroupInput,
    Group,
    GrownGroup,
    RemoveClientsFromGroupInput,
    ShrunkGroup,
    UpdatedGroup,
    UpdateGroupInput,
)
from modules.previews import StalePreview
from modules.services.types import Service
from modules.text import NameRequired, TextNotAllowed, TextTooLong
from modules.viewer import Viewer
from schema import Mutation, extend, given, mutation, ref

NAMED = (NameRequired, TextTooLong, TextNotAllowed, rules.GroupNameTaken)


@extend(Mutation)
class GroupMutations:
    """Making groups, and changing who is in them."""

    @mutation(refuses=(*NAMED, NotFound, TooManyAtOnce))
    @staticmethod
    async def create_group(by: Viewer, input: CreateGroupInput) -> CreatedGroup:
        """Make a group of some clients, or of none yet."""
        made = await rules.create_group(
            by,
            name=input.name,
            description=input.description,
            client_ids=input.client_ids or (),
        )
        return CreatedGroup(group=ref(Group, made.id), duplicates_ignored=made.duplicates_ignored)

    @mutation(updates=Group, refuses=(*NAMED, TooManyAtOnce))
    @staticmethod
    async def update_group(by: Viewer, input: UpdateGroupInput) -> UpdatedGroup:
        """Save a group: its name, its description and who is in it, all of that or nothing."""
        done = await rules.update_group(by, group_id=input.id, **given(input))
        return UpdatedGroup(
            group=ref(Group, input.id),
            added=done.added,
            removed=done.removed,
            duplicates_ignored=done.duplicates_ignored,
            appointments_left_standing=[ref(Appointment, each) for each in done.left_standing],
        )

    @mutation(updates=Group, deletes=Group, refuses=(rules.GroupInUse, StalePreview))
    @staticmethod
    async def delete_group(by: Viewer, input: DeleteGroupInput) -> DeletedGroup:
        """Delete a group: its clients stay, and what they booked stands.

        A service that was for it is for those who remain chosen, never for everyone.
        """
        gone = await rules.delete_group(
            by, group_id=input.id, confirm=input.confirm, token=input.token
        )
        return DeletedGroup(
            closed_services=[ref(Service, each) for each in gone.closed],
            outdated_segments=[ref(ClientSegment, each) for each in gone.outdated],
            appointments_left_standing=[ref(Appointment, each) for each in gone.left_standing],
        )

    @mutation(refuses=(NotFound, TooManyAtOnce))
    @staticmethod
    async def add_clients_to_group(by: Viewer, input: AddClientsToGroupInput) -> GrownGroup:
        """Let clients be in a group: they can see and book from now on what is for it."""
        done = await rules.add_clients(by, group_id=input.group_id, client_ids=input.client_ids)
        return GrownGroup(
            group=ref(Group, input.group_id),
            added=done.added,
            already_members=done.already_members,
            duplicates_ignored=done.duplicates_ignored,
        )

    @mutation(refuses=(NotFound, TooManyAtOnce))
    @staticmethod
    async def remove_clients_from_group(
        by: Viewer, input: RemoveClientsFromGroupInput
    ) -> ShrunkGroup:
        """Let clients be in a group no longer: nothing they booked is cancelled."""
        done = await rules.remove_clients(by, group_id=input.group_id, client_ids=input.client_ids)
        return ShrunkGroup(
            group=ref(Group, input.group_id),
            removed=done.removed,
            not_members=done.not_members,
            duplicates_ignored=done.duplicates_ignored,
            appointments_left_standing=[ref(Appointment, each) for each in done.left_standing],
        )

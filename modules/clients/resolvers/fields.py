"""Fields of the business's own: defining them, and reading what files say in them."""

from __future__ import annotations

from modules.accounts.types import Business
from modules.clients import models, rules
from modules.clients.types import (
    ArchiveClientFieldInput,
    Client,
    ClientField,
    ClientFieldValue,
    CreateClientFieldInput,
    ReorderClientFieldsInput,
    ReorderedClientFields,
    UpdateClientFieldInput,
)
from modules.errors import InvalidInput, NotFound
from modules.text import NameRequired, TextNotAllowed, TextTooLong
from modules.viewer import OWNERS, TEAM, Viewer
from schema import Many, Mutation, Parent, Payload, extend, given, mutation, ref, rows

REFUSALS = (
    NameRequired,
    TextTooLong,
    TextNotAllowed,
    rules.CustomFieldNameTaken,
    rules.CustomFieldOptionsInvalid,
)


@extend(Business)
class BusinessClientFields:
    """A business asks its clients what others do not."""

    @rows
    @staticmethod
    def client_fields(
        business: Parent[Business], viewer: Viewer, include_archived: bool = False
    ) -> Many[ClientField]:
        """The fields it defined for its clients' files, in their order.

        Args:
            include_archived: Also those that are no longer filled in.
        """
        found = viewer.rows(models.ClientField).filter(business_id=business.id)
        found = found.order_by("position", "id")
        return found if include_archived else found.filter(archived_at__isnull=True)


@extend(Client)
class ClientCustomFields:
    """A file says something in the fields of the business's own."""

    @rows(audience=TEAM)
    @staticmethod
    def custom_fields(client: Parent[Client], viewer: Viewer) -> Many[ClientFieldValue]:
        """What it says in them, in their order; fields without a value are left out."""
        found = viewer.rows(models.ClientFieldValue).filter(file_id=client.id)
        return found.order_by("position", "field_id")


@extend(Mutation)
class FieldMutations:
    """Defining what else to ask clients."""

    @mutation(audience=OWNERS, refuses=(*REFUSALS, rules.CustomFieldsTooMany))
    @staticmethod
    async def create_client_field(
        by: Viewer, input: CreateClientFieldInput
    ) -> Payload[ClientField]:
        """Define a field for clients' files, after those there are."""
        return await rules.create_client_field(by, **given(input))

    @mutation(audience=OWNERS, updates=ClientField, refuses=(*REFUSALS, InvalidInput))
    @staticmethod
    async def update_client_field(
        by: Viewer, input: UpdateClientFieldInput
    ) -> Payload[ClientField]:
        """Change a field; its kind stays, and so does what files say in it."""
        return await rules.update_client_field(by, field_id=input.id, **given(input))

    @mutation(audience=OWNERS, updates=ClientField, refuses=(rules.CustomFieldNameTaken,))
    @staticmethod
    async def archive_client_field(
        by: Viewer, input: ArchiveClientFieldInput
    ) -> Payload[ClientField]:
        """Put a field away, with what files say in it, or bring it back."""
        return await rules.archive_client_field(by, field_id=input.id, archived=input.archived)

    @mutation(audience=OWNERS, refuses=(NotFound,))
    @staticmethod
    async def reorder_client_fields(
        by: Viewer, input: ReorderClientFieldsInput
    ) -> Payload[ReorderedClientFields]:
        """Put the fields into another order."""
        ids = await rules.reorder_client_fields(by, field_ids=input.ids)
        return ReorderedClientFields(client_fields=[ref(ClientField, each) for each in ids])

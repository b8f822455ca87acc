"""Looking at what would go with a file, deleting it, and the receipts."""

from __future__ import annotations

from strawberry import ID

from modules.accounts.types import Business
from modules.clients.types import Client
from modules.erasure import models, rules
from modules.erasure.types import (
    CancelledAppointment,
    ClientDeletionPreview,
    DeleteClientInput,
    DeletedClient,
    ErasureReceipt,
)
from modules.errors import NotFound
from modules.previews import StalePreview
from modules.viewer import TEAM, Viewer
from schema import (
    Connection,
    IdOf,
    Mutation,
    Parent,
    Payload,
    Query,
    answer,
    extend,
    getters,
    mutation,
    ref,
    rows,
    seen,
)

GETTERS = getters(Business, ErasureReceipt)


@extend(Query)
class ErasureQueries:
    """Before and after a file is deleted."""

    @answer(audience=TEAM)
    @staticmethod
    async def client_deletion_preview(
        by: Viewer, client_id: IdOf[Client]
    ) -> ClientDeletionPreview | None:
        """What would go with a file, and the token that `deleteClient` asks for.

        Args:
            client_id: The client whose file would be deleted.
        """
        looked = await rules.look(by, client_id)
        return ClientDeletionPreview(client=ref(Client, client_id), **seen(looked))


@extend(Business)
class BusinessErasures:
    """A business can show that it deleted what it was asked to delete."""

    @rows(audience=TEAM)
    @staticmethod
    def erasure_receipts(business: Parent[Business], viewer: Viewer) -> Connection[ErasureReceipt]:
        """The receipts of deleted files, the latest first."""
        found = viewer.rows(models.Erasure).filter(business_id=business.id)
        return found.order_by("-started_at", "-id")


@extend(Mutation)
class ErasureMutations:
    """Deleting a file."""

    @mutation(deletes=Client, refuses=(NotFound, StalePreview))
    @staticmethod
    async def delete_client(by: Viewer, input: DeleteClientInput) -> Payload[DeletedClient]:
        """Delete a client's file with everything in it, and cancel what is to come. For good."""
        gone = await rules.delete_client(
            by, client_id=input.id, token=input.token, reason=input.reason
        )
        return DeletedClient(
            receipt=ref(ErasureReceipt, gone.receipt_id),
            cancelled=[
                CancelledAppointment(
                    appointment_id=ID(each.id),
                    starts_at=each.starts_at,
                    ends_at=each.ends_at,
                    service=each.service,
                    staff=each.staff,
                )
                for each in gone.cancelled
            ],
        )

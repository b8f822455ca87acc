"""Files that may be of one person: listed, looked at, merged, and told apart."""

from __future__ import annotations

from modules.accounts.types import Business
from modules.clients.rules import EmailOrPhoneRequired
from modules.clients.types import Client
from modules.errors import NotFound, StaleVersion
from modules.merging import models, rules
from modules.merging.types import (
    HIDDEN,
    ClientDuplicate,
    ClientMerge,
    ClientMergePreview,
    DismissDuplicateInput,
    MergeClientsInput,
    MergedClients,
    MergeFieldPreview,
    MergeKindPreview,
    UnmergeClientsInput,
    UnmergedClients,
    as_json,
    choices,
    shown,
)
from modules.previews import StalePreview
from modules.text import NameRequired
from modules.viewer import TEAM, Viewer
from schema import (
    Connection,
    IdOf,
    Mutation,
    Parent,
    Payload,
    Query,
    answer,
    check,
    counted,
    extend,
    getters,
    mutation,
    ref,
    rows,
    seen,
    where,
)

GETTERS = getters(Business, ClientDuplicate, ClientMerge)


@extend(Business)
class BusinessDuplicates:
    """A business may have two files on one person."""

    @rows(audience=TEAM)
    @staticmethod
    def duplicate_clients(
        business: Parent[Business], viewer: Viewer, min_score: int = 50
    ) -> Connection[ClientDuplicate]:
        """Pairs of files that may be of the same person, the likeliest first.

        Args:
            min_score: How likely at least, of 100.
        """
        check(rules.check_score, min_score)
        found = viewer.rows(models.ClientDuplicate).filter(
            where(lambda table: table.client_id < table.other_client_id),
            business_id=business.id,
            dismissed_at__isnull=True,
            score__gte=min_score,
        )
        return found.order_by("-score", "id")


@extend(Client)
class ClientDuplicates:
    """A file may have a double, or have been two."""

    @rows(audience=TEAM)
    @staticmethod
    def duplicates(client: Parent[Client], viewer: Viewer) -> Connection[ClientDuplicate]:
        """Other files that may be of the same person, the likeliest first."""
        found = viewer.rows(models.ClientDuplicate).filter(client_id=client.id)
        return found.filter(dismissed_at__isnull=True).order_by("-score", "id")

    @rows(audience=TEAM)
    @staticmethod
    def merges(client: Parent[Client], viewer: Viewer) -> Connection[ClientMerge]:
        """The merges that made this file what it is, the latest first."""
        return viewer.rows(models.ClientMerge).filter(client_id=client.id).order_by("-at", "-id")


@extend(Query)
class MergingQueries:
    """Before files are merged."""

    @answer(audience=TEAM)
    @staticmethod
    async def client_merge_preview(
        by: Viewer, survivor_id: IdOf[Client], other_id: IdOf[Client]
    ) -> ClientMergePreview | None:
        """What merging two files would do: every field, and everything that belongs to them.

        Args:
            survivor_id: The file that would stay.
            other_id: The file that would become a part of it.
        """
        return _shown(await rules.preview(by, survivor_id, other_id))


@extend(Mutation)
class MergingMutations:
    """Merging files, undoing that, and telling files apart."""

    @mutation(
        refuses=(
            rules.SameFile,
            NotFound,
            rules.AlreadyMerged,
            StaleVersion,
            StalePreview,
            rules.MergeFieldUnknown,
            EmailOrPhoneRequired,
            NameRequired,
        )
    )
    @staticmethod
    async def merge_clients(by: Viewer, input: MergeClientsInput) -> Payload[MergedClients]:
        """Make one file of two: everything of the one becomes the other's; can be undone."""
        merge_id = await rules.merge_clients(
            by,
            survivor_id=input.survivor_id,
            other_id=input.other_id,
            chosen=choices(input.fields or ()),
            survivor_version=input.survivor_version,
            other_version=input.other_version,
            token=input.token,
        )
        return MergedClients(
            client=ref(Client, input.survivor_id), merge=ref(ClientMerge, merge_id)
        )

    @mutation(refuses=(NotFound, rules.MergeTooOld, EmailOrPhoneRequired, NameRequired))
    @staticmethod
    async def unmerge_clients(by: Viewer, input: UnmergeClientsInput) -> Payload[UnmergedClients]:
        """Make two files again of one, both as they were; what was changed since stays."""
        again = await rules.unmerge_clients(by, merge_id=input.id)
        return UnmergedClients(
            client=ref(Client, again.client_id),
            other=ref(Client, again.other_id),
            kept=[shown(each) for each in again.kept],
            stayed=counted(again.stayed),
        )

    @mutation(refuses=(NotFound,))
    @staticmethod
    async def dismiss_duplicate(
        by: Viewer, input: DismissDuplicateInput
    ) -> Payload[ClientDuplicate]:
        """Note that two files are of two people, so that they are not listed again."""
        return await rules.dismiss(
            by, client_id=input.client_id, other_client_id=input.other_client_id
        )


def _shown(looked: rules.MergePreview) -> ClientMergePreview:
    return ClientMergePreview(
        survivor=ref(Client, looked.survivor_id),
        other=ref(Client, looked.other_id),
        other_version=looked.other_version,
        **seen(looked.preview),
        fields=[
            MergeFieldPreview(
                name=shown(each.name),
                survivor=as_json(each.name, each.survivor),
                other=as_json(each.name, each.other),
                usual=each.usual,
                can_join=each.can_join,
            )
            for each in looked.fields
            if each.name not in HIDDEN
        ],
        kinds=[
            MergeKindPreview(
                kind=each.name,
                survivor=each.survivor,
                moves=each.moves,
                set_aside=each.set_aside,
            )
            for each in looked.kinds
        ],
    )

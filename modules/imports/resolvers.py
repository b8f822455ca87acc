"""Taking over a client list: uploading, correcting, committing, taking back."""

from __future__ import annotations

from tortoise.expressions import Q

from modules.accounts.types import Business
from modules.clients.rules import ClientHasNoAccount, EmailInvalid, PhoneInvalid, PhoneRegionInvalid
from modules.errors import NotFound, StorageFull
from modules.imports import models, rules
from modules.imports.reading.problems import FileEmpty, FileIsNoTable
from modules.imports.types import (
    CLIENT_IMPORT_COLUMNS,
    IMPORT_REQUEST_COLUMNS,
    CancelClientImportInput,
    ClientImport,
    ClientImportFilter,
    ClientImportOrder,
    ClientImportPreview,
    CommitClientImportInput,
    ImportedClient,
    ImportRequest,
    ImportRequestFilter,
    ImportRequestOrder,
    ImportRow,
    ImportStarted,
    ImportUpload,
    MapClientImportColumnsInput,
    ReadClientImportInput,
    RequestClientImportInput,
    RollbackClientImportInput,
    StartClientImportInput,
    UpdateImportRequestInput,
    UploadHeader,
)
from modules.previews import StalePreview
from modules.text import NameRequired, TextNotAllowed, TextTooLong
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
    given,
    in_order,
    mutation,
    ref,
    rows,
    seen,
)

TEXT = (TextTooLong, TextNotAllowed)


GETTERS = getters(Business, ClientImport, ImportRequest)


@extend(Business)
class BusinessImports:
    """A business takes over lists."""

    @rows
    @staticmethod
    def client_imports(
        business: Parent[Business],
        viewer: Viewer,
        filter: ClientImportFilter | None = None,
        order_by: ClientImportOrder | None = None,
    ) -> Connection[ClientImport]:
        """The imports of the business.

        Args:
            filter: Only such imports.
            order_by: How to sort them; the latest first, when nothing is said.
        """
        found = viewer.rows(models.ClientImport).filter(business_id=business.id)
        if filter and filter.stage:
            found = found.filter(state__in=filter.stage)
        if filter and filter.status:
            stages = [s for s, status in rules.STATUSES.items() if status in filter.status]
            found = found.filter(state__in=stages)
        return in_order(found, order_by, CLIENT_IMPORT_COLUMNS, "-created_at", "-id")

    @rows
    @staticmethod
    def import_requests(
        business: Parent[Business],
        viewer: Viewer,
        filter: ImportRequestFilter | None = None,
        order_by: ImportRequestOrder | None = None,
    ) -> Connection[ImportRequest]:
        """The lists it asked to have taken over for it.

        Args:
            filter: Only such requests.
            order_by: How to sort them; the latest first, when nothing is said.
        """
        found = viewer.rows(models.ImportRequest).filter(business_id=business.id)
        if filter and filter.status:
            found = found.filter(status__in=filter.status)
        return in_order(found, order_by, IMPORT_REQUEST_COLUMNS, "-created_at", "-id")


@extend(ClientImport)
class ImportPreview:
    """An import shows what becomes of its rows, and whom they became."""

    @rows
    @staticmethod
    def preview(
        client_import: Parent[ClientImport],
        viewer: Viewer,
        outcome: models.ImportOutcome | None = None,
    ) -> Connection[ImportRow]:
        """Its rows as long as it is not committed, in their order.

        Args:
            outcome: Only those that become this; without it, all.
        """
        found = viewer.rows(models.ImportRow).filter(import_id=client_import.id)
        if outcome is not None:
            found = found.filter(outcome=outcome)
        return found.order_by("row_number")

    @rows
    @staticmethod
    def clients(
        client_import: Parent[ClientImport], viewer: Viewer, kept: bool = False
    ) -> Connection[ImportedClient]:
        """Whom it added or changed and what was not taken back since, in the order of the rows.

        Args:
            kept: Only those a rollback left as they are.
        """
        found = viewer.rows(models.ImportedClient).filter(import_id=client_import.id)
        if kept:
            found = found.filter(~Q(kept=None))
        return found.order_by("row_number")


@extend(Query)
class ImportQueries:
    """Before a list is committed, or taken back."""

    @answer(audience=TEAM)
    @staticmethod
    async def client_import_preview(
        by: Viewer, client_import_id: IdOf[ClientImport]
    ) -> ClientImportPreview | None:
        """What committing an import would do, and a token to send to `commitClientImport`.

        Args:
            client_import_id: The import that would be committed.
        """
        looked = await rules.look(by, client_import_id)
        return ClientImportPreview(
            client_import=ref(ClientImport, client_import_id), **seen(looked)
        )

    @answer(audience=TEAM)
    @staticmethod
    async def client_import_rollback_preview(
        by: Viewer, client_import_id: IdOf[ClientImport]
    ) -> ClientImportPreview | None:
        """What taking an import back would do, and a token to send to `rollbackClientImport`.

        Args:
            client_import_id: The import that would be taken back.
        """
        looked = await rules.look_back(by, client_import_id)
        return ClientImportPreview(
            client_import=ref(ClientImport, client_import_id), **seen(looked)
        )


@extend(Mutation)
class ImportMutations:
    """Taking over lists."""

    @mutation(
        refuses=(
            FileEmpty,
            rules.FileTooLarge,
            FileIsNoTable,
            rules.TooManyImports,
            StorageFull,
            *TEXT,
        ),
        secret=True,
    )
    @staticmethod
    async def start_client_import(by: Viewer, input: StartClientImportInput) -> ImportStarted:
        """Announce a client list, and learn where to upload it; then call `readClientImport`."""
        started = await rules.start(
            by, file_name=input.file_name, content_type=input.content_type, size=input.size
        )
        headers = [UploadHeader(name=n, value=v) for n, v in started.upload.headers.items()]
        return ImportStarted(
            client_import=ref(ClientImport, started.import_id),
            upload=ImportUpload(
                url=started.upload.url, headers=headers, expires_at=started.upload.expires_at
            ),
        )

    @mutation(
        updates=ClientImport,
        refuses=(rules.FileNotUploaded, rules.FileDiffers, rules.ImportNotReady),
    )
    @staticmethod
    async def read_client_import(by: Viewer, input: ReadClientImportInput) -> Payload[ClientImport]:
        """Have a list read that was uploaded: what it is, and what becomes of each row."""
        return await rules.read(by, import_id=input.id)

    @mutation(
        updates=ClientImport,
        refuses=(
            rules.ImportNotReady,
            rules.LayoutInvalid,
            rules.ColumnInvalid,
            PhoneRegionInvalid,
            NameRequired,
            *TEXT,
        ),
    )
    @staticmethod
    async def map_client_import_columns(
        by: Viewer, input: MapClientImportColumnsInput
    ) -> Payload[ClientImport]:
        """Correct how a list is understood, and have it read accordingly."""
        return await rules.change_mapping(
            by,
            import_id=input.id,
            layout=given(input.layout) if input.layout else None,
            columns=[given(column) for column in input.columns or ()],
            options=given(input.options) if input.options else None,
        )

    @mutation(
        updates=ClientImport,
        refuses=(
            rules.ImportNotReady,
            rules.NothingToImport,
            ClientHasNoAccount,
            rules.ImportUnderWay,
            StalePreview,
        ),
    )
    @staticmethod
    async def commit_client_import(
        by: Viewer, input: CommitClientImportInput
    ) -> Payload[ClientImport]:
        """Have a list written into the client list, or go on where it was stopped."""
        return await rules.commit(by, import_id=input.id, token=input.token)

    @mutation(updates=ClientImport, refuses=(rules.ImportNotReady,))
    @staticmethod
    async def cancel_client_import(
        by: Viewer, input: CancelClientImportInput
    ) -> Payload[ClientImport]:
        """Call an import off; one that is being written is stopped where it is."""
        return await rules.cancel(by, import_id=input.id)

    @mutation(
        updates=ClientImport, refuses=(rules.ImportNotReady, rules.ImportUnderWay, StalePreview)
    )
    @staticmethod
    async def rollback_client_import(
        by: Viewer, input: RollbackClientImportInput
    ) -> Payload[ClientImport]:
        """Take back exactly what an import did: what was changed since stays, and is listed."""
        return await rules.roll_back(by, import_id=input.id, token=input.token)

    @mutation(refuses=(NotFound, rules.RequestOpen, EmailInvalid, PhoneInvalid, *TEXT))
    @staticmethod
    async def request_client_import(
        by: Viewer, input: RequestClientImportInput
    ) -> Payload[ImportRequest]:
        """Ask for a list to be taken over for you, within two business days."""
        return await rules.request(by, **given(input))

    @mutation(updates=ImportRequest, refuses=(rules.RequestOver,))
    @staticmethod
    async def update_import_request(
        by: Viewer, input: UpdateImportRequestInput
    ) -> Payload[ImportRequest]:
        """Say how far such a request is, or cancel it."""
        return await rules.change_request(by, request_id=input.id, status=input.status)

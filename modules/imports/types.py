"""Imports as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
import strawberry
from strawberry import UNSET

from modules.accounts.types import Account
from modules.clients.types import Client, ClientField, lists_fill
from modules.imports import events, models, rules
from modules.imports.reading import dates, encodings, fields
from modules.jobs import JobStatus, told
from modules.viewer import Viewer
from schema import (
    IdOf,
    Job,
    Node,
    Preview,
    Progress,
    VersionedInput,
    computed,
    enum,
    input,
    object,
    payload,
    table,
    visible,
)
from schema.ids import encode

ImportStage = enum(events.ImportStage)
ImportField = enum(fields.ImportField)
ImportDateOrder = enum(dates.ImportDateOrder)
ImportDuplicates = enum(rules.ImportDuplicates)
ImportOutcome = enum(models.ImportOutcome)
ImportSame = enum(models.ImportSame)
ImportKept = enum(models.ImportKept)
ImportRequestStatus = enum(models.ImportRequestStatus)


@object
class ImportProblem:
    """What is wrong with a list, or with one of its rows."""

    code: str
    """For programs: `EMAIL_INVALID`."""
    message: str
    """What is wrong, in one sentence."""
    remedy: str
    """What can be done about it."""
    field: str | None
    """The field of the client it is about: `birthday`; null for the whole row or list."""
    value: str | None
    """What stands in the list there, up to 200 characters."""
    fatal: bool
    """Whether it keeps the row out; else only the value is left out."""


@object
class ImportLayout:
    """How a list is kept in its file: what was found out, or what somebody said."""

    encoding: str | None
    """The encoding of a text: `UTF-8`, `Windows-1252`; null for workbooks."""
    separator: str | None
    """What stands between the cells of a text: `,`, `;`, a tab or `|`; null for workbooks."""
    sheet: str | None
    """Which sheet of a workbook it is; null for texts."""
    header_row: int | None
    """The row with the names of the columns, counted from 1; 0: there is none."""


@object
class ImportColumn:
    """A column of the imported list."""

    index: int
    """Its place, counted from 0."""
    header: str
    """What it is called; empty where there is no header."""
    samples: list[str]
    """The first things that stand in it, up to three."""
    guess: fields.ImportField
    """What it seems to be about."""
    field: fields.ImportField
    """What it is taken to be about: the guess, unless somebody said otherwise."""
    custom_field_id: strawberry.ID | None
    """Which of the business's own fields, where it is about one."""
    date_order: dates.ImportDateOrder | None
    """In which order it writes dates, told from all of them; null: each could be both."""


@object
class ImportOptions:
    """What holds for a whole list."""

    same_email: rules.ImportDuplicates
    """What becomes of a row with the mail address of a client."""
    same_phone_and_name: rules.ImportDuplicates
    """What becomes of a row with the phone number and the name of a client."""
    same_phone: rules.ImportDuplicates
    """What becomes of a row with the phone number of a client of another name."""
    phone_region: str | None
    """The country of phone numbers without a country code; null: the business's."""
    tags: list[str]
    """Tags that everybody on the list gets."""
    missing_last_name: str | None
    """What stands in for family names that are missing; null: such rows are problems."""
    strict: bool
    """Whether a value that is wrong keeps its row out, or is only left out itself."""
    send_verification: bool
    """Whether everybody new with a mail address is sent a mail to confirm it."""


@object
class ImportCounts:
    """How many rows become what."""

    rows: int
    """All rows below the header that are not blank."""
    read: int
    """Rows that were read so far."""
    create: int
    """Rows that become new files."""
    update: int
    """Rows that are put into the files of clients who are known."""
    skip: int
    """Rows about people who are known, which change nothing."""
    problem: int
    """Rows that cannot become files."""


@object
class ImportEffects:
    """What an import did to the client list so far."""

    created: int
    """How many files it opened."""
    updated: int
    """How many files it changed."""
    removed: int
    """Files it opened and a rollback removed."""
    restored: int
    """Files it changed and a rollback gave back what they held."""
    kept: int
    """Files a rollback left as they are: see `clients(kept: true)`."""


@table(models.ClientImport, prefix="imp")
class ClientImport(Job):
    """A client list kept elsewhere, on its way here."""

    file_name: str
    """What the file is called."""
    content_type: str
    """What kind of file it was announced as."""
    size: int
    """How many bytes it has."""
    actor: Account | None = visible(column="account")
    """The account that began it; null when it is gone."""
    sheets: list[str]
    """The sheets of a workbook that one can see."""
    created_at: datetime
    """When the import was begun."""
    expires_at: datetime
    """Until then it can be committed or, once it is, rolled back."""
    version: int
    """Grows with every change of its stage or its mapping: send it along with an update."""

    @computed(needs=("state",))
    def stage(self) -> events.ImportStage:
        """What it is at, more exactly than `status` says."""
        row: Any = self
        return events.ImportStage(row.state)

    @computed(needs=("state",))
    def status(self) -> JobStatus:
        """How far it is; `stage` says more."""
        row: Any = self
        return rules.STATUSES[events.ImportStage(row.state)]

    @computed(needs=("state", "problem", *rules.COUNTS))
    def progress(self) -> Progress:
        """How many rows are read, written or taken back, as far as it is at that."""
        row: Any = self
        done, total = rules.progress(row, _loaded(row.problem))
        return Progress(done=done, total=total)

    @computed(needs=("layout",))
    def layout(self) -> ImportLayout:
        """How the list is kept in the file."""
        found = _loaded(self.layout)
        encoding = found.get("encoding")
        return ImportLayout(
            encoding=encodings.named(encoding) if encoding else None,
            separator=found.get("separator"),
            sheet=found.get("sheet"),
            header_row=found.get("header_row"),
        )

    @computed(needs=("columns",))
    def columns(self) -> list[ImportColumn]:
        """Its columns, with what they are taken to be about."""
        return [
            ImportColumn(
                index=index,
                header=column["header"],
                samples=column.get("samples", []),
                guess=fields.ImportField(column["guess"]),
                field=fields.ImportField(column["field"]),
                custom_field_id=_field_id(column.get("custom_field")),
                date_order=dates.ImportDateOrder(order)
                if (order := column["date_order"])
                else None,
            )
            for index, column in enumerate(_loaded(self.columns))
        ]

    @computed(needs=("options",))
    def options(self) -> ImportOptions:
        """What holds for the whole list."""
        kept = rules.Options.of(_loaded(self.options))
        return ImportOptions(
            same_email=kept.same_email,
            same_phone_and_name=kept.same_phone_and_name,
            same_phone=kept.same_phone,
            phone_region=kept.phone_region,
            tags=kept.tags,
            missing_last_name=kept.missing_last_name,
            strict=kept.strict,
            send_verification=kept.send_verification,
        )

    @computed(
        needs=(
            "row_count",
            "read_count",
            "create_count",
            "update_count",
            "skip_count",
            "problem_count",
        )
    )
    def counts(self) -> ImportCounts:
        """How many rows become what, as it was planned."""
        row: Any = self
        return ImportCounts(
            rows=row.row_count,
            read=row.read_count,
            create=row.create_count,
            update=row.update_count,
            skip=row.skip_count,
            problem=row.problem_count,
        )

    @computed(
        needs=(
            "opened_count",
            "changed_count",
            "removed_count",
            "restored_count",
            "kept_count",
        )
    )
    def effects(self) -> ImportEffects:
        """What it did to the client list so far."""
        row: Any = self
        return ImportEffects(
            created=row.opened_count,
            updated=row.changed_count,
            removed=row.removed_count,
            restored=row.restored_count,
            kept=row.kept_count,
        )


@object
@lists_fill
class ImportPerson:
    """A client as a row tells of them, as far as it could be understood."""


NOBODY: dict[str, Any] = {
    name: [] if kind == list[str] else None for name, kind in ImportPerson.__annotations__.items()
}
"""What is known of whom nothing is."""


@table(models.ImportRow, prefix="imr")
class ImportRow(Node):
    """A row of a list, and what becomes of it."""

    row_number: int
    """Where it stands in the list, counted from 1, header included."""
    outcome: models.ImportOutcome
    """What becomes of it."""
    same: models.ImportSame | None
    """By what it is told to be somebody known."""
    same_as_row: int | None
    """The earlier row about the same person, if there is one."""
    client: Client | None
    """The client it is about, who is on the list already."""

    @computed(needs=("columns",))
    def person(self) -> ImportPerson:
        """The client as the row tells of them."""
        found = _loaded(self.columns)  # type: ignore[attr-defined]
        known: Any = {name: found.get(name) or nothing for name, nothing in NOBODY.items()}
        return ImportPerson(**known)

    @computed(needs=("problems",))
    def problems(self, reader: Viewer) -> list[ImportProblem]:
        """What is wrong with it; what is not fatal only leaves a value out."""
        return [_problem(each, reader) for each in _loaded(self.problems)]


@table(models.ImportedClient, prefix="imc")
class ImportedClient(Node):
    """A client an import added or changed."""

    row_number: int
    """The row they came with."""
    client: Client
    """The client it added or changed."""
    created: bool
    """Whether their file was opened by it, or changed."""
    kept: models.ImportKept | None
    """Why a rollback left them as they are."""


@table(models.ImportRequest, prefix="irq")
class ImportRequest(Node):
    """A list somebody asked to have taken over for them."""

    note: str | None
    """What is to be known about it."""
    contact_email: str | None
    """Where questions go by mail."""
    contact_phone: str | None
    """Where questions go by phone."""
    client_import: ClientImport | None
    """The upload it is about."""
    actor: Account | None = visible(column="account")
    """The account that requested it."""
    status: models.ImportRequestStatus
    """How far the request is."""
    due_at: datetime
    """By when it is done: two business days after it was asked for."""
    created_at: datetime
    """When it was asked for."""
    version: int
    """Grows with every change: send it along with an update."""


@object
class UploadHeader:
    """A header to be sent along with an upload."""

    name: str
    """The name of the header."""
    value: str
    """Its value, to be sent as it is."""


@object
class ImportUpload:
    """Where and how to send the file: a PUT of exactly the bytes that were announced."""

    url: str
    """The address the file is sent to, with PUT."""
    headers: list[UploadHeader]
    """What to send along; browsers set Content-Length by themselves."""
    expires_at: datetime
    """By then it has to have begun."""


@payload
class ImportStarted:
    """An import that waits for its file."""

    client_import: ClientImport
    """The import that was started."""
    upload: ImportUpload
    """Where to send its file."""


@object
class ClientImportPreview(Preview):
    """What committing an import would do, or taking it back."""

    client_import: ClientImport
    """The import it is about; its `preview` shows the rows of one that is not committed."""


@input
class StartClientImportInput:
    """A file with a client list: CSV (also with tabs, semicolons or bars) or XLSX."""

    file_name: str
    """What it is called, up to 200 characters."""
    content_type: str = "text/csv"
    """What kind of file the browser says it is."""
    size: int
    """How many bytes it has, at most 104857600."""


@input
class ReadClientImportInput(VersionedInput):
    """An import to have read."""

    id: IdOf[ClientImport]
    """The import to read."""


@input
class CommitClientImportInput(VersionedInput):
    """An import to write into the client list."""

    id: IdOf[ClientImport]
    """The import to commit."""
    token: str | None = None
    """The token of the preview you looked at: refused when it would do something else by now."""


@input
class CancelClientImportInput(VersionedInput):
    """An import to cancel."""

    id: IdOf[ClientImport]
    """The import to cancel."""


@input
class RollbackClientImportInput(VersionedInput):
    """An import to take back."""

    id: IdOf[ClientImport]
    """The import to roll back."""
    token: str | None = None
    """The token of the preview you looked at: refused when it would do something else by now."""


@input
class ImportLayoutInput:
    """How the list is kept; what is left out stays."""

    encoding: str | None = UNSET
    """The encoding of a text, as `layout` names it: `Windows-1252`."""
    separator: str | None = UNSET
    """What stands between cells: `,`, `;`, a tab or `|`."""
    sheet: str | None = UNSET
    """The sheet of a workbook."""
    header_row: int | None = UNSET
    """The row with the names of the columns, counted from 1; 0: there is none."""


@input
class ImportColumnInput:
    """What a column is about."""

    index: int
    """Its place, counted from 0."""
    field: fields.ImportField | None = UNSET
    """What the column is about."""
    custom_field_id: IdOf[ClientField] | None = UNSET
    """Which of the business's own fields, where it is about one."""
    date_order: dates.ImportDateOrder | None = UNSET
    """In which order it writes dates."""


@input
class ImportOptionsInput:
    """What holds for the whole list; what is left out stays."""

    same_email: rules.ImportDuplicates | None = UNSET
    """What becomes of a row with the mail address of a client."""
    same_phone_and_name: rules.ImportDuplicates | None = UNSET
    """What becomes of a row with the phone number and the name of a client."""
    same_phone: rules.ImportDuplicates | None = UNSET
    """What becomes of a row with the phone number of a client of another name."""
    phone_region: str | None = UNSET
    """The country of phone numbers without a country code, such as `NL`; null: the business's."""
    tags: list[str] | None = UNSET
    """Tags that everybody on the list gets."""
    missing_last_name: str | None = UNSET
    """What stands in for family names that are missing; null: such rows are problems."""
    strict: bool | None = UNSET
    """Whether a value that is wrong keeps its row out, or is only left out itself."""
    send_verification: bool | None = UNSET
    """Whether everybody new with a mail address is sent a mail to confirm it."""


@input
class MapClientImportColumnsInput(VersionedInput):
    """How a list is to be understood; what is left out stays."""

    id: IdOf[ClientImport]
    """The import whose columns to map."""
    layout: ImportLayoutInput | None = UNSET
    """How the list is kept. When it changes, columns are guessed anew."""
    columns: list[ImportColumnInput] | None = UNSET
    """What columns are about; those not named stay as they are."""
    options: ImportOptionsInput | None = UNSET
    """What holds for the whole list."""


@input
class RequestClientImportInput:
    """A list to be taken over for you."""

    note: str | None = UNSET
    """What is to be known about it, up to 5,000 characters."""
    contact_email: str | None = UNSET
    """Where questions go by mail; else your own address."""
    contact_phone: str | None = UNSET
    """Where questions go by phone."""
    client_import_id: IdOf[ClientImport] | None = UNSET
    """An upload it is about."""


@input
class UpdateImportRequestInput(VersionedInput):
    """How far a request is."""

    id: IdOf[ImportRequest]
    """The request to change."""
    status: models.ImportRequestStatus
    """How far the request is."""


def _field_id(kept: str | None) -> strawberry.ID | None:
    return strawberry.ID(encode("fld", UUID(kept))) if kept else None


def _order(kept: str | None) -> dates.ImportDateOrder | None:
    return dates.ImportDateOrder(kept) if kept else None


def _problem(said: dict[str, Any], reader: Viewer) -> ImportProblem:
    message, remedy = told(said, reader)
    return ImportProblem(
        code=said["code"],
        message=message,
        remedy=remedy,
        field=said.get("field") or None,
        value=said.get("value") or None,
        fatal=said["fatal"],
    )


def _loaded(kept: Any) -> Any:
    """Read a column of JSON, which comes as text from a compiled read."""
    return orjson.loads(kept) if isinstance(kept, str | bytes) else kept

"""Imports: how far they are and what they did."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson

from modules.accounts.types import Account
from modules.imports import events, models, rules
from modules.imports.reading import dates, encodings, fields
from modules.imports.types.layout import ImportColumn, ImportLayout, ImportOptions, field_id
from modules.jobs import JobStatus
from schema import Job, Preview, Progress, computed, object, table, visible


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
        done, total = rules.progress(row, loaded(row.problem))
        return Progress(done=done, total=total)

    @computed(needs=("layout",))
    def layout(self) -> ImportLayout:
        """How the list is kept in the file."""
        found = loaded(self.layout)
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
                custom_field_id=field_id(column.get("custom_field")),
                date_order=dates.ImportDateOrder(order)
                if (order := column["date_order"])
                else None,
            )
            for index, column in enumerate(loaded(self.columns))
        ]

    @computed(needs=("options",))
    def options(self) -> ImportOptions:
        """What holds for the whole list."""
        kept = rules.Options.of(loaded(self.options))
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
class ClientImportPreview(Preview):
    """What committing an import would do, or taking it back."""

    client_import: ClientImport
    """The import it is about; its `preview` shows the rows of one that is not committed."""


def loaded(kept: Any) -> Any:
    """Read a column of JSON, which comes as text from a compiled read."""
    return orjson.loads(kept) if isinstance(kept, str | bytes) else kept

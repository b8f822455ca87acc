"""What somebody says of how a list is to be understood."""

from __future__ import annotations

from strawberry import UNSET

from modules.clients.types import ClientField
from modules.imports import rules
from modules.imports.reading import dates, fields
from modules.imports.types.imports import ClientImport
from schema import IdOf, VersionedInput, input


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

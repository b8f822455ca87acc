"""How a list is to be understood: its file, its columns, what holds for all of it."""

from __future__ import annotations

from uuid import UUID

import strawberry

from modules.imports import rules
from modules.imports.reading import dates, fields
from schema import object
from schema.ids import encode


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


def field_id(kept: str | None) -> strawberry.ID | None:
    """Write the id of one of the business's own fields."""
    return strawberry.ID(encode("fld", UUID(kept))) if kept else None

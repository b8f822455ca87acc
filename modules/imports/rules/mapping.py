"""Saying how a list is to be understood: its layout, its columns, and whom it may change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any, TypedDict, Unpack
from uuid import UUID

from modules.clients.rules import REGIONS, Facts, PhoneRegionInvalid, facts, tidy
from modules.errors import Checks, InvalidInput, NotFound, Refusal, checked
from modules.imports.events import ImportStage
from modules.imports.reading import encodings
from modules.imports.reading.dates import ImportDateOrder
from modules.imports.reading.delimited import SEPARATORS
from modules.imports.reading.fields import SEVERAL, ImportField
from modules.imports.reading.lists import LOOKED_AT
from modules.imports.rules.failing import failed_while
from modules.imports.rules.uploading import UNDER_WAY, ImportNotReady, ask_reading, held
from modules.text import name
from modules.viewer import Viewer
from storage import database, jsonb


class ImportDuplicates(StrEnum):
    """What becomes of a row about somebody who is on the list already."""

    CREATE = "CREATE"
    """A new file, beside the other one."""
    UPDATE = "UPDATE"
    """What the row says replaces what their file says; what it leaves empty stays."""
    FILL_IN = "FILL_IN"
    """The row fills in what is empty in their file, and changes nothing else."""
    SKIP = "SKIP"
    """The row changes nothing."""


class ColumnInvalid(InvalidInput):
    """These columns do not make sense together."""

    code = "COLUMN_INVALID"
    remedy = "Name each column once, and for each name, birthday and part of an address only one."


class LayoutInvalid(InvalidInput):
    """No list is kept like that."""

    code = "LAYOUT_INVALID"
    remedy = "Send an encoding, a separator, a sheet and a header row as `clientImport` shows them."


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What holds for a whole list."""

    same_email: ImportDuplicates = ImportDuplicates.SKIP
    same_phone_and_name: ImportDuplicates = ImportDuplicates.SKIP
    same_phone: ImportDuplicates = ImportDuplicates.CREATE
    phone_region: str | None = None
    tags: list[str] = field(default_factory=list)
    missing_last_name: str | None = None
    strict: bool = False
    send_verification: bool = False

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Options:
        """Read what is kept of them."""
        known = {f.name: kept[f.name] for f in fields(cls) if f.name in kept}
        for rule in ("same_email", "same_phone_and_name", "same_phone"):
            if rule in known:
                known[rule] = ImportDuplicates(known[rule])
        return cls(**known)


MATCHING = frozenset(("same_email", "same_phone_and_name", "same_phone", "send_verification"))
"""What may change without reading the rows again."""


Said = Mapping[str, Any]
"""What somebody says of something, part by part."""


class Changes(TypedDict, total=False):
    """What is said of a list; what is left out stays."""

    layout: Said | None
    columns: Sequence[Said] | None
    options: Said | None


async def change_mapping(by: Viewer, *, import_id: UUID, **changes: Unpack[Changes]) -> UUID:
    """Correct how a list is understood, and have it read accordingly."""
    found = await held(by, import_id)
    under_way = found.state in UNDER_WAY or failed_while(found) is ImportStage.READING
    if not under_way or found.state is ImportStage.UPLOADING:
        raise ImportNotReady
    await _check_own_fields(by, changes.get("columns") or ())
    checks, layout, options = Checks(), dict(found.layout), dict(found.options)
    with checks:
        layout = _layout(found.layout, changes.get("layout") or {})
    anew = layout != found.layout
    columns = [] if anew else list(found.columns)
    with checks:
        columns = _columns(columns, changes.get("columns") or (), anew=anew)
    with checks:
        options = _options(Options.of(found.options), changes.get("options") or {})
    checks.done()
    same = {**found.options, **dict.fromkeys(MATCHING)} == {**options, **dict.fromkeys(MATCHING)}
    staged = found.staged and not anew and columns == found.columns and same
    await database.execute(
        _CHANGE, found.business_id, found.id,
        *(jsonb.text(each) for each in (layout, columns, options)), staged,
    )  # fmt: skip
    return await ask_reading(found, anew=anew)


def _layout(kept: Mapping[str, Any], said: Said) -> dict[str, Any]:
    given = {part: value for part, value in said.items() if value is not None}
    layout = {**kept, **checked(given, _part)}
    if set(said) - {"header_row"} and layout != dict(kept) and said.get("header_row") is None:
        layout["header_row"] = None  # another text has its header elsewhere
    return layout


def _part(part: str, said: Any) -> Any:
    """Give what is meant by a part of a layout. Refuses: LayoutInvalid, for nothing we know."""
    if (known := _known(part, said)) is None:
        raise LayoutInvalid(field=f"layout.{part}")
    return known


def _known(part: str, said: Any) -> Any:
    if part == "encoding":
        return encodings.codec_of(said)
    if part == "separator":
        return said if said in SEPARATORS else None
    if part == "header_row":
        return said if 0 <= said <= LOOKED_AT else None
    return said


def _columns(kept: list[Any], said: Sequence[Said], *, anew: bool) -> list[Any]:
    if said and anew:
        raise ColumnInvalid(
            "Columns are told anew when the layout changes: correct them afterwards.",
            field="columns",
        )
    columns = [dict(column) for column in kept]
    checks, named = Checks(), set[int]()
    for nth, change in enumerate(said):
        index = change["index"]
        with checks:
            if not 0 <= index < len(columns) or index in named:
                raise ColumnInvalid(field=f"columns.{nth}.index")
            named.add(index)
            _correct(columns[index], change)
    checks.done()
    about = [c["field"] for c in columns if ImportField(c["field"]) not in SEVERAL]
    if len(about) != len(set(about)):
        raise ColumnInvalid(field="columns")
    if any(c["field"] == ImportField.CUSTOM and not c.get("custom_field") for c in columns):
        raise ColumnInvalid("Say which of your own fields that column is.", field="columns")
    return columns


def _correct(column: dict[str, Any], change: Said) -> None:
    """Say of one column what somebody says of it."""
    if change.get("field") is not None:
        column["field"] = change["field"].value
        column["custom_field"] = None
    if (field_id := change.get("custom_field_id")) is not None:
        column["custom_field"] = str(field_id)
    if change.get("date_order") is not None:
        column["date_order"] = ImportDateOrder(str(change["date_order"])).value


async def _check_own_fields(by: Viewer, said: Sequence[Said]) -> None:
    """Make sure that columns name fields the business has. Refuses: NotFound."""
    named = {
        nth: field_id
        for nth, column in enumerate(said)
        if (field_id := column.get("custom_field_id")) is not None
    }
    if not named:
        return
    known, checks = (await facts(by)).fields.keys(), Checks()
    for nth, field_id in named.items():
        with checks:
            if field_id not in known:
                raise NotFound("There is no such field.", field=f"columns.{nth}.custom_field_id")
    checks.done()


def _options(kept: Options, said: Mapping[str, Any]) -> dict[str, Any]:
    given = {k: v for k, v in said.items() if v is not None or k in _MAY_BE_EMPTY}
    return asdict(kept) | checked(given, _option)


def _option(option: str, said: Any) -> Any:
    match option, said:
        case "phone_region", str():
            if said.upper() not in REGIONS:
                raise PhoneRegionInvalid(field="options.phone_region")
            return said.upper()
        case "missing_last_name", str():
            return name(said, "options.missing_last_name")
        case "tags", _:
            try:
                return tidy({"tags": said}, Facts()).columns["tags"]
            except Refusal as refusal:
                for each in refusal.every:
                    each.field = ("options", *each.field)
                raise
        case _:
            return said


_MAY_BE_EMPTY = frozenset(("phone_region", "missing_last_name"))
_CHANGE = """
UPDATE client_imports SET layout = $3::jsonb, columns = $4::jsonb, options = $5::jsonb, staged = $6
WHERE business_id = $1 AND id = $2"""

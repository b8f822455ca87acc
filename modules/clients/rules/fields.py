"""Fields a business defines for itself: what else it wants to know of its clients."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, TypedDict, Unpack
from uuid import UUID

from tortoise.exceptions import IntegrityError
from tortoise.expressions import F

from modules import text
from modules.clients import models
from modules.clients.events import ClientFieldChanged
from modules.clients.models import ClientFieldKind
from modules.errors import Checks, InvalidInput, NotFound, checked
from modules.events import record
from modules.viewer import Viewer
from storage import database

MOST = 100
"""Fields of one business, archived ones included; options of one field."""

_CREATE = """
INSERT INTO client_fields (business_id, name, kind, options, required, position)
SELECT $1, $2, $3, $4, $5, coalesce(max(position), 0) + 1
FROM client_fields WHERE business_id = $1 HAVING count(*) < $6
ON CONFLICT (business_id, lower(name)) WHERE archived_at IS NULL DO NOTHING RETURNING id"""
_REORDER = """
UPDATE client_fields f SET position = placed.position
FROM (
    SELECT id, row_number() OVER (ORDER BY array_position($2, id), position, id) AS position
    FROM client_fields WHERE business_id = $1
) placed
WHERE f.business_id = $1 AND f.id = placed.id AND f.position <> placed.position RETURNING f.id"""
_NOTHING = {"version": F("version")}
"""An update of no column, which counts as a change all the same."""


class CustomFieldNameTaken(InvalidInput):
    """There is a field of that name already."""

    code = "CUSTOM_FIELD_NAME_TAKEN"
    remedy = "Choose another name, or change the field there is."


class CustomFieldOptionsInvalid(InvalidInput):
    """Those are no options for such a field."""

    code = "CUSTOM_FIELD_OPTIONS_INVALID"
    remedy = "Give a field of kind CHOICE 1 to {most} options of up to 200 letters, others none."
    values = MappingProxyType({"most": MOST})


class CustomFieldsTooMany(InvalidInput):
    """A business has at most 100 fields of its own."""

    code = "CUSTOM_FIELDS_TOO_MANY"
    remedy = "Change one that is of no more use."


class FieldChanges(TypedDict, total=False):
    """What can be changed about a field; what is left out stays."""

    name: str
    options: Sequence[str] | None
    required: bool


async def create_client_field(
    by: Viewer,
    *,
    name: str,
    kind: ClientFieldKind,
    options: Sequence[str] | None = None,
    required: bool = False,
) -> UUID:
    """Define a field, after those there are."""
    business_id = by.of_business()
    checks = Checks()
    with checks:
        called = text.name(name, "name")
    with checks:
        offered = _options(kind, options)
    checks.done()
    made = await database.fetchval(_CREATE, business_id, called, kind, offered, required, MOST)
    if made is None:
        if await by.rows(models.ClientField).count() >= MOST:
            raise CustomFieldsTooMany
        raise CustomFieldNameTaken(field="name")
    record(ClientFieldChanged(business_id=business_id, subject=made))
    return UUID(str(made))


async def update_client_field(
    by: Viewer, *, field_id: UUID, **changes: Unpack[FieldChanges]
) -> UUID:
    """Change a field; its kind stays, and so do values whose option is gone.

    Refuses: NotFound, InvalidInput and what `create_client_field` refuses.
    """
    field = (
        await by.rows(models.ClientField).select_for_update(no_key=True).get_or_none(id=field_id)
    )
    kind = field.kind if field else None
    asked: dict[str, Any] = dict(changes)
    columns = checked(asked, lambda column, value: _tidy(column, value, kind))
    if field is None:
        raise NotFound("There is no such field.", field="id")
    return await _write(by, field_id, columns or _NOTHING)


async def archive_client_field(by: Viewer, *, field_id: UUID, archived: bool = True) -> UUID:
    """Put a field away, with its values, or bring it back."""
    return await _write(by, field_id, {"archived_at": datetime.now(UTC) if archived else None})


async def reorder_client_fields(by: Viewer, *, field_ids: Sequence[UUID]) -> list[UUID]:
    """Put these fields first, in this order; the others follow in theirs. Answers all of them."""
    business_id = by.of_business()
    found = by.rows(models.ClientField).order_by("id").select_for_update(no_key=True)
    known = {field.id for field in await found}
    for index, field_id in enumerate(field_ids):
        if field_id not in known:
            raise NotFound("There is no such field.", field=f"ids.{index}")
    for row in await database.fetch(_REORDER, business_id, field_ids):
        record(ClientFieldChanged(business_id=business_id, subject=row["id"]))
    ordered = await by.rows(models.ClientField).order_by("position", "id").values_list("id")
    return [id for (id,) in ordered]


async def _write(by: Viewer, field_id: UUID, columns: dict[str, Any]) -> UUID:
    try:
        found = await by.rows(models.ClientField).filter(id=field_id).update(**columns)
    except IntegrityError as error:
        raise CustomFieldNameTaken(field="name" if "name" in columns else ()) from error
    if not found:
        raise NotFound("There is no such field.", field="id")
    record(ClientFieldChanged(business_id=by.of_business(), subject=field_id))
    return field_id


def _tidy(column: str, value: Any, kind: ClientFieldKind | None) -> Any:
    match column:
        case "name":
            return text.name(value, column)
        case "options":
            return _options(kind, value) if kind else None
        case "required":
            if value is None:
                raise InvalidInput("This is either true or false.", field=column)
            return value
        case _:
            raise TypeError(f"a field has no {column}")


def _options(kind: ClientFieldKind, given: Sequence[str] | None) -> list[str]:
    """Tidy the options of a field: each once, in the order given."""
    tidy = (text.line(each, f"options.{n}", limit=200) for n, each in enumerate(given or ()))
    options = list(dict.fromkeys(each for each in tidy if each))
    if (kind is ClientFieldKind.CHOICE) is not bool(options) or len(options) > MOST:
        raise CustomFieldOptionsInvalid(field="options")
    return options

"""Categories of the price list, and their order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypedDict, Unpack
from uuid import UUID

from tortoise.exceptions import IntegrityError
from tortoise.expressions import F

from modules import text
from modules.errors import InvalidInput, NotFound, checked
from modules.events import record
from modules.services import models
from modules.services.events import ServiceCategoryChanged, ServiceUpdated
from modules.viewer import Viewer
from storage import database

MOST = 100
"""Categories of one business."""

_CREATE = """
INSERT INTO service_categories (business_id, name, description, position)
SELECT $1, $2, $3, coalesce(max(position), 0) + 1
FROM service_categories WHERE business_id = $1
ON CONFLICT (business_id, casefold(name COLLATE pg_unicode_fast)) DO NOTHING RETURNING id"""
_REORDER = """
UPDATE service_categories c SET position = placed.position
FROM (
    SELECT id, row_number() OVER (ORDER BY array_position($2, id), position, id) AS position
    FROM service_categories WHERE business_id = $1
) placed
WHERE c.business_id = $1 AND c.id = placed.id AND c.position <> placed.position RETURNING c.id"""
_EMPTY = """
UPDATE services SET category_id = NULL WHERE business_id = $1 AND category_id = $2 RETURNING id"""
_NOTHING = {"version": F("version")}
"""An update of no column, which counts as a change all the same."""


class CategoryNameTaken(InvalidInput):
    """There is a category of that name already."""

    code = "CATEGORY_NAME_TAKEN"
    remedy = "Choose another name, or change the category there is."


class CategoriesTooMany(InvalidInput):
    """A business has at most 100 categories."""

    code = "CATEGORIES_TOO_MANY"
    remedy = "Change or delete one that is of no more use."


class CategoryChanges(TypedDict, total=False):
    """What can be changed about a category; what is left out stays."""

    name: str
    description: str | None


async def create_service_category(by: Viewer, *, name: str, description: str | None = None) -> UUID:
    """Add a category to the price list, after those there are.

    Refuses: NameRequired, TextTooLong, TextNotAllowed, CategoryNameTaken, CategoriesTooMany.
    """
    business_id = by.of_business()
    tidy = checked({"name": name, "description": description}, _tidy)
    # Who adds at the same time waits here, so that all are counted.
    await database.execute("SELECT FROM businesses WHERE id = $1 FOR NO KEY UPDATE", business_id)
    if await by.rows(models.ServiceCategory).count() >= MOST:
        raise CategoriesTooMany
    made = await database.fetchval(_CREATE, business_id, tidy["name"], tidy["description"])
    if made is None:
        raise CategoryNameTaken(field="name")
    _changed(by, made)
    return UUID(str(made))


async def update_service_category(
    by: Viewer, *, category_id: UUID, **changes: Unpack[CategoryChanges]
) -> UUID:
    """Change a category. Refuses: NotFound and what `create_service_category` refuses."""
    asked: dict[str, Any] = dict(changes)
    columns = checked(asked, _tidy)
    found = by.rows(models.ServiceCategory).filter(id=category_id)
    try:
        updated = await found.update(**columns or _NOTHING)
    except IntegrityError as error:
        raise CategoryNameTaken(field="name") from error
    if not updated:
        raise NotFound("There is no such category.", field="id")
    _changed(by, category_id)
    return category_id


async def delete_service_category(by: Viewer, *, category_id: UUID) -> None:
    """Delete a category; its services stay, without one. Refuses: NotFound."""
    found = by.rows(models.ServiceCategory).filter(id=category_id)
    # Whoever is putting a service into it is waited for: that service loses it too.
    if await found.select_for_update().first() is None:
        raise NotFound("There is no such category.", field="id")
    for row in await database.fetch(_EMPTY, by.of_business(), category_id):
        record(ServiceUpdated(business_id=by.of_business(), subject=row["id"]))
    await found.delete()
    _changed(by, category_id)


async def reorder_service_categories(by: Viewer, *, category_ids: Sequence[UUID]) -> list[UUID]:
    """Put these categories first, in this order; the others follow in theirs.

    Answers all of them. Refuses: NotFound.
    """
    business_id = by.of_business()
    found = by.rows(models.ServiceCategory).order_by("id").select_for_update(no_key=True)
    known = {category.id for category in await found}
    for index, category_id in enumerate(category_ids):
        if category_id not in known:
            raise NotFound("There is no such category.", field=f"ids.{index}")
    for row in await database.fetch(_REORDER, business_id, category_ids):
        _changed(by, row["id"])
    ordered = by.rows(models.ServiceCategory).order_by("position", "id")
    return [id for (id,) in await ordered.values_list("id")]


async def existing(by: Viewer, category_id: UUID | None) -> UUID | None:
    """Pass on a category of this business, or none. Refuses: NotFound."""
    found = by.rows(models.ServiceCategory).filter(id=category_id)
    if category_id is not None and not await found.exists():
        raise NotFound("There is no such category.", field="category_id")
    return category_id


def _changed(by: Viewer, category_id: UUID) -> None:
    record(ServiceCategoryChanged(business_id=by.of_business(), subject=category_id))


def _tidy(column: str, value: Any) -> Any:
    match column:
        case "name":
            return text.name(value, column)
        case "description":
            return text.paragraphs(value, column, limit=5_000)
        case _:
            raise TypeError(f"a category has no {column}")

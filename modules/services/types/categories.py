"""Categories of the price list, as the API shows them."""

from __future__ import annotations

from strawberry import UNSET

from modules.services import models
from modules.viewer import SIGNED_IN, TEAM
from schema import IdOf, Node, VersionedInput, input, payload, table, visible


@table(models.ServiceCategory, prefix="cat", audience=SIGNED_IN, otherwise=TEAM)
class ServiceCategory(Node):
    """A part of the price list; clients see all of them, also those without a service for them."""

    name: str = visible(SIGNED_IN)
    """What the category is called."""
    description: str | None = visible(SIGNED_IN)
    """What its services have in common, for clients."""
    position: int = visible(SIGNED_IN)
    """Where it stands: lower numbers come first."""
    version: int
    """Grows with every change: send it along with an update."""


@input
class CreateServiceCategoryInput:
    """A category for the price list; it comes after those there are."""

    name: str
    """What it is called, up to 200 characters; no two have one name, in small letters or large."""
    description: str | None = UNSET
    """What its services have in common, for clients; up to 5,000 characters."""


@input
class UpdateServiceCategoryInput(VersionedInput):
    """What to change about a category; what is left out stays."""

    id: IdOf[ServiceCategory]
    """The category to change."""
    name: str | None = UNSET
    """What it is called, up to 200 characters."""
    description: str | None = UNSET
    """What its services have in common, up to 5,000 characters; null removes it."""


@input
class DeleteServiceCategoryInput(VersionedInput):
    """A category to delete; its services stay, without one."""

    id: IdOf[ServiceCategory]
    """The category to delete."""


@input
class ReorderServiceCategoriesInput:
    """The order in which the categories of the price list are shown."""

    ids: list[IdOf[ServiceCategory]]
    """Those that come first, in order; the others follow in the order they have."""


@payload
class ReorderedServiceCategories:
    """Categories in their new order."""

    service_categories: list[ServiceCategory]
    """All categories of the business, as they stand now."""

"""Categories of the price list: reading, changing and ordering them."""

from __future__ import annotations

from modules.accounts.types import Business
from modules.errors import NotFound
from modules.services import models, rules
from modules.services.types import (
    CreateServiceCategoryInput,
    DeleteServiceCategoryInput,
    ReorderedServiceCategories,
    ReorderServiceCategoriesInput,
    Service,
    ServiceCategory,
    UpdateServiceCategoryInput,
)
from modules.text import NameRequired, TextNotAllowed, TextTooLong
from modules.viewer import OWNERS, SIGNED_IN, Viewer
from schema import Many, Mutation, Parent, Payload, extend, given, mutation, ref, rows

REFUSALS = (NameRequired, TextTooLong, TextNotAllowed, rules.CategoryNameTaken)


@extend(Business)
class BusinessServiceCategories:
    """A business orders its price list by categories."""

    @rows(audience=SIGNED_IN)
    @staticmethod
    def service_categories(business: Parent[Business], viewer: Viewer) -> Many[ServiceCategory]:
        """The categories of the price list, in their order."""
        found = viewer.rows(models.ServiceCategory).filter(business_id=business.id)
        return found.order_by("position", "id")


@extend(ServiceCategory)
class ServiceCategoryServices:
    """A category has services."""

    @rows(audience=SIGNED_IN)
    @staticmethod
    def services(
        category: Parent[ServiceCategory], viewer: Viewer, include_inactive: bool = False
    ) -> Many[Service]:
        """Its services that are offered, by name.

        Args:
            include_inactive: Also those that are not offered any more; only the team sees them.
        """
        found = viewer.rows(models.Service).filter(category_id=category.id)
        found = found.order_by("name", "id")
        return found if include_inactive else found.filter(active=True)


@extend(Mutation)
class ServiceCategoryMutations:
    """Ordering the price list."""

    @mutation(audience=OWNERS, refuses=(*REFUSALS, rules.CategoriesTooMany))
    @staticmethod
    async def create_service_category(
        by: Viewer, input: CreateServiceCategoryInput
    ) -> Payload[ServiceCategory]:
        """Add a category to the price list, after those there are."""
        return await rules.create_service_category(by, **given(input))

    @mutation(audience=OWNERS, updates=ServiceCategory, refuses=REFUSALS)
    @staticmethod
    async def update_service_category(
        by: Viewer, input: UpdateServiceCategoryInput
    ) -> Payload[ServiceCategory]:
        """Change a category of the price list."""
        return await rules.update_service_category(by, category_id=input.id, **given(input))

    @mutation(audience=OWNERS, updates=ServiceCategory, deletes=ServiceCategory)
    @staticmethod
    async def delete_service_category(by: Viewer, input: DeleteServiceCategoryInput) -> None:
        """Delete a category of the price list; its services stay, without a category."""
        await rules.delete_service_category(by, category_id=input.id)

    @mutation(audience=OWNERS, refuses=(NotFound,))
    @staticmethod
    async def reorder_service_categories(
        by: Viewer, input: ReorderServiceCategoriesInput
    ) -> Payload[ReorderedServiceCategories]:
        """Put the categories of the price list into another order."""
        ids = await rules.reorder_service_categories(by, category_ids=input.ids)
        return ReorderedServiceCategories(
            service_categories=[ref(ServiceCategory, each) for each in ids]
        )

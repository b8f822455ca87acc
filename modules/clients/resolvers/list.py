"""The client list: searched, sorted, page by page."""

from __future__ import annotations

from modules.accounts.types import Business
from modules.clients import models, rules
from modules.clients.types import Client, ClientOrder
from modules.viewer import Viewer
from schema import Connection, Parent, derive, extend, rows, where

ORDERS = {
    ClientOrder.NAME: "sort_name",
    ClientOrder.NAME_DESCENDING: "-sort_name",
    ClientOrder.NEWEST: "-created_at",
    ClientOrder.OLDEST: "created_at",
}


@extend(Business)
class BusinessClients:
    """A business keeps a list of its clients."""

    @rows
    @staticmethod
    def clients(
        business: Parent[Business],
        viewer: Viewer,
        search: str | None = None,
        order_by: ClientOrder = ClientOrder.NAME,
    ) -> Connection[Client]:
        """The client list.

        Args:
            search: Any part of a name, a mail address or a phone number; accents, capitals and
                the spaces of a phone number do not matter.
            order_by: How to sort it.
        """
        found = viewer.rows(models.Client).filter(business_id=business.id)
        if search is not None:
            pattern = derive(rules.pattern, search)
            found = found.filter(where(lambda table: table.search_text.like(pattern)))
        return found.order_by(ORDERS[order_by])

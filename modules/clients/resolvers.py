"""The client list: searching it, opening files, changing them."""

from __future__ import annotations

from modules.accounts.types import Business
from modules.clients import models, rules
from modules.clients.types import Client, ClientOrder, CreateClientInput, UpdateClientInput
from modules.errors import NotFound
from modules.text import NameRequired, TextNotAllowed, TextTooLong
from modules.viewer import Viewer
from schema import (
    Connection,
    Mutation,
    Parent,
    Result,
    derive,
    extend,
    given,
    mutation,
    rows,
    where,
)

REFUSALS = (
    NameRequired,
    TextTooLong,
    TextNotAllowed,
    rules.EmailOrPhoneRequired,
    rules.EmailInvalid,
    rules.PhoneInvalid,
    rules.PhoneRegionInvalid,
    rules.BirthdayInvalid,
)
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


@extend(Mutation)
class ClientMutations:
    """Opening and changing clients' files."""

    @mutation(refuses=REFUSALS)
    @staticmethod
    async def create_client(by: Viewer, input: CreateClientInput) -> Result[Client]:
        """Open a file on somebody: both names, and a mail address or a phone number.

        Args:
            input: What is known of them.
        """
        return await rules.create_client(by, **given(input))

    @mutation(updates=Client, refuses=(NotFound, *REFUSALS))
    @staticmethod
    async def update_client(by: Viewer, input: UpdateClientInput) -> Result[Client]:
        """Change a file.

        Args:
            input: Whose file, and what to change.
        """
        return await rules.update_client(by, client_id=input.id, **given(input))

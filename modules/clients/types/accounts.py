"""How clients prove who they are, and what a business asks of them."""

from __future__ import annotations

from typing import Any

import strawberry
from pypika_tortoise.context import SqlContext
from pypika_tortoise.terms import Term
from strawberry import UNSET

from modules.clients.types.client import Client
from modules.clients.types.inputs import VALUES
from modules.clients.types.profiled import takes
from modules.viewer import Role
from schema import Expression, IdOf, Parent, expression, input, object


class _Setting(Term):
    """A setting of a business, or its default where it never said anything."""

    def __init__(self, business_id: Any, column: str, default: str) -> None:
        super().__init__()
        self.business_id, self.column, self.default = business_id, column, default

    def get_sql(self, ctx: SqlContext) -> str:
        business_id = self.business_id.get_sql(ctx)
        said = f"SELECT {self.column} FROM client_settings WHERE business_id = {business_id}"  # noqa: S608 - our own columns
        return f"coalesce(({said}), {self.default})"


@object
class ClientSettings:
    """What a business says about its clients."""

    business_id: strawberry.Private[Any]

    @expression
    @staticmethod
    def require_client_account(settings: Parent[ClientSettings]) -> Expression[bool]:
        """Whether files are kept only on people who have an account with their address."""
        return _Setting(settings.business_id, "require_client_account", "false")

    @expression
    @staticmethod
    def accepts_new_clients(settings: Parent[ClientSettings]) -> Expression[bool]:
        """Whether whoever is no client yet may book."""
        return _Setting(settings.business_id, "accepts_new_clients", "true")


@input
class UpdateClientSettingsInput:
    """What to change about the settings; what is left out stays."""

    require_client_account: bool | None = UNSET
    """Whether files are kept only on people who have an account with their address."""
    accepts_new_clients: bool | None = UNSET
    """Whether whoever is no client yet may book."""


@input
@takes(VALUES, by=Role.CLIENT, changing=True)
class UpdateMyClientFileInput:
    """What to change in one's own file; what is left out stays."""

    email: str | None = UNSET
    """Where mail reaches one, once that is proved by the link that is sent there."""
    phone_region: str | None = UNSET
    """The country a phone number without country code is of, such as `NL`; else the business's."""


@input
class VerifyClientEmailInput:
    """Proof of a client's mail address, by the link from the mail."""

    token: str
    """The secret of the link."""


@input
class ResendClientVerificationInput:
    """Whom to ask once more whether the address is theirs."""

    client_id: IdOf[Client]
    """The client whose address to verify."""

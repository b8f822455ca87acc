"""Businesses, as the API shows them."""

from __future__ import annotations

from datetime import datetime

from strawberry import UNSET
from tortoise.expressions import RawSQL

from modules.accounts import models
from modules.viewer import SIGNED_IN, TEAM
from schema import Expression, Node, VersionedInput, expression, input, table
from storage.log import NOW


@table(models.Business, prefix="biz", audience=SIGNED_IN)
class Business(Node):
    """A salon, a studio, a practice: whoever keeps appointments."""

    name: str
    """What the business is called."""
    zone: str
    """The IANA time zone its clock shows: `Europe/Berlin`."""
    currency: str
    """The ISO 4217 code of its prices: `EUR`."""
    locale: str
    """The language its messages are in: `en`."""
    created_at: datetime
    """When the business signed up."""
    version: int
    """Grows with every change: send it along with an update."""

    @expression(audience=TEAM, snapshot=True)
    @staticmethod
    def cursor() -> Expression[str]:
        """Pass it as `after` to any subscription; all of the operation is read at that moment."""
        return RawSQL(NOW)


@input
class UpdateBusinessInput(VersionedInput):
    """What to change about the business; what is left out stays."""

    name: str | None = UNSET
    """What it is called, up to 200 characters."""
    zone: str | None = UNSET
    """Its IANA time zone; appointments stay the same instants."""
    currency: str | None = UNSET
    """The ISO 4217 code of its prices; no amount is converted."""
    locale: str | None = UNSET
    """The language of its messages."""

"""What clients said to marketing, as the API shows it."""

from __future__ import annotations

from datetime import datetime

from modules.accounts.types import Account
from modules.clients import models
from schema import Node, table, visible


@table(models.ClientConsent, prefix="con")
class ClientConsent(Node):
    """A yes or a no to marketing on one channel: the proof of what holds now."""

    channel: models.MarketingChannel
    """The channel the yes or no is about."""
    granted: bool
    """Whether they said yes."""
    how: str | None
    """How they said it, as it was written down."""
    actor: Account | None = visible(column="recorded_by")
    """Who wrote it down; null when nobody did, or their account is gone."""
    created_at: datetime = visible(column="at")
    """When it was written down."""

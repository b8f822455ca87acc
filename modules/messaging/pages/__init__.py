"""Pages beside the API: unsubscribing, and a mailbox for development."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.routing import BaseRoute

from modules.messaging.pages import mailbox, unsubscribing
from storage.settings import Settings


def routes(settings: Settings) -> Sequence[BaseRoute]:
    """Make the routes of all its pages."""
    return [*unsubscribing.routes(), *mailbox.routes(settings)]

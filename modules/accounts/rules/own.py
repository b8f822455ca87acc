"""What people say of themselves."""

from __future__ import annotations

from uuid import UUID

from modules import text
from modules.accounts import models
from modules.errors import NotFound
from modules.viewer import Viewer


async def update_account(by: Viewer, *, name: str) -> UUID:
    """Change what one is called, wherever one signs in; answers one's account.

    Refuses: NameRequired, TextTooLong, TextNotAllowed, NotFound.
    """
    if by.account_id is None:
        raise NotFound("Nobody is signed in.")
    await by.own(models.Account).update(name=text.name(name, "name"))
    return by.account_id

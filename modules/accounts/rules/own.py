"""What people say of themselves."""

from __future__ import annotations

from uuid import UUID

from modules import text
from modules.accounts import models
from modules.errors import Checks, Forbidden, NotFound, same_version
from modules.viewer import Viewer


async def update_account(by: Viewer, *, name: str, expected: int | None = None) -> UUID:
    """Change what one is called, wherever one signs in; answers one's account.

    `expected` is the version the change is made to. Who has a password and got in by a mail alone
    changes nothing that is seen where only the password lets one in.
    """
    own = by.own(models.Account)
    account: models.Account | None = await own.select_for_update(no_key=True).first()
    if account is None:
        raise NotFound("Nobody is signed in.")
    mailed = await models.Session.filter(id=by.session_id, only_as_client=True).exists()
    if mailed and account.password_hash is not None:
        raise Forbidden("Sign in with your password to change your account.")
    checks = Checks()
    with checks:
        same_version(account.version, expected)
    with checks:
        name = text.name(name, "name")
    checks.done()
    if name != account.name:
        await own.update(name=name)
    return account.id

"""What clients may change in their own file."""

from __future__ import annotations

from typing import Unpack
from uuid import UUID

from modules.accounts.rules import attempts, check_mail
from modules.clients.events import ClientVerificationAsked
from modules.clients.models import Client, LinkKind
from modules.clients.profile import FIELDS, ClientChanges
from modules.clients.rules import files, links, verifying
from modules.errors import Checks, Refusal, same_version
from modules.events import record
from modules.mail_address import EmailInvalid, optional
from modules.viewer import Role, Viewer


class NoFile(Refusal):
    """This business keeps no file on you."""

    code = "NO_FILE"
    remedy = "Ask the business to open one, or act where you are a client."


OWN = {each.asked_as for each in FIELDS if Role.CLIENT in each.edits} | {"phone_region"}
"""What clients may say of themselves."""


async def update_own(
    by: Viewer, *, expected: int | None = None, **changes: Unpack[ClientChanges]
) -> UUID:
    """Change one's own file; another address replaces the one there when it is proved.

    `expected` is the version the change is made to.

    Refuses: NoFile, EmailInvalid, OwnerNotVerified, TooManyAttempts and what
    `update_client` refuses.
    """
    if others := changes.keys() - OWN:
        raise TypeError(f"clients do not write {', '.join(others)} themselves")
    mine = by.rows(Client).filter(account_id=by.account_id)
    client = await mine.select_for_update(no_key=True).first()
    if client is None or by.account_id is None:
        raise NoFile
    checks = Checks()
    with checks:
        same_version(client.version, expected)
    if "email" in changes:
        with checks:
            await _ask(client, changes.pop("email"))
    with checks:
        await files.update_client(by, client_id=client.id, **changes)
    checks.done()
    own: UUID = client.id
    return own


async def _ask(client: Client, typed: str | None) -> None:
    email = optional(typed)
    if email is None:
        raise EmailInvalid("One signs in with it, so there has to be one.", field="email")
    if not verifying.another(client.email, email):
        return
    await check_mail(client.business_id, [email])
    await attempts.spend([verifying.proofs(client.business_id, email)])
    link_id = await links.prepare(client.business_id, client.id, LinkKind.CHANGE, email)
    record(
        ClientVerificationAsked(business_id=client.business_id, subject=client.id, link_id=link_id)
    )

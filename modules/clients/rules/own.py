"""What clients may change in their own file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TypedDict, Unpack
from uuid import UUID

from modules.accounts.rules import attempts, check_mail
from modules.clients.events import ClientVerificationAsked
from modules.clients.models import Client, LinkKind
from modules.clients.rules import files, links, verifying
from modules.clients.rules.changes import Address, Consent
from modules.errors import Refusal
from modules.events import record
from modules.mail_address import EmailInvalid, optional
from modules.viewer import Viewer


class NoFile(Refusal):
    """This business keeps no file on you."""

    code = "NO_FILE"
    remedy = "Ask the business to open one, or act where you are a client."


class OwnChanges(TypedDict, total=False):
    """What clients may say of themselves; what is left out stays."""

    first_name: str
    last_name: str
    phone: str | None
    phone_region: str | None
    birthday: date | None
    address: Address | None
    consents: Sequence[Consent] | None


async def update_own(by: Viewer, *, email: str | None = "", **changes: Unpack[OwnChanges]) -> UUID:
    """Change one's own file; another address replaces the one there when it is proved.

    Refuses: NoFile, EmailInvalid, OwnerNotConfirmed, TooManyAttempts and what
    `update_client` refuses.
    """
    if others := changes.keys() - OwnChanges.__annotations__.keys():
        raise TypeError(f"clients do not write {', '.join(others)} themselves")
    client = await by.rows(Client).get_or_none(account_id=by.account_id)
    if client is None or by.account_id is None:
        raise NoFile
    if email != "":
        await _ask(client, email)
    return await files.update_client(by, client_id=client.id, **changes)


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

"""Whose address is in a file: asked of the client, proved by a link, asked anew when it changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from modules.accounts.events import TeamMemberRemoved
from modules.accounts.rules import (
    LinkExpired,
    SignedIn,
    admit_client,
    attempts,
    begin_as_client,
    check_mail,
    dismiss_client,
    person,
)
from modules.clients.events import (
    AccountStatus,
    ClientUpdated,
    ClientVerificationAsked,
    ClientVerified,
)
from modules.clients.models import Client, LinkKind
from modules.clients.rules import folding, links
from modules.errors import NotFound, Refusal
from modules.events import record
from modules.viewer import Viewer
from storage.log import change

VERIFIED = AccountStatus.VERIFIED


class NothingToVerify(Refusal):
    """This client has no mail address."""

    code = "NOTHING_TO_VERIFY"
    remedy = "Write one into the file first."


class AlreadyVerified(Refusal):
    """This client proved their address already."""

    code = "ALREADY_VERIFIED"
    remedy = "Nothing is left to do."


def another(email: str | None, than: str | None) -> bool:
    """Say whether two addresses are not the same."""
    return email != than


async def ask(business_id: UUID, client_id: UUID, email: str) -> None:
    """Have a link mailed to the address of a file, by which the client proves it."""
    link_id = await links.prepare(business_id, client_id, LinkKind.VERIFICATION, email)
    record(ClientVerificationAsked(business_id=business_id, subject=client_id, link_id=link_id))


def proofs(business_id: UUID, email: str) -> attempts.Limit:
    """Limit the mails by which one business asks one address for proof."""
    return attempts.Limit("verify", f"{business_id} {email}", attempts.MAILS_PER_ADDRESS)


async def resend(by: Viewer, *, client_id: UUID) -> UUID:
    """Ask a client once more to prove their address; the links sent before stop working."""
    client = await by.rows(Client).select_for_update(no_key=True).get_or_none(id=client_id)
    if client is None:
        raise NotFound("There is no such client.", field="id")
    if client.email is None:
        raise NothingToVerify(field="id")
    if client.account_state is AccountStatus.VERIFIED:
        raise AlreadyVerified(field="id")
    await check_mail(client.business_id, [client.email])
    await attempts.spend([proofs(client.business_id, client.email)])
    await by.rows(Client).filter(id=client_id).update(account_state=AccountStatus.UNVERIFIED)
    await ask(client.business_id, client_id, client.email)
    return client_id


async def verify(by: Viewer, *, token: str, user_agent: str = "") -> SignedIn | None:
    """Prove a client's address with the link sent there, and sign them in.

    They get the account of whoever proved this address before, or a new one, and a place at the
    business as its client. None is for somebody of the team, who signs in with a password.
    """
    link = await links.use(token)
    files = Client.filter(business_id=link.business_id, id=link.client_id)
    client = await files.select_for_update(no_key=True).get_or_none()
    if client is None:
        raise LinkExpired
    await settle(client, link.email)
    return await begin_as_client(
        await _account_of(client, link.email), client.business_id, user_agent=user_agent
    )


async def settle(client: Client, email: str) -> None:
    """Note that the client of a file, which is held, proved to read the mail of this address.

    From now on it is the address of the file, and the person with this address signs in to see it;
    whoever did before does no longer. A person has one file at a business: a second one is proved
    as well, and stays without them until somebody merges the two.
    """
    account_id = await _account_of(client, email)
    if client.account_id not in (None, account_id):
        await dismiss_client(client.account_id, client.business_id)
    own = Client.filter(business_id=client.business_id, account_id=account_id)
    another = await own.exclude(id=client.id).exists()
    columns: dict[str, Any] = {
        "account_id": None if another else account_id,
        "account_state": AccountStatus.VERIFIED,
        "email_verified_at": datetime.now(UTC),
    }
    if email != client.email:
        columns |= {
            "email": email,
            **folding.found_by(client.first_name, client.last_name, email, client.phone),
        }
        record(ClientUpdated(business_id=client.business_id, subject=client.id, changed=("email",)))
    await Client.filter(id=client.id).update(**columns)
    await links.withdraw(client.business_id, client.id)
    await admit_client(account_id, client.business_id)
    record(ClientVerified(business_id=client.business_id, subject=client.id))


async def prove(by: Viewer, *, client_id: UUID, email: str) -> UUID:
    """Note that a client proved an address in another way, such as an invitation's link.

    Gives their account. Refuses: NotFound.
    """
    client = await by.rows(Client).select_for_update(no_key=True).get_or_none(id=client_id)
    if client is None:
        raise NotFound("There is no such client.", field="client_id")
    await settle(client, email)
    return await _account_of(client, email)


async def address_changed(by: Viewer, addresses: Mapping[UUID, str | None]) -> None:
    """Forget what was proved of addresses that are about to be replaced, in many files at once.

    Call it before they are written. Nobody gets a mail.
    """
    files = by.rows(Client).filter(id__in=list(addresses)).order_by("id")
    for client in await files.select_for_update(no_key=True):
        email = addresses[client.id]
        if another(client.email, email):
            columns = await unsettle(client, email)
            state = {"account_state": AccountStatus.NONE}  # they were not written to
            await Client.filter(id=client.id).update(**columns | state)


async def unsettle(client: Client, email: str | None) -> dict[str, Any]:
    """Take back what was proved of an address that is no longer the file's, which is held.

    Whoever signed in to see the file is out at once. Gives the columns that say so.
    """
    await links.withdraw(client.business_id, client.id)
    if client.account_id is not None:
        await dismiss_client(client.account_id, client.business_id)
    return {
        "account_id": None,
        "account_state": AccountStatus.NONE if email is None else AccountStatus.UNVERIFIED,
        "email_verified_at": None,
    }


async def note_invited(by: Viewer, client_ids: Sequence[UUID]) -> None:
    """Note that clients who cannot sign in yet were asked to, by an invitation."""
    waiting = by.rows(Client).filter(id__in=client_ids).exclude(account_state=VERIFIED)
    await waiting.update(account_state=AccountStatus.INVITED)


async def note_uninvited(by: Viewer, client_id: UUID) -> None:
    """Note that the invitation of a client was taken back."""
    invited = by.rows(Client).filter(id=client_id, account_state=AccountStatus.INVITED)
    await invited.update(account_state=AccountStatus.NONE)


async def withdraw_client(by: Viewer, *, client_id: UUID) -> int:
    """Let nobody sign in to see this file any more; says how many sessions ended.

    For whoever deletes a file or merges it into another, before they do. The account stays its
    owner's, and so do their files elsewhere.
    """
    client = await by.rows(Client).select_for_update(no_key=True).get_or_none(id=client_id)
    if client is None:
        return 0
    await links.withdraw(client.business_id, client_id)
    if client.account_id is None:
        return 0
    ended = await dismiss_client(client.account_id, client.business_id)
    await Client.filter(id=client_id).update(account_id=None)
    return ended


async def readmit(event: TeamMemberRemoved) -> None:
    """Leave whoever leaves a team their place as a client, if they are one."""
    async with change(actor=None, business_id=event.business_id):
        file = Client.filter(business_id=event.business_id, account_id=event.account_id)
        if await file.exists():
            await admit_client(event.account_id, event.business_id)


async def _account_of(client: Client, email: str) -> UUID:
    account = await person(email, name=f"{client.first_name} {client.last_name}")
    return account.id

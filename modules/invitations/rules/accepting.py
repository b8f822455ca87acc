"""Taking an invitation: from then on they are on the list, and look after their appointments."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from modules.accounts.rules import Accepted, person
from modules.accounts.rules.sessions import hash_of
from modules.clients.rules import ClientSource, create_client, prove, update_client
from modules.events import record
from modules.invitations.events import ClientInvitationAccepted
from modules.invitations.rules import names
from modules.text import NameRequired
from modules.viewer import Role, Viewer
from storage import database


async def accept(token: str) -> Accepted | None:
    """Take an invitation with its link; None when this is no link of ours that still works.

    Whoever proved the address before comes with the account they have; others get one. They are on
    the list: by the file the invitation is about, or the oldest one with their address, or a new
    one. However many follow the link at once, it has one effect.
    """
    taken = await database.fetchrow(_TAKE, hash_of(token))
    if taken is None:
        return None
    # It is the business that opens the file: it said so when it invited them.
    host = Viewer.on_behalf(taken["business_id"])
    email, name = taken["email"], taken["name"]
    account = await person(email, name=name or email.rpartition("@")[0])
    client_id = taken["client_id"] or await _file(host, email, name)
    await _call_by_name(host, client_id, email, name, account.name)
    account_id = await prove(host, client_id=client_id, email=email)
    await database.execute(
        "UPDATE client_invitations SET client_id = $2 WHERE id = $1", taken["id"], client_id
    )
    record(
        ClientInvitationAccepted(
            business_id=taken["business_id"], subject=taken["id"], client_id=client_id
        )
    )
    return Accepted(account_id=account_id, business_id=taken["business_id"])


async def name_oneself(accepted: Any, **asked: str) -> None:
    """Let whoever just accepted an invitation as a client say what they are called.

    They must, where the business knows only their address: no name is made up of it.
    Refuses: NameRequired, TextTooLong, TextNotAllowed.
    """
    here: Viewer | None = getattr(accepted, "acting", None)
    if here is None or here.role is not Role.CLIENT:
        return
    file = await database.fetchrow(_ACCEPTED, here.business_id, here.account_id)
    if file is None:
        return
    for field in names.standing_in(
        file["email"], file["name"], file["first_name"], file["last_name"]
    ):
        if field not in asked:
            raise NameRequired("The business knows only your address.", field=field)
    if asked:
        host = Viewer.on_behalf(here.of_business())
        await update_client(host, client_id=file["id"], **asked)  # type: ignore[arg-type]


async def _file(host: Viewer, email: str, name: str | None) -> UUID:
    known: UUID | None = await database.fetchval(_KNOWN, host.business_id, email)
    if known is not None:
        return known
    first, last = names.of_invited(email, name)
    return await create_client(
        host, invited=True, first_name=first, last_name=last, email=email,
        source=ClientSource.INVITATION,
    )  # fmt: skip


async def _call_by_name(
    host: Viewer, client_id: UUID, email: str, name: str | None, owner: str
) -> None:
    """Call a file that had no name but its address by the name that was typed since.

    Without one it is the name of the account, now that we may.
    """
    row = await database.fetchrow(
        "SELECT first_name, last_name FROM clients WHERE business_id = $1 AND id = $2",
        host.business_id, client_id,
    )  # fmt: skip
    if row is None or not names.standing_in(email, name, row["first_name"], row["last_name"]):
        return
    called = names.of_invited(email, name)
    if names.standing_in(email, name, *called):
        called = names.of_account(email, owner) or called
    await update_client(host, client_id=client_id, first_name=called[0], last_name=called[1])


_TAKE = """
UPDATE client_invitations AS i SET accepted_at = now()
FROM client_invitation_links l
WHERE l.token_hash = $1 AND i.business_id = l.business_id AND i.id = l.invitation_id
    AND i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > now()
RETURNING i.id, i.business_id, i.email, i.name, i.client_id"""
_ACCEPTED = """
SELECT c.id, c.first_name, c.last_name, i.email, i.name
FROM clients c
JOIN client_invitations i ON i.business_id = c.business_id AND i.client_id = c.id
WHERE c.business_id = $1 AND c.account_id = $2 AND i.accepted_at IS NOT NULL
ORDER BY i.accepted_at DESC, i.id DESC LIMIT 1"""
_KNOWN = """
SELECT id FROM clients WHERE business_id = $1 AND email = $2::text::citext
ORDER BY account_state = 'VERIFIED' DESC, created_at, id LIMIT 1"""

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
    host = Viewer(role=Role.OWNER, business_id=taken["business_id"])
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

    Refuses: NameRequired, TextTooLong, TextNotAllowed.
    """
    here: Viewer | None = getattr(accepted, "acting", None)
    if here is None or here.role is not Role.CLIENT:
        return
    client_id = await database.fetchval(
        "SELECT id FROM clients WHERE business_id = $1 AND account_id = $2",
        here.business_id, here.account_id,
    )  # fmt: skip
    if client_id is not None:
        host = Viewer(role=Role.OWNER, business_id=here.business_id)
        await update_client(host, client_id=client_id, **asked)  # type: ignore[arg-type]


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
    """Call a file that had no name but its address by the name of the account, now that we may."""
    row = await database.fetchrow(
        "SELECT first_name, last_name FROM clients WHERE business_id = $1 AND id = $2",
        host.business_id, client_id,
    )  # fmt: skip
    first, _, last = owner.rpartition(" ")
    if row and first and names.is_stand_in(email, name, row["first_name"], row["last_name"]):
        await update_client(host, client_id=client_id, first_name=first, last_name=last)


_TAKE = """
UPDATE client_invitations AS i SET accepted_at = now()
FROM client_invitation_links l
WHERE l.token_hash = $1 AND i.business_id = l.business_id AND i.id = l.invitation_id
    AND i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > now()
RETURNING i.id, i.business_id, i.email, i.name, i.client_id"""
_KNOWN = """
SELECT id FROM clients WHERE business_id = $1 AND email = $2::text::citext
ORDER BY account_state = 'VERIFIED' DESC, created_at, id LIMIT 1"""

"""Invitations that are open: mailed once more, or taken back."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from modules.accounts.rules import attempts, check_mail
from modules.clients.rules import note_uninvited
from modules.errors import NotFound, Refusal
from modules.events import record
from modules.invitations.events import ClientInvitationRevoked, ClientInvited
from modules.invitations.models import ClientInvitation
from modules.invitations.rules.inviting import LASTS
from modules.messaging.rules import suppressed
from modules.viewer import Viewer
from storage import database


class InvitationNotOpen(Refusal):
    """This invitation was accepted or taken back already."""

    code = "INVITATION_NOT_OPEN"
    remedy = "Invite them again, or do nothing."


class WantsNoMail(Refusal):
    """They want no mail from this business, or it cannot reach them."""

    code = "WANTS_NO_MAIL"
    remedy = "Ask them in another way; take the address off the list when they agree."


async def resend(by: Viewer, *, invitation_id: UUID) -> UUID:
    """Mail an invitation once more; it can be accepted for another 30 days."""
    held = await _open(by, invitation_id)
    if await suppressed(held.business_id, [held.email]):
        raise WantsNoMail(field="id")
    await check_mail(held.business_id, [held.email])
    limit = attempts.Limit("invite client", f"{held.business_id} {held.email}", PER_ADDRESS)
    await attempts.spend([limit])
    await (
        by.rows(ClientInvitation)
        .filter(id=held.id)
        .update(
            expires_at=datetime.now(UTC) + LASTS,
            sent_at=datetime.now(UTC),
            times_sent=held.times_sent + 1,
        )
    )
    record(ClientInvited(business_id=held.business_id, subject=held.id, client_id=held.client_id))
    return held.id


async def revoke(by: Viewer, *, invitation_id: UUID) -> UUID:
    """Take an invitation back: its links stop working. Whoever is on the list stays there."""
    held = await _open(by, invitation_id)
    await by.rows(ClientInvitation).filter(id=held.id).update(revoked_at=datetime.now(UTC))
    await database.execute(
        "DELETE FROM client_invitation_links WHERE business_id = $1 AND invitation_id = $2",
        held.business_id,
        held.id,
    )
    if held.client_id is not None:
        await note_uninvited(by, held.client_id)
    record(
        ClientInvitationRevoked(
            business_id=held.business_id, subject=held.id, client_id=held.client_id
        )
    )
    return held.id


def now() -> datetime:
    """Tell the time, for lists of what is open."""
    return datetime.now(UTC)


async def _open(by: Viewer, invitation_id: UUID) -> ClientInvitation:
    rows = by.rows(ClientInvitation).filter(id=invitation_id).select_for_update(no_key=True)
    held: ClientInvitation | None = await rows.first()
    if held is None:
        raise NotFound("There is no such invitation.", field="id")
    if held.accepted_at is not None or held.revoked_at is not None:
        raise InvitationNotOpen(field="id")
    return held


PER_ADDRESS = attempts.MAILS_PER_ADDRESS

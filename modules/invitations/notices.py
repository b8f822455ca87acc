"""The mail that invites somebody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modules.emails import Addressed, Email, Emails
from modules.invitations.events import ClientInvited
from modules.invitations.rules import links

_INVITED = Addressed("""
    SELECT i.email, coalesce(i.name, ''), i.client_id FROM client_invitations i
    WHERE i.business_id = event.business_id AND i.id = event.subject
        AND i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > now()""")


async def _link(event: ClientInvited) -> Mapping[str, Any]:
    return {"token": await links.make(event.subject)}


EMAILS: Emails = {
    ClientInvited: [
        Email(
            kind="CLIENT_INVITATION",
            package="modules.invitations",
            template="invitation",
            recipients=_INVITED,
            context=_link,
            unsubscribable=True,
        )
    ],
}

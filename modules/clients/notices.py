"""The mails clients' files cause: the question whether an address is theirs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modules.clients.events import ClientVerificationAsked
from modules.clients.models import LinkKind
from modules.clients.rules import links
from modules.emails import Addressed, Email, Emails

# The address is the one to be proved: by now the file may have another, which gets its own mail.
_ASKED = Addressed("""
    SELECT l.email::text, c.first_name || ' ' || c.last_name, c.id
    FROM client_links l JOIN clients c ON c.business_id = l.business_id AND c.id = l.client_id
    WHERE l.business_id = event.business_id AND l.id = (event.data->>'link_id')::uuid
        AND l.used_at IS NULL AND l.expires_at > now()""")


async def _link(event: ClientVerificationAsked) -> Mapping[str, Any]:
    link = await links.open_link(event.link_id)
    if link is None:
        raise LookupError(f"link {event.link_id} is void")
    return {"token": await links.make(link.id), "change": link.kind is LinkKind.CHANGE}


EMAILS: Emails = {
    ClientVerificationAsked: [
        Email(
            kind="VERIFY_CLIENT_EMAIL",
            package="modules.clients",
            template="verify_email",
            recipients=_ASKED,
            context=_link,
        )
    ],
}

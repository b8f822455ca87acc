"""The mail about a client list that somebody is to take over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modules.emails import Addressed, Email, Emails
from modules.imports import models
from modules.imports.events import ImportRequested

_ASKED = Addressed("""
    SELECT r.operator_email, '', NULL::uuid FROM import_requests r
    WHERE r.business_id = event.business_id AND r.id = event.subject
        AND r.operator_email IS NOT NULL
    UNION
    SELECT a.email, a.name, NULL::uuid FROM accounts a JOIN memberships m ON m.account_id = a.id
    WHERE m.business_id = event.business_id AND m.role = 'OWNER' AND a.email IS NOT NULL
        AND NOT EXISTS (SELECT FROM import_requests r WHERE r.business_id = event.business_id
            AND r.id = event.subject AND r.operator_email = a.email)""")


async def _request(event: ImportRequested) -> Mapping[str, Any]:
    found = await models.ImportRequest.get(id=event.subject, business_id=event.business_id)
    contact = filter(None, (found.contact_email, found.contact_phone))
    return {"when": found.due_at, "note": found.note or "", "contact": ", ".join(contact)}


EMAILS: Emails = {
    ImportRequested: [
        Email(
            kind="IMPORT_REQUESTED",
            package="modules.imports",
            template="import_requested",
            recipients=_ASKED,
            context=_request,
        )
    ],
}

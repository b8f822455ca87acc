"""Inviting people to be clients: one mail each, and a word on what became of every address."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import partial
from uuid import UUID

from anyio import to_thread

from modules.accounts.rules import attempts, check_mail, signing_up, with_account
from modules.clients.rules import ClientSource, create_client, note_invited
from modules.errors import InvalidInput
from modules.events import record
from modules.invitations.events import ClientInvited
from modules.invitations.rules import names, typed
from modules.invitations.rules.typed import Typed
from modules.messaging.rules import suppressed
from modules.viewer import Viewer
from storage import database
from storage.log import under_way

MOST = 1_000
"""Addresses in one go."""
LONGEST = 300_000
"""Characters in one go: so many addresses at their longest, names included."""
PER_DAY = (5_000, timedelta(days=1))
"""Addresses a business may invite, or try out, in a day."""
LASTS = timedelta(days=30)
"""How long an invitation can be accepted."""


class EmailsMissing(InvalidInput):
    """Nobody is invited."""

    code = "EMAILS_MISSING"
    remedy = "Type one or more mail addresses, with commas between them."


class EmailsTooMany(InvalidInput):
    """That is more than can be invited at once."""

    code = "EMAILS_TOO_MANY"
    remedy = "Invite up to 1,000 addresses at a time."


class InvitationOutcome(StrEnum):
    """What became of an address that was typed to be invited."""

    LISTED_NOW = "LISTED_NOW"
    """They have an account, so they are on the client list now; a mail asks them to accept."""
    INVITED = "INVITED"
    """A mail is on its way; they appear on the list when they accept."""
    ALREADY_CLIENT = "ALREADY_CLIENT"
    """They were on the list already. Who cannot sign in yet gets a mail that invites them to."""
    DUPLICATE = "DUPLICATE"
    """The same address stands further up; it is invited once."""
    INVALID = "INVALID"
    """That is no mail address; nobody was written to."""
    SUPPRESSED = "SUPPRESSED"
    """They do not want mail from this business, or it cannot reach them; nobody was written to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """An address that was typed, and what became of it."""

    typed: Typed
    outcome: InvitationOutcome
    invitation_id: UUID | None = None
    client_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class _File:
    """What is known of somebody who is on the list already."""

    id: UUID
    verified: bool


async def invite(by: Viewer, *, emails: Sequence[str]) -> list[Invited]:
    """Invite everybody whose address stands in these texts; answers for each, in their order.

    Inviting somebody again renews their invitation, and mails them again.
    A dry run looks nobody up who is not on the list: it tells nothing about accounts.
    """
    if sum(map(len, emails)) > LONGEST:
        raise EmailsTooMany(field="emails")
    found = await to_thread.run_sync(partial(typed.addresses, emails, MOST))
    if not found:
        raise EmailsMissing(field="emails")
    if len(found) > MOST:
        raise EmailsTooMany(field="emails")
    people: dict[str, Typed] = {}
    for each in found:
        if each.email is not None:
            people.setdefault(each.email, each)
    business_id = by.of_business()
    await check_mail(business_id, people)
    # Counted beside the transaction: what a dry run tells of addresses is limited as well.
    limit = attempts.Limit("invite clients", str(business_id), PER_DAY)
    await attempts.spend([limit], times=len(people))
    outcomes, invited = await _invite(by, people)
    return [_answer(each, people, outcomes, invited) for each in found]


async def _invite(
    by: Viewer, people: Mapping[str, Typed]
) -> tuple[dict[str, InvitationOutcome], dict[str, tuple[UUID | None, UUID | None]]]:
    """Decide about each address, and invite whoever is to be; gives invitations and clients."""
    business_id = by.of_business()
    # One after the other: two who invite the same person at once shall not open two files.
    await database.execute(signing_up.TAKE_TURNS, f"invite {business_id}")
    alone = await suppressed(business_id, people)
    files = await _files(business_id, people)
    kept = (here := under_way()) is None or here.kept
    known = await with_account(people) if kept else set()
    outcomes: dict[str, InvitationOutcome] = {}
    rows: dict[str, tuple[UUID | None, UUID | None]] = {}
    invite: dict[str, UUID | None] = {}
    for email, each in people.items():
        if email in alone:
            outcomes[email] = InvitationOutcome.SUPPRESSED
        elif (file := files.get(email)) is not None:
            outcomes[email] = InvitationOutcome.ALREADY_CLIENT
            rows[email] = (None, file.id)
            if not file.verified:
                invite[email] = file.id
        elif email in known:
            outcomes[email] = InvitationOutcome.LISTED_NOW
            invite[email] = await _list(by, email, each.name)
        else:
            outcomes[email] = InvitationOutcome.INVITED
            invite[email] = None
    await note_invited(by, [file for file in invite.values() if file is not None])
    for row in await database.fetch(
        _INVITE, business_id, by.account_id, datetime.now(UTC) + LASTS,
        list(invite), [people[email].name for email in invite], list(invite.values()),
    ):  # fmt: skip
        rows[row["email"]] = (row["id"], row["client_id"])
        record(
            ClientInvited(business_id=business_id, subject=row["id"], client_id=row["client_id"])
        )
    return outcomes, rows


async def _files(business_id: UUID, emails: Collection[str]) -> dict[str, _File]:
    rows = await database.fetch(_FILES, business_id, list(emails))
    return {row["email"]: _File(row["id"], row["verified"]) for row in rows}


async def _list(by: Viewer, email: str, name: str | None) -> UUID:
    """Put somebody who has an account on the list, with what was typed and nothing else (C2)."""
    first, last = names.of_invited(email, name)
    return await create_client(
        by, invited=True, first_name=first, last_name=last, email=email,
        source=ClientSource.INVITATION,
    )  # fmt: skip


def _answer(
    each: Typed,
    people: Mapping[str, Typed],
    outcomes: Mapping[str, InvitationOutcome],
    invited: Mapping[str, tuple[UUID | None, UUID | None]],
) -> Invited:
    if each.email is None:
        return Invited(typed=each, outcome=InvitationOutcome.INVALID)
    invitation_id, client_id = invited.get(each.email, (None, None))
    first = people[each.email] is each
    return Invited(
        typed=each,
        outcome=outcomes[each.email] if first else InvitationOutcome.DUPLICATE,
        invitation_id=invitation_id,
        client_id=client_id,
    )


_FILES = """
SELECT DISTINCT ON (lower(email)) lower(email) AS email, id, account_state = 'VERIFIED' AS verified
FROM clients WHERE business_id = $1 AND email = ANY ($2::text[]::citext[])
ORDER BY lower(email), account_state = 'VERIFIED' DESC, created_at, id"""
_INVITE = """
INSERT INTO client_invitations AS open (business_id, invited_by, expires_at, email, name, client_id)
SELECT $1, $2, $3, email, name, client_id
FROM unnest($4::text[], $5::text[], $6::uuid[]) AS person (email, name, client_id)
ON CONFLICT (business_id, email) WHERE accepted_at IS NULL AND revoked_at IS NULL
DO UPDATE SET expires_at = excluded.expires_at, sent_at = now(), times_sent = open.times_sent + 1,
    name = coalesce(excluded.name, open.name),
    client_id = coalesce(excluded.client_id, open.client_id)
RETURNING id, email, client_id"""

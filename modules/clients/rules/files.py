"""Opening and changing a client's file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Unpack
from uuid import UUID

from modules.clients import models
from modules.clients.events import AccountStatus, ClientCreated, ClientsImported, ClientUpdated
from modules.clients.models import ClientSource
from modules.clients.profile import ClientChanges
from modules.clients.rules import consents, field_values, notes, verifying
from modules.clients.rules.facts import Facts, facts
from modules.clients.rules.folding import FOUND_BY
from modules.clients.rules.settings import check_account
from modules.clients.rules.tidying import (
    Tidied,
    completed,
    need_a_way,
    needs_facts,
    tidy,
    understand,
)
from modules.errors import Checks, NotFound
from modules.events import record
from modules.viewer import Viewer


async def create_client(
    by: Viewer, *, invited: bool = False, **details: Unpack[ClientChanges]
) -> UUID:
    """Open a file with at least both names and a way to reach the client.

    They get a mail to prove their address, unless they are `invited`: then whoever invites them
    writes to them. Whoever comes by another way than the team is not asked for what the business's
    own fields require: they do not know.

    Refuses: NameRequired, EmailOrPhoneRequired, EmailInvalid, PhoneInvalid, PhoneRegionInvalid,
    BirthdayInvalid, CountryInvalid, TagsTooMany, ChannelTwice, NoteEmpty, NotFound,
    TextTooLong, TextNotAllowed, ClientHasNoAccount, TooManyAttempts; of custom fields what
    `field_values.values` does.
    """
    known = await facts(by)
    checks = Checks()
    with checks:
        made = tidy(details, known)
    if checks:
        with checks:
            need_a_way(details)
    checks.done()
    columns = completed(made.columns)
    if columns.get("source", ClientSource.TEAM) is ClientSource.TEAM:
        field_values.require(known, columns.get("custom", {}))
    business_id, email = by.of_business(), columns.get("email")
    await check_account(by, email)
    state = AccountStatus.UNVERIFIED if email else AccountStatus.NONE
    columns["account_state"] = AccountStatus.INVITED if invited else state
    client = await models.Client.create(business_id=business_id, **columns)
    await _beside(by, [(client.id, made)])
    record(ClientCreated(business_id=business_id, subject=client.id))
    if email and not invited:
        await verifying.ask(business_id, client.id, email)
    return client.id


async def create_clients(by: Viewer, everyone: Iterable[ClientChanges]) -> list[UUID]:
    """Open many files at once, checked like single ones; the log gets one entry for them all.

    A list that was kept elsewhere need not know what the business's own fields require.

    Refuses what else `create_client` refuses, and then opens none.
    """
    known = await facts(by)
    business_id = by.of_business()
    files = [_new(business_id, details, known) for details in everyone]
    await models.Client.bulk_create([client for client, _ in files], batch_size=1_000)
    await _beside(by, [(client.id, made) for client, made in files])
    record(ClientsImported(business_id=business_id, subject=business_id, count=len(files)))
    return [client.id for client, _ in files]


async def update_client(by: Viewer, *, client_id: UUID, **changes: Unpack[ClientChanges]) -> UUID:
    """Change a file; to write what it says already changes nothing.

    Another mail address has to be proved anew.

    Refuses: NotFound and what `create_client` refuses.
    """
    understand(changes)
    known = await facts(by) if needs_facts(changes) else Facts()
    # Taken until the end: two changes must not each remove the other's way to reach the client.
    client = await by.rows(models.Client).select_for_update(no_key=True).get_or_none(id=client_id)
    projection = models.Client._meta.fields_db_projection if client else ()
    kept = {column: getattr(client, column) for column in projection}
    checks, made = Checks(), Tidied()
    with checks:
        if client is None:
            raise NotFound("There is no such client.", field="id")
    with checks:
        made = tidy(changes, known, kept)
    checks.done()
    assert client is not None  # else that was refused
    changed = {name: value for name, value in made.columns.items() if kept[name] != value}
    columns = completed({**kept, **changed})
    email, found_by = columns["email"], {name: columns[name] for name in FOUND_BY}
    proved: dict[str, Any] = {}
    if moved := verifying.another(client.email, email):
        await check_account(by, email)
        proved = await verifying.unsettle(client, email)
    if changed:
        await by.rows(models.Client).filter(id=client_id).update(**changed, **found_by, **proved)
    await _beside(by, [(client_id, made)])
    beside = {name for name, said in (("consents", made.said), ("notes", made.notes)) if said}
    if names := tuple(sorted({*changed, *beside})):
        record(ClientUpdated(business_id=by.of_business(), subject=client_id, changed=names))
    if moved and email:
        await verifying.ask(client.business_id, client_id, email)
    return client_id


def _new(business_id: UUID, details: ClientChanges, known: Facts) -> tuple[models.Client, Tidied]:
    made = tidy(details, known)
    return models.Client(business_id=business_id, **completed(made.columns)), made


async def _beside(by: Viewer, files: Iterable[tuple[UUID, Tidied]]) -> None:
    """Write what stands beside the files."""
    proofs: list[Any] = []
    written: list[Any] = []
    for client_id, made in files:
        proofs += consents.proof(by, client_id, made.said)
        written += notes.rows(by, client_id, made.notes)
    if proofs:
        await models.ClientConsent.bulk_create(proofs, batch_size=1_000)
    if written:
        await models.ClientNote.bulk_create(written, batch_size=1_000)

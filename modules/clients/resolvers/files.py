"""Opening files, changing them, and blocking those who may not book."""

from __future__ import annotations

from modules.clients import models, rules
from modules.clients.types import (
    BlockClientInput,
    Client,
    ClientConsent,
    CreateClientInput,
    UnblockClientInput,
    UpdateClientInput,
)
from modules.errors import NotFound, TooManyAttempts
from modules.text import NameRequired, TextNotAllowed, TextTooLong
from modules.viewer import TEAM, Viewer
from schema import Connection, Mutation, Parent, Payload, extend, given, mutation, rows

REFUSALS = (
    NotFound,
    NameRequired,
    TextTooLong,
    TextNotAllowed,
    rules.EmailOrPhoneRequired,
    rules.EmailInvalid,
    rules.PhoneInvalid,
    rules.PhoneRegionInvalid,
    rules.BirthdayInvalid,
    rules.CountryInvalid,
    rules.TagsTooMany,
    rules.ChannelTwice,
    rules.CustomFieldRequired,
    rules.CustomFieldWrongKind,
    rules.CustomFieldNotAnOption,
    rules.CustomFieldArchived,
    rules.CustomFieldTwice,
    rules.ClientHasNoAccount,
    TooManyAttempts,
)


@extend(Client)
class ClientConsents:
    """What a client said to marketing is kept."""

    @rows(audience=TEAM)
    @staticmethod
    def consent_history(client: Parent[Client], viewer: Viewer) -> Connection[ClientConsent]:
        """Every yes and every no to marketing, the latest first."""
        return viewer.rows(models.ClientConsent).filter(client_id=client.id).order_by("-at")


@extend(Mutation)
class ClientMutations:
    """Opening and changing clients' files."""

    @mutation(refuses=(rules.NoteEmpty, *REFUSALS))
    @staticmethod
    async def create_client(by: Viewer, input: CreateClientInput) -> Payload[Client]:
        """Open a file on somebody: both names, and a mail address or a phone number.

        A mail asks them whether the address is theirs.
        """
        return await rules.create_client(by, **given(input))

    @mutation(updates=Client, refuses=REFUSALS)
    @staticmethod
    async def update_client(by: Viewer, input: UpdateClientInput) -> Payload[Client]:
        """Change a file; another mail address has to be proved anew, and a mail asks for that."""
        return await rules.update_client(by, client_id=input.id, **given(input))

    @mutation(updates=Client, refuses=(TextTooLong, TextNotAllowed))
    @staticmethod
    async def block_client(by: Viewer, input: BlockClientInput) -> Payload[Client]:
        """Keep somebody from booking by themselves; what is booked stays, and the team may book."""
        return await rules.block_client(by, client_id=input.id, reason=input.reason)

    @mutation(updates=Client)
    @staticmethod
    async def unblock_client(by: Viewer, input: UnblockClientInput) -> Payload[Client]:
        """Let somebody book by themselves again."""
        return await rules.unblock_client(by, client_id=input.id)

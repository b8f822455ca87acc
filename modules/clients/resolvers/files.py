"""Opening files, and changing them."""

from __future__ import annotations

from modules.clients import rules
from modules.clients.types import Client, CreateClientInput, UpdateClientInput
from modules.errors import NotFound
from modules.text import NameRequired, TextNotAllowed, TextTooLong
from modules.viewer import Viewer
from schema import Mutation, Result, extend, given, mutation

REFUSALS = (
    NameRequired,
    TextTooLong,
    TextNotAllowed,
    rules.EmailOrPhoneRequired,
    rules.EmailInvalid,
    rules.PhoneInvalid,
    rules.PhoneRegionInvalid,
    rules.BirthdayInvalid,
)


@extend(Mutation)
class ClientMutations:
    """Opening and changing clients' files."""

    @mutation(refuses=REFUSALS)
    @staticmethod
    async def create_client(by: Viewer, input: CreateClientInput) -> Result[Client]:
        """Open a file on somebody: both names, and a mail address or a phone number.

        Args:
            input: What is known of them.
        """
        return await rules.create_client(by, **given(input))

    @mutation(updates=Client, refuses=(NotFound, *REFUSALS))
    @staticmethod
    async def update_client(by: Viewer, input: UpdateClientInput) -> Result[Client]:
        """Change a file.

        Args:
            input: Whose file, and what to change.
        """
        return await rules.update_client(by, client_id=input.id, **given(input))

"""Clients who prove their addresses, and what a business asks of them."""

from __future__ import annotations

from modules.accounts.rules import LinkExpired
from modules.accounts.types import Business, SignedIn, signed_in
from modules.clients import rules
from modules.clients.types import (
    Client,
    ClientSettings,
    ResendClientVerificationInput,
    UpdateClientSettingsInput,
    VerifyClientEmailInput,
)
from modules.errors import InvalidInput, NotFound, TooManyAttempts
from modules.viewer import EVERYONE, OWNERS, TEAM, Viewer
from schema import Mutation, Parent, Result, extend, given, group, mutation


@extend(Business)
class BusinessClientSettings:
    """A business says what it asks of its clients."""

    @group(audience=TEAM)
    @staticmethod
    def client_settings(business: Parent[Business]) -> ClientSettings:
        """What it says about its clients."""
        return ClientSettings(business_id=business.id)


@extend(Mutation)
class ClientAccountMutations:
    """Proving addresses, and asking for proof."""

    @mutation(audience=EVERYONE, secret=True, refuses=(LinkExpired,))
    @staticmethod
    async def verify_client_email(by: Viewer, input: VerifyClientEmailInput) -> Result[SignedIn]:
        """Prove a client's mail address with the link sent there, and sign in as that client.

        Whoever works at the business signs in with their password: they get no token here.

        Args:
            input: The link's secret.
        """
        return signed_in(await rules.verify(by, token=input.token))

    @mutation(
        refuses=(NotFound, rules.NothingToVerify, rules.AlreadyVerified, TooManyAttempts),
    )
    @staticmethod
    async def resend_client_verification(
        by: Viewer, input: ResendClientVerificationInput
    ) -> Result[Client]:
        """Ask a client once more to prove their address; the links sent before stop working.

        Args:
            input: Whom.
        """
        return await rules.resend(by, client_id=input.client_id)

    @mutation(audience=OWNERS, refuses=(InvalidInput,))
    @staticmethod
    async def update_client_settings(
        by: Viewer, input: UpdateClientSettingsInput
    ) -> Result[Business]:
        """Change what the business asks of its clients; files there are already stay.

        Args:
            input: What changes.
        """
        return await rules.update_settings(by, **given(input))

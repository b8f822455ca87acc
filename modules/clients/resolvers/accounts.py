"""Clients who prove their addresses."""

from __future__ import annotations

from modules.accounts.rules import LinkExpired, OwnerNotVerified
from modules.accounts.types import Me, SignedIn, signed_in
from modules.clients import models, rules
from modules.clients.resolvers.files import REFUSALS
from modules.clients.types import (
    Client,
    ResendClientVerificationInput,
    UpdateMyClientFileInput,
    VerifyClientEmailInput,
)
from modules.errors import NotFound, StaleVersion, TooManyAttempts
from modules.viewer import EVERYONE, SIGNED_IN, Viewer
from schema import Mutation, One, Payload, extend, given, mutation, rows, sent_version


@extend(Me)
class ViewerClient:
    """Whoever asks may be a client."""

    @rows(audience=EVERYONE)
    @staticmethod
    def client(viewer: Viewer) -> One[Client]:
        """The file the business being acted in keeps on the person; null when it keeps none."""
        return viewer.rows(models.Client).filter(account_id=viewer.account_id)


@extend(Mutation)
class ClientAccountMutations:
    """Verifying addresses, and requesting verification."""

    @mutation(audience=EVERYONE, secret=True, refuses=(LinkExpired,))
    @staticmethod
    async def verify_client_email(by: Viewer, input: VerifyClientEmailInput) -> Payload[SignedIn]:
        """Prove a client's mail address with the link sent there, and sign in as that client.

        Whoever works at the business signs in with their password: they get no token here.
        """
        return signed_in(await rules.verify(by, token=input.token))

    @mutation(
        refuses=(
            NotFound,
            rules.NothingToVerify,
            rules.AlreadyVerified,
            OwnerNotVerified,
            TooManyAttempts,
        ),
    )
    @staticmethod
    async def resend_client_verification(
        by: Viewer, input: ResendClientVerificationInput
    ) -> Payload[Client]:
        """Ask a client once more to prove their address; the links sent before stop working."""
        return await rules.resend(by, client_id=input.id)

    @mutation(audience=SIGNED_IN, refuses=(rules.NoFile, OwnerNotVerified, StaleVersion, *REFUSALS))
    @staticmethod
    async def update_my_client_file(by: Viewer, input: UpdateMyClientFileInput) -> Payload[Client]:
        """Change what a client may say of themselves in their own file.

        Another mail address is asked for proof first: until its link is followed, the file keeps
        the one it has. From then on one signs in with the new one, and no longer with the old.
        """
        return await rules.update_own(by, expected=sent_version(input), **given(input))

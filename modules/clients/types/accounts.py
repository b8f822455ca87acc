"""How clients prove who they are."""

from __future__ import annotations

from strawberry import UNSET

from modules.clients.types.client import Client
from modules.clients.types.inputs import VALUES
from modules.clients.types.profiled import takes
from modules.viewer import Role
from schema import IdOf, VersionedInput, input


@input
@takes(VALUES, by=Role.CLIENT, changing=True)
class UpdateMyClientFileInput(VersionedInput):
    """What to change in one's own file; what is left out stays."""

    email: str | None = UNSET
    """Where mail reaches one, once that is proved by the link that is sent there."""
    phone_region: str | None = UNSET
    """The country a phone number without country code is of, such as `NL`; else the business's."""


@input
class VerifyClientEmailInput:
    """Proof of a client's mail address, by the link from the mail."""

    token: str
    """The secret from the link in the mail."""


@input
class ResendClientVerificationInput:
    """Whom to ask once more whether the address is theirs."""

    id: IdOf[Client]
    """The client whose address to verify."""

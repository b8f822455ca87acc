"""What the business allows when it comes to inviting people."""

from modules.invitations.rules.accepting import accept, name_oneself
from modules.invitations.rules.inviting import (
    EmailsMissing,
    EmailsTooMany,
    InvitationOutcome,
    Invited,
    invite,
)
from modules.invitations.rules.looking_after import (
    InvitationNotOpen,
    WantsNoMail,
    now,
    resend,
    revoke,
)

__all__ = [
    "EmailsMissing",
    "EmailsTooMany",
    "InvitationNotOpen",
    "InvitationOutcome",
    "Invited",
    "WantsNoMail",
    "accept",
    "invite",
    "name_oneself",
    "now",
    "resend",
    "revoke",
]

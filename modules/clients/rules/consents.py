"""What clients said to marketing: what holds now, and everything they ever said as its proof."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from modules.clients import models
from modules.clients.models import MarketingChannel
from modules.clients.rules.changes import Consent
from modules.errors import Checks, InvalidInput
from modules.text import paragraphs
from modules.viewer import Viewer


class ChannelTwice(InvalidInput):
    """Each channel is named once."""

    code = "CHANNEL_TWICE"
    remedy = "Say yes or no to it, not both."


@dataclass(frozen=True, slots=True)
class Said:
    """A yes or a no that is written down."""

    channel: MarketingChannel
    granted: bool
    how: str | None


def consents(given: Sequence[Consent] | None, kept: Sequence[str]) -> tuple[list[str], list[Said]]:
    """Answer the channels agreed to from now on, and what is written down as proof.

    To repeat what holds already is no news, unless it says how. Refuses: ChannelTwice, TextTooLong,
    TextNotAllowed.
    """
    agreed, said, named = set(kept), [], set()
    checks = Checks()
    for index, each in enumerate(given or ()):
        channel, granted, how = each["channel"], each["granted"], None
        with checks:
            if channel in named:
                raise ChannelTwice(field=f"consents.{index}.channel")
            named.add(channel)
        with checks:
            how = paragraphs(each.get("how"), f"consents.{index}.how", limit=500)
        if how or granted is not (channel in agreed):
            said.append(Said(channel, granted, how))
        (agreed.add if granted else agreed.discard)(channel.value)
    checks.done()
    return [channel.value for channel in MarketingChannel if channel.value in agreed], said


def proof(by: Viewer, client_id: UUID, said: Sequence[Said]) -> list[models.ClientConsent]:
    """Make the rows that prove what a client said."""
    return [
        models.ClientConsent(
            business_id=by.of_business(),
            client_id=client_id,
            recorded_by_id=by.account_id,
            channel=each.channel,
            granted=each.granted,
            how=each.how,
        )
        for each in said
    ]

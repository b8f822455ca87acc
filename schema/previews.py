"""Previews in the schema: one shape for what is looked at before it is done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from modules import previews
from schema.describing import interface, object


@object
class Count:
    """How many of something."""

    kind: str
    """Of what, in the plural: `appointments`. No enum, as modules name what they keep, and receipts
    outlive the modules they were written with."""
    count: int
    """How many of them there are."""


@interface
class Preview:
    """What would be, if it was done now: look at it, then send its token along."""

    token: str
    """Send it with the change, which is refused when this is not what would be any more."""
    expires_at: datetime
    """How long the token is good, if nothing changes."""
    version: int
    """The version of what would change, as it was looked at."""
    counts: list[Count]
    """What it is about, and how many; what there is none of is left out."""


def counted(counts: Mapping[str, int]) -> list[Count]:
    """List counts by name."""
    return [Count(kind=kind, count=count) for kind, count in sorted(counts.items())]


def seen(preview: previews.Preview) -> dict[str, Any]:
    """Give what every preview shows."""
    return {
        "token": preview.token,
        "expires_at": preview.expires_at,
        "version": preview.seen.version,
        "counts": counted({kind: count for kind, count in preview.seen.counts.items() if count}),
    }

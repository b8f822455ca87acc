"""What all inputs have in common that change something with a version."""

from __future__ import annotations

from strawberry import UNSET

from schema.describing import input


@input
class VersionedInput:
    """A change of something that counts its changes; inputs inherit from it."""

    version: int | None = UNSET
    """The version you read: the change is refused when somebody changed it since."""


def sent_version(given: VersionedInput) -> int | None:
    """Give the version an input was sent with; None where it was left out."""
    return given.version if isinstance(given.version, int) else None

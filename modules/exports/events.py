"""What can happen to an export."""

from __future__ import annotations

from dataclasses import dataclass

from modules.events import Event


@dataclass(frozen=True, kw_only=True)
class ExportAsked(Event):
    """Somebody wants a list or a file to be handed out."""


@dataclass(frozen=True, kw_only=True)
class ExportFinished(Event):
    """It can be downloaded."""


@dataclass(frozen=True, kw_only=True)
class ExportFailed(Event):
    """It could not be written, however often that was tried."""

"""What can happen to an export."""

from __future__ import annotations

from dataclasses import dataclass

from modules.events import Event


@dataclass(frozen=True, kw_only=True)
class ExportAsked(Event):
    """Somebody wants a list or a file to be handed out."""

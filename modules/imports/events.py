"""What can happen to a list that is taken over: counts only, nobody's details."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from modules.events import Event


class ImportStage(StrEnum):
    """What an import is at, more exactly than its status says."""

    UPLOADING = "UPLOADING"
    """Its file is awaited."""
    READING = "READING"
    """Its file is being read."""
    READY = "READY"
    """It can be looked over, corrected and committed."""
    UNREADABLE = "UNREADABLE"
    """Its file cannot be read; `problem` says why. It may be read in another way."""
    FAILED = "FAILED"
    """What it was at failed, for a reason that `problem` names. It can be asked for again: to be
    read, committed or rolled back."""
    COMMITTING = "COMMITTING"
    """Its clients are being written into the client list."""
    STOPPED = "STOPPED"
    """It was stopped half-way: commit it to go on, or roll back what it did."""
    COMMITTED = "COMMITTED"
    """All its clients are in the client list. It can be rolled back until `expiresAt`."""
    ROLLING_BACK = "ROLLING_BACK"
    """What it did is being taken back."""
    ROLLED_BACK = "ROLLED_BACK"
    """What it did was taken back, except what `keptClients` counts."""
    CANCELLED = "CANCELLED"
    """It was cancelled before it did anything."""
    EXPIRED = "EXPIRED"
    """Its time is over: its rows were thrown away, or it cannot be rolled back any more."""


@dataclass(frozen=True, kw_only=True)
class ImportStarted(Event):
    """Somebody wants to upload a list."""


@dataclass(frozen=True, kw_only=True)
class ImportReadingAsked(Event):
    """A list is to be read, for the first time or in another way."""

    reading: int
    """Which reading this is; only the latest counts."""


@dataclass(frozen=True, kw_only=True)
class ImportCommitAsked(Event):
    """A list's clients are to be written into the client list."""

    looked_at: int | None = None
    """The `planned` of the import when its preview was looked at; None: whatever it is by now."""


@dataclass(frozen=True, kw_only=True)
class ImportRollbackAsked(Event):
    """What an import did is to be taken back."""


@dataclass(frozen=True, kw_only=True)
class ImportRequested(Event):
    """A business asked for its list to be taken over for it."""


@dataclass(frozen=True, kw_only=True)
class ImportRequestChanged(Event):
    """Somebody works on such a request, or it is done, or cancelled."""

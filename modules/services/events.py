"""What can happen to the price list and to the people who work here."""

from __future__ import annotations

from dataclasses import dataclass

from modules.events import Event


@dataclass(frozen=True, kw_only=True)
class ServiceCreated(Event):
    """A service was put on the price list."""


@dataclass(frozen=True, kw_only=True)
class ServiceUpdated(Event):
    """A service, its price or its performers changed."""


@dataclass(frozen=True, kw_only=True)
class ServiceCategoryChanged(Event):
    """A category of the price list was created, changed, moved or deleted."""


@dataclass(frozen=True, kw_only=True)
class ClosingsChanged(Event):
    """Days on which the business is closed came or went; the subject is the business."""


@dataclass(frozen=True, kw_only=True)
class StaffChanged(Event):
    """Somebody joined, or their name, services, hours or time off changed."""

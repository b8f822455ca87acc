"""What this process works with: where rules find what is open, and which modules are enabled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from storage.settings import Settings


@dataclass(slots=True)
class Process:
    """The parts of a process; whoever opens one puts it here, and takes it away when it closes it.

    Rules ask for them by the functions beside each: `database.database()`, `objects.store()`,
    `log.change()`.
    """

    settings: Settings = field(default_factory=Settings.model_construct)
    """What it is set to; the defaults where nobody said."""
    database: Any = None
    """The open `storage.database.Database`, or None."""
    store: Any = None
    """The open `storage.objects.ObjectStore`, or None."""
    log: Any = None
    """The `storage.log.Log` of changes that are no part of another change, or None."""
    modules: Sequence[Any] = ()
    """The enabled modules, those they require first; storage knows nothing of them."""


here = Process()

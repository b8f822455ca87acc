"""What services ask of modules they do not know."""

from __future__ import annotations

from typing import Any

from modules.hooks import Condition

CHOSEN: Condition[Any] = Condition("services.chosen")
"""Which services that are not for everybody a viewer was chosen for; nobody answers: none."""

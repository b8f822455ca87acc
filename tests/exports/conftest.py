"""A salon that hands out what it keeps; the same that takes over lists."""

from __future__ import annotations

from tests.imports.conftest import Salon, enabled, salon

__all__ = ["Salon", "enabled", "salon"]

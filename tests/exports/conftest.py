"""A salon that hands out what it keeps; the same that takes over lists."""

from __future__ import annotations

from typing import Any

import pytest

from tests.imports.conftest import Salon, enabled, salon, worker

__all__ = ["Salon", "enabled", "salon", "worker"]


@pytest.fixture
def own_fields() -> tuple[dict[str, Any], ...]:
    """None yet: these tests make those they are about."""
    return ()

"""Storage's tests run without any module: storage knows none."""

from __future__ import annotations

import pytest


@pytest.fixture
def enabled() -> list[str]:
    """No module."""
    return []

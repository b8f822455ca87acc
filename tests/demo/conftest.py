"""What the demo pages are tested with: the explorer's browser."""

from __future__ import annotations

from tests.graphiql.conftest import browser, chromium

__all__ = ["browser", "chromium"]

"""What log lines say."""

from __future__ import annotations

import logging
import sys

import pytest

from schema.serving.logs import _in_one_line


@pytest.mark.parametrize(
    ("error", "said", "traced"),
    [
        (ConnectionRefusedError("no"), "Trying 1 again: ConnectionRefusedError('no')", False),
        (KeyError("bug"), "Trying 1 again", True),
    ],
)
def test_a_pool_without_a_database_says_so_in_one_line(
    error: Exception, said: str, traced: bool
) -> None:
    """Where it noticed helps nobody; with a bug it does."""
    try:
        raise error
    except (OSError, KeyError):
        seen = sys.exc_info()
    record = logging.LogRecord("asyncpg.pool", 30, __file__, 1, "Trying %d again", (1,), seen)

    assert _in_one_line(record)
    assert (record.getMessage(), record.exc_info is not None) == (said, traced)

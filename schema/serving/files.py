"""File descriptors: each connection is one, so there should be many."""

from __future__ import annotations

import logging
import resource

logger = logging.getLogger(__name__)

WANTED = 65_536
"""Descriptors that are enough for all we could serve in one process."""
MOST = 10_000
"""Connections a process serves; beyond it there should be another process."""
OTHERS = 512
"""Descriptors that are kept for the database, files, and what libraries open."""


def raise_limit() -> None:
    """Raise this process's soft limit towards the hard one; where that is refused, it stays."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED if hard == resource.RLIM_INFINITY else min(WANTED, hard)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (OSError, ValueError) as error:
        logger.warning("the limit of open files stays at %d: %s", soft, error)


def room_for_connections() -> int:
    """Tell how many connections there may be, so that descriptors are left for all else."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return MOST
    return min(MOST, max(soft - OTHERS, soft // 2))

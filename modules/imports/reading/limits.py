"""What the process that reads lists may take: a file that wants more ends it, and nothing else."""

from __future__ import annotations

import os
import resource
import signal
from contextlib import suppress

MEMORY = 2 << 30
"""Bytes of address space."""
CPU = 900
"""Seconds of a processor, for all of one list."""
SILENCE = 300.0
"""Seconds between two answers, by the clock on the wall."""
STARTING = 120.0
"""Seconds until it runs, which the first one needs some of: much has to be imported."""
DISK = 1 << 30
"""Bytes of each file it writes."""
SIGNS = frozenset((-signal.SIGXCPU, -signal.SIGABRT, -signal.SIGSEGV, -signal.SIGXFSZ))
"""How a process ends that ran into one of these."""


def confine() -> None:
    """Hold this process to the limits; where the system has none of a kind, to the others."""
    os.nice(5)  # whoever asks the API goes first
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # Python ignores it
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started this process ends it
    for kind, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, CPU),
        (resource.RLIMIT_FSIZE, DISK),
        (resource.RLIMIT_CORE, 0),
    ):
        with suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, most))

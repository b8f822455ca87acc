"""The command `regulars`, which Ctrl-C ends quietly even while it is still being loaded."""

from __future__ import annotations

import signal


def main() -> None:
    """Load the command line and run it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # nothing is started that would have to be stopped
    from server import main as run  # noqa: PLC0415 - this is what takes a moment

    signal.signal(signal.SIGINT, signal.default_int_handler)
    run()

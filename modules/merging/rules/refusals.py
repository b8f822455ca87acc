"""What is refused of whoever merges files."""

from __future__ import annotations

from modules.errors import InvalidInput, Refusal


class SameFile(InvalidInput):
    """A file cannot be merged with itself."""

    code = "SAME_FILE"
    remedy = "Choose two files."


class AlreadyMerged(Refusal):
    """This file was merged into another already."""

    code = "ALREADY_MERGED"
    remedy = "Use the file it is a part of now, or undo that merge first."

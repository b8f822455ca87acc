"""What is wrong with a list, or with one of its rows."""

from __future__ import annotations

from typing import Any

from modules.jobs import told
from modules.viewer import Viewer
from schema import object


@object
class ImportProblem:
    """What is wrong with a list, or with one of its rows."""

    code: str
    """For programs: `EMAIL_INVALID`."""
    message: str
    """What is wrong, in one sentence."""
    remedy: str
    """What can be done about it."""
    field: str | None
    """The field of the client it is about: `birthday`; null for the whole row or list."""
    value: str | None
    """What stands in the list there, up to 200 characters."""
    fatal: bool
    """Whether it keeps the row out; else only the value is left out."""


def shown(said: dict[str, Any], reader: Viewer) -> ImportProblem:
    """Word a problem that was kept, for whoever reads it."""
    message, remedy = told(said, reader)
    return ImportProblem(
        code=said["code"],
        message=message,
        remedy=remedy,
        field=said.get("field") or None,
        value=said.get("value") or None,
        fatal=said["fatal"],
    )

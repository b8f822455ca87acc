"""A row put into the file of somebody who is known, and taken out of it again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modules.clients import rules as clients
from modules.errors import Refusal

MOST_TAGS = 50
BESIDES = (*clients.FOUND_BY, "refused")
"""What is no column to be written: some follow from the others, one says no to consents."""


def merge(
    current: Mapping[str, Any], given: Mapping[str, Any], *, fill_in: bool
) -> dict[str, Any] | None:
    """Give a file with a row in it, and what changed; None: nothing did.

    What the row says no to, in `refused`, is taken back, unless it only fills in; where it says
    nothing, what was agreed to stays. What the client withdrew is never agreed to by a list.
    """
    changes: dict[str, Any] = {}
    for column, value in given.items():
        was = current.get(column)
        if column in BESIDES:
            continue
        if column == "consents":
            becomes = _agreed(current, given, fill_in=fill_in)
        else:
            becomes = _becomes(column, was, value, fill_in=fill_in)
        if becomes == was:
            continue
        # Whoever signs in to see this file proved to read that mail.
        if column == "email" and was and current["account_state"] != "NONE":
            continue
        changes[column] = becomes
    if not changes:
        return None
    return {
        "file": clients.completed({**current, **changes}),
        "before": {column: current[column] for column in changes},
        "after": changes,
    }


def restore(
    current: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any]
) -> dict[str, Any]:
    """Give a file back what it held, where it still holds what it was changed to."""
    proved = current["account_state"] != "NONE"  # an address somebody was asked to prove stays
    back = {
        column: was
        for column, was in before.items()
        if current[column] == after[column] and not (column == "email" and proved)
    }
    if not back:
        return {"file": None, "whole": False}
    try:
        file = clients.completed({**current, **back})
    except Refusal:  # nothing would be left to reach the client by
        return {"file": None, "whole": False}
    return {"file": file, "whole": len(back) == len(before)}


def _agreed(current: Mapping[str, Any], given: Mapping[str, Any], *, fill_in: bool) -> list[str]:
    refused = () if fill_in else given.get("refused") or ()
    kept = [channel for channel in current["consents"] if channel not in refused]
    withdrawn = current.get("withdrawn") or ()
    new = (c for c in given["consents"] if c not in kept and c not in withdrawn)
    return [*kept, *new]


def _becomes(column: str, was: Any, value: Any, *, fill_in: bool) -> Any:
    if clients.PROFILE[column].merges is clients.Merge.JOINED:
        if isinstance(value, dict):
            return {**value, **was} if fill_in else {**was, **value}
        both = sorted({*was, *value})
        return both if len(both) <= MOST_TAGS else was
    if value in (None, "") or (fill_in and was not in (None, "")):
        return was
    return value

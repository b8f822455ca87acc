"""A row put into the file of somebody who is known, and taken out of it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from modules.clients import rules as clients
from modules.errors import Refusal

MOST_TAGS = 50


def merge(
    current: Mapping[str, Any], given: Mapping[str, Any], channels: Sequence[str], *, fill_in: bool
) -> dict[str, Any] | None:
    """Give a file with a row in it, and what changed; None: nothing did.

    `channels` are those the list says something about: what it does not say yes to, it takes back.
    """
    changes: dict[str, Any] = {}
    for column, value in given.items():
        was = current.get(column)
        becomes = _becomes(column, was, value, channels, fill_in=fill_in)
        if column in clients.FOUND_BY or becomes == was:
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


def _becomes(column: str, was: Any, value: Any, channels: Sequence[str], *, fill_in: bool) -> Any:
    match column:
        case "tags":
            both = sorted({*was, *value})
            return both if len(both) <= MOST_TAGS else was
        case "consents":
            kept = was if fill_in else [c for c in was if c not in channels or c in value]
            return [*kept, *(channel for channel in value if channel not in kept)]
        case "custom":
            return {**value, **was} if fill_in else {**was, **value}
        case _:
            if value in (None, "") or (fill_in and was not in (None, "")):
                return was
            return value

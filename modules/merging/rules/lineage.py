"""What the copies of files that later merges keep become when an earlier merge is undone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from modules.merging.events import MergeSide
from modules.merging.rules.fields import Field, Row, joined


@dataclass(slots=True, kw_only=True)
class Step:
    """A merge, with its copies of files: before, after, and of the one that went."""

    merge_id: UUID
    survivor: dict[str, Any]
    became: dict[str, Any]
    other: dict[str, Any]
    chosen: dict[str, MergeSide]
    inside: bool
    """Whether the file is the one that went, and not the one that stayed."""


def of(file_id: str, merges: Iterable[Any]) -> list[Step]:
    """Pick the merges a file went through, as the one that stayed or within it, in their order."""
    steps: list[Step] = []
    for row in merges:
        survivor, other = orjson.loads(row["survivor"]), orjson.loads(row["other"])
        if file_id in (survivor["id"], other["id"]):
            chosen = orjson.loads(row["chosen"] or "{}")
            steps.append(
                Step(
                    merge_id=row["id"],
                    survivor=survivor,
                    became=orjson.loads(row["became"]),
                    other=other,
                    chosen={name: MergeSide(side) for name, side in chosen.items()},
                    inside=file_id == other["id"],
                )
            )
            file_id = survivor["id"]
    return steps


def without(
    known: Sequence[Field], was: Row, becomes: Row, later: Sequence[Step]
) -> tuple[Row, Row]:
    """Change the copies in later merges to what they were if a file had been another.

    Gives what the last merge made of it, and what it would have made.
    """
    for step in later:
        mine = step.other if step.inside else step.survivor
        file, _ = shifted(known, mine, was, becomes)
        changed = [field for field in known if field.of(file) != field.of(mine)]
        mine.update(file)
        again = {
            **step.became,
            **joined(changed, step.survivor, step.other, _among(changed, step.chosen)),
            "version": step.became["version"] + 1,
        }
        if again["email"] is None and again["phone"] is None:
            again = dict(step.became)
        was, becomes, step.became = step.became, again, again
    return was, becomes


def shifted(
    known: Sequence[Field], file: Row, was: Row, becomes: Row
) -> tuple[dict[str, Any], list[str]]:
    """Give a file in which what is as it was becomes something else, and the fields that stay.

    Nobody is left without a way to be reached: then all stays.
    """
    same = [field for field in known if field.of(file) == field.of(was)]
    changed = {**file, **{column: becomes[column] for field in same for column in field.columns}}
    if changed["email"] is None and changed["phone"] is None:
        return dict(file), [field.name for field in known]
    untouched = file["version"] == was["version"]
    changed["version"] = becomes["version"] if untouched else file["version"] + 1
    return changed, [field.name for field in known if field not in same]


def _among(known: Sequence[Field], chosen: Mapping[str, MergeSide]) -> dict[str, MergeSide]:
    names = {field.name for field in known}
    return {name: side for name, side in chosen.items() if name in names}

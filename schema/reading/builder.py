"""Generates the function that turns the rows of a statement into JSON values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from schema.reading.size import of_other

if TYPE_CHECKING:
    from schema.reading.statement import Statement


@dataclass(frozen=True, slots=True)
class Built:
    """The functions that are generated for a statement."""

    whole: Callable[..., Any] = list
    """`whole(rows, count, maps, frame)`: a list of values for each of `count` keys."""
    flat: Callable[..., Any] = list
    """`flat(rows, maps, frame)`: the value of each row."""
    sizes: Callable[..., Any] = list
    """`sizes(rows)`: of each row the fewest bytes its own fields take in the answer."""


def generate(statement: Statement, expression: str) -> Built:
    """Compile what makes `expression`s of rows, and what tells how large they will be.

    In the expression `v0`, `v1`… are the columns of a row, `m0`, `m1`… what was read below, by key,
    `k0`, `k1`… values bound when the plan runs, and `c0`, `c1`… constants.
    """
    names = statement.names
    given = [f" m{i} = maps[{i}]" for i in range(len(statement.children))]
    given += [f" k{i} = binds[{i}](frame)" for i in range(len(statement.binds))]
    row = _unpacked(["o", *names] if statement.keys else names) or "_"
    lines = ["def flat(rows, maps, frame):", *given, f" return [{expression} for {row} in rows]"]
    lines += ["def sizes(rows):", f" return [{_size(statement)} for {row} in rows]"]
    lines += ["def build(rows, count, maps, frame):", *given]
    if statement.keys:
        lines += [
            " if count == 1:",  # as most are: below one row of a root
            f"  return [[{expression} for {row} in rows]]",
            " out = [[] for _ in range(count)]",
            f" for {row} in rows:",
            f"  out[o].append({expression})",
            " return out",
        ]
    else:
        lines.append(f" return [[{expression} for {row} in rows]]")
    namespace: dict[str, Any] = {
        **statement.constants,
        "binds": statement.binds,
        "of_other": of_other,
    }
    source = "\n".join(lines)
    exec(compile(source, "<plan>", "exec"), namespace)  # noqa: S102 - our own text, no input in it
    # Taken out of there: a function that is one of its own globals is garbage nobody sees at once.
    return Built(namespace.pop("build"), namespace.pop("flat"), namespace.pop("sizes"))


def _size(statement: Statement) -> str:
    parts = [str(statement.fixed)]
    for name, times in statement.texts.items():
        length = f"(len({name}) if {name}.__class__ is str else of_other({name}))"
        parts.append(f"{length} * {times}" if times > 1 else length)
    return " + ".join(parts)


def _unpacked(names: list[str]) -> str:
    return "".join(f"{name}, " for name in names)

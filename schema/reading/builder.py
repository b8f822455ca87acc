"""Generates the function that turns the rows of a statement into JSON values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from schema.reading.size import of_any
from schema.reading.statement import Statement


@dataclass(frozen=True, slots=True)
class Built:
    """The functions that are generated for a statement."""

    whole: Callable[..., Any] = list
    """`whole(rows, count, maps, frame)`: a list of values for each of `count` keys."""
    flat: Callable[..., Any] = list
    """`flat(rows, maps, frame)`: the value of each row."""
    sizes: Callable[..., list[int]] = list
    """`sizes(rows)`: of each row the fewest bytes its own fields take in the answer."""
    size: Callable[..., int] = len
    """`size(rows)`: their sum, found column by column without a step of Python per row."""


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
    lines += ["def sizes(rows):", f" return [{_of_row(statement)} for {row} in rows]"]
    lines += ["def size(rows):", f" return {_of_all(statement)}"]
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
        **{f"g{n}": itemgetter(n) for n in range(len(names) + 1)},
        "of_any": of_any,
    }
    source = "\n".join(lines)
    exec(compile(source, "<plan>", "exec"), namespace)  # noqa: S102 - our own text, no input in it
    # Taken out of there: a function that is one of its own globals is garbage nobody sees at once.
    return Built(*map(namespace.pop, ("build", "flat", "sizes", "size")))


def _of_row(statement: Statement) -> str:
    sizes = (f"{text.times} * of_any({name})" for name, text in statement.texts.items())
    return " + ".join([str(statement.fixed), *sizes])


def _of_all(statement: Statement) -> str:
    parts = [f"{statement.fixed} * len(rows)"]
    for name, text in statement.texts.items():
        values = f"map(g{int(name[1:]) + bool(statement.keys)}, rows)"
        lengths = f"map(len, filter(None, {values}))" if text.plain else f"map(of_any, {values})"
        parts.append(f"{text.times} * sum({lengths})")
    return " + ".join(parts)


def _unpacked(names: list[str]) -> str:
    return "".join(f"{name}, " for name in names)

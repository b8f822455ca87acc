"""Generates the function that turns the rows of a statement into JSON values."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from schema.reading.statement import Statement


def generate(statement: Statement, expression: str) -> Callable[..., Any]:
    """Compile `build(rows, count, maps, frame)`: a list of `expression`s for each of `count` keys.

    In the expression `v0`, `v1`… are the columns of a row, `m0`, `m1`… what was read below, by key,
    `k0`, `k1`… values bound when the plan runs, and `c0`, `c1`… constants.
    """
    names = [f"v{i}" for i in range(len(statement.columns))]
    lines = ["def build(rows, count, maps, frame):"]
    lines += [f" m{i} = maps[{i}]" for i in range(len(statement.children))]
    lines += [f" k{i} = binds[{i}](frame)" for i in range(len(statement.binds))]
    if statement.keys:
        lines += [
            " if count == 1:",  # as most are: below one row of a root
            f"  return [[{expression} for {_unpacked(['o', *names])} in rows]]",
            " out = [[] for _ in range(count)]",
            f" for {_unpacked(['o', *names])} in rows:",
            f"  out[o].append({expression})",
            " return out",
        ]
    else:
        lines.append(f" return [[{expression} for {_unpacked(names) or '_'} in rows]]")
    namespace: dict[str, Any] = {**statement.constants, "binds": statement.binds}
    source = "\n".join(lines)
    exec(compile(source, "<plan>", "exec"), namespace)  # noqa: S102 - our own text, no input in it
    build: Callable[..., Any] = namespace["build"]
    return build


def _unpacked(names: list[str]) -> str:
    return "".join(f"{name}, " for name in names)

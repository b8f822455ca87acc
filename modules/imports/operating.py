"""What the operator reads of requests to take lists over: `regulars imports`."""

from __future__ import annotations

from uuid import UUID

from modules.imports.rules import requesting


async def listed() -> str:
    """Write the open requests down, one a line, the one due first first."""
    found = await requesting.waiting()
    if not found:
        return "Nobody waits for a list to be taken over."
    return "\n".join(
        f"{each.id}  due {each.due_at:%Y-%m-%d %H:%M} UTC  {each.status}  {each.business}"
        f"  {each.contact or 'no contact'}  {(each.note or '')[:80]}".rstrip().replace("[", "\\[")
        for each in found
    )


async def mark(typed: str) -> str:
    """Mark a request as done, by its id; answers in a sentence."""
    try:
        known = await requesting.settle(UUID(typed))
    except ValueError:
        known = False
    return f"{typed} is done." if known else f"No request {typed} is open."

"""README and docs as tests read them: their operations, their commands, their links."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from graphql import (
    InterfaceTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    OperationDefinitionNode,
    parse,
)

from examples.demo.load import EMAIL
from tests.promises.conftest import Salon, furnish

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
PAGES = [README, ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Operation:
    """An operation on a page, with the variables written below it."""

    page: str
    text: str
    variables: dict[str, Any]

    @property
    def kind(self) -> str:
        """Query, mutation or subscription."""
        [found] = parse(self.text).definitions
        assert isinstance(found, OperationDefinitionNode)
        return found.operation.value


def blocks(page: Path, language: str | None = None) -> list[tuple[str, str]]:
    """Give the languages and texts of a page's blocks of code, or only those in one language."""
    found = [(each[1], each[2]) for each in _FENCE.finditer(page.read_text(encoding="utf-8"))]
    return [each for each in found if language in (None, each[0])]


def prose(page: Path) -> str:
    """Give a page without its blocks of code."""
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """Name a page's headings the way links do."""
    found = _HEADING.findall(prose(page))
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in found}


def operations() -> list[Operation]:
    """Find every operation of every page."""
    found = []
    for page in PAGES:
        shown = blocks(page)
        for (language, text), (after, more) in zip(shown, [*shown[1:], ("", "")], strict=False):
            if language == "graphql" and not _types(text):
                variables = json.loads(more) if after == "json" else {}
                found.append(Operation(page.relative_to(ROOT).as_posix(), text, variables))
    return found


def types() -> list[tuple[str, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode]]:
    """Find every page's excerpts of the schema: object types and interfaces."""
    shown = [(page.name, text) for page in PAGES for _, text in blocks(page, "graphql")]
    return [(page, each) for page, text in shown for each in _types(text)]


def commands() -> list[list[str]]:
    """Give every line of README's shell blocks, as words."""
    lines = "".join(text for _, text in blocks(README, "sh"))
    return [shlex.split(line) for line in lines.splitlines()]


def _types(text: str) -> list[ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode]:
    kinds = (ObjectTypeDefinitionNode, InterfaceTypeDefinitionNode)
    return [each for each in parse(text).definitions if isinstance(each, kinds)]


@asynccontextmanager
async def furnished(server: str) -> AsyncIterator[Salon]:
    """Open a salon on a real server; its owner has the mail address of the demo's."""
    async with httpx.AsyncClient(base_url=server, timeout=30) as http:

        async def ask(text: str, variables: dict[str, Any], *, token: str | None = None) -> Any:
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            body = {"query": text, "variables": variables}
            return (await http.post("/graphql", json=body, headers=headers)).json()

        yield await furnish(ask, email=EMAIL)

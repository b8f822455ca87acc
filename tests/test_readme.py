"""README says what is true: its commands exist, its snippets run, its tables are complete."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator
from importlib import import_module

import httpx
import pytest

import server as server_module
from examples.demo.load import EMAIL, PASSWORD
from modules import registry
from storage.settings import Settings
from tests import pages
from tests.promises.conftest import Salon

ADDRESS = "http://127.0.0.1:8000"


@pytest.fixture
async def salon(server: str) -> AsyncIterator[Salon]:
    """A salon of a real server, whose owner signs in with the address README writes."""
    async with pages.furnished(server) as salon:
        yield salon


def test_there_is_a_query_a_mutation_and_a_subscription_to_begin_with() -> None:
    """In that order, in README."""
    kinds = [each.kind for each in pages.operations() if each.page == "README.md"]

    assert kinds[:3] == ["query", "mutation", "subscription"]


async def test_the_commands_for_programs_are_answered(salon: Salon, server: str) -> None:
    """Every curl of README, sent as curl would send it; a stream begins and stays open."""
    curls = [words[1:] for words in pages.commands() if words[0] == "curl"]
    assert len(curls) == 3
    assert EMAIL in curls[0][-1]
    assert PASSWORD in curls[0][-1]

    async with httpx.AsyncClient() as http:
        for words in curls:
            url, headers, body = _request(words, server, salon.token)
            body = body.replace(PASSWORD, "correct horse battery")
            async with http.stream("POST", url, headers=headers, content=body) as answer:
                assert answer.status_code == 200
                if "-N" in words:
                    assert answer.headers["content-type"].startswith("text/event-stream")
                    continue
                said = json.loads(await answer.aread())
                assert "errors" not in said, said
                if "signIn" in said["data"]:
                    assert said["data"]["signIn"]["problems"] == []


async def test_the_snippet_for_sockets_prints_a_change(salon: Salon, server: str) -> None:
    """Run as it stands, against another address; a booking arrives while it runs."""
    [snippet] = [text for _, text in pages.blocks(pages.README, "python") if "websockets" in text]
    assert len(snippet.splitlines()) <= 13
    code = snippet.replace(ADDRESS.removeprefix("http"), server.removeprefix("http"))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, salon.token, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout
    lines = []
    async with asyncio.timeout(20):
        lines.append(json.loads(await process.stdout.readline()))
        hours = 0.0
        while len(lines) == 1:  # it may take a moment until the subscription is there
            booked = await salon.book(hours)
            hours += 1
            try:
                async with asyncio.timeout(0.5):
                    lines.append(json.loads(await process.stdout.readline()))
            except TimeoutError:
                continue
    process.kill()
    await process.wait()

    assert lines[0] == {"type": "connection_ack"}
    change = lines[1]["payload"]["data"]["appointmentChanges"]
    assert change["kind"] == "BOOKED"
    assert change["appointment"]["client"] == {"fullName": "Ann Lee"}
    assert booked["appointment"]["startsAt"] >= change["appointment"]["startsAt"]


def test_every_command_is_one_there_is() -> None:
    """Of `make`, of `regulars`, or of every machine; settings before them have the right names."""
    targets = set(re.findall(r"^(\w+):", (pages.ROOT / "Makefile").read_text(), re.MULTILINE))
    commands = {
        each.name or each.callback.__name__
        for each in server_module.cli.registered_commands
        if each.callback
    }
    known = {"make": targets, "regulars": commands}

    for words in pages.commands():
        if words[0] == "curl":
            continue
        named = [word.partition("=")[0] for word in words if "=" in word and word != words[-1]]
        program, *rest = words[len(named) :]
        assert {name.lower() for name in named} <= Settings.model_fields.keys()
        assert program in known, words
        assert rest[0] in known[program], words


def test_what_has_to_pass_before_a_change_lands_is_what_readme_says() -> None:
    """The same `make test`."""
    first = pages.blocks(pages.README, "sh")[0][1]
    run = (pages.ROOT / ".ci" / "run").read_text().splitlines()

    assert first.splitlines() == ["make run", "make test"]
    assert "make test" in run


def test_the_table_of_settings_is_complete() -> None:
    """Made from the settings themselves; on a mismatch, this prints the table to put there."""
    assert _between("settings") == _settings_table(), f"\n{_settings_table()}"


def test_the_table_of_modules_is_complete() -> None:
    """In the words of the modules themselves; on a mismatch, this prints the table to put there."""
    assert _between("modules") == _modules_table(), f"\n{_modules_table()}"


def _request(words: list[str], server: str, token: str) -> tuple[str, dict[str, str], str]:
    """Read a curl command: its URL, its headers and its body."""
    url = next(word for word in words if word.startswith(ADDRESS)).replace(ADDRESS, server)
    pairs = [words[i + 1].partition(": ") for i, word in enumerate(words) if word == "-H"]
    headers = {name: value.replace("$TOKEN", token) for name, _, value in pairs}
    return url, headers, words[words.index("-d") + 1]


def _between(marker: str) -> str:
    """Give what README has between two comments of this name."""
    return pages.README.read_text().partition(f"<!-- {marker} -->\n")[2].partition("<!-- /")[0]


def _modules_table() -> str:
    rows = ["| module | is about | requires |", "|---|---|---|"]
    for each in registry.load(registry.built_in()):
        said = str(import_module(each.package).__doc__).partition("\n")[0]
        needs = ", ".join(f"`{name}`" for name in each.requires)
        rows.append(f"| `{each.name}` | {said} | {needs} |")
    return "\n".join(rows) + "\n"


def _settings_table() -> str:
    rows = ["| variable | default | meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = field.default
        shown = "" if default is None or default == [] else f"`{default}`".replace("True", "true")
        rows.append(
            f"| `{name.upper()}` | {shown.replace('False', 'false')} | {field.description} |"
        )
    return "\n".join(rows) + "\n"

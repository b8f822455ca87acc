"""README and docs say what is true: operations run, commands exist, code works."""

from __future__ import annotations

import asyncio
import json
import re
import shlex
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from graphql import OperationDefinitionNode, parse, validate

import modules
import server as server_module
from examples.demo.load import EMAIL, PASSWORD
from modules import registry
from modules.reactions import Reactions
from schema.api import Asked
from schema.compose import build
from schema.serving.lifetime import working
from storage.database import Database
from storage.log import Log, adopt_cluster
from storage.migrate import migrate
from storage.settings import Settings
from tests.promises.conftest import Salon, furnish

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
PAGES = [README, ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
ADDRESS = "http://127.0.0.1:8000"


@dataclass(frozen=True)
class Operation:
    """An operation on a page, with the variables written below it."""

    page: str
    text: str
    variables: dict[str, Any]

    @property
    def kind(self) -> str:
        """Query, mutation or subscription."""
        [found] = [
            d for d in parse(self.text).definitions if isinstance(d, OperationDefinitionNode)
        ]
        return found.operation.value


def _blocks(page: Path) -> list[tuple[str, str]]:
    return [(found[1], found[2]) for found in FENCE.finditer(page.read_text(encoding="utf-8"))]


def _operations() -> list[Operation]:
    found = []
    for page in PAGES:
        blocks = _blocks(page)
        for (language, text), (after, more) in zip(blocks, [*blocks[1:], ("", "")], strict=False):
            if language == "graphql":
                variables = json.loads(more) if after == "json" else {}
                found.append(Operation(page.relative_to(ROOT).as_posix(), text, variables))
    return found


def _commands() -> list[list[str]]:
    """Every line of README's shell blocks, as words."""
    lines = [text for language, text in _blocks(README) if language == "sh"]
    return [shlex.split(line) for line in "".join(lines).splitlines()]


OPERATIONS = _operations()


def test_there_is_a_query_a_mutation_and_a_subscription_to_begin_with() -> None:
    """In that order, in README."""
    kinds = [each.kind for each in OPERATIONS if each.page == "README.md"]

    assert kinds[:3] == ["query", "mutation", "subscription"]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: f"{each.page}-{each.kind}")
def test_every_operation_fits_the_schema(operation: Operation) -> None:
    """Of README and of every page of docs."""
    schema = build(registry.load(registry.built_in()))

    assert validate(schema.core, parse(operation.text)) == []


async def test_every_query_and_mutation_does_what_its_page_says(salon: Salon) -> None:
    """On a real server, with the ids and free times of a salon in the places of the pages' own."""
    asked = [each for each in OPERATIONS if each.kind != "subscription"]

    for number, operation in enumerate(asked):
        variables = await _filled(operation.variables, salon, number)
        answer = await salon.ask(operation.text, variables, token=salon.token)

        where = f"{operation.page}: {operation.text}"
        assert "errors" not in answer, f"{where} {answer}"
        for key, value in answer["data"].items():
            if operation.kind == "mutation":
                assert value["problems"] == [], f"{where} {key} {value}"
            else:
                assert value is not None, where


async def test_the_commands_for_programs_are_answered(salon: Salon, server: str) -> None:
    """Every curl of README, sent as curl would send it; a stream begins and stays open."""
    curls = [words[1:] for words in _commands() if words[0] == "curl"]
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
    [snippet] = [text for language, text in _blocks(README) if "websockets" in text]
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
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    commands = {
        each.name or each.callback.__name__
        for each in server_module.cli.registered_commands
        if each.callback
    }
    known = {"make": targets, "regulars": commands}

    for words in _commands():
        if words[0] == "curl":
            continue
        named = [word.partition("=")[0] for word in words if "=" in word and word != words[-1]]
        program, *rest = words[len(named) :]
        assert {name.lower() for name in named} <= Settings.model_fields.keys()
        assert program in known, words
        assert rest[0] in known[program], words


def test_what_has_to_pass_before_a_change_lands_is_what_readme_says() -> None:
    """The same `make test`."""
    first = next(text for language, text in _blocks(README) if language == "sh")
    run = (ROOT / ".ci" / "run").read_text().splitlines()

    assert first.splitlines() == ["make run", "make test"]
    assert "make test" in run


def test_the_table_of_settings_is_complete() -> None:
    """Made from the settings themselves; on a mismatch, this prints the table to put there."""
    between = README.read_text().partition("<!-- settings -->\n")[2].partition("<!-- /")[0]

    assert between == _settings_table(), f"\n{_settings_table()}"


def test_every_link_leads_somewhere() -> None:
    """To a file of ours, and to a heading that is there."""
    for page in PAGES:
        text = FENCE.sub("", page.read_text(encoding="utf-8"))
        for link in LINK.findall(text):
            if link.startswith(("http://", "https://")):
                continue
            path, _, heading = link.partition("#")
            target = (page.parent / path).resolve() if path else page
            assert target.exists(), f"{page.name}: {link}"
            if heading:
                assert heading in _anchors(target), f"{page.name}: {link}"


async def test_the_module_of_thirty_lines_works(
    settings: Settings, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Written to a folder as README has it: its table is made, its job runs, its field answers."""
    shown = [text for language, text in _blocks(README) if "modules/reliability/" in text]
    for text in shown:
        file = tmp_path / str(re.search(r"modules/(\S+)", text)[1])  # type: ignore[index]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    monkeypatch.setattr(modules, "__path__", [*modules.__path__, str(tmp_path)])
    prose = " ".join(FENCE.sub("", README.read_text()).split())
    [query] = re.findall(r"`(\{ viewer [^`]*lateCancellations[^`]*\})`", prose)
    manifest = next(text for text in shown if "module = Module(" in text)
    assert len([line for line in manifest.splitlines() if line.strip()]) <= 30

    enabled = settings.model_copy(update={"modules": registry.built_in()})
    loaded = server_module.enabled(enabled)
    await migrate(database_url, registry.migrations(loaded))
    opened = await Database.open(database_url, registry.apps(loaded))
    reactions = Reactions(loaded, settings)
    await adopt_cluster()
    Log(reactions.jobs()).install()
    engine = server_module.create_engine(loaded, reactions, None)

    async def ask(text: str, variables: dict[str, Any], *, token: str | None = None) -> Any:
        answer = await engine.answer(Asked(text, variables), await engine.viewer(token))
        return orjson.loads(answer.body)

    salon = await furnish(ask)
    soon, later = datetime.now(UTC) + timedelta(hours=2), salon.start
    async with working(database_url, reactions):
        for start in (soon, later):
            await _booked_and_cancelled(salon, start.replace(minute=0, second=0, microsecond=0))
        await _idle(opened)
    read = await ask(query, {}, token=salon.token)
    await opened.close()
    for name in [name for name in sys.modules if name.startswith("modules.reliability")]:
        del sys.modules[name]

    assert "reliability" in enabled.modules  # type: ignore[operator]
    [client] = read["data"]["viewer"]["business"]["clients"]["nodes"]
    assert client == {"fullName": "Ann Lee", "lateCancellations": 1}


@pytest.fixture
async def salon(server: str) -> AsyncIterator[Salon]:
    """A salon of a real server, whose owner has the address of the demo's."""
    async with httpx.AsyncClient(base_url=server, timeout=30) as http:

        async def ask(text: str, variables: dict[str, Any], *, token: str | None = None) -> Any:
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            body = {"query": text, "variables": variables}
            return (await http.post("/graphql", json=body, headers=headers)).json()

        yield await furnish(ask, email=EMAIL)


async def _filled(variables: dict[str, Any], salon: Salon, number: int) -> dict[str, Any]:
    """Put what there is in the places of ids, and of times."""
    places = {
        "biz_…": salon.business,
        "cli_…": salon.client,
        "srv_…": salon.service,
        "stf_…": salon.staff,
    }
    text = json.dumps(variables, ensure_ascii=False)
    if "apt_…" in text:
        booked = await salon.book(hours=100 + number)
        places["apt_…"] = booked["appointment"]["id"]
    for place, found in places.items():
        text = text.replace(place, found)
    filled: dict[str, Any] = json.loads(text)
    given = filled.get("input", {})
    if "startsAt" in given:
        given["startsAt"] = (salon.start + timedelta(hours=number)).isoformat()
    return filled


async def _booked_and_cancelled(salon: Salon, start: datetime) -> None:
    query = """mutation($input: CancelAppointmentInput!) {
      cancelAppointment(input: $input) { appointment { status } problems { code } }
    }"""
    hours = (start - salon.start) / timedelta(hours=1)
    booked = await salon.book(hours)
    assert booked["problems"] == [], booked
    which = {"input": {"id": booked["appointment"]["id"]}}
    cancelled = await salon.does(query, "cancelAppointment", which)
    assert cancelled["appointment"] == {"status": "CANCELLED"}


async def _idle(opened: Database) -> None:
    """Wait until no job is left to do."""
    async with asyncio.timeout(10):
        while True:
            if not await opened.pool.fetchval("SELECT count(*) FROM job WHERE status <> 'failed'"):
                return
            await asyncio.sleep(0.02)


def _request(words: list[str], server: str, token: str) -> tuple[str, dict[str, str], str]:
    """Read a curl command: its URL, its headers and its body."""
    url = next(word for word in words if word.startswith(ADDRESS)).replace(ADDRESS, server)
    pairs = [words[i + 1].partition(": ") for i, word in enumerate(words) if word == "-H"]
    headers = {name: value.replace("$TOKEN", token) for name, _, value in pairs}
    return url, headers, words[words.index("-d") + 1]


def _settings_table() -> str:
    rows = ["| variable | default | meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = field.default
        shown = "" if default is None or default == [] else f"`{default}`".replace("True", "true")
        rows.append(
            f"| `{name.upper()}` | {shown.replace('False', 'false')} | {field.description} |"
        )
    return "\n".join(rows) + "\n"


def _anchors(page: Path) -> set[str]:
    """Name a page's headings the way links do."""
    found = HEADING.findall(FENCE.sub("", page.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in found}

"""The command line, as a person uses it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

REGULARS = str(Path(sys.executable).with_name("regulars"))
MESSAGING = Path(__file__).resolve().parents[1] / "modules" / "messaging" / "migrations"


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder for a server's data that PostgreSQL's account can enter, also as root."""
    base = Path(tempfile.mkdtemp(prefix="regulars-", dir="/tmp"))
    base.chmod(0o755)
    yield base / "data"
    shutil.rmtree(base, ignore_errors=True)


@pytest.fixture
def environment(folder: Path) -> dict[str, str]:
    """A machine where next to nothing is set: where the data goes, and to have few tables."""
    return {"PATH": os.environ["PATH"], "DATA_DIR": str(folder), "PORT": "0", "MODULES": "accounts"}


class Serving:
    """A server in a process of its own, ready when this exists."""

    def __init__(self, environment: dict[str, str], *arguments: str) -> None:
        self.process = subprocess.Popen(
            [REGULARS, "serve", *arguments],
            env=environment, stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        self.said = ""
        assert self.process.stderr
        for line in self.process.stderr:
            self.said += line
            if line.startswith("  Stop"):
                break
        found = re.search(r"Regulars is (?:not )?ready at ([^\s]+?):?\s", self.said)
        assert found, self.said
        self.url = found[1]

    def get(self, path: str) -> tuple[int, object]:
        """Give the status and the JSON of an answer."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=10) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def ask(self, query: str, token: str = "") -> Any:
        """Give the data of an answer."""
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        body = json.dumps({"query": query}).encode()
        request = urllib.request.Request(self.url + "/graphql", body, headers)
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.load(response)["data"]

    def end(self, number: signal.Signals) -> int:
        """Send a signal and give the exit code."""
        self.process.send_signal(number)
        code = self.process.wait(30)
        assert self.process.stderr
        self.process.stderr.close()
        return code


def _command(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [REGULARS, *arguments], env=environment, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip


def _left(folder: Path) -> list[str]:
    """Name the processes that still work in the folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if str((entry / "cwd").readlink()).startswith(str(folder)):
                found.append((entry / "comm").read_text().strip())
        except OSError:
            continue
    return found


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_is_ready_by_itself_and_leaves_nothing_behind(
    environment: dict[str, str], folder: Path, number: signal.Signals
) -> None:
    """From an empty folder to ready, and after Ctrl-C (or a polite kill) no process is left."""
    server = Serving(environment)

    assert server.get("/healthz") == (200, {"alive": True})
    assert server.get("/readyz") == (200, {"ready": True})
    assert "Applied" in server.said
    assert _left(folder)
    assert server.end(number) == 0
    assert _left(folder) == []


def test_a_second_start_is_quick_and_after_kill_9_too(
    environment: dict[str, str], folder: Path
) -> None:
    """What a killed server left is cleaned up, and the next one is ready in seconds."""
    Serving(environment).end(signal.SIGKILL)
    assert _left(folder)

    began = time.monotonic()
    server = Serving(environment)

    assert time.monotonic() - began < 10
    assert server.get("/readyz") == (200, {"ready": True})
    assert server.end(signal.SIGINT) == 0
    assert _left(folder) == []


def test_a_second_server_on_the_folder_is_refused_in_a_sentence(
    environment: dict[str, str], folder: Path
) -> None:
    """The first one goes on."""
    server = Serving(environment)

    second = _command(environment, "serve")

    assert (second.returncode, second.stdout, second.stderr.strip()) == (
        1,
        "",
        f"regulars: another server works on {folder}: stop it, or set DATA_DIR to another folder",
    )
    assert server.get("/readyz") == (200, {"ready": True})
    server.end(signal.SIGINT)


def test_commands_beside_a_server_use_its_database(environment: dict[str, str]) -> None:
    """`migrate` finds nothing left to do, and leaves the server as it is."""
    server = Serving(environment)

    beside = _command(environment, "migrate")

    assert (beside.returncode, beside.stderr.strip()) == (0, "")
    assert server.get("/readyz") == (200, {"ready": True})
    server.end(signal.SIGINT)


@pytest.mark.parametrize("command", ["jobs", "imports"])
def test_what_looks_into_a_database_without_tables_says_what_makes_them(
    environment: dict[str, str], empty_url: str, command: str
) -> None:
    """In one sentence, and not in PostgreSQL's words."""
    modules = {"jobs": "accounts", "imports": "accounts,services,clients,imports"}[command]
    elsewhere = {**environment, "DATABASE_URL": empty_url, "MODULES": modules}

    refused = _command(elsewhere, command)

    assert refused.returncode == 1
    assert re.fullmatch(
        r"regulars: \d+ migrations are pending, the first is storage/0001_foundation\.sql:"
        r" run regulars migrate\n",
        refused.stderr,
    ), refused.stderr


@pytest.mark.parametrize("command", [["jobs"], ["jobs", "--retry", "1"], ["imports"]])
def test_what_looks_into_a_folder_without_a_database_makes_none(
    environment: dict[str, str], folder: Path, command: list[str]
) -> None:
    """As where its name was mistyped: in one sentence, and nothing is there afterwards."""
    refused = _command({**environment, "MODULES": "accounts,services,clients,imports"}, *command)

    assert (refused.returncode, refused.stderr) == (
        1,
        f"regulars: there is no database in {folder}: set DATA_DIR to the server's folder\n",
    )
    assert not folder.exists()


def test_the_operator_lists_the_lists_to_be_taken_over_and_marks_them_done(
    environment: dict[str, str],
) -> None:
    """R19: beside the running server, and nothing else is said."""
    environment = {**environment, "MODULES": "accounts,services,clients,imports"}
    server = Serving(environment)
    nothing = _command(environment, "imports")
    signed_up = server.ask(
        """mutation { signUpBusiness(input: {businessName: "Salon [bold]", zone: "Europe/Berlin",
        currency: "EUR", name: "Olga", email: "olga@salon.example",
        password: "correct horse battery"}) { token problems { code } } }"""
    )["signUpBusiness"]
    server.ask(
        'mutation { requestClientImport(input: {note: "Two boxes"}) { problems { code } } }',
        signed_up["token"],
    )
    listed = _command(environment, "imports")
    found = re.fullmatch(
        r"([0-9a-f-]{36})  due \d{4}-\d\d-\d\d \d\d:\d\d UTC  REQUESTED  Salon \[bold\]"
        r"  \S[^\n]*  Two boxes\n",
        listed.stderr,
    )
    assert found, listed.stderr
    done = _command(environment, "imports", "--done", found[1])
    again = _command(environment, "imports", "--done", found[1])
    after = _command(environment, "imports")
    status = server.ask(
        "{ viewer { business { importRequests { nodes { status } } } } }", signed_up["token"]
    )
    server.end(signal.SIGINT)

    assert nothing.stderr == after.stderr == "Nobody waits for a list to be taken over.\n"
    assert done.stderr == f"{found[1]} is done.\n"
    assert again.stderr == f"No request {found[1]} is open.\n"
    assert {each.returncode for each in (nothing, listed, done, again, after)} == {0}
    assert status["viewer"]["business"]["importRequests"]["nodes"] == [{"status": "DONE"}]


def test_with_a_database_of_its_own_it_does_not_migrate(
    environment: dict[str, str], empty_url: str
) -> None:
    """It says so, is not ready, and becomes so once somebody migrates."""
    elsewhere = {**environment, "DATABASE_URL": empty_url}

    server = Serving(elsewhere)

    status, body = server.get("/readyz")
    assert status == 503
    assert isinstance(body, dict)
    assert body["reason"].startswith("Migrations are pending: storage/0001_foundation.sql")
    assert "run regulars migrate" in server.said
    assert f"Regulars is not ready at {server.url}: Migrations are pending: " in server.said
    assert "Regulars is ready" not in server.said
    assert _command(elsewhere, "migrate").returncode == 0
    assert server.get("/readyz") == (200, {"ready": True})
    server.end(signal.SIGINT)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"PORT": "http"}, "PORT is wrong: 'http': input should be a valid integer"),
        ({"MODULES": "cats"}, "MODULES is wrong: no module 'cats'; there are "),
        ({"HOST": "banana.invalid"}, "HOST is wrong: 'banana.invalid': "),
        ({"DATA_DIR": "/proc/x"}, "DATA_DIR cannot be used: /proc/x: No such file or directory"),
        ({"DATABASE_URL": "postgresql://127.0.0.1:1/none"}, "DATABASE_URL cannot be used: "),
    ],
)
def test_what_cannot_work_is_refused_in_a_sentence(
    environment: dict[str, str], folder: Path, wrong: dict[str, str], sentence: str
) -> None:
    """At start, without a stack trace, and without a database having been made."""
    refused = _command({**environment, **wrong}, "serve")

    assert refused.returncode == 1
    assert refused.stderr.startswith(f"regulars: {sentence}")
    assert len(refused.stderr.splitlines()) == 1
    assert not (folder / "postgres").exists()


@pytest.mark.parametrize("command", [["demo"], ["serve", "--demo"]])
def test_the_demo_names_the_modules_it_needs(
    environment: dict[str, str], folder: Path, command: list[str]
) -> None:
    """Before anything is started."""
    refused = _command({**environment, "MODULES": "accounts"}, *command)

    assert (refused.returncode, refused.stderr) == (
        1,
        "regulars: MODULES is wrong: the demo salon also needs appointments, clients, services\n",
    )
    assert not folder.exists()


def test_migrating_says_what_was_done_in_one_line(environment: dict[str, str]) -> None:
    """Counted as people count, and nothing else is written."""
    _command(environment, "migrate")

    more = _command({**environment, "MODULES": "accounts,messaging"}, "migrate")
    nothing = _command({**environment, "MODULES": "accounts,messaging"}, "migrate")

    *before, last = sorted(file.name for file in MESSAGING.glob("*.sql"))
    count = f"{len(before) + 1} migrations" if before else "1 migration"
    assert more.stderr == f"Applied {count}, the last was messaging/{last}.\n"
    assert nothing.stderr == ""


def test_a_taken_port_is_refused_by_name(environment: dict[str, str], folder: Path) -> None:
    """Before anything is started."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = _command({**environment, "PORT": str(port)}, "serve")

    assert (refused.returncode, refused.stderr.strip()) == (
        1,
        f"regulars: PORT {port} at HOST 127.0.0.1 cannot be used: Address already in use",
    )
    assert not folder.exists()


def test_a_role_that_may_too_much_is_told_in_one_line(
    environment: dict[str, str], postgres_url: str, empty_url: str
) -> None:
    """R29: and the role that owns its database alone migrates and serves without a word of it."""
    owner = {**environment, "DATABASE_URL": empty_url}
    name = empty_url.rpartition("/")[2]
    superuser = {**owner, "DATABASE_URL": f"{postgres_url.rpartition('/')[0]}/{name}"}

    migrated = _command(owner, "migrate")
    plain, powerful = Serving(owner), Serving(superuser)

    assert (migrated.returncode, plain.get("/readyz")) == (0, (200, {"ready": True}))
    assert "The role of" not in plain.said
    assert (
        "The role of DATABASE_URL has SUPERUSER, CREATEROLE, CREATEDB, REPLICATION, BYPASSRLS: it"
        " needs none of that, owning its database is enough (docs/database.md).\n"
    ) in powerful.said
    assert {plain.end(signal.SIGINT), powerful.end(signal.SIGINT)} == {0}


def test_an_unknown_name_in_the_env_file_is_told(
    environment: dict[str, str], tmp_path: Path
) -> None:
    """One line for each, with the nearest name there is; what it is set to is not shown."""
    (tmp_path / ".env").write_text("DATABASE_ULR=postgresql://secret\nport=0\nXYZZY=1\n")
    done = subprocess.run(
        [REGULARS, "schema"], env=environment, cwd=tmp_path, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip

    assert done.returncode == 0
    assert done.stderr.splitlines() == [
        ".env: there is no setting DATABASE_ULR; DATABASE_URL?",
        ".env: there is no setting XYZZY",
    ]

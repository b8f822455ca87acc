"""Measures how a large list is taken over: `python -m bench.importing [rows]`.

A real server with its own PostgreSQL and worker; meanwhile somebody looks at the client list.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

from bench.lists import text

ROOT = Path(__file__).resolve().parents[1]
SIGN_UP = """mutation($input: SignUpBusinessInput!) { signUpBusiness(input: $input) { token } }"""
START = """mutation($input: StartClientImportInput!) { startClientImport(input: $input) {
  clientImport { id } upload { url headers { name value } } problems { code } } }"""
DO = """mutation($input: %sClientImportInput!) { %sClientImport(input: $input) {
  problems { code } } }"""
LOOK = """query($id: ID!) { clientImport(id: $id) {
  stage problem { code } counts { rows read create update skip problem }
  effects { created updated removed restored kept } } }"""
LIST = """{ viewer { business { clients(first: 20) { nodes { id fullName email } } } } }"""


def main() -> None:
    """Run it and print the figures."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    data = text(count)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="imports-bench-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        server = subprocess.Popen(
            [sys.executable, "server.py", "serve"], cwd=ROOT,
            env={**os.environ, "PORT": str(port), "DATA_DIR": f"{folder}/data"},
        )  # fmt: skip
        try:
            asyncio.run(_measure(f"http://127.0.0.1:{port}", server.pid, data, count))
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(30)


async def _measure(url: str, pid: int, data: bytes, count: int) -> None:
    async with httpx.AsyncClient(base_url=url, timeout=60) as http:
        token = await _signed_up(http)

        async def ask(query: str, **variables: Any) -> Any:
            body = {"query": query, "variables": variables}
            headers = {"Authorization": f"Bearer {token}"}
            answer = (await http.post("/graphql", json=body, headers=headers)).json()
            assert "errors" not in answer, answer
            [found] = answer["data"].values()
            return found

        async def until_settled(id_: str) -> Any:
            while True:
                found = await ask(LOOK, id=id_)
                if found["stage"] not in ("READING", "COMMITTING", "ROLLING_BACK"):
                    return found
                await asyncio.sleep(0.2)

        quiet = await _latencies(ask, pid, asyncio.create_task(asyncio.sleep(3)))
        print(f"list of {count:,} rows, {len(data) / 1e6:.1f} MB; quiet: {quiet}")
        file = {"fileName": "klanten.csv", "contentType": "text/csv", "size": len(data)}
        started = await ask(START, input=file)
        headers = {h["name"]: h["value"] for h in started["upload"]["headers"]}
        begun = time.perf_counter()
        sent = await http.put(started["upload"]["url"], content=data, headers=headers)
        sent.raise_for_status()
        print(f"upload: {time.perf_counter() - begun:.1f} s")
        id_ = started["clientImport"]["id"]
        for verb, name in (("Read", "read"), ("Commit", "commit"), ("Rollback", "rollback")):
            begun = time.perf_counter()
            done = await ask(DO % (verb, name), input={"id": id_})
            assert done["problems"] == [], done
            task = asyncio.create_task(until_settled(id_))
            meanwhile = await _latencies(ask, pid, task)
            took = time.perf_counter() - begun
            print(f"{name}: {took:.1f} s, {count / took:,.0f} rows/s; {meanwhile}")
            print("   ", await task)


async def _latencies(ask: Any, pid: int, until: asyncio.Task[Any]) -> str:
    """Look at the client list ten times a second meanwhile; tell how long that took."""
    took: list[float] = []
    server = reader = 0
    while not until.done():
        begun = time.perf_counter()
        await ask(LIST)
        took.append(time.perf_counter() - begun)
        mine, theirs = _memory(pid)
        server, reader = max(server, mine), max(reader, theirs)
        await asyncio.sleep(0.1)
    took.sort()
    middle, late, last = (took[int((len(took) - 1) * share)] * 1000 for share in (0.5, 0.99, 1))
    return (
        f"client list p50 {middle:.1f} ms, p99 {late:.1f} ms, max {last:.1f} ms of {len(took)};"
        f" server {server / 1e6:.0f} MB, reader {reader / 1e6:.0f} MB"
    )


def _memory(pid: int) -> tuple[int, int]:
    """Give the resident bytes of the server, and of the Python it started to read lists."""
    children = 0
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            stat = (entry / "stat").read_text().rpartition(")")[2].split()
            if int(stat[1]) == pid and b"modules.imports" in (entry / "cmdline").read_bytes():
                children += _resident(entry)
        except OSError:
            continue
    return _resident(Path(f"/proc/{pid}")), children


def _resident(process: Path) -> int:
    return int((process / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def _signed_up(http: httpx.AsyncClient) -> str:
    given = {
        "businessName": "Salon", "zone": "Europe/Amsterdam", "currency": "EUR", "name": "Olga",
        "email": "olga@salon.example", "password": "correct horse battery",
    }  # fmt: skip
    for _ in range(1_800):
        try:
            if (await http.get("/readyz")).status_code == 200:
                break
        except httpx.TransportError:
            pass
        await asyncio.sleep(0.1)
    answer = await http.post("/graphql", json={"query": SIGN_UP, "variables": {"input": given}})
    return str(answer.json()["data"]["signUpBusiness"]["token"])


if __name__ == "__main__":
    main()

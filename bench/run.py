"""`make bench`: Regulars beside a hand-written floor and a stock server, on the same data.

Rounds are interleaved and repeated, because machines are busy with other things as well: compare
the ratios of one run, not figures of two. Nobody but Regulars checks tokens here, follows a log or
remembers idempotency keys.
"""

from __future__ import annotations

import argparse
import gc
import resource
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from itertools import cycle, islice
from statistics import median
from typing import Any

import asyncpg
import orjson
import uvloop

from bench import crash, live
from bench.contenders import FLOOR, REGULARS, STOCK, Running, running, stay_on_first_core
from bench.database import FOLDER, copy, postgres
from bench.equality import check_equal
from bench.load import Answered, load
from bench.operations import DOCUMENTS, Requests
from bench.seed import describe

TITLES = {
    "Week": "calendar week, 200 appointments",
    "ClientFile": "client file, 20 visits",
    "Clients": "client list, 50 found",
    "Book": "booking",
}


@dataclass(frozen=True, slots=True)
class Figures:
    """The medians of one server's rounds with one operation."""

    rate: float
    latency: float
    cpu: float


def main() -> None:
    """Measure what the command line asks for."""
    asked = _arguments()
    resource.setrlimit(resource.RLIMIT_NOFILE, (_files(asked.subscribers),) * 2)
    stay_on_first_core()
    results: dict[str, Any] = {"scale": asked.scale}
    with postgres() as url:
        if asked.part in ("all", "http"):
            with copy(url, asked.scale) as dsn:
                results["http"] = uvloop.run(http(dsn, asked))
        if asked.part in ("all", "live"):
            results["live"] = live.measure(url, asked)
    if asked.part in ("all", "crash"):
        results["crash"] = crash.measure(asked.bookings)
    file = FOLDER / "results.json"
    file.write_bytes(orjson.dumps(results, option=orjson.OPT_INDENT_2, default=str))
    print(f"\nAll figures: {file}")


async def http(dsn: str, asked: argparse.Namespace) -> dict[str, Any]:
    """Measure requests over HTTP."""
    connection = await asyncpg.connect(dsn)
    data = await describe(connection)
    requests = Requests(data)
    with ExitStack() as stack:
        servers = [
            stack.enter_context(running(each, dsn, data)) for each in (REGULARS, FLOOR, STOCK)
        ]
        await check_equal(servers, requests, connection)
        await connection.close()
        print("All servers give equal answers.\n")
        return {
            operation: await compare(operation, servers, requests, asked)
            for operation in DOCUMENTS
            if asked.only in (None, operation)
        }


async def compare(
    operation: str, servers: list[Running], requests: Requests, asked: argparse.Namespace
) -> dict[str, Any]:
    """Ask all servers for one operation, in turns, and print the medians."""
    bodies = {here.contender.name: _bodies(operation, here, requests) for here in servers}
    rounds: dict[str, list[Answered]] = {here.contender.name: [] for here in servers}
    for number in range(asked.rounds + 1):
        for here in servers:
            name = here.contender.name
            gc.collect()
            answered = await load(
                here, bodies[name], seconds=asked.seconds, connections=asked.connections
            )
            if answered.wrong:
                raise RuntimeError(f"{name} answered {operation} wrongly: {answered.sample!r}")
            if number:  # the first round warms up
                rounds[name].append(answered)
    figures = {
        name: Figures(
            median(each.rate for each in answers),
            median(each.latency for each in answers),
            median(each.cpu for each in answers),
        )
        for name, answers in rounds.items()
    }
    _print(TITLES[operation], figures)
    return {
        name: {**asdict(each), "rates": [answered.rate for answered in rounds[name]]}
        for name, each in figures.items()
    }


def _bodies(operation: str, here: Running, requests: Requests) -> Iterator[bytes]:
    bodies = requests.bodies(operation, here.contender.ident)
    if operation == "Book":
        return map(here.request, bodies)
    return cycle([here.request(body) for body in islice(bodies, 200)])


def _print(title: str, figures: dict[str, Figures]) -> None:
    floor = figures["floor"]
    print(f"{title:34}  requests/s  to floor  latency ms  server ms/request  to floor")
    for name, each in figures.items():
        print(
            f"  {name:32}  {each.rate:10.1f}  {each.rate / floor.rate:8.3f}"
            f"  {each.latency:10.2f}  {each.cpu:17.3f}  {floor.cpu / each.cpu:8.3f}"
        )
    ours, stock = figures["regulars"], figures["stock"]
    print(f"  regulars to stock: {ours.rate / stock.rate:.1f} times\n", flush=True)


def _files(subscribers: int) -> int:
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return min(subscribers * 2 + 1000, most) if most > 0 else subscribers * 2 + 1000


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", nargs="?", default="all", choices=["all", "http", "live", "crash"])
    parser.add_argument("--scale", type=float, default=1.0, help="1 is 500,000 appointments")
    parser.add_argument("--rounds", type=int, default=5, help="rounds for each server")
    parser.add_argument("--seconds", type=float, default=1.0, help="how long a round is")
    parser.add_argument("--connections", type=int, default=16, help="requests under way at once")
    parser.add_argument("--only", choices=list(DOCUMENTS), help="one operation over HTTP")
    parser.add_argument("--subscribers", type=int, default=1000, help="sockets on one process")
    parser.add_argument("--changes", type=int, default=20, help="bookings they are told of")
    parser.add_argument("--bookings", type=int, default=1000, help="bookings around the kill -9s")
    return parser.parse_args()


if __name__ == "__main__":
    main()

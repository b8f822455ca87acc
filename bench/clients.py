"""`python -m bench.clients`: pages of the client list at 1,000 clients and at 100,000.

Both businesses are in one database, asked in turns through the engine, without HTTP: what is
compared is the ratio. The best of the rounds is printed beside the median, because machines are
busy with other things as well.
"""

from __future__ import annotations

import argparse
import asyncio
import os
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import Any
from uuid import UUID

import asyncpg

from bench.database import at, postgres
from modules import registry
from modules.viewer import Role, Viewer
from schema.api import Asked
from schema.engine import Engine
from schema.runtime import Runtime
from storage.migrate import migrate
from storage.settings import Settings

SIZES = {"few": 1_000, "many": 100_000}
PAGE = """query($id: ID!, $search: String, $filter: ClientFilter, $order: ClientOrder) {
  business: node(id: $id) { ... on Business {
    clients(search: $search, filter: $filter, orderBy: $order) {
      nodes { id fullName email phone tags visitCount lastVisitAt }
      pageInfo { hasNextPage endCursor }
    }
  } }
}"""
ORDERS = tuple(
    {"field": field, "direction": direction}
    for field in (
        "NAME", "CREATED_AT", "LAST_VISIT_AT", "NEXT_VISIT_AT", "LIFETIME_VALUE", "VISIT_COUNT",
        "NO_SHOW_COUNT",
    )
    for direction in ("ASC", "DESC")
)  # fmt: skip
LATEST = {"field": "LAST_VISIT_AT", "direction": "DESC"}
SEARCHES = (
    "a",
    "an",
    "x",
    "qx",
    "ann",
    "marti",
    "tinska",
    "tinzka",
    "ma so",
    "4567",
    "@gmail",
    "no",
)
CUT = "2026-01-01T00:00:00Z"
FILTERS: dict[str, Any] = {
    "tag of 30 %": {"tags": ["walk-in"]},
    "tag of 1 %": {"tags": ["vip"]},
    "tag of 0.1 %": {"tags": ["bride"]},
    "tag of 5": {"tags": ["rare"]},
    "two tags": {"and": [{"tags": ["vip"]}, {"tags": ["walk-in"]}]},
    "not rebooked": {"nextVisitAt": {"never": True}, "lastVisitAt": {"before": CUT}},
    "never came": {"lastVisitAt": {"never": True}},
    "spent most": {"lifetimeValue": {"atLeast": {"amountMinor": 90_000}}},
    "no-shows": {"noShowCount": {"atLeast": 3}},
    "born in March": {"birthdayMonth": [3]},
    "from a coupon site": {"source": ["COUPON"]},
    "may be sent letters": {"consents": ["POST"]},
    "blocked": {"blocked": True},
    "without mail": {"hasEmail": False},
    "alternatives": {"or": [{"tags": ["bride"]}, {"not": {"hasPhone": True}}]},
}
_CLIENTS = """
INSERT INTO clients (business_id, first_name, last_name, email, phone, birthday, sort_name,
    search_text, folding, tags, consents, source, blocked_at, created_at)
SELECT $1, initcap(first), initcap(last), email, phone,
    CASE WHEN random() < 0.7 THEN date '1950-01-01' + (random() * 18000)::int END,
    last || ' ' || first, concat_ws(' ', first, last, first, email, phone), 1,
    array_remove(ARRAY[CASE WHEN n % 20000 = 7 THEN 'rare' END,
        CASE WHEN n % 100 = 1 THEN 'vip' END, CASE WHEN random() < 0.3 THEN 'walk-in' END,
        CASE WHEN n % 1000 = 3 THEN 'bride' END], NULL),
    array_remove(ARRAY[CASE WHEN random() < 0.6 THEN 'EMAIL' END,
        CASE WHEN n % 100 = 5 THEN 'POST' END], NULL),
    CASE WHEN n % 100 = 9 THEN 'COUPON' ELSE 'TEAM' END, CASE WHEN n % 500 = 2 THEN now() END,
    now() - random() * interval '1500 days'
FROM generate_series(1, $2) n,
LATERAL (SELECT syllables[1 + (random() ^ 2 * 35)::int % 36] || syllables[1 + n * 7 % 36]
    || CASE n % 3 WHEN 0 THEN '' ELSE syllables[1 + n / 5 % 36] END AS first,
    syllables[1 + n / 36 % 36] || syllables[1 + (random() ^ 2 * 35)::int % 36]
    || syllables[1 + n * 11 % 36] AS last FROM syllables WHERE n > 0) name,
LATERAL (SELECT CASE WHEN n % 10 > 0 THEN first || '.' || last || n || CASE n % 4
        WHEN 0 THEN '@gmail.com' ELSE '@example.org' END END AS email,
    CASE WHEN n % 5 > 0 OR n % 10 = 0
        THEN '+316' || 10000000 + (random() * 89999999)::int END AS phone
) reach
"""
_FIGURES = """
UPDATE client_figures SET visit_count = (random() ^ 2 * 30)::int,
    no_show_count = (random() ^ 20 * 4)::int, spent_minor = (random() ^ 2 * 100000)::int,
    last_visit_at = CASE WHEN random() < 0.8 THEN now() - random() * interval '900 days' END,
    next_visit_at = CASE WHEN random() < 0.1 THEN now() + random() * interval '60 days' END
"""
_SYLLABLES = """
CREATE TEMP TABLE syllables AS SELECT '{an,ber,ca,da,el,fri,gus,ha,is,jo,ka,lu,ma,ni,ol,pe,qui,ro,
sa,ti,ur,va,wil,xa,ya,zo,mar,tin,son,ska,vic,tor,che,phi,lip,the}'::text[] AS syllables
"""
_BUSINESS = """
INSERT INTO businesses (id, name, zone, currency)
VALUES (uuidv7(), $1, 'Europe/Amsterdam', 'EUR') RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Figures:
    """How long a page takes at one size, in milliseconds."""

    best: float
    usual: float


def main() -> None:
    """Make both lists, and print how long each page takes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30, help="how often each page is asked for")
    rounds = parser.parse_args().rounds
    with postgres() as url:
        asyncio.run(_measured(url, rounds))


async def _measured(url: str, rounds: int) -> None:
    name = f"lists_{os.getpid()}"
    admin = await asyncpg.connect(url)
    await admin.execute(f"CREATE DATABASE {name}")
    try:
        businesses = await _fill(at(url, name))
        await _measure(at(url, name), businesses, rounds)
    finally:
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await admin.close()


async def _fill(dsn: str) -> dict[str, UUID]:
    await migrate(dsn, registry.migrations(registry.load(registry.built_in())))
    connection = await asyncpg.connect(dsn)
    businesses = {}
    await connection.execute(_SYLLABLES)
    await connection.execute("SELECT setseed(0.5)")
    for size, clients in SIZES.items():
        businesses[size] = await connection.fetchval(_BUSINESS, size)
        await connection.execute(_CLIENTS, businesses[size], clients)
    await connection.execute(_FIGURES)
    await connection.execute("VACUUM FULL client_figures")  # every row of it was written twice
    await connection.execute("VACUUM ANALYZE")
    await connection.close()
    return businesses


async def _measure(dsn: str, businesses: dict[str, UUID], rounds: int) -> None:
    settings = Settings.load(_env_file=None, database_url=dsn, readers=2, writers=2)
    async with Runtime.open(settings, registry.load(registry.built_in())) as runtime:
        engine = runtime.engine
        pages: dict[str, dict[str, Any]] = {
            **{f"by {' '.join(order.values())}": {"order": order} for order in ORDERS},
            **{f"search {search!r}": {"search": search} for search in SEARCHES},
            **{f"filter: {name}": {"filter": filter} for name, filter in FILTERS.items()},
            "search and filter": {"search": "ann", "filter": {"tags": ["walk-in"]}},
            "filter, by LAST_VISIT": {
                "filter": {"tags": ["walk-in"]},
                "order": {"field": "LAST_VISIT_AT", "direction": "DESC"},
            },
        }
        print(f"{'page':32}  best ms at 1,000 / 100,000  ratio    median ms  ratio")
        for name, asked in pages.items():
            times = await _times(engine, businesses, asked, rounds)
            few, many = (Figures(min(t), median(t)) for t in times)
            print(
                f"{name:32}  {few.best:12.2f} / {many.best:9.2f}  {many.best / few.best:7.2f}"
                f"   {few.usual:5.2f} / {many.usual:5.2f}  {many.usual / few.usual:5.2f}",
                flush=True,
            )


async def _times(
    engine: Engine, businesses: dict[str, UUID], asked: dict[str, Any], rounds: int
) -> list[list[float]]:
    times: dict[str, list[float]] = {size: [] for size in businesses}
    for number in range(rounds + 3):
        for size, business in businesses.items():
            viewer = Viewer(role=Role.OWNER, business_id=business)
            began = perf_counter()
            answer = await engine.answer(
                Asked(PAGE, {"id": f"biz_{business.hex}", **asked}), viewer
            )
            if b'"errors"' in answer.body:
                raise RuntimeError(f"{asked}: {answer.body!r}")
            if number > 2:  # the first rounds warm up
                times[size].append((perf_counter() - began) * 1000)
    return list(times.values())


if __name__ == "__main__":
    main()

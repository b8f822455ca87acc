"""Every list of the schema, in every order it has: whatever the pages, each row comes once."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

from schema.engine import Engine
from storage.database import execute, fetchval
from tests.promises.conftest import Ask, Salon

SIZES = (1, 2, 3, 7)
FORGED: tuple[object, ...] = (
    *("", "\0", "1_0", " 7", "\u0661", "1e3", "9" * 12, "9" * 40, "-32769", "NaN", "infinity"),
    *("2026-W01-1", "20260101", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"),
    *("2026-01-01T00:00:00+00:00:01", "urn:uuid:" + "0" * 32, "{" + "0" * 32 + "}", "0" * 31),
    *("\U0010ffff", "'; --", 7, 2**70, 1.5, True, [], {}),
)
"""What no server writes into a cursor, or only for another type."""
CROWD = 9
"""How many clients there are: a third with a last visit, a third with a next one, and equals."""
UNMEASURED = {"ServiceAudience", "ClientImport"}
"""Types whose rows cannot be asked for by an id; their lists are compiled by the same code."""


@dataclass(frozen=True)
class List:
    """A connection field with one choice of its other arguments."""

    owner: str
    name: str
    arguments: str
    fields: str

    def __str__(self) -> str:
        """Name it, for whoever reads a failure."""
        return f"{self.owner}.{self.name}({self.arguments})"

    def query(self, id: str) -> str:
        """Write the query for a page of it."""
        own = f"{self.arguments} " if self.arguments else ""
        page = (
            f"{self.name}({own}first: $first, after: $after, last: $last, before: $before) {{"
            f" edges {{ cursor node {{ {self.fields} }} }}"
            " pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount }"
        )
        rows = f'node(id: "{id}") {{ ... on {self.owner} {{ {page} }} }}'
        return (
            f"query($first: Int, $after: String, $last: Int, $before: String) {{ owner: {rows} }}"
        )


def lists(engine: Engine) -> Iterator[List]:
    """Find every connection, once for each value of each enum it takes."""
    for owner in engine.schema.core.type_map.values():
        if not isinstance(owner, GraphQLObjectType) or owner.name in UNMEASURED:
            continue
        for name, field in owner.fields.items():
            kind = get_named_type(field.type)
            if not kind.name.endswith("Connection"):
                continue
            fields = _leaves(get_named_type(kind.fields["nodes"].type))
            for arguments in _choices(name, field):
                yield List(owner.name, name, arguments, fields)


def _choices(name: str, field: GraphQLField) -> Iterator[str]:
    enums = [
        [f"{argument}: {value}" for value in kind.values]
        for argument, taken in field.args.items()
        if isinstance(kind := get_named_type(taken.type), GraphQLEnumType)
        and is_required_argument(taken)
    ]
    if (order := field.args.get("orderBy")) is not None:
        parts = get_named_type(order.type).fields
        enums.append([
            f"orderBy: {{field: {each}, direction: {way}}}"
            for each in get_named_type(parts["field"].type).values
            for way in get_named_type(parts["direction"].type).values
        ])  # fmt: skip
    for chosen in product(*enums):
        yield ", ".join(chosen)
        if name == "clients" and "search" in field.args and chosen:
            # A search is sorted by what was found, or as all are.
            yield ", ".join(('search: "crowd"', *chosen))


def _leaves(kind: Any) -> str:
    leaves = [
        name
        for name, field in kind.fields.items()
        if is_leaf_type(get_named_type(field.type)) and not field.args
    ]
    return "id" if "id" in leaves else " ".join(leaves or ["__typename"])


async def crowd(salon: Salon) -> None:
    """Fill the salon: files that are equal in some orders, and empty in others."""
    await execute(
        "INSERT INTO clients (business_id, first_name, last_name, phone, sort_name, search_text,"
        " created_at, tags)"
        " SELECT id, 'Crowd', 'Of ' || n / 2, '+3120123456' || n, 'of ' || n / 2, ' crowd of',"
        " now() - interval '1 day' * (n / 2), ARRAY['tag ' || n]"
        f" FROM businesses, generate_series(1, {CROWD}) n"
    )
    await execute(
        "UPDATE client_figures f SET"
        " last_visit_at = CASE WHEN n % 3 = 0 THEN now() - interval '1 hour' * (n / 2) END,"
        " next_visit_at = CASE WHEN n % 3 = 1 THEN now() + interval '1 hour' * (n / 2) END,"
        " visit_count = n / 3, no_show_count = n / 4, spent_minor = n / 2"
        " FROM (SELECT id, substr(tags[1], 5)::int AS n FROM clients WHERE first_name = 'Crowd') c"
        " WHERE f.id = c.id"
    )
    await execute(
        "INSERT INTO appointments (business_id, client_id, service_id, staff_id, starts_at,"
        " ends_at, blocked_from, blocked_until, status, price_minor, currency)"
        " SELECT c.business_id, c.id, s.id, t.id, a, a + interval '1 hour', a,"
        " a + interval '1 hour', 'BOOKED', 1, 'EUR'"
        " FROM (SELECT * FROM clients WHERE first_name = 'Ann') c, services s, staff t,"
        " generate_series(now() - interval '8 hours', now() + interval '8 hours',"
        " interval '2 hours') a"
    )
    await execute(
        "INSERT INTO appointment_segments (business_id, appointment_id, position, service_id,"
        " staff_id, starts_at, ends_at, blocked_from, blocked_until, price_minor, currency)"
        " SELECT business_id, id, 1, service_id, staff_id, starts_at, ends_at, blocked_from,"
        " blocked_until, price_minor, currency FROM appointments ON CONFLICT DO NOTHING"
    )
    await execute(
        "INSERT INTO client_notes (business_id, client_id, kind, text, created_at)"
        " SELECT business_id, id, 'GENERAL', 'Note ' || n, now() - interval '1 hour' * (n / 2)"
        f" FROM clients, generate_series(1, {CROWD}) n WHERE first_name = 'Ann'"
    )
    await execute(
        "INSERT INTO time_off (business_id, staff_id, starts_at, ends_at)"
        " SELECT business_id, id, now() + interval '1 day' * (n / 2),"
        " now() + interval '1 day' * (n / 2 + 1)"
        f" FROM staff, generate_series(1, {CROWD}) n"
    )
    await execute(
        "INSERT INTO client_groups (business_id, name, folded_name, sort_name)"
        f" SELECT id, 'Group ' || n, 'group ' || n, 'group' FROM businesses,"
        f" generate_series(1, {CROWD}) n"
    )
    await execute(
        "INSERT INTO group_members (business_id, group_id, client_id, sort_name)"
        " SELECT g.business_id, g.id, c.id, c.sort_name"
        " FROM client_groups g JOIN clients c USING (business_id)"
    )
    await execute(
        "INSERT INTO client_segments (business_id, name, conditions)"
        """ SELECT id, 'Everybody', '{"hasPhone": true}' FROM businesses"""
    )


async def owners(salon: Salon) -> dict[str, str]:
    """Give somebody of each type whose lists are read."""
    answer = await salon.ask(
        "query($id: ID!) { business: node(id: $id) { ... on Business {"
        " groups(first: 1) { nodes { id } } clientSegments { nodes { id } } } } }",
        {"id": salon.business},
        token=salon.token,
    )
    [group] = answer["data"]["business"]["groups"]["nodes"]
    [segment] = answer["data"]["business"]["clientSegments"]["nodes"]
    booked = await fetchval("SELECT id FROM appointments ORDER BY id LIMIT 1")
    return {
        "Appointment": f"apt_{booked.hex}",
        "Business": salon.business,
        "Client": salon.client,
        "Staff": salon.staff,
        "Service": salon.service,
        "Group": group["id"],
        "ClientSegment": segment["id"],
    }


async def walk(salon: Salon, query: str, size: int, *, back: bool) -> list[str]:
    """Go through a list page by page, and give what was met in the order of the list."""
    met: list[str] = []
    place: str | None = None
    while True:
        variables = {"last": size, "before": place} if back else {"first": size, "after": place}
        answer = await salon.ask(query, variables, token=salon.token)
        assert "errors" not in answer, answer
        [page] = answer["data"]["owner"].values()
        rows = [str(edge["node"]) for edge in page["edges"]]
        assert len(rows) <= size
        met = [*rows, *met] if back else [*met, *rows]
        assert len(met) <= page["totalCount"], "a row came twice"
        info = page["pageInfo"]
        if not info["hasPreviousPage" if back else "hasNextPage"]:
            return met
        place = info["startCursor" if back else "endCursor"]


async def test_every_list_gives_each_row_once_in_every_order(
    engine: Engine, api: Ask, salon: Salon
) -> None:
    """Pages of any size, from either end, through nulls and equals: the same rows, once."""
    await crowd(salon)
    of = await owners(salon)
    sizes: dict[str, int] = {}

    for each in lists(engine):
        query = each.query(of[each.owner])
        whole = await walk(salon, query, 100, back=False)
        assert len(set(whole)) == len(whole), each
        sizes[str(each)] = len(whole)
        for size, back in product(SIZES, (False, True)):
            assert await walk(salon, query, size, back=back) == whole, (str(each), size, back)

    orders = [n for name, n in sizes.items() if name.startswith("Business.clients(")]
    assert len(orders) == 4 * len(engine.schema.core.type_map["ClientOrderField"].values)
    assert set(orders) == {CROWD, CROWD + 1}
    assert len([n for n in sizes.values() if n >= CROWD // 2]) >= len(orders) + 7


def forged(cursor: str) -> Iterator[str]:
    """Change each part of a cursor, but the first, into something else."""
    order, *values = json.loads(base64.urlsafe_b64decode(cursor + "=="))
    for place, value in product(range(len(values)), FORGED):
        parts = [order, *values[:place], value, *values[place + 1 :]]
        yield base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


async def test_forged_cursors_are_refused_in_every_list(
    engine: Engine, api: Ask, salon: Salon
) -> None:
    """What was not written by the server is refused, or is a place; PostgreSQL never objects."""
    await crowd(salon)
    of = await owners(salon)
    tried = set()

    for each in lists(engine):
        query = each.query(of[each.owner])
        answer = await salon.ask(query, {"first": 1}, token=salon.token)
        [page] = answer["data"]["owner"].values()
        if (end := page["pageInfo"]["endCursor"]) is None:
            continue
        tried.add(f"{each.owner}.{each.name}")
        for cursor in forged(end):
            answer = await salon.ask(query, {"first": 1, "after": cursor}, token=salon.token)
            codes = [error["extensions"].get("problem") for error in answer.get("errors", ())]
            assert codes in ([], ["INVALID_PAGE"]), (str(each), cursor, answer)

    assert tried >= {"Business.clients", "Business.groups", "Client.notes", "Staff.appointments"}


@pytest.mark.parametrize(
    ("order", "first"),
    [
        ("{field: LAST_VISIT_AT}", "Of 4"),
        ("{field: LAST_VISIT_AT, direction: DESC}", "Of 1"),
        ("{field: NEXT_VISIT_AT}", "Of 0"),
    ],
)
async def test_who_has_no_such_visit_comes_last_the_newest_file_first(
    api: Ask, salon: Salon, order: str, first: str
) -> None:
    """Each part of such a list is sorted in its own direction."""
    await crowd(salon)
    column = "nextVisitAt" if "NEXT" in order else "lastVisitAt"
    answer = await salon.ask(
        "query($id: ID!) { business: node(id: $id) { ... on Business {"
        f" clients(first: 100, orderBy: {order}) {{"
        f" nodes {{ lastName {column} createdAt }} }} }} }} }}",
        {"id": salon.business},
        token=salon.token,
    )

    rows = answer["data"]["business"]["clients"]["nodes"]
    there = [row[column] for row in rows if row[column]]
    rest = [row["createdAt"] for row in rows if not row[column]]
    assert rows[0]["lastName"] == first
    assert [row[column] for row in rows] == [*there, *[None] * len(rest)]
    assert there == sorted(there, reverse="DESC" in order)
    assert rest == sorted(rest, reverse=True)

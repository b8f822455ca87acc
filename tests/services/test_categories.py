"""Categories of the price list: what is in them, and their order."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from modules.services import rules
from modules.viewer import Role
from storage import database as db
from storage.database import Database
from storage.models import uuid7
from tests.services.test_catalogue import CUT, WAITS

SHOWN = "serviceCategory { id name description position version }"
PROBLEMS = "problems { code field message remedy }"
CREATE = f"""mutation($input: CreateServiceCategoryInput!) {{
  createServiceCategory(input: $input) {{ {SHOWN} {PROBLEMS} }} }}"""
UPDATE = f"""mutation($input: UpdateServiceCategoryInput!) {{
  updateServiceCategory(input: $input) {{ {SHOWN} {PROBLEMS} }} }}"""
DELETE = f"""mutation($input: DeleteServiceCategoryInput!) {{
  deleteServiceCategory(input: $input) {{ deletedId {PROBLEMS} }} }}"""
REORDER = f"""mutation($input: ReorderServiceCategoriesInput!) {{
  reorderServiceCategories(input: $input) {{
    serviceCategories {{ name position }} {PROBLEMS} }} }}"""
SERVICE = f"""mutation($input: CreateServiceInput!) {{ createService(input: $input) {{
  service {{ id version category {{ name }} }} {PROBLEMS} }} }}"""
PUT = f"""mutation($input: UpdateServiceInput!) {{ updateService(input: $input) {{
  service {{ name version category {{ name }} }} {PROBLEMS} }} }}"""
LIST = """query($id: ID!, $all: Boolean) { business: node(id: $id) { ... on Business {
  serviceCategories { name description position services(includeInactive: $all) { name } } } } }"""
OF = """query($id: ID!, $only: ServiceFilter) { business: node(id: $id) { ... on Business {
  services(filter: $only) { totalCount nodes { name category { name } } } } } }"""
PRICE = {"durationMinutes": 30, "price": {"amountMinor": 100}}
GONE = {
    "code": "NOT_FOUND",
    "message": "There is no such category.",
    "remedy": "Check the id; it may have been deleted.",
}
TAKEN = {
    "code": "CATEGORY_NAME_TAKEN",
    "field": ["input", "name"],
    "message": "There is a category of that name already.",
    "remedy": "Choose another name, or change the category there is.",
}


@pytest.fixture
async def ids(by: Any, ask: Any) -> dict[str, str]:
    """Three categories, by name."""
    made = {}
    for name in ("Hair", "Nails", "Face"):
        made[name] = (await ask(by, CREATE, input={"name": name}))["serviceCategory"]["id"]
    return made


async def service(by: Any, ask: Any, name: str, **more: Any) -> str:
    """Put a service on the price list."""
    made = await ask(by, SERVICE, input={**PRICE, "name": name, **more})
    assert made["problems"] == []
    return str(made["service"]["id"])


async def listed(by: Any, ask: Any, **asked: Any) -> list[tuple[str, list[str]]]:
    """The categories in their order, with the names of their services."""
    answer = await ask(by, LIST, id=f"biz_{by.business_id.hex}", **asked)
    return [
        (each["name"], [one["name"] for one in each["services"]])
        for each in answer["serviceCategories"]
    ]


async def everything() -> list[Any]:
    """All that is written down: compare before and after a refusal."""
    return [
        await db.fetch("SELECT * FROM service_categories ORDER BY id"),
        await db.fetch("SELECT * FROM services ORDER BY id"),
        await db.fetchval("SELECT count(*) FROM event"),
    ]


async def told() -> list[tuple[str, Any]]:
    """What the log says, and of what."""
    return [tuple(row) for row in await db.fetch("SELECT kind, subject FROM event ORDER BY seq")]


async def test_a_category_is_made_changed_and_listed_in_its_order(by: Any, ask: Any) -> None:
    """R47: after those there are; what is left out of a change stays."""
    made = await ask(by, CREATE, input={"name": " Hair  & co ", "description": " All of it "})
    hair = made["serviceCategory"]["id"]
    assert made == {
        "serviceCategory": {
            "id": hair,
            "name": "Hair & co",
            "description": "All of it",
            "position": 1,
            "version": 1,
        },
        "problems": [],
    }
    await ask(by, CREATE, input={"name": "Nails"})
    for given, name, description in (
        ({"name": "hair & CO"}, "hair & CO", "All of it"),
        ({"description": None}, "hair & CO", None),
    ):
        changed = await ask(by, UPDATE, input={"id": hair, **given})
        assert (changed["serviceCategory"]["name"], changed["problems"]) == (name, [])
        assert changed["serviceCategory"]["description"] == description
    stale = await ask(by, UPDATE, input={"id": hair, "version": 1, "name": "Late"})

    assert stale["serviceCategory"] is None
    assert [each["code"] for each in stale["problems"]] == ["STALE_VERSION"]
    answer = await ask(by, LIST, id=f"biz_{by.business_id.hex}")
    assert answer == {
        "serviceCategories": [
            {"name": "hair & CO", "description": None, "position": 1, "services": []},
            {"name": "Nails", "description": None, "position": 2, "services": []},
        ]
    }
    assert [kind for kind, _ in await told()] == ["services.ServiceCategoryChanged"] * 4


async def test_a_service_stands_in_a_category_and_is_found_by_it(
    by: Any, ask: Any, ids: dict[str, str]
) -> None:
    """Created there, moved, taken out; what is not said stays."""
    await service(by, ask, "Wash", categoryId=ids["Hair"])
    cut = await service(by, ask, "Cut", categoryId=ids["Hair"])
    await service(by, ask, "Call", categoryId=None)
    place = f"biz_{by.business_id.hex}"
    hair = {"name": "Hair"}

    assert (await ask(by, OF, id=place, only={"categoryId": ids["Hair"]}))["services"] == {
        "totalCount": 2,
        "nodes": [{"name": "Cut", "category": hair}, {"name": "Wash", "category": hair}],
    }
    assert (await ask(by, OF, id=place, only={"categoryId": None}))["services"]["totalCount"] == 3
    assert await listed(by, ask) == [("Hair", ["Cut", "Wash"]), ("Nails", []), ("Face", [])]
    for given, category in (
        ({"name": "Trim"}, hair),
        ({"categoryId": ids["Nails"]}, {"name": "Nails"}),
        ({"categoryId": None}, None),
    ):
        changed = await ask(by, PUT, input={"id": cut, **given})
        assert (changed["service"]["category"], changed["problems"]) == (category, [])
    assert changed["service"] == {"name": "Trim", "version": 4, "category": None}
    assert await listed(by, ask) == [("Hair", ["Wash"]), ("Nails", []), ("Face", [])]


async def test_clients_see_all_categories_and_the_services_for_them(
    by: Any, ask: Any, ids: dict[str, str]
) -> None:
    """Neither what is not offered nor what is for others, however they ask."""
    for name in ("Cut", "Old", "Secret"):
        await service(by, ask, name, categoryId=ids["Hair"], active=name != "Old")
    await db.execute("UPDATE services SET audience = 'SELECTED' WHERE name = 'Secret'")
    client = replace(by, role=Role.CLIENT)
    empty = [("Nails", []), ("Face", [])]

    assert await listed(by, ask) == [("Hair", ["Cut", "Secret"]), *empty]
    assert await listed(by, ask, all=True) == [("Hair", ["Cut", "Old", "Secret"]), *empty]
    for asked in ({}, {"all": True}):
        assert await listed(client, ask, **asked) == [("Hair", ["Cut"]), *empty]
    for role in (Role.STAFF, Role.CLIENT):
        before = await everything()
        for mutation, given in (
            (CREATE, {"name": "Mine"}),
            (UPDATE, {"id": ids["Hair"], "name": "Mine"}),
            (DELETE, {"id": ids["Hair"]}),
            (REORDER, {"ids": [ids["Face"]]}),
        ):
            with pytest.raises(AssertionError, match="FORBIDDEN"):
                await ask(replace(by, role=role), mutation, input=given)
        assert await everything() == before


async def test_what_comes_first_is_said_and_the_rest_follows(
    by: Any, ask: Any, ids: dict[str, str]
) -> None:
    """Whichever is named twice stands where it is named first; the order as it is changes none."""
    moved = await ask(by, REORDER, input={"ids": [ids["Face"], ids["Nails"], ids["Face"]]})
    events = await told()
    again = await ask(by, REORDER, input={"ids": [ids["Face"]]})

    order = [
        {"name": name, "position": place}
        for place, name in enumerate(("Face", "Nails", "Hair"), start=1)
    ]
    assert moved == again == {"serviceCategories": order, "problems": []}
    assert await told() == events
    assert len(events) == 5  # three were made, and two of them stand elsewhere now


async def test_a_category_goes_and_its_services_stay(
    by: Any, ask: Any, ids: dict[str, str]
) -> None:
    """Each of them tells that it changed, and the next category comes after the last."""
    cut = await service(by, ask, "Cut", categoryId=ids["Hair"])
    await service(by, ask, "Polish", categoryId=ids["Nails"])
    so_far = len(await told())
    hair = {"id": ids["Hair"]}

    stale = await ask(by, DELETE, input={**hair, "version": 2})
    assert (stale["deletedId"], stale["problems"][0]["code"]) == (None, "STALE_VERSION")
    gone = await ask(by, DELETE, input={**hair, "version": 1})
    again = await ask(by, DELETE, input=hair)

    assert gone == {"deletedId": ids["Hair"], "problems": []}
    assert again == {"deletedId": None, "problems": [{**GONE, "field": ["input", "id"]}]}
    kinds = [(kind, str(subject).replace("-", "")) for kind, subject in (await told())[so_far:]]
    assert kinds == [
        ("services.ServiceUpdated", cut.partition("_")[2]),
        ("services.ServiceCategoryChanged", ids["Hair"].partition("_")[2]),
    ]
    place = f"biz_{by.business_id.hex}"
    assert (await ask(by, OF, id=place))["services"] == {
        "totalCount": 2,
        "nodes": [
            {"name": "Cut", "category": None},
            {"name": "Polish", "category": {"name": "Nails"}},
        ],
    }
    version = "SELECT version FROM services WHERE name = 'Cut'"
    assert await db.fetchval(version) == 2
    more = await ask(by, CREATE, input={"name": "HAIR"})
    assert more["serviceCategory"]["position"] == 4


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": " "}, ("NAME_REQUIRED", "name")),
        ({"name": "x" * 201}, ("TEXT_TOO_LONG", "name")),
        ({"name": "a\0b"}, ("TEXT_NOT_ALLOWED", "name")),
        ({"name": "see www.example.com"}, ("TEXT_NOT_ALLOWED", "name")),
        ({"name": "Ok", "description": "x" * 5_001}, ("TEXT_TOO_LONG", "description")),
        ({"name": "nAILS"}, ("CATEGORY_NAME_TAKEN", "name")),
        ({"name": "STRASSE\u200b"}, ("CATEGORY_NAME_TAKEN", "name")),
    ],
)
async def test_what_makes_no_sense_is_refused(
    by: Any, ask: Any, ids: dict[str, str], given: dict[str, Any], said: tuple[str, str]
) -> None:
    """When made and when changed alike, and nothing is written."""
    await ask(by, CREATE, input={"name": "Straße"})
    before = await everything()

    for mutation, also in ((CREATE, {}), (UPDATE, {"id": ids["Hair"]})):
        answer = await ask(by, mutation, input={**also, **given})
        assert answer["serviceCategory"] is None
        [problem] = answer["problems"]
        assert (problem["code"], ".".join(problem["field"])) == (said[0], f"input.{said[1]}")
        assert problem["remedy"]
        if said[0] == TAKEN["code"]:
            assert problem == TAKEN
    assert await everything() == before


async def test_everything_wrong_with_a_category_or_service_is_told_at_once(
    by: Any, ask: Any, ids: dict[str, str]
) -> None:
    """A category that is not there, beside a colour that is none."""
    cut = await service(by, ask, "Cut", categoryId=ids["Hair"])
    await ask(by, DELETE, input={"id": ids["Face"]})
    before = await everything()
    wrong = {"name": " ", "colour": "red", "categoryId": ids["Face"]}

    for mutation, more in ((SERVICE, PRICE), (PUT, {"id": cut})):
        answer = await ask(by, mutation, input={**more, **wrong})
        assert answer["service"] is None
        assert sorted((each["code"], each["field"]) for each in answer["problems"]) == [
            ("COLOUR_INVALID", ["input", "colour"]),
            ("NAME_REQUIRED", ["input", "name"]),
            ("NOT_FOUND", ["input", "categoryId"]),
        ]
    both = await ask(by, CREATE, input={"name": "", "description": "x" * 5_001})
    assert [each["field"][-1] for each in both["problems"]] == ["name", "description"]
    assert await everything() == before


async def test_a_business_has_at_most_a_hundred(by: Any, ask: Any, stranger: Any, do: Any) -> None:
    """However many are made at once; another business has room of its own."""
    await db.execute(
        "INSERT INTO service_categories (business_id, name, position)"
        " SELECT $1, 'Part ' || n, n FROM generate_series(1, 97) n",
        by.business_id,
    )

    made = await asyncio.gather(
        *(ask(by, CREATE, input={"name": f"New {n}"}) for n in range(8)),
    )

    refused = [each["problems"] for each in made if each["problems"]]
    assert (
        refused
        == [
            [
                {
                    "code": "CATEGORIES_TOO_MANY",
                    "field": None,
                    "message": "A business has at most 100 categories.",
                    "remedy": "Change or delete one that is of no more use.",
                }
            ]
        ]
        * 5
    )
    places = await db.fetch("SELECT position FROM service_categories ORDER BY position")
    assert [place for (place,) in places] == list(range(1, 101))
    assert await do(rules.create_service_category, stranger, name="Part 1")


async def test_of_two_who_give_one_name_at_once_one_is_refused(by: Any, ask: Any) -> None:
    """The database decides; whoever is second is told so."""
    made = await asyncio.gather(
        *(ask(by, CREATE, input={"name": name}) for name in ("Hair", "HAIR", "hair"))
    )

    assert sorted(len(each["problems"]) for each in made) == [0, 1, 1]
    assert [each["problems"] for each in made if each["problems"]] == [[TAKEN], [TAKEN]]
    assert await db.fetchval("SELECT count(*) FROM service_categories") == 1


async def test_ids_of_another_business_are_of_nobody(
    by: Any, ask: Any, ids: dict[str, str], stranger: Any
) -> None:
    """No different from ids that never were; and the database would not join the two either."""
    mine = await service(stranger, ask, "Mine")
    await service(by, ask, "Cut", categoryId=ids["Hair"])
    before = await everything()

    for hair in (ids["Hair"], f"cat_{uuid7().hex}"):
        for mutation, given, field in (
            (UPDATE, {"id": hair, "name": "Mine"}, ["id"]),
            (UPDATE, {"id": hair, "name": "Mine", "version": 1}, ["id"]),
            (DELETE, {"id": hair}, ["id"]),
            (REORDER, {"ids": [hair]}, ["ids", "0"]),
            (SERVICE, {**PRICE, "name": "New", "categoryId": hair}, ["categoryId"]),
            (PUT, {"id": mine, "categoryId": hair}, ["categoryId"]),
        ):
            answer = await ask(stranger, mutation, input=given)
            [problem] = answer.pop("problems")
            assert set(answer.values()) == {None}
            assert (problem["code"], problem["field"]) == ("NOT_FOUND", ["input", *field])
        found = await ask(
            stranger, OF, id=f"biz_{stranger.business_id.hex}", only={"categoryId": hair}
        )
        assert found["services"] == {"totalCount": 0, "nodes": []}
    assert await listed(stranger, ask) == []
    assert await everything() == before
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await db.execute(
            "UPDATE services SET category_id = (SELECT category_id FROM services"
            " WHERE name = 'Cut') WHERE name = 'Mine'"
        )


async def test_a_service_put_into_a_category_that_goes_meanwhile_is_refused(
    by: Any, ask: Any, ids: dict[str, str], database: Database
) -> None:
    """It waits to see whether the category goes; and a category waits for such a service."""
    category = ids["Hair"].partition("_")[2]
    first = await asyncpg.connect(database.dsn)

    async def waiting(task: asyncio.Task[Any]) -> Any:
        while not await db.fetchval(WAITS, first.get_server_pid()):  # noqa: ASYNC110 - PostgreSQL tells nobody
            await asyncio.sleep(0.01)
        return task

    try:
        async with first.transaction():
            await first.execute("DELETE FROM service_categories WHERE id = $1", category)
            given = {**PRICE, "name": "Late", "categoryId": ids["Hair"]}
            late = await waiting(asyncio.create_task(ask(by, SERVICE, input=given)))
        answer = await late
        assert answer["service"] is None
        [problem] = answer["problems"]
        assert (problem["code"], problem["field"]) == ("NOT_FOUND", ["input", "categoryId"])

        async with first.transaction():
            await first.execute(
                "INSERT INTO services (business_id, name, duration_minutes, price_minor, currency,"
                " colour, category_id) VALUES ($1, 'Early', 30, 100, 'EUR', '#000000', $2)",
                by.business_id, ids["Nails"].partition("_")[2],
            )  # fmt: skip
            delete = asyncio.create_task(ask(by, DELETE, input={"id": ids["Nails"]}))
            gone = await waiting(delete)
        assert await gone == {"deletedId": ids["Nails"], "problems": []}
    finally:
        await first.close()
    rows = await db.fetch("SELECT name, category_id FROM services")
    assert [tuple(row) for row in rows] == [("Early", None)]


async def test_a_business_that_goes_takes_its_categories_along(
    by: Any, do: Any, stranger: Any
) -> None:
    """With the services in them, and nobody else's."""
    for owner in (by, stranger):
        made = await do(rules.create_service_category, owner, name="Hair")
        await do(rules.create_service, owner, **CUT, category_id=made)

    await db.execute("DELETE FROM event WHERE business_id = $1", by.business_id)
    await db.execute("DELETE FROM businesses WHERE id = $1", by.business_id)

    for table in ("services", "service_categories"):
        rows = await db.fetch(f"SELECT business_id FROM {table}")
        assert [row["business_id"] for row in rows] == [stranger.business_id]

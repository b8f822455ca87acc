"""The operations to try, on the demo salon they are meant for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from graphql import parse, validate

from examples.demo.load import load
from examples.demo.start import start
from modules import registry
from schema.compose import build
from schema.graphiql.start import Operation, operations
from storage.database import Database
from tests.conftest import Ask


@pytest.fixture
async def documented(database: Database) -> list[Operation]:
    """The five, with the demo's values in their places."""
    await load()
    return operations((await start()).values(datetime.now(UTC)))


async def test_the_documented_operations_work_on_the_demo(
    documented: list[Operation], api: Ask
) -> None:
    """In their order: the token of the first serves the others, and each finds something."""
    schema = build(registry.load(registry.built_in())).core
    token: str | None = None
    said: dict[str, Any] = {}
    for each in documented:
        assert validate(schema, parse(each.query)) == []
        if "subscription" in each.query:
            continue
        answer = await api(each.query, each.variables, token=token)
        assert "errors" not in answer, answer
        said[each.name] = answer["data"]
        token = token or answer["data"]["signIn"]["token"]

    assert [each.name for each in documented] == ["SignIn", "Week", "Book", "Changes", "ClientFile"]
    assert said["SignIn"]["signIn"]["problems"] == said["Book"]["bookAppointment"]["problems"] == []
    assert said["Week"]["business"]["calendar"]["appointments"]
    assert said["ClientFile"]["node"]["past"]["totalCount"] > 0

"""What a mutation may refuse is a part of its declaration, and a row that is gone is a refusal."""

from __future__ import annotations

import logging
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from strawberry import UNSET

from modules.clients import models
from modules.clients.types import Client, ClientNote
from modules.contract import Module
from modules.errors import InvalidInput, NotFound, Refusal
from modules.viewer import Viewer
from schema import IdOf, Mutation, Payload, Prepared, Problem, extend, input, mutation, problem
from schema.api import Asked
from schema.changing import ATTEMPTS, UNDECLARED
from schema.compose import build
from schema.engine import Engine
from storage.database import fetchval
from tests.promises.conftest import Ask, Salon

GONE = "cli_" + "0" * 32


class TooRash(Refusal):
    """That was too rash."""

    code = "TOO_RASH"
    remedy = "Wait."


class TooLate(Refusal):
    """That was too late."""

    code = "TOO_LATE"
    remedy = "Be earlier."


@problem(TooLate)
class TooLateProblem(Problem):
    """It says when it would have been early enough."""

    by: str
    """When."""

    @staticmethod
    def more(refusal: TooLate) -> dict[str, Any]:
        """Say when."""
        return {"by": "noon"}


@input
class RashInput:
    """What is noted without looking."""

    client_id: IdOf[Client]
    """About whom."""
    others: list[IdOf[Client]] | None = UNSET
    """About whom else."""
    text: str
    """What; or what is to be refused."""


@input
class RashUpdateInput:
    """A note, and its version."""

    id: IdOf[ClientNote]
    """The note."""
    version: int | None = UNSET
    """The version that was read."""


@extend(RashInput, refuses=(TooLate,))
class Later:
    """Something that another module adds."""

    later: bool | None = UNSET
    """Whether it is too late."""

    @staticmethod
    async def check(by: Viewer, later: bool | None) -> dict[str, Any]:
        """Let pass."""
        return {"later": later}

    @staticmethod
    async def apply(by: Viewer, id: UUID, later: bool | None) -> None:
        """Refuse."""
        raise TooLate


TRIED: list[str] = []


async def _count(by: Viewer, input: RashInput) -> int:
    return len(input.text)


@extend(Mutation)
class Rash:
    """Changes that look at nothing."""

    @mutation(refuses=(NotFound, InvalidInput), before=_count)
    @staticmethod
    async def note_rashly(
        by: Viewer, input: RashInput, length: Prepared[int]
    ) -> Payload[ClientNote]:
        """Note something.

        Args:
            input: What.
        """
        TRIED.append(f"{input.text} {length}")
        if input.text == "rash":
            raise TooRash
        made_up = (uuid4(),) if input.text == "made up" else ()
        for client_id in (*made_up, input.client_id, *(input.others or ())):
            note = await models.ClientNote.create(
                business_id=by.of_business(), client_id=client_id, kind="GENERAL", text=input.text
            )
        return note

    @mutation(updates=ClientNote)
    @staticmethod
    async def touch_rashly(by: Viewer, input: RashUpdateInput) -> Payload[ClientNote]:
        """Change nothing.

        Args:
            input: Which.
        """
        return input.id


RASH = Module(name="rash", schema=[Rash, Later])
NOTE = """mutation($input: RashInput!) {
  noteRashly(input: $input) {
    clientNote { text } problems { code field ... on TooLateProblem { by } }
  }
}"""


@pytest.fixture
async def rashly(engine: Engine, loaded: list[Module], salon: Salon) -> Ask:
    """Runs a mutation of a module that looks at nothing, as the owner of the salon."""
    viewer = await engine.viewer(salon.token)
    rash = Engine(build([*loaded, RASH]))
    TRIED.clear()

    async def ask(**given: Any) -> Any:
        asked = Asked(NOTE, {"input": {"clientId": salon.client, "text": "hello", **given}})
        data = orjson.loads((await rash.answer(asked, viewer)).body)["data"]
        return data and data["noteRashly"]

    return ask


def test_a_mutation_says_in_its_description_what_it_refuses(loaded: list[Module]) -> None:
    """Its own codes, those of what others add to its input, and those of an update; sorted."""
    changes = build([*loaded, RASH]).core.mutation_type
    assert changes is not None

    assert changes.fields["noteRashly"].description == (
        "Note something. The team only.\n\nRefuses: `INVALID_INPUT`, `NOT_FOUND`, `TOO_LATE`."
    )
    assert changes.fields["touchRashly"].description == (
        "Change nothing. The team only.\n\nRefuses: `NOT_FOUND`, `STALE_VERSION`."
    )


def test_a_problem_type_is_in_the_schema_where_a_mutation_refuses_it(loaded: list[Module]) -> None:
    """No manifest lists it; without the module nobody sees it."""
    assert "TooLateProblem" in build([*loaded, RASH]).core.type_map
    assert "TooLateProblem" not in build(loaded).core.type_map
    assert "SlotTaken" in build(loaded).core.type_map


async def test_a_refusal_that_is_not_declared_is_reported(
    rashly: Ask, caplog: pytest.LogCaptureFixture
) -> None:
    """The client is answered all the same; we hear of it."""
    answer = await rashly(text="rash")

    assert answer == {"clientNote": None, "problems": [{"code": "TOO_RASH", "field": None}]}
    assert [r.getMessage() for r in caplog.records if r.msg == UNDECLARED] == [
        "noteRashly refused TOO_RASH (TooRash), which its `refuses` does not list"
    ]
    caplog.clear()
    assert (await rashly(later=True))["problems"] == [
        {"code": "TOO_LATE", "field": None, "by": "noon"}
    ]
    assert [r for r in caplog.records if r.levelno >= logging.ERROR] == []


async def test_a_row_that_is_gone_is_not_found_where_the_input_names_it(
    rashly: Ask, salon: Salon
) -> None:
    """What the foreign key misses is said by the path of the input, at the first attempt."""
    gone = {"problems": [{"code": "NOT_FOUND", "field": ["input", "clientId"]}]}

    assert await rashly(clientId=GONE) == {"clientNote": None, **gone}
    assert TRIED == ["hello 5"]
    assert (await rashly(others=[salon.client, GONE]))["problems"] == [
        {"code": "NOT_FOUND", "field": ["input", "others", "1"]}
    ]
    assert (await rashly(clientId=GONE, others=[GONE]))["problems"] == gone["problems"]
    assert await fetchval("SELECT count(*) FROM client_notes") == 0


async def test_a_row_that_is_gone_and_that_no_input_names_is_no_refusal(rashly: Ask) -> None:
    """It is tried again, as somebody may have removed it meanwhile; if it stays so it is a bug."""
    answer = await rashly(text="made up")

    assert answer is None
    assert TRIED == ["made up 7"] * ATTEMPTS
    assert await fetchval("SELECT count(*) FROM client_notes") == 0

"""Two readers, one fast and one naive, give the same bytes for whatever is asked of them."""

from __future__ import annotations

import base64
import re
from random import Random
from typing import Any
from uuid import UUID

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modules.viewer import Role, Viewer
from schema import ComposedSchema
from schema.api import Asked
from schema.engine import Engine
from storage.database import Database, execute
from tests.reading.conftest import ABROAD, HOME
from tests.reading.library.models import Author, Book, Review
from tests.reading.naive import Naive
from tests.reading.operations import Library, Writer, a_library

CURSOR = re.compile(r"\bWz[\w-]{20,}")
ORDERS = ("TITLE", "LONGEST", "SHORTEST", "AUTHOR", "EDITOR", "LENT")
EVERY_CURSOR = " ".join(
    f"{order}: books(order: {order}, first: 100) {{ edges {{ cursor }} }}" for order in ORDERS
)
deterministic = settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


@deterministic
@given(random=st.randoms(use_true_random=True))
async def test_any_operation_on_any_rows_is_answered_as_a_naive_reader_would(
    database: Database, composed: ComposedSchema, random: Random
) -> None:
    """Selections of every kind, byte by byte, in the order of the document."""
    engine = Engine(composed)
    library = a_library(random, HOME, ABROAD)
    await _stock(library)
    viewer = Viewer(
        role=random.choice((Role.OWNER, Role.STAFF)), business_id=HOME, account_id=UUID(int=9)
    )
    naive = await Naive.load(composed.as_str(), viewer)
    cursors = await _cursors(engine, viewer)

    for _ in range(4):
        operation = Writer(random, composed.core, viewer.role, library, cursors).operation()
        for variables in (operation.variables(), operation.variables()):
            answer = await engine.answer(Asked(operation.document, variables), viewer)
            document, values = _named_by_rows([operation.document, variables])
            expected = orjson.dumps({"data": naive.answer(document, values)})
            assert orjson.dumps(_named_by_rows(orjson.loads(answer.body))) == expected, (
                operation.document,
                variables,
            )


async def _stock(library: Library) -> None:
    await execute("DELETE FROM reviews")
    await execute("DELETE FROM books")
    await execute("DELETE FROM authors")
    await Author.bulk_create(library.authors)
    await Book.bulk_create(library.books)
    await Review.bulk_create(library.reviews)


async def _cursors(engine: Engine, viewer: Viewer) -> dict[str, list[str]]:
    answer = await engine.answer(Asked(f"{{ {EVERY_CURSOR} }}"), viewer)
    pages = orjson.loads(answer.body)["data"]
    return {order: [e["cursor"] for e in page["edges"]] for order, page in pages.items()}


def _named_by_rows(value: Any) -> Any:
    """Replace every cursor by the id of the row it stands at."""
    return orjson.loads(CURSOR.sub(_row, orjson.dumps(value).decode()))


def _row(cursor: re.Match[str]) -> str:
    text = cursor[0]
    read: list[str] = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return read[-1]

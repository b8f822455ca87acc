"""The three types every module may extend. Only `node` and `nodes` live here."""

from __future__ import annotations

from typing import cast

import strawberry

from modules.viewer import SIGNED_IN
from schema.declaring import answer
from schema.ids import InvalidId, Ref, split
from schema.tables import Node

MAX_NODES = 100


@strawberry.type(description="Everything that can be read.")
class Query:
    """Everything that can be read."""

    @answer(audience=SIGNED_IN)
    @staticmethod
    async def node(id: strawberry.ID) -> Node | None:
        """Any object by its id; null when there is none, or it is not yours to see.

        Args:
            id: An id as this API gave it to you.
        """
        return _ref(id, ("id",))

    @answer(audience=SIGNED_IN)
    @staticmethod
    async def nodes(ids: list[strawberry.ID]) -> list[Node | None]:
        """Objects by their ids, in the order of the ids; null for those that are not there.

        Args:
            ids: At most 100 ids, of any types.
        """
        if len(ids) > MAX_NODES:
            raise InvalidId("Ask for at most {most} ids at once.", field="ids", most=MAX_NODES)
        return [_ref(id, ("ids", str(index))) for index, id in enumerate(ids)]


@strawberry.type(description="Everything that can be changed.")
class Mutation:
    """Everything that can be changed."""


@strawberry.type(description="Everything that can be watched.")
class Subscription:
    """Everything that can be watched."""


def _ref(id: str, field: tuple[str, ...]) -> Node:
    prefix, key = split(id, field=field)
    return cast(Node, Ref(prefix, key))

"""Whatever is listed can be read by its id, and whatever is deleted says which it was."""

from __future__ import annotations

import orjson
from graphql import GraphQLObjectType, get_named_type

from modules.viewer import Role
from schema.compose import ComposedSchema
from schema.tables import table_of
from tests.guards.conftest import World

NAMED = {"Staff": "staffMember"}
"""Types whose own name is that of their list."""
WITHOUT = {"ErasedVisits"}
"""What is listed and needs no getter: rows that say how many came on a day, and no more."""
NO_ROW = {"removeClientTags", "removeClientsFromGroup"}
"""What takes a client out of something, and deletes no row that has an id."""
GONE = ("delete", "remove", "unsuppress")


def _getters(schema: ComposedSchema) -> dict[str, tuple[str, str]]:
    """Map every type that a business lists to its prefix and the name it has below a business."""
    found = {}
    for field in schema.object_type("Business").fields.values():
        kind = get_named_type(field.type)
        if isinstance(kind, GraphQLObjectType) and "nodes" in kind.fields:
            kind = get_named_type(kind.fields["nodes"].type)
        bound = table_of(schema.class_of(kind)) if isinstance(kind, GraphQLObjectType) else None
        if bound and bound.prefix and kind.name not in WITHOUT:
            name = kind.name[0].lower() + kind.name[1:]
            found[kind.name] = bound.prefix, name
    return found


async def test_every_getter_reads_what_node_reads(world: World) -> None:
    """At the root and below the business, as every role: the same row, and null for one of others.

    A new list without a getter fails here, for want of the field.
    """
    for role in (Role.OWNER, Role.STAFF):
        viewer = await world.viewer(world.ours, role)
        for kind, (prefix, name) in _getters(world.builder.schema).items():
            bound = table_of(world.builder.schema.tables[prefix])
            assert bound is not None
            if role not in bound.audience:
                continue
            query = f"""query($id: ID!) {{
              node(id: $id) {{ id }} root: {NAMED.get(kind, name)}(id: $id) {{ id }}
              viewer {{ business {{ here: {NAMED.get(kind, name)}(id: $id) {{ id }} }} }} }}"""
            for salon, there in ((world.ours, True), (world.theirs, False)):
                id_ = salon.ids[prefix]
                answer = orjson.loads(await world.ask(query, {"id": id_}, viewer))

                row = {"id": id_} if there and answer["data"]["node"] else None
                assert answer == {
                    "data": {"node": row, "root": row, "viewer": {"business": {"here": row}}}
                }, (role, kind)
                assert row is not None or not there or role is not Role.OWNER


def test_every_delete_says_what_it_deleted(world: World) -> None:
    """So that a cache drops the row, whatever it is a row of."""
    mutations = world.builder.schema.object_type("Mutation").fields
    without = {
        name
        for name, field in mutations.items()
        if name.startswith(GONE) and "deletedId" not in get_named_type(field.type).fields
    }

    assert without == NO_ROW

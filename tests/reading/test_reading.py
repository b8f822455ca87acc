"""Selections of every kind, read in one go."""

from __future__ import annotations
from tests.reading.conftest import Ask, key


async def test_x(ask: Ask, shelves: None) -> None:
    """x"""
    print(
        await ask(
            '{ __typename authors { id name born rank bookCount label(prefix: "Dr ", shout: true) books(first: 1, order: LONGEST) { totalCount nodes { title author { name } editor { name } price { amountMinor } binding reviews { stars words } } pageInfo { hasNextPage endCursor } } longestBook { title } } }'
        )
    )
    print(await ask("query($id: ID!) { author(id: $id) { name } }", {"id": "aut_" + key(11).hex}))
    print(await ask("query($id: ID!) { author(id: $id) { name } }", {"id": "bok_" + key(11).hex}))
    print(
        await ask(
            'query { books(order: LONGEST, last: 2) { edges { cursor node { title } } } shelf(start: "C") { start books { nodes { title }} } }'
        )
    )
    print(
        await ask(
            '{ search(word: "A") { __typename ... on Author { name } ... on Book { title editor { name } } } node(id: "bok_%s") { id ... on Book { title } } nodes(ids: ["bok_%s", "aut_%s"]) { id } }'
            % (key(21).hex, key(26).hex, key(11).hex)
        )
    )
    print(await ask('{ __type(name: "Book") { name } }'))
    print(
        await ask(
            '{ books(lentBefore: "2026-01-15T00:00:00Z") { nodes { title lentAt } } authors(named: ["Bo"]) { name } }'
        )
    )

"""Everything in the schema says what it is, and every mutation has the same shape."""

from __future__ import annotations

import re
from typing import Any

import pytest
from graphql import (
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
    get_nullable_type,
    is_introspection_type,
    is_list_type,
)

import schema
from modules import registry
from schema.audiences import WORDS, audience_of, who_may
from schema.checking import undescribed
from schema.composed import ComposedSchema
from schema.tables import table_of
from tests.composition.breaking import ROOT

PAYLOAD = {
    "problems": "[Problem!]!",
    "replayed": "Boolean!",
    "messages": "[PlannedMessage!]!",
}

# Lists of rows that come whole, and what keeps them short; docs/reading.md says the same.
SHORT = {
    "Appointment.proposedWith": "at most 5 times are proposed together",
    "Appointment.segments": "a visit has at most 5 services",
    "ProposeAppointmentPayload.appointments": "at most 5 times are proposed together",
    "AddClientTagsPayload.clients": "at most 1,000 were named",
    "Business.clientFields": "as many as a file has room for",
    "Business.serviceCategories": "a business has at most 100",
    "Calendar.appointments": "at most 62 days of one business",
    "Calendar.blockedTimes": "as long as the calendar",
    "TimeTaken.appointments": "at most ten",
    "TimeTaken.blockedTimes": "at most ten",
    "Client.alerts": "what is worth a warning about one person",
    "CancelAppointmentsPayload.appointments": "at most 200 were named",
    "Client.customFields": "as many as a file has room for",
    "DeleteGroupPayload.appointmentsLeftStanding": "at most 1,000 are listed",
    "DeleteGroupPayload.closedServices": "a price list is read as a whole",
    "DeleteGroupPayload.outdatedSegments": "a business has at most 200",
    "GroupDeletionPreview.appointmentsLeftStanding": "at most 1,000 are listed",
    "GroupDeletionPreview.closedServices": "a price list is read as a whole",
    "GroupDeletionPreview.outdatedSegments": "a business has at most 200",
    "GroupInUse.segments": "a business has at most 200",
    "GroupInUse.services": "a price list is read as a whole",
    "RemoveClientTagsPayload.clients": "at most 1,000 were named",
    "RemoveClientsFromGroupPayload.appointmentsLeftStanding": "at most 1,000 are listed",
    "ReorderClientFieldsPayload.clientFields": "as many as a file has room for",
    "ReorderServiceCategoriesPayload.serviceCategories": "a business has at most 100",
    "Service.staff": "as many as one business employs",
    "ServiceAudience.groups": "the groups one business makes up names for",
    "ServiceCategory.services": "a price list is read as a whole",
    "Staff.services": "a price list is read as a whole",
    "Staff.workingHours": "one week",
    "UpdateGroupPayload.appointmentsLeftStanding": "at most 1,000 are listed",
    "Viewer.memberships": "the businesses one person works for",
    "Viewer.sessions": "one person's devices; they expire",
}
LETTERS = 15
"""A description of fewer letters says too little."""
# Rows that are no nodes, and what they are parts of.
PARTS = {
    "AppointmentStep": "the log, and an appointment",
    "AppointmentSegment": "an appointment, and its place in it",
    "ClientFieldValue": "a client's file, and one of its fields",
    "ClientTag": "the client list, counted by tag",
}


@pytest.fixture(scope="module")
def composed() -> ComposedSchema:
    """The schema of all built-in modules."""
    return schema.build(registry.load(registry.built_in()))


def test_everything_is_described(composed: ComposedSchema) -> None:
    """Types, fields, arguments and enum values."""
    assert list(undescribed(composed.core)) == []


def test_descriptions_are_sentences(composed: ComposedSchema) -> None:
    """They begin with a capital or a name in backticks and end with a full stop."""
    found = [
        (name, said)
        for name, said in _said(composed)
        if not (said[0].isupper() or said[0] in "`0123456789") or said[-1] not in ".?)"
    ]

    assert found == []


def _said(composed: ComposedSchema) -> list[tuple[str, str]]:
    found = []
    for kind in composed.core.type_map.values():
        if is_introspection_type(kind) or getattr(kind, "ast_node", None) is not None:
            continue
        found.append((kind.name, kind.description or "?"))
        for name, field in {**getattr(kind, "fields", {}), **getattr(kind, "values", {})}.items():
            found.append((f"{kind.name}.{name}", field.description or "?"))
            for argument, described in getattr(field, "args", {}).items():
                found.append((f"{kind.name}.{name}({argument}:)", described.description or "?"))
    return found


def _without_audience(said: str) -> str:
    """Leave out who may, which is added to what somebody wrote."""
    for words in WORDS.values():
        said = said.removesuffix(f" {words}")
    return said


def test_every_mutation_takes_and_answers_the_same(composed: ComposedSchema) -> None:
    """`input`, `idempotencyKey` and `dryRun` in; a payload of its own with its problems out."""
    mutations: Any = composed.core.mutation_type
    found = {}
    for name, field in mutations.fields.items():
        own = f"{name[0].upper()}{name[1:]}"
        arguments = {a: str(argument.type) for a, argument in field.args.items()}
        payload: Any = field.type.of_type if isinstance(field.type, GraphQLNonNull) else None
        common = {f: str(payload.fields[f].type) for f in PAYLOAD if f in payload.fields}
        results = payload.fields.keys() - PAYLOAD.keys()
        nullable = [r for r in results if isinstance(payload.fields[r].type, GraphQLNonNull)]
        found[name] = (
            {**arguments, "input": arguments.get("input", "").rstrip("!")},
            payload.name,
            common,
            bool(results),
            nullable,
        )
        expected = {"input": f"{own}Input", "idempotencyKey": "String", "dryRun": "Boolean!"}
        assert found[name] == (expected, f"{own}Payload", PAYLOAD, True, [])


def test_what_updates_a_row_takes_its_id_and_version(composed: ComposedSchema) -> None:
    """So that an edit of an old copy can be refused."""
    mutations: Any = composed.core.mutation_type
    found = {}
    for name, field in mutations.fields.items():
        _, spec = composed.field(mutations, name)
        if spec.updates:
            fields = field.args["input"].type.of_type.fields
            found[name] = [str(fields[f].type) for f in ("id", "version") if f in fields]

    assert found
    assert {n: f for n, f in found.items() if f != ["ID!", "Int"]} == {}


def test_every_row_can_be_read_again_by_its_id(composed: ComposedSchema) -> None:
    """Types of tables are nodes with a prefix of their own, three letters long.

    Those without one are parts of others.
    """
    kinds = [k for k in composed.core.type_map.values() if isinstance(k, GraphQLObjectType)]
    bound = {
        k.name: (table.prefix, [i.name for i in k.interfaces])
        for k in kinds
        if not is_introspection_type(k) and (table := table_of(composed.class_of(k)))
    }

    parts = {name for name, (prefix, _) in bound.items() if not prefix}
    nodes = {name: each for name, each in bound.items() if name not in parts}

    assert parts == PARTS.keys()
    assert {n: i for n, (p, i) in nodes.items() if "Node" not in i or len(p) != 3} == {}
    assert len({p for p, _ in nodes.values()}) == len(nodes) == len(composed.tables)


def test_lists_that_can_grow_come_in_pages(composed: ComposedSchema) -> None:
    """A list of rows without pages is one of those that stay short by nature."""
    core = composed.core
    kinds = [k for k in core.type_map.values() if isinstance(k, GraphQLObjectType)]
    found = {
        f"{kind.name}.{name}"
        for kind in kinds
        if not kind.name.endswith("Connection") and not is_introspection_type(kind)
        for name, field in kind.fields.items()
        if is_list_type(get_nullable_type(field.type))
        and isinstance(of := get_named_type(field.type), GraphQLObjectType)
        and table_of(composed.class_of(of))
    }

    page = (ROOT / "docs" / "reading.md").read_text(encoding="utf-8")
    assert found == SHORT.keys()
    assert [line for line in whole_lists() if line not in page.splitlines()] == []


def whole_lists() -> list[str]:
    """Write the lines of the table of lists that come whole."""
    bounds: dict[str, list[str]] = {}
    for name, bound in SHORT.items():
        bounds.setdefault(bound, []).append(f"`{name}`")
    return [f"| {', '.join(names)} | {bound} |" for bound, names in bounds.items()]


def test_descriptions_say_who_may(composed: ComposedSchema) -> None:
    """Of what is asked and done, of rows, and of each of their fields; as it is enforced."""
    roots = (
        composed.core.query_type,
        composed.core.mutation_type,
        composed.core.subscription_type,
    )
    wrong = []
    for kind in composed.core.type_map.values():
        if not isinstance(kind, GraphQLObjectType) or is_introspection_type(kind):
            continue
        bound = table_of(composed.class_of(kind))
        if kind not in roots and bound is None:
            continue
        for name, field in kind.fields.items():
            audience = audience_of(composed, kind, name)
            audience = audience & bound.audience if bound else audience
            said = (field.description or "").partition("\n\n")[0]
            if not said.endswith(f" {who_may(audience)}"):
                wrong.append((f"{kind.name}.{name}", said))

    assert wrong == []


def test_descriptions_name_the_noun(composed: ComposedSchema) -> None:
    """Like "The client to block.", never "Which." or "Whose file."."""
    riddle = re.compile(r"^(Who|Whose|Whom|Which|Why|Where|When)( \w+)?\.$")

    assert [
        (name, said) for name, said in _said(composed) if riddle.match(_without_audience(said))
    ] == []


def test_descriptions_say_the_noun_and_what_it_is(composed: ComposedSchema) -> None:
    """Not "How many." but "How many clients joined the group."."""
    short = [
        (name, said)
        for name, said in _said(composed)
        if sum(letter.isalpha() for letter in _without_audience(said)) < LETTERS
    ]

    assert short == []

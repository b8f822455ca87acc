"""The one GraphQL schema, and what a module author writes to add to it."""

from strawberry import Parent

from modules.events import Event, Happened
from modules.viewer import EVERYONE, OWNERS, PUBLIC, SIGNED_IN, TEAM, Role, Viewer
from schema.compose import ComposedSchema, SchemaError, build, extend
from schema.connection import Connection
from schema.declaring import (
    Expansion,
    Expression,
    Many,
    Node,
    One,
    Result,
    answer,
    computed,
    expression,
    group,
    model_of,
    rows,
    table,
    visible,
)
from schema.describing import choice, form, interface, plain
from schema.ids import IdOf, Ref, encode, ref
from schema.live import live
from schema.mutation import mutation, result
from schema.naming import camel
from schema.problems import Problem, problem
from schema.reading.arguments import added, given, spelled
from schema.reading.parameters import check, derive
from schema.reading.source import by_values, few, ranked, standing_for, unless, where
from schema.roots import Mutation, Query, Subscription
from schema.scalars import JSON, MinorUnits

__all__ = [
    "EVERYONE",
    "JSON",
    "OWNERS",
    "PUBLIC",
    "SIGNED_IN",
    "TEAM",
    "ComposedSchema",
    "Connection",
    "Event",
    "Expansion",
    "Expression",
    "Happened",
    "IdOf",
    "Many",
    "MinorUnits",
    "Mutation",
    "Node",
    "One",
    "Parent",
    "Problem",
    "Query",
    "Ref",
    "Result",
    "Role",
    "SchemaError",
    "Subscription",
    "Viewer",
    "added",
    "answer",
    "build",
    "by_values",
    "camel",
    "check",
    "choice",
    "computed",
    "derive",
    "encode",
    "expression",
    "extend",
    "few",
    "form",
    "given",
    "group",
    "interface",
    "live",
    "model_of",
    "mutation",
    "plain",
    "problem",
    "ranked",
    "ref",
    "result",
    "rows",
    "spelled",
    "standing_for",
    "table",
    "unless",
    "visible",
    "where",
]

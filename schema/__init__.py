"""The one GraphQL schema, and what a module author writes to add to it."""

from strawberry import Parent

from modules.events import Event, Happened
from modules.viewer import EVERYONE, OWNERS, PUBLIC, SIGNED_IN, TEAM, Role, Viewer
from schema.aliases import Expression, Many, One, Payload
from schema.compose import build, extend
from schema.composed import ComposedSchema, SchemaError
from schema.connection import Connection
from schema.declaring import (
    Every,
    Expansion,
    Prepared,
    answer,
    computed,
    expression,
    nested,
    rows,
    visible,
)
from schema.describing import enum, input, interface, object
from schema.getters import getters
from schema.ids import IdOf, Ref, encode, ref
from schema.jobs import Job, Progress, job_of, shown
from schema.live import subscription
from schema.missing import check_there
from schema.mutation import mutation, payload
from schema.naming import camel, snake
from schema.ordering import OrderDirection, in_order
from schema.previews import Count, Preview, counted, seen
from schema.problems import Problem, problem
from schema.reading.arguments import given, is_given, spelled
from schema.reading.parameters import check, derive
from schema.reading.source import (
    by_values,
    few,
    ranked,
    scoped_term,
    standing_for,
    unless,
    where,
)
from schema.reading.values import added
from schema.roots import Mutation, Query, Subscription
from schema.scalars import JSON, MinorUnits
from schema.settings import setting_of, settings_of
from schema.tables import Node, id_of, model_of, table
from schema.versioned import VersionedInput, sent_version
from storage.codecs import show_instant

__all__ = [
    "EVERYONE",
    "JSON",
    "OWNERS",
    "PUBLIC",
    "SIGNED_IN",
    "TEAM",
    "ComposedSchema",
    "Connection",
    "Count",
    "Event",
    "Every",
    "Expansion",
    "Expression",
    "Happened",
    "IdOf",
    "Job",
    "Many",
    "MinorUnits",
    "Mutation",
    "Node",
    "One",
    "OrderDirection",
    "Parent",
    "Payload",
    "Prepared",
    "Preview",
    "Problem",
    "Progress",
    "Query",
    "Ref",
    "Role",
    "SchemaError",
    "Subscription",
    "VersionedInput",
    "Viewer",
    "added",
    "answer",
    "build",
    "by_values",
    "camel",
    "check",
    "check_there",
    "computed",
    "counted",
    "derive",
    "encode",
    "enum",
    "expression",
    "extend",
    "few",
    "getters",
    "given",
    "id_of",
    "in_order",
    "input",
    "interface",
    "is_given",
    "job_of",
    "model_of",
    "mutation",
    "nested",
    "object",
    "payload",
    "problem",
    "ranked",
    "ref",
    "rows",
    "scoped_term",
    "seen",
    "sent_version",
    "setting_of",
    "settings_of",
    "show_instant",
    "shown",
    "snake",
    "spelled",
    "standing_for",
    "subscription",
    "table",
    "unless",
    "visible",
    "where",
]

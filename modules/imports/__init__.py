"""Taking over a client list that was kept elsewhere: looked over, corrected, taken back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from modules.client_data import ClientData
from modules.clients.hooks import BEFORE_DELETING
from modules.contract import Module
from modules.events import Event
from modules.imports import resolvers, rules
from modules.imports.events import (
    ImportCommitAsked,
    ImportReadingAsked,
    ImportRequestChanged,
    ImportRequested,
    ImportRollbackAsked,
    ImportStarted,
)
from modules.imports.notices import EMAILS
from storage.handlers import Handler, Patience

E = TypeVar("E", bound=Event)


def _patient(do: Callable[[E], Awaitable[None]]) -> Handler[E]:
    """Have a step of an import tried for some minutes, an hour at the most at a time."""
    return Handler(
        do=do,
        patience=Patience(attempts=5, time_limit=3600.0),
        given_up=rules.give_up,
        retried=rules.take_up,
    )


module = Module(
    name="imports",
    requires=["accounts", "clients"],
    schema=[
        resolvers.BusinessImports,
        resolvers.ImportPreview,
        resolvers.ImportQueries,
        resolvers.ImportMutations,
        *resolvers.GETTERS,
    ],
    events=[
        ImportStarted,
        ImportReadingAsked,
        ImportCommitAsked,
        ImportRollbackAsked,
        ImportRequested,
        ImportRequestChanged,
    ],
    reactions={
        ImportReadingAsked: [_patient(rules.read_list)],
        ImportCommitAsked: [_patient(rules.write_list)],
        ImportRollbackAsked: [_patient(rules.take_back_list)],
    },
    emails=EMAILS,
    jobs={rules.FORGET: rules.forget},
    hooks={BEFORE_DELETING: rules.before_deleting},
    sweeps=[rules.sweep],
    client_data=[
        ClientData(
            table="imported_clients",
            name="imports",
            shows=("import_id", "row_number", "created", "before", "after"),
            stays=True,
        ),
        ClientData(table="import_rows", name="import rows", hidden=True, stays=True),
    ],
)

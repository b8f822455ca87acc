"""Taking over a client list that was kept elsewhere: looked over, corrected, taken back."""

from __future__ import annotations

from modules.belongings import Belonging
from modules.contract import Module
from modules.imports import resolvers, rules
from modules.imports.events import (
    ImportCommitAsked,
    ImportProgressed,
    ImportReadingAsked,
    ImportRequestChanged,
    ImportRequested,
    ImportRollbackAsked,
    ImportStarted,
)

module = Module(
    name="imports",
    requires=["accounts", "clients"],
    schema=[
        resolvers.ImportQueries,
        resolvers.BusinessImports,
        resolvers.ImportPreview,
        resolvers.ImportMutations,
        resolvers.ImportSubscriptions,
    ],
    events=[
        ImportStarted,
        ImportReadingAsked,
        ImportCommitAsked,
        ImportRollbackAsked,
        ImportProgressed,
        ImportRequested,
        ImportRequestChanged,
    ],
    reactions={
        ImportReadingAsked: [rules.read_list],
        ImportCommitAsked: [rules.write_list],
        ImportRollbackAsked: [rules.take_back_list],
    },
    sweeps=[rules.sweep],
    belongings=[
        Belonging(
            table="imported_clients",
            name="imports",
            shows=("import_id", "row_number", "created", "before", "after"),
            stays=True,
        ),
        Belonging(table="import_rows", name="import rows", hidden=True, stays=True),
    ],
)

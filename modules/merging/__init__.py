"""Two files on one person: found, merged with a preview, and made two again within 30 days."""

from __future__ import annotations

from modules.client_data import ClientData
from modules.clients.events import (
    ClientCreated,
    ClientsChanged,
    ClientsImported,
    ClientsUnmerged,
    ClientUpdated,
)
from modules.contract import Module
from modules.merging import resolvers, rules

module = Module(
    name="merging",
    requires=["accounts", "clients"],
    schema=[
        resolvers.BusinessDuplicates,
        resolvers.ClientDuplicates,
        resolvers.MergingQueries,
        resolvers.MergingMutations,
        *resolvers.GETTERS,
    ],
    client_data=[
        ClientData(table="client_duplicates", name="possible duplicates", hidden=True, stays=True),
        ClientData(table="compared_files", name="comparisons", hidden=True, stays=True),
        ClientData(table="client_merges", name="merges", hidden=True),
        ClientData(table="client_merge_parts", name="parts of merges", hidden=True),
    ],
    reactions={
        ClientCreated: [rules.compare_one],
        ClientUpdated: [rules.compare_one],
        ClientsUnmerged: [rules.compare_one],
        ClientsImported: [rules.compare_many],
        ClientsChanged: [rules.compare_many],
    },
    jobs={rules.COMPARE: rules.compare},
    sweeps=[rules.sweep, rules.catch_up],
)

"""Rows of a list, and the clients who came with them."""

from __future__ import annotations

from typing import Any

from modules.clients.types import Client, lists_fill
from modules.imports import models
from modules.imports.types.imports import loaded
from modules.imports.types.problems import ImportProblem, shown
from modules.viewer import Viewer
from schema import Node, computed, object, table


@object
@lists_fill
class ImportPerson:
    """A client as a row tells of them, as far as it could be understood."""


NOBODY: dict[str, Any] = {
    name: [] if kind == list[str] else None for name, kind in ImportPerson.__annotations__.items()
}
"""What is known of whom nothing is."""


@table(models.ImportRow, prefix="imr")
class ImportRow(Node):
    """A row of a list, and what becomes of it."""

    row_number: int
    """Where it stands in the list, counted from 1, header included."""
    outcome: models.ImportOutcome
    """What becomes of it."""
    same: models.ImportSame | None
    """By what it is told to be somebody known."""
    same_as_row: int | None
    """The earlier row about the same person, if there is one."""
    client: Client | None
    """The client it is about, who is on the list already."""

    @computed(needs=("columns",))
    def person(self) -> ImportPerson:
        """The client as the row tells of them."""
        found = loaded(self.columns)  # type: ignore[attr-defined]
        known: Any = {name: found.get(name) or nothing for name, nothing in NOBODY.items()}
        return ImportPerson(**known)

    @computed(needs=("problems",))
    def problems(self, reader: Viewer) -> list[ImportProblem]:
        """What is wrong with it; what is not fatal only leaves a value out."""
        return [shown(each, reader) for each in loaded(self.problems)]


@table(models.ImportedClient, prefix="imc")
class ImportedClient(Node):
    """A client an import added or changed."""

    row_number: int
    """The row they came with."""
    client: Client
    """The client it added or changed."""
    created: bool
    """Whether their file was opened by it, or changed."""
    kept: models.ImportKept | None
    """Why a rollback left them as they are."""

"""Prints the tables of docs/problems.md, made of the refusals: run me after adding one."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path

import modules
import schema
import storage
from modules import registry
from modules.errors import Refusal, Several
from modules.translations import Text
from schema.compose import build

PAGE = Path(__file__).resolve().parents[2] / "docs" / "problems.md"
BY_MUTATION = ["| mutation | refuses |", "|---|---|"]
HEAD = ["| code | meaning | what helps | again |", "|---|---|---|---|"]


def refusals() -> list[type[Refusal]]:
    """Find every refusal of the product, by code."""
    for package in (modules, schema, storage):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(found.name)
    ours = {r for r in _below(Refusal) if r.__module__.split(".")[0] in ("modules", "schema")}
    ours.discard(Several)  # shown as what it stands for
    return sorted(ours, key=lambda r: (r.code, r.__module__, len(r.__mro__), r.__qualname__))


def table() -> list[str]:
    """Write the table: a row for every code, all its remedies in it."""
    rows: dict[str, tuple[str, list[str], bool]] = {}
    for refusal in refusals():
        _, remedies, _ = rows.setdefault(refusal.code, (meaning_of(refusal), [], refusal.retryable))
        told = [refusal.remedy]
        told += [f"Clients: {refusal.client_remedy}"] if refusal.client_remedy else []
        for each in (Text(text, refusal.values).told() for text in told):
            if each not in remedies:
                remedies.append(each)
    return [
        *HEAD,
        *(
            f"| `{code}` | {meaning} | {' Or: '.join(remedies)} | {'yes' if again else 'no'} |"
            for code, (meaning, remedies, again) in rows.items()
        ),
    ]


def by_mutation() -> list[str]:
    """Write the other table: what each mutation refuses, as its description says."""
    changes = build(registry.load(registry.built_in())).core.mutation_type
    assert changes is not None
    found = {
        name: (field.description or "").partition("\n\nRefuses: ")[2].rstrip(".")
        for name, field in sorted(changes.fields.items())
    }
    return [*BY_MUTATION, *(f"| `{name}` | {codes} |" for name, codes in found.items() if codes)]


def meaning_of(refusal: type[Refusal]) -> str:
    """Return the sentence a refusal says when its rule gives it none."""
    return (refusal.__doc__ or "").partition("\n")[0]


def _below(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    for found in kind.__subclasses__():
        yield found
        yield from _below(found)


if __name__ == "__main__":
    sys.stdout.write("\n".join([*table(), "", *by_mutation()]) + "\n")

"""Rows of the database become JSON in one place, which knows what drivers make of values."""

from __future__ import annotations

import ast
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import asyncpg.pgproto.pgproto
import pytest

from storage import jsonb

ROOT = Path(__file__).resolve().parents[2]
ID = "0198c1f0-0000-7000-8000-000000000001"


def test_modules_leave_json_to_the_one_place_that_knows_rows() -> None:
    """`orjson.dumps` refuses the UUIDs of rows, and nobody sees that before there are some."""
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sorted((ROOT / "modules").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and node.attr == "dumps"
        and isinstance(node.value, ast.Name)
        and node.value.id in ("orjson", "json")
    ]

    assert found == []


def test_rows_are_written_whatever_the_driver_made_of_their_values() -> None:
    """The driver's own UUIDs, decimals without a lost digit, sets in order."""
    row = {
        "id": asyncpg.pgproto.pgproto.UUID(ID),
        "ids": [UUID(ID)],
        "sum": Decimal("12345678901234567890.10"),
        "tags": {"b", "a"},
    }

    assert jsonb.text(row) == (
        f'{{"id":"{ID}","ids":["{ID}"],"sum":"12345678901234567890.10","tags":["a","b"]}}'
    )


def test_what_has_no_form_in_json_is_refused() -> None:
    """Rather than written as Python shows it."""
    with pytest.raises(TypeError):
        jsonb.text({"what": object()})

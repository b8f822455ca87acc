"""Workbooks of all kinds, as programs write them, over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.imports.conftest import Web

FILES = Path(__file__).with_name("files")
KINDS = {
    "xls": "application/vnd.ms-excel",
    "xlsb": "application/vnd.ms-excel.sheet.binary.macroenabled.12",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
}


def person(**known: Any) -> dict[str, Any]:
    """Describe somebody of whom nothing else is known."""
    empty = ("email", "phone", "birthday", "street", "postalCode", "city", "country", "note")
    return {**dict.fromkeys(empty), "tags": [], "consents": [], **known}


ZOE = person(
    firstName="Zoë", lastName="Müller", email="zoe@example.org", phone="+31612345678",
    birthday="1985-03-12", note='löyal; "always"', consents=["EMAIL"],
)  # fmt: skip
BO = person(firstName="Bo", lastName="Ek", email="bo@example.org", birthday="2000-02-29")
TARO = person(firstName="山田", lastName="太郎", email="taro@example.org", phone="+81312345678")
NOBODY = person(firstName=None, lastName="Nobody", note="no first name")


@pytest.mark.parametrize("ending", KINDS)
async def test_a_list_is_the_same_in_every_kind_of_workbook(web: Web, ending: str) -> None:
    """R19: dates, numbers, yes and no, blank cells and rows, a formula that failed."""
    data = (FILES / f"clients.{ending}").read_bytes()
    id_ = await web.bring(data, f"clients.{ending}", KINDS[ending])
    ready = await web.settled(id_)
    rows = await web.rows(id_)
    done = await web.commit(id_)
    clients = {each["first_name"]: each for each in await web.clients()}

    assert (ready["state"], ready["problem"], ready["sheets"]) == ("READY", None, ["Kunden"])
    assert ready["layout"] == {
        "encoding": None, "separator": None, "sheet": "Kunden", "headerRow": 1,
    }  # fmt: skip
    assert ready["counts"] == {
        "rows": 4, "read": 4, "create": 3, "update": 0, "skip": 0, "problem": 1,
    }  # fmt: skip
    assert [column["field"] for column in ready["columns"]] == [
        "FIRST_NAME", "LAST_NAME", "EMAIL", "PHONE", "BIRTHDAY", "CONSENT_EMAIL", "CUSTOM",
        "CUSTOM", "NOTE",
    ]  # fmt: skip
    assert [(row["rowNumber"], row["outcome"], row["person"]) for row in rows] == [
        (2, "CREATE", ZOE),
        (3, "CREATE", BO),
        (5, "CREATE", TARO),
        (6, "PROBLEM", NOBODY),
    ]
    assert [row["problems"] for row in rows[:3]] == [[], [], []]
    assert done["state"] == "COMMITTED"
    own = {name: sorted(map(str, each["custom"].values())) for name, each in clients.items()}
    assert own == {"Zoë": ["2019-12-31", "38.5"], "Bo": ["41"], "山田": ["0", "1999-01-01"]}


@pytest.mark.parametrize("ending", KINDS)
async def test_a_workbook_behind_a_password_says_so(web: Web, ending: str) -> None:
    """Whatever its kind; nothing is kept of it but the reason."""
    data = (FILES / f"password.{ending}").read_bytes()
    found = await web.settled(await web.bring(data, f"clients.{ending}", KINDS[ending]))

    assert (found["state"], found["problem"]["code"]) == ("UNREADABLE", "FILE_ENCRYPTED")
    assert found["columns"] == []


async def test_a_workbook_whose_cells_would_be_lost_is_refused(web: Web) -> None:
    """An XLSB may leave out which column a cell is in; better not read than read in part."""
    data = (FILES / "short_cells.xlsb").read_bytes()
    found = await web.settled(await web.bring(data, "clients.xlsb", KINDS["xlsb"]))

    assert (found["state"], found["problem"]["code"]) == ("UNREADABLE", "FILE_DAMAGED")
    assert found["problem"]["message"] == "This XLSB leaves out in which column its cells are."

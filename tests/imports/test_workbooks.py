"""Workbooks of all kinds, as programs write them, over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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


async def test_a_list_is_the_same_in_every_kind_of_workbook(web: Web) -> None:
    """R19: dates, numbers, yes and no, blank cells and rows, a formula that failed."""
    for ending, kind in KINDS.items():
        data = (FILES / f"clients.{ending}").read_bytes()
        id_ = await web.bring(data, f"clients.{ending}", kind)
        ready = await web.settled(id_)
        rows = await web.rows(id_)
        done = await web.commit(id_)
        clients = {each["first_name"]: each for each in await web.clients()}
        assert (await web.roll_back(id_))["stage"] == "ROLLED_BACK"

        assert (ready["stage"], ready["problem"], ready["sheets"]) == ("READY", None, ["Kunden"])
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
        ], ending
        assert [row["problems"] for row in rows[:3]] == [[], [], []]
        assert done["stage"] == "COMMITTED"
        own = {name: sorted(map(str, each["custom"].values())) for name, each in clients.items()}
        assert own == {"Zoë": ["2019-12-31", "38.5"], "Bo": ["41"], "山田": ["0", "1999-01-01"]}


async def test_a_workbook_that_cannot_be_read_whole_says_why(web: Web) -> None:
    """One behind a password, of any kind; an XLSB without the columns of its cells (a loss)."""
    unreadable = {f"password.{ending}": "FILE_ENCRYPTED" for ending in KINDS}
    for name, code in {**unreadable, "short_cells.xlsb": "FILE_DAMAGED"}.items():
        kind = KINDS[name.rpartition(".")[2]]
        found = await web.settled(await web.bring((FILES / name).read_bytes(), name, kind))
        assert (found["stage"], found["problem"]["code"], found["columns"]) == (
            "UNREADABLE", code, [],
        ), name  # fmt: skip
    assert found["problem"]["message"] == "This XLSB leaves out in which column its cells are."

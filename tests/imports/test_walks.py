"""Lists, merges, deletions and rollbacks in several orders, beside everything else, over HTTP."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from modules.erasure.rules import finishing
from storage import database as db
from tests.imports.conftest import MAP, Web
from tests.imports.test_forgetting import (
    DELETE,
    GROUP,
    HEAD,
    LOOK,
    MEANT,
    MERGE,
    OPEN,
    SEGMENT,
    UNMERGE,
)

FIND = """query($search: String!) { viewer { business {
  clients(search: $search) { nodes { id } } clientFields { id name kind } } } }"""
WALKS = (
    "merge unmerge erase rollback",
    "merge erase rollback",
    "merge rollback unmerge erase",
    "erase merge rollback unmerge",
    "rollback erase",
)


@pytest.fixture
def enabled() -> list[str]:
    """All that may hold a client."""
    return [
        *("accounts", "messaging", "services", "clients", "appointments", "erasure", "exports"),
        *("imports", "invitations", "merging", "groups"),
    ]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those who watch are told at once, and nobody waits long."""
    monkeypatch.setattr(finishing, "TOLD", finishing.timedelta(0))
    monkeypatch.setattr(finishing, "LONGEST_PAUSE", 0.2)


class Walk:
    """One order of steps, with people of its own."""

    def __init__(self, web: Web, nth: int) -> None:
        self.web, self.nth = web, nth
        self.ids: dict[str, str] = {}
        self.merges: list[str] = []
        self.gone: set[str] = set()

    def mail(self, name: str) -> str:
        """Give somebody's address."""
        return f"{name}.{self.nth}@example.org".lower()

    async def open(self, name: str, **more: Any) -> None:
        """Open a file by hand."""
        made = await self.web.do(
            OPEN, firstName=name, lastName=f"Known{self.nth}", email=self.mail(name), **more
        )
        assert made["problems"] == []
        self.ids[name] = made["client"]["id"]

    async def find(self, name: str) -> None:
        """Find somebody the list brought."""
        found = await self.web.get(FIND, search=self.mail(name))
        [self.ids[name]] = [each["id"] for each in found["business"]["clients"]["nodes"]]

    async def merge(self) -> None:
        """Take whom the list brought for somebody who was known."""
        other = "Cy" if "Zoltana" in self.gone else "Zoltana"
        made = await self.web.do(MERGE, survivorId=self.ids["Ann"], otherId=self.ids[other])
        assert made["problems"] == []
        self.merges.append(made["merge"]["id"])

    async def unmerge(self) -> None:
        """Undo that."""
        undone = await self.web.do(UNMERGE, id=self.merges.pop())
        assert undone["problems"] == []

    async def erase(self) -> None:
        """Delete Zoltana's file, or the one it was merged into, and wait until nothing is left."""
        name = "Ann" if self.merges else "Zoltana"
        looked = await self.web.ask(LOOK, {"id": self.ids[name]}, token=self.web.token)
        preview = looked["data"]["clientDeletionPreview"]
        if preview is None:  # a rollback took it
            return
        deleted = await self.web.do(DELETE, id=self.ids[name], token=preview["token"])
        assert deleted["problems"] == []
        self.gone |= {name, "Zoltana"}
        async with asyncio.timeout(120):
            while await db.fetchval("SELECT count(*) FROM erasures WHERE status <> 'DONE'"):  # noqa: ASYNC110
                await asyncio.sleep(0.1)

    async def rollback(self) -> None:
        """Take the list back."""
        back = await self.web.roll_back(self.listed)
        assert (back["stage"], back["problem"]) == ("ROLLED_BACK", None)

    async def begin(self) -> None:
        """Have people, a group of them, a list that is committed and one under way."""
        fields = (await self.web.get(FIND, search="x"))["business"]["clientFields"]
        values = [
            {"fieldId": each["id"], **VALUES[each["kind"]]}
            for each in fields
            if each["name"] != "Left behind"
        ]
        await self.open("Ann", tags=["vip"], customFields=values)
        await self.open("Bo")
        made = await self.web.do(GROUP, name=f"Hers {self.nth}", clientIds=[self.ids["Ann"]])
        group = made["group"]["id"]
        made = await self.web.do(SEGMENT, name=f"{self.nth}", filter={"not": {"groupIds": [group]}})
        self.segment = made["clientSegment"]["id"]
        self.before = await self.files()
        hers = f"Zoltana,Querfeld,{self.mail('Zoltana')},06 1234 99{self.nth:02},allergic\n"
        bo = f"Bo,Known{self.nth},{self.mail('Bo')},06 1111 22{self.nth:02},\n"
        cy, dee = (f"{name},New{self.nth},{self.mail(name)},,\n" for name in ("Cy", "Dee"))
        self.listed = await self.web.bring(HEAD + (hers + bo + cy).encode())
        fill_in = await self.web.do(MAP, id=self.listed, options={"sameEmail": "FILL_IN"})
        assert fill_in["problems"] == []
        await self.web.settled(self.listed)
        self.under_way = await self.web.bring(HEAD + (hers + dee).encode())
        done = await self.web.commit(self.listed)
        assert (done["effects"]["created"], done["effects"]["updated"]) == (2, 1)
        for name in ("Zoltana", "Cy"):
            await self.find(name)

    async def end(self) -> None:
        """Look that nothing else was touched, and that the other list goes on and back."""
        known = {name: said for name, said in self.before.items() if name not in self.gone}
        assert await self.files() == known
        found = await self.web.get(MEANT, segment=self.segment)
        assert "Bo" in [each["firstName"] for each in found["business"]["clients"]["nodes"]]
        done = await self.web.commit(self.under_way)
        assert (done["stage"], done["problem"]) == ("COMMITTED", None)
        back = await self.web.roll_back(self.under_way)
        assert (back["stage"], back["effects"]["kept"]) == ("ROLLED_BACK", 0)
        assert await self.files() == known
        assert await db.fetchval("SELECT count(*) FROM job WHERE status = 'failed'") == 0

    async def files(self) -> dict[str, str]:
        """Give the files of those who were known, as they are kept."""
        rows = await db.fetch(
            "SELECT first_name AS name, (to_jsonb(c) - 'version')::text AS said"
            " FROM clients c WHERE id = ANY ($1::uuid[])",
            [self.ids[name].partition("_")[2] for name in ("Ann", "Bo")],
        )
        return {row["name"]: row["said"] for row in rows}


VALUES: dict[str, dict[str, Any]] = {
    "TEXT": {"text": "dry"}, "NUMBER": {"number": 38.5}, "DATE": {"date": "2020-02-02"},
    "CHOICE": {"choice": "Grey"},
}  # fmt: skip


async def test_lists_merges_deletions_and_rollbacks_go_in_any_order(web: Web) -> None:
    """R15, R19, R24, C10: whoever was known is as before, and who was erased is nowhere."""
    for nth, steps in enumerate(WALKS):
        walk = Walk(web, nth)
        await walk.begin()
        for step in steps.split():
            await getattr(walk, step)()
        await walk.end()

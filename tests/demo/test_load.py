"""The demo salon."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from examples.demo import load as demo
from modules.accounts import rules as accounts
from modules.appointments import rules as appointments
from modules.viewer import PUBLIC, Role, Viewer
from storage import database as db
from storage import log
from storage.database import Database

FOLDER = Path(demo.__file__).parent


@pytest.fixture
def enabled() -> list[str]:
    """Only what the salon needs."""
    return ["accounts", "services", "clients", "appointments"]


async def counted() -> dict[str, int]:
    """How much there is."""
    tables = ("businesses", "accounts", "staff", "services", "clients", "appointments", "event")
    return {each: await db.fetchval(f"SELECT count(*) FROM {each}") for each in tables}


async def test_the_salon_is_loaded_in_seconds_and_once(database: Database) -> None:
    """Through the rules, with half a year around today; a second run finds it there."""
    told: list[tuple[str, int, int]] = []
    began = time.monotonic()

    first = await demo.load(lambda what, done, of: told.append((what, done, of)))
    took = time.monotonic() - began
    there = await counted()
    second = await demo.load()

    assert took < 20
    assert told[0] == ("Business", 0, 1)
    assert told[-1][1] == told[-1][2] > 5_000
    assert (first.created, second.created) == (True, False)
    assert second.business_id == first.business_id
    assert await counted() == there
    assert {k: there[k] for k in ("businesses", "accounts", "staff", "services", "clients")} == {
        "businesses": 1,
        "accounts": 2,
        "staff": 6,
        "services": 20,
        "clients": 400,
    }
    files = await db.fetchrow(
        "SELECT count(*) FILTER (WHERE tags <> '{}') AS tagged,"
        " count(*) FILTER (WHERE consents <> '{}') AS agreed,"
        " count(*) FILTER (WHERE custom <> '{}') AS asked,"
        " count(*) FILTER (WHERE city IS NOT NULL) AS housed,"
        " count(*) FILTER (WHERE blocked_at IS NOT NULL) AS blocked FROM clients"
    )
    assert files is not None
    assert min(files["tagged"], files["agreed"], files["asked"], files["housed"]) > 150
    assert files["blocked"] == 2
    assert await db.fetchval("SELECT count(*) FROM client_notes WHERE author_id IS NOT NULL") > 150
    assert not await db.fetchval(
        "SELECT blocked_at IS NOT NULL FROM clients WHERE id = $1", first.client_id
    )
    weeks = await db.fetchrow(
        "SELECT count(*) FILTER (WHERE starts_at > now()) AS coming,"
        " count(*) FILTER (WHERE ends_at <= now() AND status = 'BOOKED') AS unfinished,"
        " (max(starts_at) - min(starts_at)) > interval '170 days' AS half_a_year FROM appointments"
    )
    assert weeks is not None
    assert weeks["coming"] > 300
    assert (weeks["unfinished"], weeks["half_a_year"]) == (0, True)


async def test_its_people_can_sign_in_and_book_the_slot_it_offers(database: Database) -> None:
    """The owner and one of the staff, with the password everybody may know."""
    salon = await demo.load()
    for email, role in ((salon.email, Role.OWNER), (salon.staff_email, Role.STAFF)):
        async with log.Log().change(actor=None):
            signed_in = await accounts.sign_in(PUBLIC, email=email, password=salon.password)
        assert (signed_in.business_id, signed_in.role) == (salon.business_id, role)

    by = Viewer(role=Role.STAFF, business_id=salon.business_id)
    async with log.Log().change(actor=None, business_id=salon.business_id):
        await appointments.book(
            by,
            client_id=salon.client_id,
            service_id=salon.service_id,
            staff_id=salon.staff_id,
            starts_at=salon.free_slot,
        )


async def test_what_visitors_did_to_the_salon_does_not_stop_the_next(database: Database) -> None:
    """With the first service's people gone, another slot is offered; with all gone, any time."""
    first = await demo.load()
    await db.execute(
        "UPDATE staff SET active = false WHERE id IN"
        " (SELECT staff_id FROM service_staff WHERE service_id = $1)",
        first.service_id,
    )
    second = await demo.load()
    await db.execute("DELETE FROM working_hours")
    third = await demo.load()
    await db.execute("UPDATE services SET active = false")
    last = await demo.load()

    able = "SELECT active FROM staff JOIN service_staff ON staff_id = id WHERE (service_id, id) = "
    assert await db.fetchval(f"{able} ($1, $2)", second.service_id, second.staff_id)
    for salon in (second, third, last):
        assert salon.client_id == first.client_id
        assert salon.free_slot > datetime.now(UTC)


def test_its_files_are_what_the_program_beside_them_makes(tmp_path: Path) -> None:
    """Deterministic: the same seed, the same salon."""
    program = tmp_path / "make.py"
    program.write_text((FOLDER / "make.py").read_text(encoding="utf-8"), encoding="utf-8")

    subprocess.run([sys.executable, program], check=True)

    made = {file.name: file.read_bytes() for file in tmp_path.glob("*.csv")}
    assert made == {file.name: file.read_bytes() for file in FOLDER.glob("*.csv")}

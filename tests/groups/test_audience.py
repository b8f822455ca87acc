"""Services that are for some only: seen by them, booked by them, kept by those who left."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from modules.appointments import rules as appointments
from modules.errors import NotFound, Refusal
from modules.viewer import Role
from storage import database as db
from tests.groups.conftest import ADD, BOOK, DELETE, REMOVE, UPDATE, Studio

AUDIENCE = """query($id: ID!) { node(id: $id) { ... on Service {
  audience { everyone groups { name clientCount } clients { totalCount nodes { fullName } } }
} } }"""
CREATE = """mutation($input: CreateServiceInput!, $dry: Boolean! = false) {
  createService(input: $input, dryRun: $dry) {
    service { version audience { everyone groups { name } clients { nodes { fullName } } } }
    problems { code field }
  }
}"""
CANCEL = """mutation($input: CancelAppointmentsInput!, $dry: Boolean! = false) {
  cancelAppointments(input: $input, dryRun: $dry) {
    appointments { id status cancelReason } problems { code field } messages { kind }
  }
}"""
RULES = """mutation($may: Boolean) {
  updateGroupSettings(input: {formerMembersMayReschedule: $may}) {
    business { groupSettings { formerMembersMayReschedule } } problems { code }
  }
}"""
YOGA = {"name": "Massage", "durationMinutes": 30, "price": {"amountMinor": 2_500}}
UNCLEAR = [{"code": "AUDIENCE_UNCLEAR", "field": ["input", "audience"]}]


async def refused(studio: Studio, by: Any, client: str, service: str, hour: int = 10) -> str:
    """Book by the rule, as somebody the API does not let in yet; the refusal's code, or none."""
    asked = {
        "client_id": UUID(client[4:]),
        "service_id": UUID(service[4:]),
        "staff_id": studio.salon.ann,
        "starts_at": studio.salon.at(hour),
    }
    try:
        await replace(studio.salon, by=by).do(appointments.book, **asked)
    except Refusal as refusal:
        return f"{refusal.code} {'.'.join(refusal.field)}"
    return ""


async def test_a_service_is_for_everyone_unless_it_is_for_some(studio: Studio) -> None:
    """R47: nobody has to say so."""
    cut = f"srv_{studio.salon.cut.hex}"

    assert await studio.ask(AUDIENCE, id=cut) == {
        "audience": {"everyone": True, "groups": [], "clients": {"totalCount": 0, "nodes": []}}
    }


async def test_a_service_is_for_chosen_groups_and_clients(studio: Studio) -> None:
    """R26, R27, R47, C7: named twice, chosen once; said in the change that makes the service."""
    ann, bea = await studio.client("Ann"), await studio.client("Bea")
    yoga = await studio.group("Yoga", [ann])
    audience = {"groupIds": [yoga, yoga], "clientIds": [bea, bea]}

    made = await studio.ask(CREATE, input={**YOGA, "audience": audience})
    services = "query($id: ID!) { node(id: $id) { ... on Group { services { nodes { name } } } } }"
    assert await studio.ask(services, id=yoga) == {"services": {"nodes": [{"name": "Massage"}]}}

    assert made == {
        "service": {
            "version": 1,
            "audience": {
                "everyone": False,
                "groups": [{"name": "Yoga"}],
                "clients": {"nodes": [{"fullName": "Bea Jansen"}]},
            },
        },
        "problems": [],
    }


async def test_a_special_rate_is_a_service_of_its_own(studio: Studio) -> None:
    """R28: members of the yoga studio book at their price, others at the usual one."""
    ann, bea = await studio.client("Ann"), await studio.client("Bea")
    yoga = await studio.group("Yoga", [ann])
    special = await studio.service("Cut for yogis", {"groupIds": [yoga]})

    await studio.book(ann, special, 10)
    before = await studio.state()
    told = await studio.ask(BOOK, input=studio.slot(bea, special, 11))

    assert told == {
        "appointment": None,
        "problems": [
            {
                "code": "GROUP_REQUIRED",
                "field": ["input", "serviceId"],
                "service": {"audience": {"groups": [{"name": "Yoga"}]}},
            }
        ],
    }
    assert await studio.state() == before
    await studio.book(bea, f"srv_{studio.salon.cut.hex}", 11)
    prices = await db.fetch("SELECT price_minor FROM appointments ORDER BY starts_at")
    assert [row["price_minor"] for row in prices] == [2_500, 3_500]


async def test_a_booking_for_some_is_checked_like_any_other(studio: Studio) -> None:
    """R27: the slot, the hours and the staff matter as they do for everyone."""
    ann = await studio.client("Ann")
    special = await studio.service("Special", {"clientIds": [ann]})
    await studio.book(ann, special, 10)

    for hour, code in ((10, "SLOT_TAKEN"), (20, "OUTSIDE_HOURS")):
        assert await studio.codes(BOOK, input=studio.slot(ann, special, hour)) == [code]
    late = {"id": special, "active": False}
    assert await studio.codes(UPDATE, input=late) == []
    assert await studio.codes(BOOK, input=studio.slot(ann, special, 12)) == ["SERVICE_INACTIVE"]
    assert await db.fetchval("SELECT count(*) FROM appointments") == 1


async def test_others_neither_see_nor_book_it(studio: Studio) -> None:
    """R27: as if it were not there; who had it once is told why, the chosen book it."""
    ann, bea, cyd, dan = [await studio.client(n) for n in ("Ann", "Bea", "Cyd", "Dan")]
    yoga = await studio.group("Yoga", [ann, cyd])
    special = await studio.service("Special", {"groupIds": [yoga], "clientIds": [dan]})
    await studio.book(cyd, special, 9)
    await studio.ask(REMOVE, input={"groupId": yoga, "clientIds": [cyd]})
    as_ann, as_bea, as_cyd, as_dan = [await studio.signed_in(c) for c in (ann, bea, cyd, dan)]
    anybody = replace(as_bea, role=Role.PUBLIC, account_id=None)

    assert await studio.seen(studio.by) == ["Cut", "Special"]
    assert await studio.seen(as_ann) == ["Cut", "Special"]
    assert await studio.seen(as_dan) == ["Cut", "Special"]
    for viewer in (as_bea, as_cyd, anybody):
        assert await studio.seen(viewer) == ["Cut"]
    listed = "{ viewer { business { services { nodes { name } } } } }"
    for viewer, more in ((as_ann, ["Special"]), (as_dan, ["Special"]), (as_bea, []), (as_cyd, [])):
        told = await studio.ask(listed, by=viewer)
        assert [each["name"] for each in told["business"]["services"]["nodes"]] == ["Cut", *more]
        found = await studio.ask("query($id: ID!) { node(id: $id) { id } }", by=viewer, id=special)
        assert found == ({"id": special} if more else None)
    kept = "{ viewer { client { appointments { nodes { service { name } } } } } }"
    told = await studio.ask(kept, by=as_cyd)
    assert told["client"]["appointments"]["nodes"] == [{"service": {"name": "Special"}}]
    before = await studio.state()
    assert await refused(studio, as_bea, bea, special) == "NOT_FOUND service_id"
    assert await refused(studio, anybody, bea, special) == "NOT_FOUND client_id"
    assert await refused(studio, as_cyd, cyd, special) == "GROUP_REQUIRED service_id"
    asked = {"service_id": UUID(special[4:]), "staff_id": studio.salon.ann}
    with pytest.raises(NotFound):
        await appointments.free_slots(as_bea, **asked, around=studio.salon.at(10))
    assert await studio.state() == before

    assert len(await appointments.free_slots(as_ann, **asked, around=studio.salon.at(10))) == 5
    assert await refused(studio, as_ann, ann, special, 10) == ""
    assert await refused(studio, as_dan, dan, special, 11) == ""


async def test_an_audience_says_one_thing(studio: Studio, other: Studio) -> None:
    """R26: everyone, or those chosen; unknown ones are named by their place; nothing is made."""
    ann, stranger = await studio.client("Ann"), await other.client("Eve")
    yoga, theirs = await studio.group("Yoga"), await other.group("Theirs")
    before = await studio.state()

    for audience in ({}, {"groupIds": []}, {"everyone": True, "clientIds": [ann]}):
        made = await studio.ask(CREATE, input={**YOGA, "audience": audience})
        assert made == {"service": None, "problems": UNCLEAR}
    for audience, path in (
        ({"groupIds": [yoga, theirs]}, ["groupIds", "1"]),
        ({"groupIds": [yoga], "clientIds": [stranger]}, ["clientIds", "0"]),
    ):
        made = await studio.ask(CREATE, input={**YOGA, "audience": audience})
        assert made["problems"] == [{"code": "NOT_FOUND", "field": ["input", "audience", *path]}]
    many = {"clientIds": [ann] * 5_001}
    assert await studio.codes(CREATE, input={**YOGA, "audience": many}) == ["TOO_MANY_AT_ONCE"]
    assert await studio.state() == before


async def test_an_audience_is_changed_along_with_the_service(studio: Studio) -> None:
    """R26, R47: exactly these from then on; one edit is one version; null changes nothing."""
    ann, bea = await studio.client("Ann"), await studio.client("Bea")
    yoga, gym = await studio.group("Yoga", [ann]), await studio.group("Gym", [bea])
    special = await studio.service("Special", {"groupIds": [yoga], "clientIds": [bea]})

    async def change(version: int, **more: Any) -> Any:
        told = await studio.ask(UPDATE, input={"id": special, "version": version, **more})
        assert told["problems"] == [], told
        assert told["service"]["version"] == version + 1
        audience = told["service"]["audience"]
        names = [each["name"] for each in audience["groups"]]
        people = [each["fullName"] for each in audience["clients"]["nodes"]]
        return audience["everyone"], names, people

    assert await change(1, price={"amountMinor": 1}) == (False, ["Yoga"], ["Bea Jansen"])
    assert await change(2, audience=None) == (False, ["Yoga"], ["Bea Jansen"])
    both = {"groupIds": [gym, yoga]}
    assert await change(3, audience=both) == (False, ["Gym", "Yoga"], [])
    assert await change(4, audience={"everyone": True}) == (True, [], [])
    assert await change(5, audience={"everyone": False}) == (False, [], [])
    assert await studio.codes(BOOK, input=studio.slot(ann, special, 10)) == ["GROUP_REQUIRED"]
    assert await change(6, audience={"everyone": False, "clientIds": [ann]}) == (
        False,
        [],
        ["Ann Jansen"],
    )
    await studio.book(ann, special, 10)


async def test_leaving_a_group_cancels_nothing(studio: Studio) -> None:
    """R31, C6: what stands is listed, ready to be cancelled; other bookings are not."""
    ann, bea, cyd = [await studio.client(name) for name in ("Ann", "Bea", "Cyd")]
    yoga = await studio.group("Yoga", [ann, bea, cyd])
    gym = await studio.group("Gym", [bea])
    special = await studio.service("Special", {"groupIds": [yoga, gym], "clientIds": [cyd]})
    late = await studio.book(ann, special, 11)
    early = await studio.book(ann, special, 10)
    await studio.book(ann, f"srv_{studio.salon.cut.hex}", 12)
    await studio.book(bea, special, 13)
    await studio.book(cyd, special, 14)
    cancelled = await studio.book(ann, special, 15)
    await studio.ask(CANCEL, input={"ids": [cancelled]})
    past = await studio.book(ann, special, 16)
    await db.execute(
        "UPDATE appointments SET starts_at = starts_at - interval '28 days',"
        " ends_at = ends_at - interval '28 days', blocked_from = blocked_from - interval '28 days',"
        " blocked_until = blocked_until - interval '28 days' WHERE id = $1",
        UUID(past[4:]),
    )
    everybody = {"groupId": yoga, "clientIds": [ann, bea, cyd]}

    tried = await studio.ask(REMOVE, input=everybody, dry=True)
    left = await studio.ask(REMOVE, input=everybody)

    standing = left["appointmentsLeftStanding"]
    assert [each["id"] for each in standing] == [early, late]
    assert standing[0]["client"] == {"fullName": "Ann Jansen"}
    # The ids of a dry run are the real ones, behind a mark.
    assert [each.pop("id")[13:] for each in tried["appointmentsLeftStanding"]] == [early, late]
    assert tried["appointmentsLeftStanding"] == [
        {name: value for name, value in each.items() if name != "id"} for each in standing
    ]
    booked = "SELECT count(*) FROM appointments WHERE status = 'BOOKED'"
    assert await db.fetchval(booked) == 6

    ids = [each["id"] for each in standing]
    gone = await studio.ask(CANCEL, input={"ids": [*ids, ids[0]], "reason": "Members only"})
    assert gone["appointments"] == [
        {"id": each, "status": "CANCELLED", "cancelReason": "Members only"} for each in ids
    ]
    assert await db.fetchval(booked) == 4


async def test_who_left_cannot_book_anew(studio: Studio) -> None:
    """R32: unless another group, or their own name, still lets them; or they come back."""
    ann = await studio.client("Ann")
    yoga, gym = await studio.group("Yoga", [ann]), await studio.group("Gym", [ann])
    special = await studio.service("Special", {"groupIds": [yoga, gym]})

    await studio.ask(REMOVE, input={"groupId": yoga, "clientIds": [ann]})
    await studio.book(ann, special, 10)
    await studio.ask(REMOVE, input={"groupId": gym, "clientIds": [ann]})
    assert await studio.codes(BOOK, input=studio.slot(ann, special, 11)) == ["GROUP_REQUIRED"]
    await studio.ask(ADD, input={"groupId": yoga, "clientIds": [ann]})
    await studio.book(ann, special, 11)


async def test_narrowing_an_audience_cancels_nothing(studio: Studio) -> None:
    """R31, C6: the service lists what was left standing, then and whenever it is asked."""
    ann, bea = await studio.client("Ann"), await studio.client("Bea")
    cut = f"srv_{studio.salon.cut.hex}"
    kept = await studio.book(ann, cut, 10)
    await studio.book(bea, cut, 11)

    told = await studio.ask(UPDATE, input={"id": cut, "audience": {"clientIds": [bea]}})
    open_again = await studio.ask(UPDATE, input={"id": cut, "audience": {"everyone": True}})

    assert told["service"]["appointmentsLeftStanding"] == {"nodes": [{"id": kept}]}
    assert open_again["service"]["appointmentsLeftStanding"] == {"nodes": []}


async def test_deleting_a_group_says_what_it_closes_and_asks(studio: Studio) -> None:
    """R27, R31: services nobody else was chosen for; they stay closed, and are never opened."""
    ann, bea = await studio.client("Ann"), await studio.client("Bea")
    yoga, gym = await studio.group("Yoga", [ann]), await studio.group("Gym", [bea])
    empty = await studio.group("Empty")
    alone = await studio.service("Alone", {"groupIds": [yoga, empty]})
    await studio.service("Shared", {"groupIds": [yoga, gym]})
    await studio.service("Named", {"groupIds": [yoga], "clientIds": [bea]})
    kept = await studio.book(ann, alone, 10)
    before = await studio.state()

    asked = await studio.ask(DELETE, input={"id": yoga})

    assert asked["problems"] == [
        {
            "code": "GROUP_IN_USE",
            "field": ["input", "confirm"],
            "message": "Services would be open to nobody without this group, or segments name it.",
            "remedy": "Change these services and segments, or send `confirm: true` to delete it"
            " all the same.",
            "services": [{"name": "Alone"}],
            "segments": [],
        }
    ]
    assert await studio.state() == before

    gone = await studio.ask(DELETE, input={"id": yoga, "confirm": True})

    assert gone == {
        "closedServices": [
            {"name": "Alone", "audience": {"everyone": False, "groups": [{"name": "Empty"}]}}
        ],
        "appointmentsLeftStanding": [{"id": kept}],
        "outdatedSegments": [],
        "problems": [],
    }
    assert await studio.codes(BOOK, input=studio.slot(ann, alone, 11)) == ["GROUP_REQUIRED"]
    assert await db.fetchval("SELECT status FROM appointments") == "BOOKED"
    assert await db.fetchval("SELECT count(*) FROM clients WHERE last_name = 'Jansen'") == 3


LOOK = """query($id: ID!) { groupDeletionPreview(groupId: $id) {
  group { name clientCount } closedServices { name } outdatedSegments { name }
  appointmentsLeftStanding { id } ... on Preview { token version counts { kind count } } } }"""


async def test_a_preview_of_a_deletion_changes_nothing_and_its_token_stands_for_it(
    studio: Studio,
) -> None:
    """What would close and be left standing; the token is refused when that is no longer so."""
    ann, bea = await studio.client("Ann"), await studio.client("Bea")
    yoga = await studio.group("Yoga", [ann])
    alone = await studio.service("Alone", {"groupIds": [yoga]})
    booked = await studio.ask(BOOK, input=studio.slot(ann, alone, 10))
    before = await studio.state()

    seen = await studio.ask(LOOK, id=yoga)
    untouched = await studio.state()
    await studio.ask(ADD, input={"groupId": yoga, "clientIds": [bea]})
    stale = await studio.ask(DELETE, input={"id": yoga, "token": seen["token"]})
    again = await studio.ask(LOOK, id=yoga)
    gone = await studio.ask(DELETE, input={"id": yoga, "token": again["token"]})

    assert untouched == before
    assert {k: v for k, v in seen.items() if k not in ("token", "version")} == {
        "group": {"name": "Yoga", "clientCount": 1},
        "closedServices": [{"name": "Alone"}],
        "outdatedSegments": [],
        "appointmentsLeftStanding": [{"id": booked["appointment"]["id"]}],
        "counts": [
            {"kind": "appointments left standing", "count": 1},
            {"kind": "clients", "count": 1},
            {"kind": "services that close", "count": 1},
        ],
    }
    assert [each["code"] for each in stale["problems"]] == ["STALE_PREVIEW"]
    assert (gone["problems"], len(gone["closedServices"])) == ([], 1)


async def test_a_group_no_service_needs_is_deleted_at_once(studio: Studio) -> None:
    """R30: nobody is asked where nothing closes."""
    yoga = await studio.group("Yoga", [await studio.client("Ann")])

    assert await studio.codes(DELETE, input={"id": yoga, "version": 1}) == ["STALE_VERSION"]
    assert await studio.ask(DELETE, input={"id": yoga, "version": 2}) == {
        "closedServices": [],
        "appointmentsLeftStanding": [],
        "outdatedSegments": [],
        "problems": [],
    }
    assert await db.fetchval("SELECT count(*) FROM group_members") == 0
    assert await studio.codes(DELETE, input={"id": yoga}) == ["NOT_FOUND"]


async def test_who_left_moves_what_they_kept_unless_the_business_says_no(studio: Studio) -> None:
    """C6: the same service, at another time; the team always may, and so may the chosen."""
    ann, bea = await studio.client("Ann"), await studio.client("Bea")
    yoga = await studio.group("Yoga", [ann, bea])
    special = await studio.service("Special", {"groupIds": [yoga]})
    kept, chosen = await studio.book(ann, special, 10), await studio.book(bea, special, 11)
    await studio.ask(REMOVE, input={"groupId": yoga, "clientIds": [ann]})
    as_ann, as_bea = await studio.signed_in(ann), await studio.signed_in(bea)

    async def move(by: Any, appointment: str, hour: int) -> str:
        try:
            await replace(studio.salon, by=by).do(
                appointments.reschedule,
                appointment_id=UUID(appointment[4:]),
                starts_at=studio.salon.at(hour),
            )
        except Refusal as refusal:
            return f"{refusal.code} {'.'.join(refusal.field)}"
        return ""

    assert await move(as_ann, kept, 12) == ""
    told = await studio.ask(RULES, may=False)
    no, yes = (
        {"business": {"groupSettings": {"formerMembersMayReschedule": may}}, "problems": []}
        for may in (False, True)
    )
    assert told == no
    before = await studio.state()
    assert await move(as_ann, kept, 13) == "GROUP_REQUIRED id"
    assert await studio.state() == before
    assert await move(as_bea, chosen, 14) == ""
    assert await move(studio.by, kept, 13) == ""
    assert await studio.ask(RULES, may=None) == {
        "business": None,
        "problems": [{"code": "INVALID_INPUT"}],
    }
    assert await studio.ask(RULES, may=True) == yes
    assert await move(as_ann, kept, 15) == ""


async def test_leaving_while_booking_happens_before_or_after(studio: Studio) -> None:
    """R31, R32: a booking is refused, or it stands and is listed; none slips through unseen."""
    people = [await studio.client(f"N{n}") for n in range(12)]
    yoga = await studio.group("Yoga", people)
    special = await studio.service("Special", {"groupIds": [yoga]})

    async def leave(client: str) -> list[str]:
        told = await studio.ask(REMOVE, input={"groupId": yoga, "clientIds": [client]})
        assert told["removed"] == 1
        return [each["id"] for each in told["appointmentsLeftStanding"]]

    async def book(client: str, n: int) -> str | None:
        told = await studio.ask(BOOK, input=studio.slot(client, special, 9 + n // 2, n % 2 * 30))
        assert [p["code"] for p in told["problems"]] in ([], ["GROUP_REQUIRED"])
        return told["appointment"] and told["appointment"]["id"]

    for n, client in enumerate(people):
        pair: tuple[Any, Any] = (leave(client), book(client, n))
        done = await asyncio.gather(*(pair if n % 2 else reversed(pair)))
        standing, booked = done if n % 2 else reversed(done)
        assert standing == ([booked] if booked else [])


async def test_narrowing_while_booking_happens_before_or_after(studio: Studio) -> None:
    """R31: who books a service that is narrowed at this moment is refused, or listed."""
    ann = await studio.client("Ann")
    cut = f"srv_{studio.salon.cut.hex}"

    for n in range(8):
        await studio.ask(UPDATE, input={"id": cut, "audience": {"everyone": True}})
        narrow = studio.ask(UPDATE, input={"id": cut, "audience": {"everyone": False}})
        book = studio.ask(BOOK, input=studio.slot(ann, cut, 9 + n))
        told, booked = await asyncio.gather(narrow, book)
        made = booked["appointment"]
        listed = [each["id"] for each in told["service"]["appointmentsLeftStanding"]["nodes"]]
        assert (made is None) == ([p["code"] for p in booked["problems"]] == ["GROUP_REQUIRED"])
        assert made is None or made["id"] in listed


async def test_deleting_while_choosing_happens_before_or_after(studio: Studio) -> None:
    """R27: a group that is deleted at this moment is chosen for nothing afterwards."""
    special = await studio.service("Special", {"everyone": False})
    for n in range(8):
        group = await studio.group(f"Group {n}")
        choose = studio.ask(UPDATE, input={"id": special, "audience": {"groupIds": [group]}})
        delete = studio.ask(DELETE, input={"id": group, "confirm": True})
        chosen, _ = await asyncio.gather(choose, delete)
        assert [p["code"] for p in chosen["problems"]] in ([], ["NOT_FOUND"])
        told = await studio.ask(AUDIENCE, id=special)
        assert (told["audience"]["everyone"], told["audience"]["groups"]) == (False, [])


async def test_booking_what_is_for_everyone_asks_nothing_more(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R47: as many statements as before there were groups; one more and one for the chosen."""
    ann = await studio.client("Ann")
    special = await studio.service("Special", {"clientIds": [ann]})
    cut = f"srv_{studio.salon.cut.hex}"
    asked: list[str] = []
    for name in ("fetch", "fetchrow", "fetchval", "execute"):
        real = getattr(db, name)

        async def noting(sql: str, *args: Any, real: Any = real) -> Any:
            asked.append(sql)
            return await real(sql, *args)

        monkeypatch.setattr(db, name, noting)

    async def statements(service: str, hour: int) -> int:
        asked.clear()
        await studio.salon.do(
            appointments.book,
            client_id=UUID(ann[4:]),
            service_id=UUID(service[4:]),
            staff_id=studio.salon.ann,
            starts_at=studio.salon.at(hour),
        )
        return len(asked)

    assert await statements(cut, 10) == 1
    assert await statements(special, 11) == 3


async def test_many_are_cancelled_or_none(studio: Studio, other: Studio) -> None:
    """R56: with notices for each; the first that cannot be is named by its place."""
    ann = await studio.client("Ann")
    cut = f"srv_{studio.salon.cut.hex}"
    ids = [await studio.book(ann, cut, hour) for hour in (10, 11, 12)]
    theirs = await other.book(await other.client("Eve"), f"srv_{other.salon.cut.hex}", 10)
    await studio.ask(CANCEL, input={"ids": [ids[2]]})
    before = await studio.state()

    for wrong, code in ((theirs, "NOT_FOUND"), (ids[2], "ALREADY_CANCELLED")):
        told = await studio.ask(CANCEL, input={"ids": [ids[0], ids[1], wrong]})
        assert told["problems"] == [{"code": code, "field": ["input", "ids", "2"]}]
        assert told["appointments"] is None
    many = await studio.ask(CANCEL, input={"ids": [ids[0]] * 201})
    assert many["problems"] == [{"code": "TOO_MANY_AT_ONCE", "field": ["input", "ids"]}]
    dry = await studio.ask(CANCEL, input={"ids": [ids[1], ids[0]]}, dry=True)
    assert [each["id"][13:] for each in dry["appointments"]] == [ids[1], ids[0]]
    assert await studio.state() == before

    gone = await studio.ask(CANCEL, input={"ids": [ids[1], ids[0]]})
    assert [each["status"] for each in gone["appointments"]] == ["CANCELLED"] * 2
    events = "SELECT count(*) FROM event WHERE kind = 'appointments.AppointmentCancelled'"
    assert await db.fetchval(events) == 3


async def test_a_diary_is_entered_for_those_chosen(studio: Studio) -> None:
    """R32: what is to come is for the chosen; what has been, has been."""
    ann, bea = await studio.client("Ann"), await studio.client("Bea")
    special = await studio.service("Special", {"clientIds": [ann]})

    def visit(client: str, hour: int, weeks: int) -> appointments.Visit:
        return appointments.Visit(
            client_id=UUID(client[4:]),
            service_id=UUID(special[4:]),
            staff_id=studio.salon.ann,
            starts_at=studio.salon.at(hour, weeks=weeks),
        )

    fine = [visit(ann, 10, 1), visit(bea, 10, -1)]
    with pytest.raises(appointments.GroupRequired) as no:
        await studio.salon.do(appointments.book_many, visits=[*fine, visit(bea, 11, 1)])
    assert no.value.field == ("visits", "2", "service_id")
    assert await studio.salon.do(appointments.book_many, visits=fine) == 2


class TestWithoutGroups:
    """The same salon, with the module switched off."""

    @pytest.fixture
    def enabled(self) -> list[str]:
        """All but groups."""
        return ["accounts", "services", "clients", "appointments"]

    async def test_what_was_for_some_stays_closed(self, studio: Studio) -> None:
        """R27: nobody books it or sees it, whoever was chosen; what is for everyone is as ever."""
        ann = await studio.client("Ann")
        await db.execute(
            "UPDATE services SET audience = 'SELECTED' WHERE id = $1", studio.salon.cut
        )
        free = await studio.service("Free")
        query = BOOK.replace("audience { groups { name } }", "name")
        as_ann = await studio.signed_in(ann)

        closed = await studio.ask(query, input=studio.slot(ann, f"srv_{studio.salon.cut.hex}", 10))
        opened = await studio.ask(query, input=studio.slot(ann, free, 10))

        assert closed["problems"] == [
            {
                "code": "GROUP_REQUIRED",
                "field": ["input", "serviceId"],
                "service": {"name": "Cut"},
            }
        ]
        assert opened["problems"] == []
        assert await studio.seen(as_ann) == ["Free"]
        assert await studio.seen(studio.by) == ["Cut", "Free"]

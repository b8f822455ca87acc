"""The demo pages in a real browser, two of them open: what is done in one shows in the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from selenium.webdriver.common.action_chains import ActionChains

import server as server_module
from examples.demo.load import EMAIL, PASSWORD, load
from examples.demo.start import start
from storage.database import Database
from storage.settings import Settings
from tests.conftest import serving
from tests.graphiql.browser import Browser

HOUR = 48
"""Pixels of an hour on the page."""
SLOTS = """query($services: [SegmentInput!]!, $day: Date!) { viewer { business {
  slots(services: $services, day: $day, days: 3) {
    nodes { startsAt localStart staff { name } } } } } }"""
BOOK = """mutation($input: BookAppointmentInput!) { bookAppointment(input: $input) {
  appointment { id localStart staff { name } } problems { code } } }"""


@dataclass(frozen=True)
class Demo:
    """The demo salon on a server that serves the pages."""

    url: str
    token: str
    client: str
    service: str
    staff: str
    day: str
    """A day on which this member of staff is free for that service."""

    def ask(self, query: str, **variables: Any) -> Any:
        """Ask the API as the owner."""
        answered = httpx.post(
            f"{self.url}/graphql",
            json={"query": query, "variables": variables},
            headers={"authorization": f"Bearer {self.token}"},
        )
        answer = answered.json()
        assert "data" in answer, answer
        return answer["data"]

    def free(self, day: str) -> list[dict[str, Any]]:
        """List when one can book that day or soon after."""
        services = [{"serviceId": self.service, "staffId": self.staff}]
        found: list[dict[str, Any]] = self.ask(SLOTS, services=services, day=day)["viewer"][
            "business"
        ]["slots"]["nodes"]
        return found

    def book(self, starts_at: str) -> dict[str, Any]:
        """Book it."""
        asked = {
            "clientId": self.client,
            "serviceId": self.service,
            "staffId": self.staff,
            "startsAt": starts_at,
        }
        made: dict[str, Any] = self.ask(BOOK, input=asked)["bookAppointment"]
        assert made["problems"] == []
        appointment: dict[str, Any] = made["appointment"]
        return appointment


@pytest.fixture
async def demo(database: Database, settings: Settings) -> AsyncIterator[Demo]:
    """A server with the demo salon and its pages, as `make run` starts one."""
    await load()
    there = await start()
    given = settings.model_copy(update={"demo_pages": True})
    async with serving(server_module.create_app(given, database=database)) as url:
        signed_in = await asyncio.to_thread(
            httpx.post,
            f"{url}/graphql",
            json={
                "query": "mutation($input: SignInInput!) { signIn(input: $input) { token } }",
                "variables": {"input": {"email": EMAIL, "password": PASSWORD}},
            },
        )
        token = signed_in.json()["data"]["signIn"]["token"]
        day = there.free_slot.date()
        monday = day + timedelta(days=7 - day.weekday())  # a whole week that is to come
        yield Demo(url, token, there.client, there.service, there.staff, monday.isoformat())


def signed_in(browser: Browser, demo: Demo) -> None:
    """Open the week and sign in by its form."""
    browser.driver.get(f"{demo.url}/demo/week.html?day={demo.day}")
    browser.wait("[name=email]").send_keys(EMAIL)
    browser.wait("[name=password]").send_keys(PASSWORD)
    browser.click("Sign in")
    browser.wait(".day")
    browser.until(lambda: browser.wait("#live").text == "live")


def blocks(browser: Browser, selector: str, *names: str) -> list[tuple[str, ...]]:
    """Read what some blocks say of themselves, all at one moment: the page makes them anew."""
    script = """const [selector, names] = arguments;
      return [...document.querySelectorAll(selector)].map((e) => names.map((n) => e.dataset[n]))"""
    found = browser.driver.execute_script(script, selector, names)
    return [tuple(each) for each in found]


def shown(browser: Browser, appointment: str) -> tuple[str, ...] | None:
    """Where the page shows an appointment: its start, and with whom."""
    return next(iter(blocks(browser, f"[data-id='{appointment}']", "start", "staff")), None)


def drag(browser: Browser, appointment: str, wanted: str) -> None:
    """Drag an appointment to a local time, `2027-03-31T10:30`, in the lane it is in."""
    day, _, time = wanted.partition("T")
    block = browser.wait(f"[data-id='{appointment}']")
    here, _, now = str(block.get_attribute("data-start")).partition(" ")
    left = {each: browser.wait(f"[data-day='{each}']").rect["x"] for each in (here, day)}
    down = (_minutes(time) - _minutes(now)) / 60 * HOUR
    across = left[day] - left[here]
    actions = ActionChains(browser.driver, duration=20)
    actions.move_to_element(block).click_and_hold().move_by_offset(3, 3)
    actions.move_by_offset(round(across) - 3, round(down) - 3).release().perform()


def _minutes(time: str) -> int:
    hours, minutes = time.split(":")
    return int(hours) * 60 + int(minutes)


async def test_what_is_dragged_in_one_window_moves_in_the_other(
    demo: Demo, browser: Browser
) -> None:
    """And what is booked elsewhere appears in both, without anybody reading again."""

    def story() -> None:
        signed_in(browser, demo)
        first = str(browser.driver.current_window_handle)
        browser.driver.switch_to.new_window("window")
        signed_in(browser, demo)

        slot = demo.free(demo.day)[0]
        booked = demo.book(slot["startsAt"])
        before = (slot["localStart"].replace("T", " "), slot["staff"]["name"])
        browser.until(lambda: shown(browser, booked["id"]) == before)
        second = browser.turn_to(first)
        browser.until(lambda: shown(browser, booked["id"]) == before)

        target = demo.free((date.fromisoformat(demo.day) + timedelta(days=1)).isoformat())[0]
        drag(browser, booked["id"], target["localStart"])
        after = (target["localStart"].replace("T", " "), before[1])
        browser.until(lambda: shown(browser, booked["id"]) == after)
        browser.turn_to(second)
        browser.until(lambda: shown(browser, booked["id"]) == after)
        assert browser.complaints() == []

    # The server lives in this test's event loop: the browser must not hold it up.
    await asyncio.to_thread(story)


async def test_an_appointment_that_may_not_go_there_jumps_back_and_says_why(
    demo: Demo, browser: Browser
) -> None:
    """With the alternatives of the refusal as buttons, which then move it."""

    def story() -> None:
        slots = demo.free(demo.day)
        taken = demo.book(slots[0]["startsAt"])
        other = demo.book(demo.free(slots[-1]["localStart"][:10])[-1]["startsAt"])
        signed_in(browser, demo)
        before = shown(browser, other["id"])

        drag(browser, other["id"], taken["localStart"])
        browser.until(lambda: browser.wait("#problem").text)
        assert shown(browser, other["id"]) == before
        assert shown(browser, taken["id"]) == (
            taken["localStart"].replace("T", " "),
            taken["staff"]["name"],
        )
        alternative = browser.wait(".alternative")
        offered = alternative.text
        alternative.click()
        browser.until(lambda: shown(browser, other["id"]) != before)
        day, time, staff = offered.rsplit(", ", 2)
        start_, with_ = shown(browser, other["id"]) or ("", "")
        assert (start_.split()[1], with_) == (time, staff)
        assert f"{date.fromisoformat(start_.split()[0]):%a} " in f"{day} "
        assert browser.complaints() == []

    await asyncio.to_thread(story)


async def test_a_visit_of_several_services_moves_as_a_whole(demo: Demo, browser: Browser) -> None:
    """Each service is a block of its own; dragging one takes the others along."""

    def story() -> None:
        wanted = [{"serviceId": demo.service, "staffId": demo.staff}] * 2
        found = demo.ask(SLOTS, services=wanted, day=demo.day)["viewer"]["business"]["slots"]
        first, last = found["nodes"][0], found["nodes"][-1]
        asked = {"clientId": demo.client, "segments": wanted, "startsAt": first["startsAt"]}
        made = demo.ask(BOOK, input=asked)["bookAppointment"]
        assert made["problems"] == []
        visit = made["appointment"]["id"]
        signed_in(browser, demo)

        def starts() -> list[str]:
            return [start for (start,) in blocks(browser, f"[data-id='{visit}']", "start")]

        before = starts()
        assert before[0] == first["localStart"].replace("T", " ")
        drag(browser, visit, last["localStart"])
        browser.until(lambda: starts() != before and len(starts()) == 2)
        assert starts()[0] == last["localStart"].replace("T", " ")
        gaps = [_minutes(b.split()[1]) - _minutes(a.split()[1]) for a, b in (before, starts())]
        assert gaps[0] == gaps[1] > 0
        assert browser.complaints() == []

    await asyncio.to_thread(story)


async def test_blocked_time_is_drawn_moved_and_given_back(demo: Demo, browser: Browser) -> None:
    """In one window; the other shows it, and nobody can be booked meanwhile."""

    def story() -> None:
        signed_in(browser, demo)
        first = str(browser.driver.current_window_handle)
        browser.driver.switch_to.new_window("window")
        signed_in(browser, demo)
        slot = next(each for each in demo.free(demo.day) if each["localStart"][14:] == "00")
        day, _, time = slot["localStart"].partition("T")
        names = [e.text for e in browser.driver.find_elements("css selector", "#staff li")]
        nth, many = names.index(slot["staff"]["name"]), len(names)
        column = browser.wait(f"[data-day='{day}']").rect
        left = column["width"] * ((nth + 0.5) / many - 0.5)
        top = (_minutes(time) - 7 * 60) / 60 * HOUR - column["height"] / 2
        actions = ActionChains(browser.driver, duration=20)
        actions.move_to_element_with_offset(
            browser.wait(f"[data-day='{day}']"), round(left), round(top)
        )
        actions.click_and_hold().move_by_offset(0, HOUR // 2).release().perform()

        def blocked() -> list[tuple[str, ...]]:
            return blocks(browser, ".blocked[data-id]", "start", "end", "staff")

        half = f"{time[:2]}:30"
        there = [(f"{day} {time}", half, slot["staff"]["name"])]
        browser.until(lambda: blocked() == there)
        browser.turn_to(first)
        browser.until(lambda: blocked() == there)
        assert slot["startsAt"] not in [each["startsAt"] for each in demo.free(demo.day)]

        block = browser.wait(".blocked")
        actions = ActionChains(browser.driver, duration=20)
        actions.move_to_element(block).click_and_hold().move_by_offset(0, 3)
        actions.move_by_offset(0, HOUR - 3).release().perform()
        browser.until(lambda: blocked() and blocked()[0][0] != f"{day} {time}")
        later = f"{day} {int(time[:2]) + 1:02}:00"
        assert blocked()[0][0] == later

        ActionChains(browser.driver).double_click(browser.wait(".blocked")).perform()
        browser.until(lambda: blocked() == [])
        assert browser.complaints() == []

    await asyncio.to_thread(story)


async def test_whoever_cannot_sign_in_reads_why(
    database: Database, settings: Settings, browser: Browser
) -> None:
    """In the words of the API, and nothing else is shown."""

    def story(url: str) -> None:
        browser.driver.get(f"{url}/demo")
        browser.wait("[name=email]").send_keys(EMAIL)
        browser.wait("[name=password]").send_keys("not this one")
        browser.click("Sign in")
        browser.until(lambda: browser.wait("#problem").text)
        assert browser.driver.find_elements("css selector", ".day") == []
        assert browser.complaints() == []

    given = settings.model_copy(update={"demo_pages": True})
    async with serving(server_module.create_app(given, database=database)) as url:
        await asyncio.to_thread(story, url)


async def test_the_pages_are_there_where_a_setting_says_so(server: str) -> None:
    """And nowhere else."""
    async with httpx.AsyncClient(base_url=server) as web:
        found = [(await web.get(path)).status_code for path in ("/demo", "/demo/week.html")]

    assert found == [404, 404]

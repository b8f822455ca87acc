"""A first visit: sign in, see the week, book, and watch it arrive in a second window."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

import server as server_module
from examples.demo.load import load
from examples.demo.start import start
from storage.database import Database
from storage.settings import Settings
from tests.conftest import serving
from tests.graphiql.browser import Browser


@pytest.fixture
async def demo(database: Database, settings: Settings) -> AsyncIterator[str]:
    """A server with the demo salon, as `make run` starts one; its address."""
    await load()
    async with serving(server_module.create_app(settings, database=database, start=start)) as url:
        yield url


async def test_a_booking_arrives_in_the_second_window(demo: str, browser: Browser) -> None:
    """Everything by the page's own buttons and documented operations, nothing typed."""

    def story() -> None:
        browser.open(f"{demo}/")
        browser.click("Sign in")
        browser.wait(".strip-who")

        first = browser.open_beside(f"{demo}/")
        browser.click("Sign in")
        browser.wait(".strip-who")
        browser.go_to("Changes")
        browser.until(lambda: browser.editor("query").startswith("# 4."))
        browser.press_run()
        browser.until(lambda: _subscribed(browser))

        second = browser.turn_to(first)
        browser.go_to("Week")
        browser.until(lambda: browser.editor("query").startswith("# 2."))
        business = browser.run()["data"]["business"]
        assert business["cursor"]
        assert business["calendar"]["appointments"]
        browser.go_to("Book")
        browser.until(lambda: browser.editor("query").startswith("# 3."))
        booked = browser.run()["data"]["bookAppointment"]
        assert booked["problems"] == []

        browser.turn_to(second)
        change = browser.result()["data"]["appointmentChanges"]
        assert change["kind"] == "BOOKED"
        assert change["actor"] == {"name": "Maya Green"}
        assert change["appointment"]["id"] == booked["appointment"]["id"]
        assert browser.complaints() == []

    # The server lives in this test's event loop: the browser must not hold it up.
    await asyncio.to_thread(story)


def _subscribed(browser: Browser) -> bool:
    """Whether the server has accepted the socket and the page has asked for the changes."""
    sent = browser.network("Network.webSocketFrameSent")
    return any(json.loads(each["response"]["payloadData"])["type"] == "subscribe" for each in sent)

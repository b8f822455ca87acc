"""The explorer in a real Chromium: what a developer sees and does on the first visit."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime

import pytest

from tests.graphiql.browser import Browser

Serve = Callable[..., str]


def test_the_page_asks_nobody_else_and_breaks_no_policy(serve: Serve, browser: Browser) -> None:
    """Every file comes from our own server, and the console stays silent through a whole visit."""
    url = serve()

    browser.open(url)
    browser.run("{ hello }")
    for label in ("Show Documentation Explorer", "Show History", "Show GraphiQL Explorer"):
        browser.wait(f"[aria-label='{label}']").click()
    browser.wait("[aria-label='Open settings dialog']").click()
    browser.wait(".graphiql-dialog-close").click()
    browser.run("subscription { greetings(to: 1) }")

    asked = {each["request"]["url"] for each in browser.network("Network.requestWillBeSent")}
    sockets = [each["url"] for each in browser.network("Network.webSocketCreated")]
    assert {each for each in asked if not each.startswith((f"{url}/", "data:"))} == set()
    assert sockets == [f"{url}/graphql".replace("http", "ws")]
    assert browser.complaints() == []


def test_a_query_runs(serve: Serve, browser: Browser) -> None:
    """What is written on the left is answered on the right, variables included."""
    browser.open(serve())

    browser.write("variable", '{"name": "Ada"}')

    answer = browser.run("query Greet($name: String!) { hello(name: $name) }")
    assert answer == {"data": {"hello": "Hello Ada"}}


def test_headers_reach_the_server(serve: Serve, browser: Browser) -> None:
    """The headers editor is sent along."""
    browser.open(serve())

    browser.write("header", '{"X-Trace": "abc"}')

    assert browser.run('{ header(name: "x-trace") }') == {"data": {"header": "abc"}}


def test_a_subscription_streams_over_a_websocket(serve: Serve, browser: Browser) -> None:
    """Each event replaces the one before, and the token travels in `connection_init`."""
    browser.open(serve())
    browser.write("header", '{"Authorization": "Bearer mine"}')

    browser.write("query", "subscription { greetings(to: 3) }")
    browser.press_run()

    last = {"data": {"greetings": "3 for Bearer mine"}}
    browser.until(lambda: browser.result() == last)
    sent = [
        json.loads(each["response"]["payloadData"])
        for each in browser.network("Network.webSocketFrameSent")
    ]
    assert sent[0] == {"type": "connection_init", "payload": {"Authorization": "Bearer mine"}}


def test_a_syntax_error_is_answered_by_the_server(serve: Serve, browser: Browser) -> None:
    """The page shows what the server says, whatever the status."""
    browser.open(serve())

    answer = browser.run("{ hello(")

    assert [error["message"] for error in answer["errors"]] == [
        "Syntax Error: Expected Name, found <EOF>."
    ]


def test_the_demo_opens_with_five_documented_operations(serve: Serve, browser: Browser) -> None:
    """Each tab says what it does and has its variables; the week begins on Monday in the salon."""
    browser.open(serve())

    assert browser.tabs() == ["SignIn", "Week", "Book", "Changes", "ClientFile"]
    assert browser.editor("query").startswith("# 1. Sign in.")
    assert json.loads(browser.editor("variable")) == {
        "email": "owner@salon.example",
        "password": "demo-password",
    }

    browser.go_to("Week")

    week = json.loads(browser.editor("variable"))
    begins, ends = datetime.fromisoformat(week["from"]), datetime.fromisoformat(week["to"])
    assert browser.editor("query").startswith("# 2. This week's calendar.")
    assert week["business"] == "biz_1"
    assert (begins.weekday(), begins.hour, (ends.date() - begins.date()).days) == (0, 0, 7)


def test_one_click_signs_in_and_one_signs_out(serve: Serve, browser: Browser) -> None:
    """The token goes into the headers of every tab, and out of them again."""
    browser.open(serve())

    browser.click("Sign in")

    browser.wait(".strip-who")
    assert "Ada Berg, owner of Salon Berg" in browser.strip()
    assert json.loads(browser.editor("header")) == {"Authorization": "Bearer good-token"}
    browser.go_to("Week")
    browser.until(lambda: browser.editor("query").startswith("# 2."))
    assert json.loads(browser.editor("header")) == {"Authorization": "Bearer good-token"}
    assert browser.run('{ header(name: "authorization") }') == {
        "data": {"header": "Bearer good-token"}
    }
    assert browser.run("subscription { greetings(to: 1) }") == {
        "data": {"greetings": "1 for Bearer good-token"}
    }

    browser.click("Sign out")

    browser.wait(".strip-form")
    assert browser.editor("header") == ""
    browser.go_to("SignIn")
    browser.until(lambda: browser.editor("query").startswith("# 1."))
    assert browser.editor("header") == ""


def test_signing_in_by_the_mutation_counts_too(serve: Serve, browser: Browser) -> None:
    """Running the first tab is as good as the button."""
    browser.open(serve())

    browser.run('mutation { signIn(input: {email: "a@b.c", password: "demo-password"}) { token } }')

    browser.wait(".strip-who")
    assert json.loads(browser.editor("header")) == {"Authorization": "Bearer good-token"}


def test_a_reload_keeps_the_session_and_the_work(serve: Serve, browser: Browser) -> None:
    """The token and the tabs live as long as the browser tab."""
    url = serve()
    browser.open(url)
    browser.click("Sign in")
    browser.wait(".strip-who")
    browser.write("query", "query Mine { hello }")
    browser.until(lambda: browser.tabs()[0] == "Mine")
    stored = "return sessionStorage.getItem('graphiql:tabState') ?? ''"
    browser.until(lambda: "query Mine" in browser.driver.execute_script(stored))

    browser.open(url)

    assert "Ada Berg, owner of Salon Berg" in browser.strip()
    assert browser.tabs() == ["Mine", "Week", "Book", "Changes", "ClientFile"]
    assert browser.editor("query") == "query Mine { hello }"
    assert json.loads(browser.editor("header")) == {"Authorization": "Bearer good-token"}

    browser.click("Reset tabs")

    browser.until(lambda: browser.tabs() and browser.tabs()[0] == "SignIn")
    browser.until(lambda: browser.editor("header") != "")
    assert browser.editor("query").startswith("# 1. Sign in.")
    assert json.loads(browser.editor("header")) == {"Authorization": "Bearer good-token"}


def test_a_token_that_is_good_no_more_is_forgotten_on_the_next_visit(
    serve: Serve, browser: Browser
) -> None:
    """The page asks once, says so, and clears every tab before it reads the schema."""
    url = serve()
    browser.open(url)
    browser.click("Sign in")
    browser.wait(".strip-who")
    stored = "return sessionStorage.getItem('graphiql:tabState') ?? ''"
    browser.until(lambda: "good-token" in browser.driver.execute_script(stored))

    revoked = '{"token": "revoked", "name": "Ada", "role": "OWNER", "business": "Salon"}'
    browser.driver.execute_script(
        "sessionStorage.setItem('regulars:session', arguments[0])", revoked
    )
    browser.network("Network.requestWillBeSent")
    browser.events.clear()
    browser.open(url)

    browser.wait(".strip-form")
    assert "Your session has ended." in browser.strip()
    assert browser.editor("header") == ""
    asked = [each["request"] for each in browser.network("Network.requestWillBeSent")]
    bodies = [each["postData"] for each in asked if "good-token" in str(each["headers"])]
    assert bodies == []


def test_a_token_refused_during_the_visit_ends_the_session(serve: Serve, browser: Browser) -> None:
    """Revoked elsewhere: the next answer says so, and the strip offers to sign in again."""
    browser.open(serve())
    browser.click("Sign in")
    browser.wait(".strip-who")

    answer = browser.run("{ refused }")

    assert answer["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}
    browser.wait(".strip-form")
    assert "Your session has ended." in browser.strip()
    assert browser.editor("header") == ""


@pytest.mark.parametrize("code", ["TOKEN_REVOKED", "TOKEN_EXPIRED"])
def test_a_token_that_ends_while_one_watches_ends_the_session(
    serve: Serve, browser: Browser, code: str
) -> None:
    """A subscription says so of its own accord, and the strip offers to sign in again."""
    browser.open(serve())
    browser.click("Sign in")
    browser.wait(".strip-who")

    browser.write("query", f'subscription {{ ending(code: "{code}") }}')
    browser.press_run()

    browser.wait(".strip-form")
    assert "Your session has ended." in browser.strip()


def test_prettify_keeps_the_comments(serve: Serve, browser: Browser) -> None:
    """The documented operations can be tidied without losing what documents them."""
    browser.open(serve())
    browser.write("query", "# Say hello.\n{hello}")

    browser.driver.find_element("css selector", "[aria-label^='Prettify query']").click()

    browser.until(lambda: browser.editor("query") == "# Say hello.\n{\n  hello\n}\n")


def test_two_windows_keep_their_own_session_and_work(serve: Serve, browser: Browser) -> None:
    """One may watch while the other books; neither overwrites what the other is writing."""
    url = serve()
    browser.open(url)
    browser.click("Sign in")
    browser.wait(".strip-who")
    browser.write("query", "query Mine { hello }")
    browser.until(lambda: browser.tabs()[0] == "Mine")

    first = browser.open_beside(url)

    assert browser.tabs() == ["SignIn", "Week", "Book", "Changes", "ClientFile"]
    assert browser.editor("header") == ""
    browser.write("query", "subscription Count { greetings(to: 2) }")
    browser.press_run()
    browser.until(lambda: browser.result() == {"data": {"greetings": "2 for None"}})
    second = browser.turn_to(first)
    assert browser.run() == {"data": {"hello": "Hello you"}}
    browser.turn_to(second)
    assert browser.editor("query") == "subscription Count { greetings(to: 2) }"


def test_a_wrong_password_is_said_in_the_strip(serve: Serve, browser: Browser) -> None:
    """The refusal and its remedy stand beside the form, and nothing is signed in."""
    browser.open(serve())
    field = browser.wait(".strip input[type='password']")

    field.send_keys("-and-more")
    browser.click("Sign in")

    browser.wait(".strip-alert")
    assert "Wrong password. Try again." in browser.strip()
    assert browser.editor("header") == ""


def test_without_a_demo_the_form_is_empty(serve: Serve, browser: Browser) -> None:
    """A server with real businesses fills in nothing."""
    browser.open(serve(demo=None))

    fields = browser.driver.find_elements("css selector", ".strip input")
    assert [each.get_attribute("value") for each in fields] == ["", ""]
    assert browser.editor("query").startswith("# Ctrl-Space completes")
    assert "Reset tabs" not in browser.strip()

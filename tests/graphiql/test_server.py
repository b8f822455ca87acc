"""The explorer on the real server: its schema can be read and asked from the page."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.graphiql.browser import Browser


async def test_the_server_explains_its_schema_to_the_page(server: str, browser: Browser) -> None:
    """The page's introspection passes the server's own limits, and the docs panel shows it."""

    def visit() -> tuple[dict[str, Any], str, list[str]]:
        browser.open(f"{server}/")
        answer = browser.run("{ __schema { queryType { name } } }")
        browser.wait("[aria-label='Show Documentation Explorer']").click()
        browser.until(lambda: "Node" in browser.wait(".graphiql-doc-explorer").text)
        return answer, browser.strip(), browser.complaints()

    # The server lives in this test's event loop: the browser must not hold it up.
    answer, strip, complaints = await asyncio.to_thread(visit)

    assert answer == {"data": {"__schema": {"queryType": {"name": "Query"}}}}
    assert strip.startswith("Regulars")
    assert complaints == []

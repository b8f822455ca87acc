"""A real Chromium as a test uses it: open the page, write, press, read, look at the network."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

_PLACE = {
    "query": ".graphiql-query-editor .CodeMirror",
    "variable": ".graphiql-editor-tool .graphiql-editor:nth-of-type(1) .CodeMirror",
    "header": ".graphiql-editor-tool .graphiql-editor:nth-of-type(2) .CodeMirror",
    "result": ".result-window .CodeMirror",
}
_FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1440,900",
]


@dataclass
class Browser:
    """A Chromium, its open windows, and what it asked the network for."""

    driver: Any
    events: list[dict[str, Any]] = field(default_factory=list)

    def open(self, url: str) -> None:
        """Open the page and wait until its editor is there."""
        self.driver.get(url)
        self.wait(".graphiql-execute-button")
        self.wait(".graphiql-headers .CodeMirror, .graphiql-editor-tool .CodeMirror")

    def open_beside(self, url: str) -> str:
        """Open the page in a second window and stay there; answer how to get back."""
        first = str(self.driver.current_window_handle)
        self.driver.switch_to.new_window("window")
        self.open(url)
        return first

    def turn_to(self, window: str) -> str:
        """Go to another window; answer how to get back."""
        here = str(self.driver.current_window_handle)
        self.driver.switch_to.window(window)
        return here

    def wait(self, selector: str) -> WebElement:
        """Wait for something to appear."""
        found: list[WebElement] = self.until(
            lambda: self.driver.find_elements("css selector", selector)
        )
        return found[0]

    def until(self, answer: Callable[[], Any]) -> Any:
        """Wait until this answers something."""
        return WebDriverWait(self.driver, 15, 0.05).until(lambda _driver: answer())

    def tabs(self) -> list[str]:
        """The titles of the editor's tabs."""
        found = self.driver.find_elements("css selector", ".graphiql-tab-button")
        return [each.text for each in found]

    def go_to(self, tab: str) -> None:
        """Open one of the editor's tabs."""
        for each in self.driver.find_elements("css selector", ".graphiql-tab-button"):
            if each.text == tab:
                each.click()

    def editor(self, name: str) -> str:
        """The text of an editor: query, variable, header or result."""
        script = f"return document.querySelector('{_PLACE[name]}').CodeMirror.getValue()"
        return str(self.driver.execute_script(script))

    def write(self, name: str, text: str) -> None:
        """Replace the text of an editor."""
        script = f"document.querySelector('{_PLACE[name]}').CodeMirror.setValue(arguments[0])"
        self.driver.execute_script(script, text)

    def press_run(self) -> None:
        """Press the button that runs the operation."""
        self.driver.find_element("css selector", ".graphiql-execute-button").click()

    def run(self, query: str | None = None) -> dict[str, Any]:
        """Run an operation, or what the editor holds, and answer the result."""
        if query is not None:
            self.write("query", query)
        self.write("result", "")
        self.press_run()
        return self.result()

    def result(self) -> dict[str, Any]:
        """Wait for a result and answer it."""
        answered: dict[str, Any] = json.loads(self.until(lambda: self.editor("result")))
        return answered

    def click(self, text: str) -> None:
        """Press a button by what it says."""
        self.driver.find_element("xpath", f"//button[normalize-space()='{text}']").click()

    def strip(self) -> str:
        """What the strip above the editor says."""
        return str(self.driver.find_element("css selector", ".strip").text)

    def network(self, method: str) -> list[dict[str, Any]]:
        """The parameters of every network event of this kind so far."""
        for entry in self.driver.get_log("performance"):
            self.events.append(json.loads(entry["message"])["message"])
        return [each["params"] for each in self.events if each["method"] == method]

    def complaints(self) -> list[str]:
        """Errors and warnings of the console: script errors, refused files, broken policies."""
        return [entry["message"] for entry in self.driver.get_log("browser")]


@contextmanager
def chromium(profile: Path) -> Iterator[Chrome]:
    """Start Debian's Chromium with a profile nobody used before; needs `chromium-driver` too."""
    program, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if program is None or driver is None:
        raise FileNotFoundError("The explorer's tests need Debian's chromium and chromium-driver.")
    options = ChromeOptions()
    options.binary_location = program
    for flag in [*_FLAGS, f"--user-data-dir={profile}"]:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    opened = Chrome(options=options, service=Service(driver))
    try:
        yield opened
    finally:
        opened.quit()

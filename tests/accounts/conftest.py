"""What tests of accounts and of messages share: rules run as the server runs them, and a salon."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from modules.accounts import rules
from modules.accounts.rules import SignedIn
from modules.viewer import PUBLIC, Viewer
from storage.database import Database
from storage.log import Fact, Log
from storage.process import here

PASSWORD = "correct horse battery"
SALON = {
    "business_name": "Studio Nord",
    "zone": "Europe/Berlin",
    "currency": "EUR",
    "name": "Mia Berg",
    "email": "mia@example.com",
    "password": PASSWORD,
}


class Rules:
    """Runs a rule in a change of its own and keeps what it recorded."""

    def __init__(self) -> None:
        self.events: list[Fact] = []

    async def __call__(
        self, rule: Callable[..., Awaitable[Any]], by: Viewer = PUBLIC, **given: Any
    ) -> Any:
        """Run the rule for somebody; by default for nobody we know."""
        self.events = []
        async with Log().change(actor=by.account_id, business_id=by.business_id) as change:
            result = await rule(by, **given)
        self.events = change.events
        return result

    @property
    def kinds(self) -> list[str]:
        """The names of the events of the last rule."""
        return [event.kind.removeprefix("accounts.") for event in self.events]


@pytest.fixture
def enabled() -> list[str]:
    """Only what these tests are about."""
    return ["accounts", "messaging"]


@pytest.fixture
async def do(database: Database) -> Any:
    """What runs a rule in a change of its own."""
    here.log = Log()
    rules.forget_everything()
    yield Rules()
    await rules.settle()


@pytest.fixture
async def salon(do: Rules) -> SignedIn:
    """A business whose owner has proved her address."""
    return await do(rules.sign_up_business, **SALON, confirmed=True)


@pytest.fixture
async def other(do: Rules) -> SignedIn:
    """Another business, which is nobody else's."""
    given = SALON | {"business_name": "Studio Süd", "email": "tom@example.com", "name": "Tom Au"}
    return await do(rules.sign_up_business, **given, confirmed=True)

"""Every template of every module is whole in every language we ship."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from uuid import UUID

import pytest
from jinja2 import meta

from modules import registry
from modules.accounts.rules import Card
from modules.emails import Email, Recipient
from modules.messaging.languages import SHIPPED
from modules.messaging.writing import Letterhead, _desk, named, spoken, write
from storage import database as db

EMAILS = {
    email.kind: (event, email)
    for module in registry.load(registry.built_in())
    for event, emails in module.emails.items()
    for email in emails
}
KNOWN = {
    "recipient", "business", "public_url", "unsubscribe_url", "zone", "language", "customs",
}  # fmt: skip
"""What every template may ask for; all else its email's `context` gives."""
SAMPLES = {
    "when": datetime(2027, 1, 4, 9, tzinfo=UTC),
    "when_before": datetime(2027, 1, 3, 9, tzinfo=UTC),
    "expires_at": datetime(2027, 1, 4, 9, tzinfo=UTC),
    "price_minor": 3500,
    "currency": "EUR",
}
"""What a key stands for, where it is not a text: add yours."""
HEAD = Letterhead.of("Regulars <mail@example.org>", "https://salon.example.org")
SALON = Card(id=UUID(int=1), name="Studio", zone="Europe/Vienna", currency="EUR", locale="en")
PAGE = Path(__file__).resolve().parents[2] / "docs" / "messages.md"
LEILA = "ليلى O\u2019Hara & <Söhne>"


def keys(email: Email, language: str) -> set[str]:
    """Name what a template asks of its email's context."""
    desk = _desk(email.package)
    found: set[str] = set()
    for ending in ("txt", "mjml"):
        source, _, _ = desk.loader.get_source(desk, named(email.template, language, ending))
        found |= meta.find_undeclared_variables(desk.parse(source))
    return found - KNOWN


@pytest.mark.parametrize(("kind", "language"), list(product(EMAILS, SHIPPED)))
def test_every_template_renders_in_every_language(kind, language):
    """With what its email gives, which is the same in each; a name survives as it was typed."""
    _, email = EMAILS[kind]
    assert keys(email, language) == keys(email, "en"), f"{email.template} in {language}"
    context = {key: SAMPLES.get(key, LEILA) for key in keys(email, language)}
    reader = Recipient(address="leila@example.org", name=LEILA)
    link = "https://salon.example.org/unsubscribe/x" if email.unsubscribable else None
    salon = replace(SALON, locale=language)

    message = write(email, reader, salon, context, head=HEAD, id_=UUID(int=2), unsubscribe=link)

    text = message.get_body(("plain",)).get_content()
    html = message.get_body(("html",)).get_content()
    assert message["Content-Language"] == language
    assert LEILA in text
    assert LEILA.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") in html
    assert f'lang="{language}"' in html
    assert LEILA in str(message["To"])
    assert "{" not in text + str(message["Subject"])


@pytest.mark.parametrize("kind", EMAILS)
def test_no_template_is_without_its_fellow(kind):
    """Text and looks are in the same languages, ours among them."""
    _, email = EMAILS[kind]
    files = {
        language: [named(email.template, language, ending) for ending in ("txt", "mjml")]
        for language in {*SHIPPED, *spoken(email.package, email.template)}
    }

    assert {f for each in files.values() for f in each} <= set(
        _desk(email.package).list_templates()
    )


async def test_every_select_of_recipients_is_one(database, loaded):
    """It stands inside two statements: the ledger's and the worker's; PostgreSQL takes both."""
    found = 0
    for module in loaded:
        for event, emails in module.emails.items():
            for email in emails:
                await db.fetch(
                    "SELECT found.address::text, found.name::text, found.client_id FROM event,"
                    f" LATERAL ({email.recipients.sql}) AS found (address, name, client_id)"
                    " WHERE event.kind = $1",
                    event.name,
                )
                found += 1
    assert found == len(EMAILS)


def table() -> list[str]:
    """Write the table of messages for their page."""
    rows = [
        f"| `{kind}` | `{event.name}` | `{email.template}` | {_listed(keys(email, 'en'))} |"
        for kind, (event, email) in sorted(EMAILS.items())
    ]
    return ["| kind | caused by | template | needs |", "|---|---|---|---|", *rows]


def _listed(names: set[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names))


@pytest.fixture
def enabled() -> list[str]:
    """All of them."""
    return registry.built_in()


def test_the_page_lists_every_message():
    """When this fails: `python tests/messaging/test_templates.py` prints what it needs."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    found = lines[lines.index("<!-- messages -->") + 1 : lines.index("<!-- /messages -->")]

    assert found == table()


if __name__ == "__main__":
    sys.stdout.write("\n".join(table()) + "\n")

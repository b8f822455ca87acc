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
from modules.languages import SHIPPED
from modules.messaging.templates import named, plain
from modules.messaging.writing import Letterhead, write
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
    "answer_by": datetime(2027, 1, 2, 9, tzinfo=UTC),
    "times": [datetime(2027, 1, 4, 9, tzinfo=UTC), datetime(2027, 1, 5, 9, tzinfo=UTC)],
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
    templates = plain(email.package)
    source, _, _ = templates.loader.get_source(templates, named(email.template, language))
    return meta.find_undeclared_variables(templates.parse(source)) - KNOWN


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
def test_every_template_is_in_the_languages_we_ship(kind):
    """And is plain text: what looks different in HTML is called, so nothing has to be escaped."""
    _, email = EMAILS[kind]
    found = {named(email.template, language) for language in SHIPPED}

    assert found <= set(plain(email.package).list_templates())
    for name in found:
        source, _, _ = plain(email.package).loader.get_source(plain(email.package), name)
        assert not {"<", "&"} & set(source), name


def test_what_users_type_begins_no_element_of_its_own():
    """A paragraph that looks like MJML, or like a row, is a text like any other."""
    reader = Recipient(address="leila@example.org", name="Ann")
    note = "a\n\n<mj-raw>boom</mj-raw>\n\n<tr><td>boom</td></tr>"
    context = {"note": note, "contact": "x", "when": SAMPLES["when"]}
    email = EMAILS["IMPORT_REQUESTED"][1]

    message = write(email, reader, SALON, context, head=HEAD, id_=UUID(int=2))

    html = message.get_body(("html",)).get_content()
    assert "&lt;mj-raw&gt;boom&lt;/mj-raw&gt;" in html
    assert "&lt;tr&gt;&lt;td&gt;boom&lt;/td&gt;&lt;/tr&gt;" in html


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

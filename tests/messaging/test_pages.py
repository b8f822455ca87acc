"""Pages over real HTTP: leaving a list by the link in a mail, and the mailbox of development."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from modules.accounts.events import TeamMemberInvited
from modules.messaging import rules
from modules.messaging.pages import mailbox
from modules.messaging.rules import open_mailer, suppressed
from storage import database as db
from storage import log

HOME = "https://app.example.com"


@pytest.fixture
async def browser(server: str) -> Any:
    """Somebody at the machine of the server."""
    async with httpx.AsyncClient(base_url=server) as client:
        yield client


@pytest.fixture
def bulk(mailer: Any) -> Any:
    """The post mailer, when invitations are something nobody asked for."""
    (email,) = mailer._emails[TeamMemberInvited]
    mailer._emails = {TeamMemberInvited: [replace(email, unsubscribable=True)]}
    return mailer


async def test_one_click_unsubscribes(browser, bulk, mail_server, invited):
    """As RFC 8058 has it: no question, no cookie, and once more changes nothing."""
    await bulk.deliver(invited, 1)
    (mail,) = mail_server.mails
    link = mail["List-Unsubscribe"].strip("<>")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link in mail.get_body(("plain",)).get_content()
    assert link in mail.get_body(("html",)).get_content()
    path = link.removeprefix(HOME)

    looked = await browser.get(path)
    before = await db.fetch("SELECT * FROM suppressions")
    for _ in range(2):
        done = await browser.post(path, data={"List-Unsubscribe": "One-Click"})
        assert (done.status_code, "Done: lea@example.com" in done.text) == (200, True)

    assert (looked.status_code, before) == (200, [])
    assert '<form method="post"><button>Unsubscribe</button></form>' in looked.text
    rows = await db.fetch(
        "SELECT business_id, recipient, reason FROM suppressions"
        " JOIN suppressed_addresses USING (business_id, id)"
    )
    assert [tuple(row) for row in rows] == [
        (invited.business_id, "lea@example.com", "UNSUBSCRIBED")
    ]
    kinds = "SELECT count(*) FROM event WHERE kind = 'messaging.AddressSuppressed'"
    assert await db.fetchval(kinds) == 1
    assert await suppressed(invited.business_id, ["Lea@example.com"]) == {"Lea@example.com"}


async def test_who_left_gets_no_more_of_such(bulk, mailer, mail_server, invited):
    """The ledger says why; what one asks for still comes."""
    await bulk.deliver(invited, 1)
    link = mail_server.mails[0]["List-Unsubscribe"].strip("<>")
    async with log.change(actor=None, business_id=invited.business_id):
        await rules.unsubscribe(*(await rules.reader_of(link.rpartition("/")[2])))

    await bulk.deliver(invited, 2)
    (email,) = mailer._emails[TeamMemberInvited]
    mailer._emails = {TeamMemberInvited: [replace(email, unsubscribable=False)]}
    await mailer.deliver(invited, 3)

    lines = await db.fetch("SELECT status, error FROM messages ORDER BY event_seq")
    assert [tuple(line) for line in lines] == [
        ("SENT", None),
        ("FAILED", "the address is left alone: UNSUBSCRIBED"),
        ("SENT", None),
    ]
    assert [mail["List-Unsubscribe"] is None for mail in mail_server.mails] == [False, True]


@pytest.mark.parametrize(
    "spoken", [("de-AT", "Abmelden"), ("nl", "Afmelden"), ("fr", "Unsubscribe")]
)
async def test_the_page_speaks_as_the_mail_does(browser, bulk, mail_server, invited, spoken):
    """And what people typed stays text."""
    locale, button = spoken
    await db.execute("UPDATE businesses SET name = '<b>ليلى & Co</b>', locale = $1", locale)
    await bulk.deliver(invited, 1)
    path = mail_server.mails[0]["List-Unsubscribe"].strip("<>").removeprefix(HOME)

    page = await browser.get(path)

    assert f"<button>{button}</button>" in page.text
    assert "&lt;b&gt;ليلى &amp; Co&lt;/b&gt;" in page.text


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_link_that_was_never_ours_leads_nowhere(browser, invited, method):
    """In the language of whoever asks; nothing is written down."""
    german = {"Accept-Language": "de-DE,de;q=0.9"}
    answer = await browser.request(method, "/unsubscribe/" + "x" * 300, headers=german)

    assert (answer.status_code, "Dieser Link" in answer.text) == (404, True)
    assert await db.fetchval("SELECT count(*) FROM suppressions") == 0


async def test_the_mailbox_shows_what_would_have_been_sent(
    browser, loaded, settings, invite, tmp_path
):
    """The list, the text with its links, the looks in a frame that can do nothing, the file."""
    event = await invite("<b>Lea</b>", "lea@example.com")
    assert "No mail so far" in (await browser.get("/mailbox")).text
    await open_mailer(loaded, settings).deliver(event, 1)
    (file,) = (tmp_path / "mailbox").glob("*.eml")

    box = await browser.get("/mailbox")
    letter = await browser.get(f"/mailbox/{file.name}")
    html = await browser.get(f"/mailbox/{file.name}/html")
    raw = await browser.get(f"/mailbox/{file.name}/raw")

    assert "<bdi>Join the team of Studio Nord</bdi>" in box.text
    assert f'href="/mailbox/{file.name}"' in box.text
    assert "&lt;b&gt;Lea&lt;/b&gt;" in letter.text
    assert "/accept-invitation#token=" in letter.text
    assert f'<iframe sandbox src="/mailbox/{file.name}/html"' in letter.text
    assert letter.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src")
    assert "Join the team" in html.text
    policy = html.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox; default-src 'none'")
    assert raw.content == file.read_bytes()
    assert raw.headers["Content-Disposition"].startswith("attachment")
    for page in (box, letter, html, raw):
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert "<script" not in page.text


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "salon.example"},
        {"X-Forwarded-For": "127.0.0.1"},
        {"Forwarded": "for=127.0.0.1"},
        {"X-Real-IP": "203.0.113.9"},
    ],
)
async def test_the_mailbox_is_for_this_machine_only(browser, tmp_path, headers):
    """Its links sign people in: nobody reads it through a proxy, or by another name."""
    (tmp_path / "mailbox").mkdir()
    (tmp_path / "mailbox" / "a.eml").write_bytes(b"Subject: secret\n\nsecret")

    for path in ("/mailbox", "/mailbox/a.eml", "/mailbox/a.eml/html", "/mailbox/a.eml/raw"):
        answer = await browser.get(path, headers=headers)
        assert (answer.status_code, "secret" in answer.text) == (403, False)


@pytest.mark.parametrize("name", ["..%2Fsecret.eml", "b.txt", "missing.eml", ".a.eml", "a.eml%00"])
async def test_only_letters_are_shown(browser, tmp_path: Path, name):
    """And only those in the folder."""
    (tmp_path / "mailbox").mkdir()
    (tmp_path / "secret.eml").write_bytes(b"Subject: secret\n\nsecret")
    (tmp_path / "mailbox" / "b.txt").write_bytes(b"secret")

    for ending in ("", "/html", "/raw"):
        answer = await browser.get(f"/mailbox/{name}{ending}")
        assert (answer.status_code, "secret" in answer.text) == (404, False)


async def test_a_letter_of_any_kind_is_shown(browser, tmp_path):
    """Whatever lies there, by whomever: without a date, a body, or a head."""
    (tmp_path / "mailbox").mkdir()
    for nth, written in enumerate((b"", b"\xff\xfe\x00", b"Subject: =?x?q?y?=\n\n<p>", b"X: y\n")):
        (tmp_path / "mailbox" / f"{nth}.eml").write_bytes(written)

    assert (await browser.get("/mailbox")).status_code == 200
    for nth in range(4):
        assert (await browser.get(f"/mailbox/{nth}.eml")).status_code == 200


@pytest.mark.parametrize(
    "set_to",
    [
        {"smtp_host": "mail.example.com"},
        {"graphiql": False},
        {"public_url": "https://salon.example"},
    ],
)
def test_there_is_no_mailbox_where_people_are_served(settings, set_to):
    """A mail server, no explorer, or a public address: then it is not even refused."""
    assert mailbox.routes(settings.model_copy(update=set_to)) == []


@pytest.mark.parametrize("url", [None, "http://127.0.0.1:8000", "http://localhost", "http://[::1]"])
def test_there_is_a_mailbox_at_home(settings, url):
    """On a laptop, as it comes."""
    assert len(mailbox.routes(settings.model_copy(update={"public_url": url}))) == 4

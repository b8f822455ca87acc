"""Messages leave once, over a real SMTP conversation, however badly it goes."""

from __future__ import annotations

import asyncio
import socket
import stat
from dataclasses import replace
from email.parser import BytesParser
from email.policy import SMTP
from uuid import uuid4

import pytest

from modules.accounts import rules as accounts
from modules.accounts.events import (
    AddressClaimed,
    PasswordResetFound,
    SignInCodeFound,
    TeamMemberInvited,
)
from modules.emails import Planned, Recipient
from modules.messaging.events import MessageResent
from modules.messaging.rules import DeliveryDelayed, Mailer, open_mailer
from modules.messaging.transport import MailServer
from modules.messaging.writing import Letterhead
from modules.viewer import PUBLIC
from storage import database as db
from storage.log import Log

PASSWORD = "correct horse battery"


async def ledger():
    """What the ledger says: status, attempts and error of each message."""
    rows = await db.fetch("SELECT status, attempts, error FROM messages ORDER BY recipient")
    return [tuple(row) for row in rows]


async def test_an_invitation_arrives_and_its_link_works(mailer, mail_server, invited):
    """R36: every person invited receives an email."""
    await mailer.deliver(invited, 1)

    (mail,) = mail_server.mails
    assert (mail_server.envelopes[0].mail_from, mail_server.envelopes[0].rcpt_tos) == (
        "mail@example.com",
        ["lea@example.com"],
    )
    assert (mail["From"], mail["To"], mail["Subject"], mail["Auto-Submitted"]) == (
        "Studio Nord <mail@example.com>",
        "Lea Au <lea@example.com>",
        "Join the team of Studio Nord",
        "auto-generated",
    )
    text = mail.get_body(("plain",)).get_content()
    html = mail.get_body(("html",)).get_content()
    link = next(line for line in text.splitlines() if line.startswith("https://"))
    assert link.startswith("https://app.example.com/accept-invitation#token=")
    assert link in html
    assert "Mia Berg invites you to the team of Studio Nord." in text
    token = link.partition("=")[2]
    async with Log().change(actor=None):
        signed = await accounts.accept_invitation(PUBLIC, token=token, password=PASSWORD)
    assert signed.business_id == invited.business_id
    assert await ledger() == [("SENT", 1, None)]


async def test_a_message_leaves_once_however_often_it_is_delivered(mailer, mail_server, invited):
    """The queue runs things at least once; people read them once."""
    await asyncio.gather(*(mailer.deliver(invited, 1) for _ in range(5)))
    await mailer.deliver(invited, 1)

    assert len(mail_server.mails) == 1
    assert await ledger() == [("SENT", 1, None)]


async def test_a_message_that_is_refused_is_not_tried_again(mailer, mail_server, invited):
    """The ledger keeps the server's own words."""
    mail_server.recipient_says = ["550 No such user"]

    await mailer.deliver(invited, 1)
    await mailer.deliver(invited, 1)

    assert mail_server.mails == []
    assert await ledger() == [("FAILED", 1, "550 No such user")]


@pytest.mark.parametrize("when", ["recipient_says", "data_says"])
async def test_a_server_that_is_busy_is_tried_again(mailer, mail_server, invited, when):
    """Until then the ledger says why the message waits."""
    setattr(mail_server, when, ["451 Busy"])

    with pytest.raises(DeliveryDelayed, match="TEAM_INVITATION: 451 Busy"):
        await mailer.deliver(invited, 1)
    assert await ledger() == [("QUEUED", 1, "451 Busy")]

    await mailer.deliver(invited, 1)
    assert len(mail_server.mails) == 1
    assert await ledger() == [("SENT", 2, None)]


async def test_a_server_that_is_not_there_is_tried_again(loaded, by_smtp, mail_server, invited):
    """Nothing left, so nothing can be doubled."""
    with socket.create_server(("127.0.0.1", 0)) as once:
        port = once.getsockname()[1]
    away = open_mailer(loaded, by_smtp(port))

    with pytest.raises(DeliveryDelayed):
        await away.deliver(invited, 1)
    ((status, attempts, error),) = await ledger()
    assert (status, attempts) == ("QUEUED", 1)
    assert "SMTPConnectError" in error

    await open_mailer(loaded, by_smtp(mail_server.port)).deliver(invited, 1)
    assert len(mail_server.mails) == 1


async def test_a_server_without_encryption_gets_nothing_when_we_insist(
    loaded, by_smtp, mail_server, invited
):
    """Secrets of links do not travel in the clear because a server forgot its certificate."""
    mailer = open_mailer(loaded, by_smtp(mail_server.port, smtp_security="starttls"))

    with pytest.raises(DeliveryDelayed, match="STARTTLS"):
        await mailer.deliver(invited, 1)

    assert mail_server.mails == []


async def test_a_server_that_hangs_up_on_the_message_leaves_it_open(mailer, mail_server, invited):
    """It may have arrived: the ledger shows it, and nobody gets it twice."""
    mail_server.hangs_up = True

    await mailer.deliver(invited, 1)
    mail_server.hangs_up = False
    await mailer.deliver(invited, 1)

    ((status, attempts, error),) = await ledger()
    assert (status, attempts, len(mail_server.mails)) == ("SENDING", 1, 1)
    assert "SMTPServerDisconnected" in error


async def test_a_server_that_dies_before_the_end_of_the_message_is_tried_again(
    mailer, mail_server, invited
):
    """It has not got the message, whatever else it has: nothing is lost, and nothing sent twice."""
    mail_server.hangs_up_midway = True

    with pytest.raises(DeliveryDelayed, match="SMTPServerDisconnected"):
        await mailer.deliver(invited, 1)
    ((status, attempts, error),) = await ledger()
    assert (status, attempts) == ("QUEUED", 1)
    assert "SMTPServerDisconnected" in error
    mail_server.hangs_up_midway = False
    await mailer.deliver(invited, 1)
    await mailer.deliver(invited, 1)

    assert await ledger() == [("SENT", 2, None)]
    assert len(mail_server.mails) == 1


async def test_a_server_that_never_answers_is_not_waited_for(mailer, mail_server, invited):
    """After our patience ends, the same holds: it may have arrived."""
    mail_server.thinks = 1.0
    mailer._way = MailServer("127.0.0.1", mail_server.port, security="none", patience_at_end=0.2)

    await mailer.deliver(invited, 1)

    ((status, attempts, error),) = await ledger()
    assert (status, attempts) == ("SENDING", 1)
    assert "Timeout" in error
    await asyncio.sleep(1.0)


async def test_a_worker_that_dies_while_sending_leaves_a_trace(mailer, mail_server, invited):
    """Between handing over and noting it: visible as SENDING, never silently sent again."""
    mail_server.thinks = 0.3
    dying = asyncio.create_task(mailer.deliver(invited, 1))
    await mail_server.reached.wait()
    dying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await dying

    await mailer.deliver(invited, 1)
    await asyncio.sleep(0.4)

    ((status, attempts, error),) = await ledger()
    assert (status, attempts, error) == (
        "SENDING", 1, "the server was stopped before the mail server had said yes or no",
    )  # fmt: skip
    assert len(mail_server.mails) <= 1


async def test_one_bad_recipient_keeps_nobody_else_from_their_message(mailer, mail_server, invited):
    """Each message has its own line, and only those that did not leave are tried again."""

    async def three(event) -> list[Recipient]:
        return [Recipient(address=f"{who}@example.com", name=who) for who in "abc"]

    (email,) = mailer._emails[TeamMemberInvited]
    mailer._emails = {TeamMemberInvited: [replace(email, recipients=three)]}
    mail_server.recipient_says = ["550 No", "450 Later"]

    with pytest.raises(DeliveryDelayed):
        await mailer.deliver(invited, 1)
    await mailer.deliver(invited, 1)

    assert [mail["To"] for mail in mail_server.mails] == [
        "c <c@example.com>",
        "b <b@example.com>",
    ]
    assert await ledger() == [("FAILED", 1, "550 No"), ("SENT", 2, None), ("SENT", 1, None)]


async def test_a_template_that_cannot_be_filled_in_waits_for_whoever_mends_it(
    mailer, mail_server, invited
):
    """The error is in the ledger, and the queue keeps the job."""

    async def broken(event):
        return {}

    (email,) = mailer._emails[TeamMemberInvited]
    whole = mailer._emails
    mailer._emails = {TeamMemberInvited: [replace(email, context=broken)]}
    with pytest.raises(Exception, match="'host' is undefined"):
        await mailer.deliver(invited, 1)
    assert await ledger() == [("QUEUED", 0, "UndefinedError: 'host' is undefined")]

    mailer._emails = whole
    await mailer.deliver(invited, 1)
    assert len(mail_server.mails) == 1


async def test_who_is_not_meant_any_more_gets_nothing(mailer, mail_server, invited):
    """The invitation was taken back before the mail left; or the whole business is gone."""
    mail_server.recipient_says = ["451 Busy"]
    with pytest.raises(DeliveryDelayed):
        await mailer.deliver(invited, 1)
    await db.execute("DELETE FROM invitations")

    await mailer.deliver(invited, 1)
    await mailer.deliver(TeamMemberInvited(business_id=uuid4(), subject=invited.subject), 2)

    assert mail_server.mails == []
    assert await ledger() == [("FAILED", 1, "nobody wants it any more")]


async def test_names_are_text_wherever_they_appear(mailer, mail_server, invite):
    """Neither markup in a name nor a quote can change a message."""
    event = await invite('<b>"Lea" & Co</b>', "lea@example.com", "<script>alert(1)</script> & 'S'")

    await mailer.deliver(event, 1)

    (mail,) = mail_server.mails
    assert mail["Subject"] == "Join the team of <script>alert(1)</script> & 'S'"
    assert mail["To"].addresses[0].display_name == '<b>"Lea" & Co</b>'
    html = mail.get_body(("html",)).get_content()
    assert "<script>" not in html
    assert "<b>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; " in html
    assert '<b>"Lea" & Co</b>' in mail.get_body(("plain",)).get_content()


@pytest.mark.parametrize(
    ("address", "envelope"),
    [
        ("lea@exämple.com", "lea@xn--exmple-cua.com"),
        ("léa@exämple.com", "léa@xn--exmple-cua.com"),
    ],
)
async def test_addresses_of_any_script_are_reached(mailer, mail_server, invite, address, envelope):
    """The domain travels in ASCII; the rest as the server can take it."""
    await mailer.deliver(await invite("Léa", address), 1)

    assert mail_server.envelopes[0].rcpt_tos == [envelope]
    assert str(mail_server.mails[0]["To"]) == f"Léa <{envelope}>"


async def test_a_server_that_only_knows_ascii_is_not_given_anything_else(
    mailer, mail_server, invite
):
    """The ledger says so, instead of sending to somebody else."""
    mail_server.knows_utf8 = False

    await mailer.deliver(await invite("Léa", "léa@example.com"), 1)

    assert await ledger() == [("FAILED", 1, "the mail server only takes addresses in ASCII")]


async def test_without_a_mail_server_messages_lie_in_a_folder(loaded, settings, invited, tmp_path):
    """On a laptop one looks into the folder; nobody else does."""
    mailer = open_mailer(loaded, settings)

    await mailer.deliver(invited, 1)

    (file,) = (tmp_path / "mailbox").iterdir()
    mail = BytesParser(policy=SMTP).parsebytes(file.read_bytes())
    assert (mail["Subject"], file.suffix) == ("Join the team of Studio Nord", ".eml")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert await ledger() == [("SENT", 1, None)]


async def test_a_folder_that_cannot_be_written_is_tried_again(loaded, settings, invited, tmp_path):
    """A full disk is no reason to lose mail."""
    (tmp_path / "mailbox").write_text("in the way")
    mailer = open_mailer(loaded, settings)

    with pytest.raises(DeliveryDelayed):
        await mailer.deliver(invited, 1)
    (tmp_path / "mailbox").unlink()
    await mailer.deliver(invited, 1)

    assert await ledger() == [("SENT", 2, None)]


async def test_a_dry_run_lists_what_would_be_sent_but_no_secrets(mailer, invited):
    """That a reset would be mailed tells that the address is known, so it is not said."""
    account = await db.fetchval("SELECT id FROM accounts")
    claim = AddressClaimed(business_id=invited.business_id, subject=account)
    reset = PasswordResetFound(business_id=invited.business_id, subject=account)

    planned = await mailer.planned([invited, claim, reset])

    assert planned == [
        Planned(kind="TEAM_INVITATION", recipient="lea@example.com"),
        Planned(kind="CONFIRM_ADDRESS", recipient="mia@example.com"),
    ]
    assert await ledger() == []
    assert await db.fetchval("SELECT count(*) FROM links") == 0


@pytest.mark.parametrize("known", [True, False])
async def test_the_mail_after_a_sign_up_is_about_what_its_reader_has(
    mailer, mail_server, invited, known
):
    """Who has an account reads how to add the business; anybody else how to confirm."""
    email = "mia@example.com" if known else "new@example.com"
    async with Log().change(actor=None):
        signed = await accounts.sign_up_business(
            PUBLIC,
            business_name="Studio West",
            zone="UTC",
            currency="EUR",
            name="Mia",
            email=email,
            password=PASSWORD,
        )

    claim = AddressClaimed(business_id=signed.business_id, subject=signed.account_id)
    await mailer.deliver(claim, 2)

    assert mail_server.mails[0]["Subject"] == (
        "Add Studio West to your account" if known else "Confirm your mail address for Studio West"
    )


def test_a_mailer_knows_its_events(loaded, settings):
    """The server makes `deliver` react to exactly these."""
    mailer: Mailer = open_mailer(loaded, settings)

    assert mailer.events == {
        AddressClaimed,
        MessageResent,
        PasswordResetFound,
        SignInCodeFound,
        TeamMemberInvited,
    }
    assert Letterhead.of("Regulars <mail@example.com>", "https://x/") == Letterhead(
        sender="mail@example.com", public_url="https://x"
    )

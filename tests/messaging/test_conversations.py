"""A few conversations with the mail server are kept, and none is trusted blindly."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from typing import Any

import pytest

from modules.messaging.failures import NoSuchMailbox, NotSent, Refused, Unsure
from modules.messaging.transport import Claim, Letter, MailServer


@pytest.fixture
async def way(mail_server: Any) -> AsyncIterator[Any]:
    """What opens a way to the test's mail server, and closes all in the end."""
    opened: list[MailServer] = []

    def one(**options: Any) -> MailServer:
        made = MailServer("127.0.0.1", mail_server.port, security="none", **options)
        opened.append(made)
        return made

    yield one
    for each in opened:
        await each.close()


async def _at_once() -> None:
    """Claim nothing: it may leave."""


async def send(way: MailServer, word: str = "Hello", claim: Claim = _at_once) -> None:
    """Send a small message."""
    message = EmailMessage()
    message["Subject"] = word
    message.set_content(word)
    letter = Letter(
        message=message, sender="us@example.com", recipient="lea@example.com", name=word
    )
    await way.send(letter, claim)


async def test_messages_share_a_conversation(way, mail_server):
    """Each begins anew in it, so that nothing of the last one is left."""
    here = way()

    for word in ("one", "two", "three"):
        await send(here, word)

    assert [mail["Subject"] for mail in mail_server.mails] == ["one", "two", "three"]
    assert len(mail_server.conversations) == 1
    assert mail_server.commands == ["DATA", "RSET", "DATA", "RSET", "DATA"]


async def test_there_are_never_many_conversations(way, mail_server):
    """The rest waits for its turn, and nothing is sent twice."""
    mail_server.thinks = 0.05
    here = way(most=2)

    await asyncio.gather(*(send(here, str(number)) for number in range(8)))

    assert sorted(mail["Subject"] for mail in mail_server.mails) == list("01234567")
    assert len(mail_server.conversations) == 2


async def test_a_conversation_the_server_ended_is_replaced(way, mail_server):
    """Nobody notices: nothing had been handed over when we asked."""
    here = way()
    await send(here, "one")
    mail_server.hang_up()

    await send(here, "two")
    await send(here, "three")

    assert [mail["Subject"] for mail in mail_server.mails] == ["one", "two", "three"]
    assert len(mail_server.conversations) == 2


async def test_a_server_that_tells_us_to_leave_is_left(way, mail_server):
    """421 ends a conversation, whatever the message."""
    here = way()
    await send(here, "one")
    mail_server.recipient_says = ["421 Closing"]

    with pytest.raises(NotSent, match="421 Closing"):
        await send(here, "two")
    await send(here, "two")

    assert [mail["Subject"] for mail in mail_server.mails] == ["one", "two"]
    assert len(mail_server.conversations) == 2


@pytest.mark.parametrize(
    ("when", "says", "raised"),
    [
        ("recipient_says", "450 Later", NotSent),
        ("recipient_says", "550 5.7.1 We do not like you", Refused),
        ("recipient_says", "550 5.1.1 No such user", NoSuchMailbox),
        ("data_says", "451 Busy", NotSent),
        ("data_says", "554 5.7.1 Spam", Refused),
    ],
)
async def test_a_no_does_not_end_the_conversation(way, mail_server, when, says, raised):
    """It is understood: the next message goes the same way."""
    here = way()
    setattr(mail_server, when, [says])

    with pytest.raises(raised) as refused:
        await send(here, "one")
    await send(here, "two")

    assert type(refused.value) is raised
    assert [mail["Subject"] for mail in mail_server.mails] == ["two"]
    assert len(mail_server.conversations) == 1


async def test_an_answer_that_makes_no_sense_leaves_it_open(way, mail_server):
    """Neither yes nor no: it may have been taken, and the conversation is not used again."""
    here = way()
    mail_server.data_says = ["299 perhaps"]
    with pytest.raises(Unsure):
        await send(here, "one")
    await send(here, "two")

    assert [mail["Subject"] for mail in mail_server.mails] == ["two"]
    assert len(mail_server.conversations) == 2


async def test_a_server_that_is_gone_before_the_end_of_a_message_has_not_got_it(way, mail_server):
    """It is not even claimed, and the next message has a conversation of its own."""
    here = way()
    await send(here, "one")
    mail_server.hangs_up_midway = True
    claimed = []

    async def claim() -> None:
        claimed.append("two")

    with pytest.raises(NotSent, match="SMTPServerDisconnected"):
        await send(here, "two", claim)
    assert claimed == []
    mail_server.hangs_up_midway = False
    await send(here, "three")

    assert [mail["Subject"] for mail in mail_server.mails] == ["one", "three"]
    assert len(mail_server.conversations) == 2


@pytest.mark.parametrize(
    ("says", "raised"),
    [("452 4.3.1 no room any more", NotSent), ("552 5.3.4 too large", Refused)],
)
async def test_what_is_objected_to_before_its_end_is_not_ended(way, mail_server, says, raised):
    """Whoever says no while the text is said hears nothing more: the end would be a new command."""
    here = way()
    mail_server.objects_midway = says

    with pytest.raises(raised, match=says):
        await send(here, "one")
    mail_server.objects_midway = ""
    await send(here, "two")

    assert [mail["Subject"] for mail in mail_server.mails] == ["two"]
    assert len(mail_server.conversations) == 2


async def test_a_server_that_is_too_slow_is_left(way, mail_server):
    """Its answer to the first message is never taken for one to the second."""
    mail_server.thinks = 0.4
    here = way(patience_at_end=0.1)

    with pytest.raises(Unsure, match="Timeout"):
        await send(here, "one")
    mail_server.thinks = 0.0
    await send(here, "two")

    assert len(mail_server.conversations) == 2
    await asyncio.sleep(0.4)


async def test_whoever_is_cut_off_leaves_no_half_conversation(way, mail_server):
    """A worker that is stopped while it sends gives nobody the rest of its answers."""
    mail_server.thinks = 0.3
    here = way(most=1)
    sending = asyncio.create_task(send(here, "one"))
    await mail_server.reached.wait()
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    mail_server.thinks = 0.0

    await send(here, "two")

    assert len(mail_server.conversations) == 2
    await asyncio.sleep(0.3)


async def test_nobody_is_kept_waiting_for_nothing(way, mail_server):
    """After a while without messages we say good-bye."""
    here = way(idle=0.05)
    await send(here, "one")
    await asyncio.sleep(0.2)
    assert mail_server.commands == ["DATA", "QUIT"]

    await send(here, "two")
    assert len(mail_server.conversations) == 2


async def test_a_conversation_ends_after_so_many_messages(way, mail_server):
    """Some servers count."""
    here = way(longest=2)

    for number in range(5):
        await send(here, str(number))

    assert (len(mail_server.mails), len(mail_server.conversations)) == (5, 3)


async def test_in_the_end_we_say_good_bye(way, mail_server):
    """To each."""
    here = way()
    await send(here)

    await here.close()

    assert mail_server.commands == ["DATA", "QUIT"]


async def test_being_turned_away_at_the_door_is_not_about_the_message():
    """Whatever the code: it is tried again."""
    async with _door(b"554 Go away\r\n") as port:
        here = MailServer("127.0.0.1", port, security="none")
        with pytest.raises(NotSent):
            await send(here)


@asynccontextmanager
async def _door(says: bytes) -> AsyncIterator[int]:
    """A server that says one thing and hangs up."""

    async def meet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(says)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(meet, "127.0.0.1", 0) as listening:
        yield listening.sockets[0].getsockname()[1]

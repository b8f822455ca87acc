"""Conversations with a mail server: a few, kept open from one message to the next."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import aiosmtplib

from modules.messaging.failures import NotSent, Refused, said

MOST = 4
"""Conversations at once: mail servers dislike being crowded."""
IDLE = 30.0
"""Seconds a conversation is kept without a message; servers hang up themselves after minutes."""
LONGEST = 100
"""Messages in one conversation; some servers count."""
ASKING = 20.0
"""Seconds a server may take to say whether a kept conversation goes on."""
GOOD_BYE = 2.0
"""Seconds a server may take to hear that we leave."""
CLOSING = 421
"""What a server says that hangs up."""
UNDERSTOOD = range(200, 600)


@dataclass(slots=True)
class _Conversation:
    server: aiosmtplib.SMTP
    messages: int = 0
    idle_since: float = 0.0


class Conversations:
    """Opens conversations, keeps those that went well, and asks a kept one before it trusts it."""

    def __init__(
        self,
        client: Callable[[], aiosmtplib.SMTP],
        *,
        most: int = MOST,
        idle: float = IDLE,
        longest: int = LONGEST,
    ) -> None:
        self._client = client
        self._turns = asyncio.Semaphore(most)
        self._idle, self._longest = idle, longest
        self._kept: list[_Conversation] = []
        self._leaving: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def one(self) -> AsyncIterator[aiosmtplib.SMTP]:
        """Give a conversation for one message. Raises NotSent where there is none to be had."""
        async with self._turns:
            here = await self._take()
            sound = False
            try:
                yield here.server
                sound = True
            except (NotSent, Refused) as error:
                sound = _understood(error)
                raise
            finally:
                # Whoever was cut off or given no answer may be in the middle of anything.
                if sound and here.server.is_connected and here.messages < self._longest:
                    self._keep(here)
                else:
                    here.server.close()

    async def close(self) -> None:
        """Say good-bye to all."""
        self._let_go(self._kept)
        self._kept = []
        while self._leaving:
            await asyncio.gather(*self._leaving)

    async def _take(self) -> _Conversation:
        while self._kept:
            here = self._kept.pop()
            if await self._goes_on(here):
                here.messages += 1
                return here
            here.server.close()
        return _Conversation(await self._open(), messages=1)

    async def _goes_on(self, here: _Conversation) -> bool:
        """Ask whether a kept conversation goes on, which also ends whatever was left of the last.

        Nothing has been handed over yet, so another one may be opened in its place.
        """
        try:
            await here.server.rset(timeout=ASKING)
        except (aiosmtplib.SMTPException, OSError):
            return False
        return True

    async def _open(self) -> aiosmtplib.SMTP:
        server = self._client()
        try:
            # Being turned away at the door, or not let in with our password, is about us and not
            # about the message: somebody will mend it.
            await server.connect()
        except (aiosmtplib.SMTPException, OSError) as error:
            server.close()
            raise NotSent(said(error)) from error
        except BaseException:
            server.close()
            raise
        return server

    def _keep(self, here: _Conversation) -> None:
        loop = asyncio.get_running_loop()
        here.idle_since = loop.time()
        self._kept.append(here)
        loop.call_later(self._idle, self._tidy)

    def _tidy(self) -> None:
        """Leave those that nobody has used for long."""
        long_ago = asyncio.get_running_loop().time() - self._idle
        self._let_go([each for each in self._kept if each.idle_since <= long_ago])
        self._kept = [each for each in self._kept if each.idle_since > long_ago]

    def _let_go(self, those: list[_Conversation]) -> None:
        for each in those:
            task = asyncio.create_task(_leave(each.server), name="mail: good-bye")
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)


async def _leave(server: aiosmtplib.SMTP) -> None:
    with suppress(aiosmtplib.SMTPException, OSError):
        await server.quit(timeout=GOOD_BYE)
    server.close()


def _understood(error: Exception) -> bool:
    """Tell whether the server said no and waits for what comes next."""
    cause = error.__cause__
    if cause is None:
        return True
    return (
        isinstance(cause, aiosmtplib.SMTPResponseException)
        and cause.code in UNDERSTOOD
        and cause.code != CLOSING
    )

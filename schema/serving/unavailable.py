"""Pages and files while PostgreSQL is away: 503 and when to come back, instead of a bug's 500."""

from __future__ import annotations

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from schema.serving.refusals import TRY_AGAIN
from storage.outage import RETRY_AFTER, outage


class TryAgain:
    """Answers 503 where the application could not reach PostgreSQL and has not answered yet."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        begun = False

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception as error:
            if begun or scope["type"] != "http" or not outage.noticed(error):
                raise
            head = {"Retry-After": str(RETRY_AFTER), "Cache-Control": "no-store"}
            await PlainTextResponse(TRY_AGAIN, 503, head)(scope, receive, send)

"""The mailbox of development: what would have been sent, on a machine without a mail server."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from functools import partial
from pathlib import Path

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from modules.home import at_home, is_home
from modules.messaging.pages.showing import GUARDED, page
from modules.messaging.transport import folder
from storage.settings import Settings

SHOWN = 200
"""Letters on the page."""
NAME = re.compile(r"[A-Za-z0-9_-]+\.eml")
LINK = re.compile(r"(https?://[^\s<>\"]+)")
FRAMED = {
    **GUARDED,
    "Content-Security-Policy": (
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
        "frame-ancestors 'self'"
    ),
    "X-Frame-Options": "SAMEORIGIN",
}


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail as the list shows it."""

    name: str
    when: str
    to: str
    subject: str


def routes(settings: Settings) -> list[BaseRoute]:
    """Serve the mailbox in development: without a mail server, beside the explorer, at home.

    Its mails hold links that sign people in. So it is not there at all where mail is sent, where
    the explorer is off or where the server has a public address, and it answers this machine only.
    """
    if settings.smtp_host or not settings.graphiql or not is_home(settings.public_url):
        return []
    box = Box(folder(settings))
    return [
        Route("/mailbox", box.all),
        Route("/mailbox/{name}", box.one),
        Route("/mailbox/{name}/html", box.html),
        Route("/mailbox/{name}/raw", box.raw),
    ]


class Box:
    """The folder, as pages."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def all(self, request: Request) -> Response:
        """List what there is, the latest first."""
        if not at_home(request):
            return _elsewhere()
        letters, more = await run_sync(self._list)
        where = str(self._folder.resolve())
        return page(
            "mailbox.html", language="en", title="Mailbox", folder=where, letters=letters, more=more
        )

    async def one(self, request: Request) -> Response:
        """Show a letter: its headers, its text, and its looks in a frame that can do nothing."""
        if not at_home(request):
            return _elsewhere()
        if (written := await self._read(request)) is None:
            return _missing()
        mail = _parsed(written)
        return page(
            "letter.html",
            language="en",
            name=request.path_params["name"],
            title=str(mail["Subject"] or "No subject"),
            headers=[(name, str(value)) for name, value in mail.items()],
            text=_linked(_body(mail, "plain")),
            html=bool(_body(mail, "html")),
        )

    async def html(self, request: Request) -> Response:
        """Give a letter's looks, for the frame."""
        if not at_home(request):
            return _elsewhere()
        if (written := await self._read(request)) is None:
            return _missing()
        return Response(_body(_parsed(written), "html"), 200, FRAMED, "text/html")

    async def raw(self, request: Request) -> Response:
        """Give the letter as it would have been sent."""
        if not at_home(request):
            return _elsewhere()
        if (written := await self._read(request)) is None:
            return _missing()
        saved = {"Content-Disposition": f'attachment; filename="{request.path_params["name"]}"'}
        return Response(written, 200, GUARDED | saved, "message/rfc822")

    async def _read(self, request: Request) -> bytes | None:
        name = request.path_params["name"]
        if not NAME.fullmatch(name):
            return None
        try:
            return await run_sync((self._folder / name).read_bytes)
        except OSError:
            return None

    def _list(self) -> tuple[list[Letter], int]:
        names = sorted((f.name for f in self._folder.glob("*.eml")), reverse=True)
        return [self._letter(name) for name in names[:SHOWN]], max(0, len(names) - SHOWN)

    def _letter(self, name: str) -> Letter:
        with (self._folder / name).open("rb") as file:
            mail = BytesParser(policy=default).parse(file, headersonly=True)
        return Letter(name, str(mail["Date"]), str(mail["To"]), str(mail["Subject"]))


_parsed = partial(BytesParser(policy=default).parsebytes)


def _body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    return str(part.get_content()) if part is not None else ""


def _linked(text: str) -> list[tuple[str, bool]]:
    """Split a text into what is a link and what is not."""
    return [(part, nth % 2 == 1) for nth, part in enumerate(LINK.split(text))]


def _elsewhere() -> Response:
    said = "The mailbox is shown on the machine of the server only, as http://localhost.\n"
    return Response(said, 403, GUARDED, "text/plain")


def _missing() -> Response:
    return Response("There is no such letter.\n", 404, GUARDED, "text/plain")

"""Where the link "unsubscribe" leads: a page that asks, and the one click of mail programs."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from modules import languages
from modules.accounts.rules import card
from modules.messaging import rules
from modules.messaging.pages.showing import page
from storage import log

PATH = "/unsubscribe/{secret}"


@dataclass(frozen=True, slots=True)
class Words:
    """What the page says in one language."""

    ask: str
    button: str
    done: str
    title: str
    unknown: str


WORDS = {
    "en": Words(
        "You will get no more messages at {address} that you did not ask for. What you ask for, "
        "such as the confirmation of an appointment, still comes.",
        "Unsubscribe",
        "Done: {address} gets no more of such messages.",
        "Unsubscribe",
        "This link leads nowhere (any more). Nobody writes to you because of it.",
    ),
    "de": Words(
        "Sie erhalten unter {address} keine Nachrichten mehr, um die Sie nicht gebeten haben. Was "
        "Sie selbst veranlassen, etwa die Bestätigung eines Termins, kommt weiterhin.",
        "Abmelden",
        "Erledigt: {address} erhält keine solchen Nachrichten mehr.",
        "Abmelden",
        "Dieser Link führt nirgendwohin (oder nicht mehr). Seinetwegen schreibt Ihnen niemand.",
    ),
    "nl": Words(
        "U krijgt op {address} geen berichten meer waar u niet om hebt gevraagd. Waar u wel om "
        "vraagt, zoals de bevestiging van een afspraak, blijft komen.",
        "Afmelden",
        "Klaar: {address} krijgt zulke berichten niet meer.",
        "Afmelden",
        "Deze link leidt nergens (meer) heen. Niemand schrijft u vanwege deze link.",
    ),
}


def routes() -> list[BaseRoute]:
    """Serve the page, and what its button and mail programs (RFC 8058) send."""
    return [Route(PATH, _ask, methods=["GET"]), Route(PATH, _leave, methods=["POST"])]


async def _ask(request: Request) -> Response:
    """Ask first: programs that look through mail follow every link."""
    found = await rules.reader_of(request.path_params["secret"])
    if found is None:
        return _unknown(request)
    return await _page(*found, done=False)


async def _leave(request: Request) -> Response:
    """Do it, without a further question; once more changes nothing."""
    found = await rules.reader_of(request.path_params["secret"])
    if found is None:
        return _unknown(request)
    business_id, address = found
    async with log.change(actor=None, business_id=business_id):
        await rules.unsubscribe(business_id, address)
    return await _page(business_id, address, done=True)


async def _page(business_id: UUID, address: str, *, done: bool) -> Response:
    business = await card(business_id)
    language = languages.choose(business.locale if business else languages.BASE, WORDS)
    words = WORDS[language]
    said = words.done if done else words.ask
    return page(
        "unsubscribe.html",
        language=language,
        title=business.name if business else words.title,
        said=said.format(address=address),
        button="" if done else words.button,
    )


def _unknown(request: Request) -> Response:
    asked = request.headers.get("accept-language", "").partition(",")[0].partition(";")[0]
    language = languages.choose(asked.strip(), WORDS)
    words = WORDS[language]
    return page(
        "unsubscribe.html",
        status=404,
        language=language,
        title=words.title,
        said=words.unknown,
        button="",
    )

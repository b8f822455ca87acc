"""Templates: one text per message and language, from which plain text and HTML are made.

A template is plain text with Jinja in it. Its first line is the subject, an empty line begins a new
paragraph, and what looks different in HTML is called: `button(label, path)`, `row(label, value)`,
`code_block(code)`, `link(url)`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import mrml
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from modules import languages
from modules.zones import ZoneInfo

OWN = "modules.messaging"
SUBJECT = "Subject: "
FOOTER = "footer"
_PARAGRAPHS = re.compile(r"\n(?:[ \t]*\n)+")


class Ready(str):
    """A text of ours: a link, or a line whose values have been seen to."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Written:
    """A message in one language."""

    subject: str
    text: str
    html: str


def write(package: str, template: str, language: str, facts: Mapping[str, Any]) -> Written:
    """Fill in a template; with an `unsubscribe_url` among the facts it gets a footer."""
    name = named(template, language)
    subject, _, text = plain(package).get_template(name).render(facts).partition("\n")
    if not subject.startswith(SUBJECT):
        raise ValueError(f"{package}'s template {name} must begin with a subject")
    content = _rich(package).get_template(name).render(facts).partition("\n")[2]
    footer = None
    if facts["unsubscribe_url"]:
        below = named(FOOTER, languages.choose(language, spoken(OWN, FOOTER)))
        text += "\n--\n" + plain(OWN).get_template(below).render(facts)
        footer = Markup(_rich(OWN).get_template(below).render(facts))  # noqa: S704 - escaped
    layout = _rich(OWN).get_template("layout.mjml")
    looks = layout.render(facts, content=Markup(_blocks(content)), footer=footer)  # noqa: S704
    return Written(
        subject.removeprefix(SUBJECT), text.strip() + "\n", str(mrml.to_html(looks).content)
    )


@cache
def spoken(package: str, template: str) -> frozenset[str]:
    """Name the languages a template is in, beside the base language."""
    found = _folder(package).glob(f"{template}.*.txt")
    return frozenset(file.name.removeprefix(f"{template}.").removesuffix(".txt") for file in found)


def named(template: str, language: str) -> str:
    """Name the file of a template in a language: the base language needs none."""
    return f"{template}.txt" if language == languages.BASE else f"{template}.{language}.txt"


@cache
def plain(package: str) -> Environment:
    """Give what makes plain text of a module's templates."""
    return _environment(
        package,
        button=_url,
        row=lambda label, value: Ready(f"{label}: {_finished(value)}"),
        code_block=str,
        link=lambda url: url,
    )


@cache
def _rich(package: str) -> Environment:
    """Give what makes MJML of the same; everything but calls is text, and escaped."""
    cell = Markup("<tr><td>{}</td><td>{}</td></tr>")
    code = Markup('<mj-text font-size="28px" letter-spacing="6px">{}</mj-text>')
    return _environment(
        package,
        autoescape=True,
        button=_button,
        row=lambda label, value: cell.format(label, _finished(value)),
        code_block=code.format,
        link=lambda url: Markup('<a href="{0}">{0}</a>').format(url),
    )


def _environment(package: str, *, autoescape: bool = False, **calls: Any) -> Environment:
    made = Environment(
        loader=FileSystemLoader([_folder(package), _folder(OWN)]),
        autoescape=autoescape,  # noqa: S701 - the other one makes plain text
        undefined=StrictUndefined,
        finalize=_finished,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"local": _local, "day": _day, "money": _money}
    made.globals |= calls
    return made


def _folder(package: str) -> Path:
    return Path(str(files(package))) / "emails"


def _blocks(text: str) -> str:
    """Put every paragraph into the element of MJML it needs; text of users cannot begin one."""
    return "\n".join(map(_block, _PARAGRAPHS.split(text.strip())))


def _block(paragraph: str) -> str:
    if paragraph.startswith("<mj-"):
        return paragraph
    if paragraph.startswith("<tr>"):
        return f'<mj-table font-size="16px" line-height="24px">\n{paragraph}\n</mj-table>'
    return f"<mj-text>{paragraph}</mj-text>"


def _finished(value: Any) -> Any:
    """See to what a template puts into its text: values keep their direction and are no links.

    Only our own links are: those are of another type than text.
    """
    return languages.apart(languages.unlinked(value)) if type(value) is str else value


@pass_context
def _url(context: Context, _label: str, path: str) -> str:
    return Ready(f"{context['public_url']}{path}")


@pass_context
def _button(context: Context, label: str, path: str) -> Markup:
    made = Markup('<mj-button href="{}{}">{}</mj-button>')
    return made.format(context["public_url"], path, _finished(label))


@pass_context
def _local(context: Context, moment: datetime, zone: ZoneInfo | None = None) -> str:
    return languages.local(moment, zone or context["zone"], context["customs"])


@pass_context
def _day(context: Context, date: date) -> str:
    return languages.day(date, context["customs"])


@pass_context
def _money(context: Context, minor: int, currency: str) -> str:
    return languages.money(minor, currency, context["customs"])

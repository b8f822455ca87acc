"""A client's profile: every field of a file, described once.

Inputs, checks, imports, exports, filters, merges and what is told of changes are made of this list.
To add a field, add its column (a migration, and `models.Client`), an entry here, and where lists
can bring it along, a value of `ImportField`. What is forgotten fails at start, or in
`tests/guards/test_profile.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypedDict
from uuid import UUID

from modules import mail_address
from modules.clients.events import AccountStatus
from modules.clients.models import ClientSource, MarketingChannel
from modules.clients.rules import addresses, birthdays, reaching, tags
from modules.clients.rules.changes import Address, Consent, FieldValue, Note
from modules.clients.rules.facts import Facts, at_work_here
from modules.profile import ProfileField, ProfileKind
from modules.text import line, name, paragraphs
from modules.viewer import SIGNED_IN, TEAM, Role

Check = Callable[[Any, str, Facts], Any]
"""Puts a value into the form it is kept in, given the path of its input; or refuses it."""
NOBODY: frozenset[Role] = frozenset()


class Merge(StrEnum):
    """What a file that two become has in a field."""

    CHOSEN = "CHOSEN"
    """The value of one of them."""
    JOINED = "JOINED"
    """The values of both, unless one is chosen."""
    KEPT = "KEPT"
    """What the file that stays has; nobody chooses."""


class How(StrEnum):
    """How a condition of the client list is met."""

    AMONG = "AMONG"
    """The value is one of those that are asked for."""
    OVERLAPS = "OVERLAPS"
    """One of the values is."""
    KNOWN = "KNOWN"
    """There is a value, or there is none."""
    TIME = "TIME"
    """It was or will be within a stretch of time, or never."""
    NUMBER = "NUMBER"
    """It is within bounds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A condition of the client list."""

    name: str
    how: How
    says: str
    column: str = ""
    """The column it is about, where that is another one than the field's."""
    of: Any = None
    """The type of what is asked for, where that is another one than the field's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field(ProfileField):
    """A field of a file: what it holds, who may see it and who may fill it in."""

    of: Any
    """The type of its values in Python and in the API."""
    says: str
    """What it is, for readers of the API."""
    sees: frozenset[Role]
    """Who may see it; nobody: the API does not show it."""
    edits: frozenset[Role]
    """Whose inputs have it; nobody: only rules write it."""
    takes: str = ""
    """What to fill in, for writers of the API."""
    changes: str = ""
    """The same when a file is changed, where that is not `takes` or null."""
    check: Check | None = None
    """None: it is checked together with others, or not filled in at all."""
    needed: bool = False
    """Whether no file goes without."""
    nullable: bool = True
    input: str = ""
    """What inputs call it, where not by its column."""
    imported: Sequence[str]
    """The values of `ImportField` from whose columns it is made."""
    words: Sequence[str] = ()
    """What lists call such columns, beside what `header_words.toml` says."""
    merges: Merge = Merge.CHOSEN
    together: str = ""
    """Fields of one name are taken from the same file when two become one."""
    filters: Sequence[Condition] = ()

    @property
    def asked_as(self) -> str:
        """What inputs call it, or what it is a part of there."""
        return self.within or self.input or self.name

    @property
    def shown_as(self) -> str:
        """What the API calls it, or what it is a part of there."""
        return self.within or self.output or self.name


def _line(limit: int) -> Check:
    return lambda value, path, _: line(value, path, limit=limit)


def _paragraphs(limit: int) -> Check:
    return lambda value, path, _: paragraphs(value, path, limit=limit)


def _plain(check: Callable[[Any, str], Any]) -> Check:
    return lambda value, path, _: check(value, path)


def _part(column: str, label: str, says: str, check: Check, *imported: str, of: Any = str) -> Field:
    """Describe a part of an address."""
    return Field(
        name=column, kind=ProfileKind.TEXT, of=of, label=label, says=says, takes=says, check=check,
        sees=SIGNED_IN, edits=SIGNED_IN, within="address", together="address", imported=imported,
    )  # fmt: skip


_MARKETING = {"EMAIL": "email", "SMS": "SMS", "PHONE": "phone", "POST": "post"}
_NOTES = """concat_ws(E'\\n', {0}, (SELECT string_agg(n.kind || ': ' || n.text, E'\\n'
    ORDER BY n.created_at, n.id) FROM client_notes n
    WHERE n.business_id = c.business_id AND n.client_id = c.id))"""

FIELDS = (
    Field(
        name="first_name", kind=ProfileKind.TEXT, of=str, label="First name",
        says="The given name they go by", takes="Given name, up to 200 characters",
        check=_plain(name),
        sees=SIGNED_IN, edits=SIGNED_IN, needed=True, nullable=False,
        imported=("FIRST_NAME", "MIDDLE_NAME", "FULL_NAME"),
    ),
    Field(
        name="last_name", kind=ProfileKind.TEXT, of=str, label="Last name",
        says="The family name they go by", takes="Family name, up to 200 characters",
        check=_plain(name),
        sees=SIGNED_IN, edits=SIGNED_IN, needed=True, nullable=False,
        imported=("LAST_NAME", "LAST_NAME_PREFIX", "FULL_NAME"),
    ),
    Field(
        name="email", kind=ProfileKind.TEXT, of=str, label="Email",
        says="Where mail reaches them; at least one of mail and phone is known",
        takes="Where mail reaches them", check=lambda value, *_: mail_address.optional(value),
        sees=SIGNED_IN, edits=SIGNED_IN, imported=("EMAIL",), together="email",
        filters=(
            Condition(name="has_email", how=How.KNOWN, says="Whether a mail address is known"),
        ),
    ),
    Field(
        name="phone", kind=ProfileKind.TEXT, of=str, label="Phone",
        says="Where calls reach them, in E.164: `+31612345678`",
        takes="Where calls reach them, as they are written down locally or with the country code",
        check=lambda value, _, facts: reaching.phone(value, facts.region),
        sees=SIGNED_IN, edits=SIGNED_IN, imported=("PHONE",),
        filters=(
            Condition(name="has_phone", how=How.KNOWN, says="Whether a phone number is known"),
        ),
    ),
    Field(
        name="birthday", kind=ProfileKind.DATE, of=date, label="Birthday",
        says="When they were born", takes="When they were born, from 1900 on",
        check=_plain(birthdays.birthday), sees=SIGNED_IN, edits=SIGNED_IN, imported=("BIRTHDAY",),
        filters=(
            Condition(
                name="birthday_month", how=How.AMONG, column="birthday_month", of=int,
                says="Was born in one of these months, 1 to 12",
            ),
        ),
    ),
    _part(
        "street", "Street", "Street and number, up to 500 characters, in as many lines as it takes",
        _paragraphs(500), "STREET", "HOUSE_NUMBER", "STREET_2",
    ),
    _part(
        "postal_code", "Postal code", "As the country writes it, up to 20 characters", _line(20),
        "POSTAL_CODE",
    ),
    _part("city", "City", "City, town or village, up to 200 characters", _line(200), "CITY"),
    _part(
        "region", "Region", "State, province or county, up to 200 characters", _line(200), "REGION"
    ),
    _part(
        "country", "Country", "ISO 3166, two letters: `NL`", _plain(addresses.country), "COUNTRY"
    ),
    Field(
        name="note", kind=ProfileKind.TEXT, of=str, label=None, cells={"Notes": _NOTES},
        says="What the team wants to remember, in one text; `notes` have a kind, a date and a name",
        takes="What the team wants to remember, in one text of up to 10,000 characters",
        check=_paragraphs(10_000), sees=TEAM, edits=TEAM, imported=("NOTE",),
    ),
    Field(
        name="tags", kind=ProfileKind.WORDS, of=list[str], label="Tags", nullable=False,
        says="Words the team finds them by, in small letters, in their order",
        takes="Words to find them by: up to 50, of up to 50 characters; capitals do not matter",
        changes="Words to find them by: exactly these; null removes them",
        check=lambda value, *_: tags.tags(value),
        sees=TEAM, edits=TEAM, imported=("TAGS",), merges=Merge.JOINED,
        filters=(Condition(name="tags", how=How.OVERLAPS, says="Has one of these tags"),),
    ),
    Field(
        name="preferred_staff_id", kind=ProfileKind.ID, of=UUID, label=None,
        output="preferred_staff", says="Who they like to come to", takes="Who they like to come to",
        check=at_work_here, sees=SIGNED_IN, edits=TEAM, imported=(),
        filters=(
            Condition(
                name="preferred_staff_ids", how=How.AMONG, says="Likes to come to one of these"
            ),
        ),
    ),
    Field(
        name="consents", kind=ProfileKind.WORDS, of=list[MarketingChannel], label=None,
        cells={
            f"Marketing by {label}": f"CASE WHEN '{channel}' = ANY({{0}}) THEN 'yes' ELSE 'no' END"
            for channel, label in _MARKETING.items()
        },
        says="The channels on which they agreed to be sent marketing", nullable=False,
        takes="What they said to marketing; on channels that are left out, nothing",
        changes="What they said to marketing; channels that are left out stay as they are",
        sees=SIGNED_IN, edits=SIGNED_IN,
        imported=("CONSENT_EMAIL", "CONSENT_SMS", "CONSENT_PHONE", "CONSENT_POST"),
        filters=(
            Condition(
                name="consents", how=How.OVERLAPS,
                says="Agreed to marketing on one of these channels",
            ),
        ),
    ),
    Field(
        name="custom", kind=ProfileKind.VALUES, of=dict, label=None, input="custom_fields",
        output="custom_fields", says="What it says in the fields of the business's own",
        takes="What to say in the fields of the business's own",
        changes="What to say in the fields of the business's own; those that are left out stay",
        sees=NOBODY, edits=TEAM, nullable=False, imported=("CUSTOM",), merges=Merge.JOINED,
    ),
    Field(
        name="source", kind=ProfileKind.TEXT, of=ClientSource, label="Source", nullable=False,
        says="How they came to be on the list", check=lambda value, *_: value,
        sees=TEAM, edits=NOBODY, imported=(), merges=Merge.KEPT,
        filters=(
            Condition(
                name="source", how=How.AMONG, says="Came to be on the list in one of these ways"
            ),
        ),
    ),
    Field(
        name="account_id", kind=ProfileKind.ID, of=UUID, label=None,
        says="Who signs in to see the file", sees=NOBODY, edits=NOBODY, imported=(),
        together="email",
    ),
    Field(
        name="account_state", kind=ProfileKind.TEXT, of=AccountStatus, label="Account",
        output="account_status",
        says="Whether they look after their appointments themselves", nullable=False,
        sees=SIGNED_IN, edits=NOBODY, imported=(), together="email",
        filters=(
            Condition(
                name="account_status", how=How.AMONG,
                says="Can look after their appointments themselves, or not yet",
            ),
        ),
    ),
    Field(
        name="email_verified_at", kind=ProfileKind.INSTANT, of=datetime, label=None,
        says="When they proved to read the address's mail; null until then",
        sees=SIGNED_IN, edits=NOBODY, imported=(), together="email",
    ),
    Field(
        name="blocked_at", kind=ProfileKind.INSTANT, of=datetime, label=None,
        cells={"Blocked": "CASE WHEN {0} IS NULL THEN 'no' ELSE 'yes' END"},
        says="Since when they may not book by themselves; null when they may",
        sees=TEAM, edits=NOBODY, imported=(), together="blocked_at",
        filters=(
            Condition(
                name="blocked", how=How.KNOWN, says="Whether they may no longer book by themselves"
            ),
        ),
    ),
    Field(
        name="block_reason", kind=ProfileKind.TEXT, of=str, label=None,
        says="Why they may not, if the team said",
        sees=TEAM, edits=NOBODY, imported=(), together="blocked_at",
    ),
    Field(
        name="picture_id", kind=ProfileKind.ID, of=UUID, label=None, output="picture",
        says="Which of the files kept of them is their picture",
        sees=NOBODY, edits=NOBODY, imported=(),
    ),
    Field(
        name="created_at", kind=ProfileKind.INSTANT, of=datetime, label="Created", nullable=False,
        says="When the file was opened", sees=SIGNED_IN, edits=NOBODY, imported=(), last=True,
        merges=Merge.KEPT,
        filters=(Condition(name="created_at", how=How.TIME, says="When the file was opened"),),
    ),
)  # fmt: skip
"""In the order of inputs and lists."""
PROFILE = {each.name: each for each in FIELDS}
"""The same by column."""
GROUPS = {"address": "The address where they live"}
"""What the API shows several fields as."""
INTERNAL = frozenset(
    ("id", "business_id", "version", "sort_name", "search_text", "folding", "birthday_month")
)
"""Columns that are no field: what a row is told by, and what follows from fields."""


class ClientChanges(TypedDict, total=False):
    """What rules can write in a file; what is left out stays."""

    first_name: str
    last_name: str
    email: str | None
    phone: str | None
    phone_region: str | None
    birthday: date | None
    note: str | None
    address: Address | None
    """None removes all of it."""
    tags: Sequence[str] | None
    """Exactly these."""
    preferred_staff_id: UUID | None
    consents: Sequence[Consent] | None
    """Channels that are not named stay as they are."""
    custom_fields: Sequence[FieldValue] | None
    """Fields that are not named stay as they are."""
    notes: Sequence[Note] | None
    """To be added to those there are."""
    source: ClientSource


BESIDES = frozenset(("phone_region", "notes"))
"""What comes with a file and is no field of it."""
WRITTEN = {each.asked_as for each in FIELDS if each.check or each.edits}
"""What inputs and rules call the fields that can be written."""

if wrong := WRITTEN ^ (ClientChanges.__annotations__.keys() - BESIDES):
    raise TypeError(f"ClientChanges and the profile differ in {', '.join(sorted(wrong))}")

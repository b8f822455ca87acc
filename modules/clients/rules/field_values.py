"""What a file says in the fields of the business's own, checked by what the business defined."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from modules.clients.rules.changes import FieldValue
from modules.clients.rules.facts import Definition, Facts
from modules.errors import Checks, InvalidInput, NotFound
from modules.text import line, paragraphs
from modules.translations import template

OF_KIND: dict[str, tuple[type, ...]] = {
    "text": (str,),
    "number": (int, float),
    "date": (date,),
    "choice": (str,),
}
KINDS = tuple(OF_KIND)
TAKES = {
    "text": template("{name} takes text."),
    "number": template("{name} takes a number."),
    "date": template("{name} takes a date."),
    "choice": template("{name} takes a choice."),
}
"""What is said of a field that was given something else."""
NEEDED = template("{name} has to be filled in.")
WHOLE = 2**53
"""Up to here every whole number is itself."""


class CustomFieldRequired(InvalidInput):
    """This field has to be filled in."""

    code = "CUSTOM_FIELD_REQUIRED"
    remedy = "Send a value for it in `customFields`."


class CustomFieldWrongKind(InvalidInput):
    """This field takes a value of another kind."""

    code = "CUSTOM_FIELD_WRONG_KIND"
    remedy = "Send one value, under the name of the field's kind: text, number, date or choice."


class CustomFieldNotAnOption(InvalidInput):
    """This field does not offer that choice."""

    code = "CUSTOM_FIELD_NOT_AN_OPTION"
    remedy = "Choose one of the field's options."


class CustomFieldArchived(InvalidInput):
    """This field is no longer filled in."""

    code = "CUSTOM_FIELD_ARCHIVED"
    remedy = "Leave it out, or bring the field back first."
    client_remedy = "Leave it out."


class CustomFieldTwice(InvalidInput):
    """Each field is filled in once."""

    code = "CUSTOM_FIELD_TWICE"
    remedy = "Send one value for it."


def values(
    given: Sequence[FieldValue] | None, facts: Facts, kept: Mapping[str, Any]
) -> dict[str, Any]:
    """Check values, and answer all of the file's, by the ids of their fields.

    Refuses: NotFound, CustomFieldRequired, CustomFieldWrongKind, CustomFieldNotAnOption,
    CustomFieldArchived, CustomFieldTwice, TextTooLong, TextNotAllowed.
    """
    held, seen, checks = dict(kept), set[UUID](), Checks()
    for index, each in enumerate(given or ()):
        with checks:
            _fill(held, seen, each, facts, f"custom_fields.{index}")
    checks.done()
    return held


def _fill(held: dict[str, Any], seen: set[UUID], given: FieldValue, facts: Facts, at: str) -> None:
    """Check one value, and keep it with the others."""
    known = facts.fields.get(given["field_id"])
    if known is None:
        raise NotFound("There is no such field.", field=f"{at}.field_id")
    if known.id in seen:
        raise CustomFieldTwice(field=f"{at}.field_id")
    if known.archived:
        raise CustomFieldArchived(field=f"{at}.field_id")
    seen.add(known.id)
    key = str(known.id)
    value = _value(known, given, held.get(key), at)
    if value is not None:
        held[key] = value
    elif known.required:
        raise CustomFieldRequired(NEEDED, name=known.name, field=f"{at}.{known.kind.lower()}")
    else:
        held.pop(key, None)


def require(facts: Facts, held: Mapping[str, Any]) -> None:
    """Insist on the fields that have to be filled in. Refuses: CustomFieldRequired."""
    for each in facts.fields.values():
        if each.required and not each.archived and str(each.id) not in held:
            raise CustomFieldRequired(NEEDED, name=each.name, field="custom_fields")


def _value(known: Definition, given: FieldValue, kept: Any, at: str) -> Any:
    kind = known.kind.lower()
    found = {name: value for name in KINDS if (value := given.get(name)) is not None}
    for name in found:
        if name != kind:
            raise CustomFieldWrongKind(TAKES[kind], name=known.name, field=f"{at}.{name}")
    value = found.get(kind)
    if value is not None and not isinstance(value, OF_KIND[kind]):  # lists hand over what they read
        raise CustomFieldWrongKind(TAKES[kind], name=known.name, field=f"{at}.{kind}")
    return _checked(known, value, kept, f"{at}.{kind}")


def _checked(known: Definition, value: Any, kept: Any, at: str) -> Any:
    match value:
        case None:
            return None
        case date():
            return value.isoformat()
        case float() | int():
            if not math.isfinite(value):
                raise CustomFieldWrongKind(TAKES["number"], name=known.name, field=at)
            return int(value) if abs(value) < WHOLE and value == int(value) else value
        case _ if known.options:
            chosen = line(value, at, limit=200)
            # What was chosen before its option was removed may stay.
            if chosen is not None and chosen not in known.options and chosen != kept:
                raise CustomFieldNotAnOption(field=at)
            return chosen
        case _:
            return paragraphs(value, at, limit=2_000)

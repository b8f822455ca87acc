"""Errors as clients see them: a code for programs, a sentence for people, never our own insides."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import orjson
from graphql import FieldNode, GraphQLError, GraphQLSyntaxError

from modules.errors import Refusal
from modules.viewer import Audience, Role, Viewer
from schema.naming import api_path

MAX_MESSAGE = 300
MAX_ERRORS = 9


class Code(StrEnum):
    """What `extensions.code` may say when no refusal has a code of its own."""

    PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    TOO_COMPLEX = "TOO_COMPLEX"
    TIMEOUT = "TIMEOUT"
    UNAVAILABLE = "UNAVAILABLE"
    BAD_REQUEST = "BAD_REQUEST"
    INTERNAL = "INTERNAL_SERVER_ERROR"


class NotForYou(Exception):
    """The operation asks for something this role may not see or do; nothing is read for it."""

    def __init__(self, role: Role, what: str, node: FieldNode, audience: Audience) -> None:
        """Name the type or field, where the document asks for it, and who may."""
        self.roles = [each.value for each in Role if each in audience]
        if role is Role.PUBLIC:
            super().__init__(f"Sign in to read {what}.")
        else:
            may = " or ".join(self.roles) or "nobody"
            super().__init__(f"{what} is not for the role {role.value}, but for {may}.")
        self.what = what
        self.code = Code.UNAUTHENTICATED if role is Role.PUBLIC else Code.FORBIDDEN
        self.node = node


class TooComplex(GraphQLError):
    """The document asks for more than one request may."""


Error = dict[str, Any]


def of_document(error: GraphQLError) -> Error:
    """Show what is wrong with a document or its variables."""
    if isinstance(error, GraphQLSyntaxError):
        code = Code.PARSE_FAILED
    elif isinstance(error, TooComplex):
        code = Code.TOO_COMPLEX
    else:
        code = Code.VALIDATION_FAILED
    return _error(error.message, code, locations=_locations(error))


def of_variables(error: GraphQLError) -> Error:
    """Show what is wrong with the variables."""
    return _error(error.message, Code.BAD_USER_INPUT, locations=_locations(error))


def of_permission(error: NotForYou) -> Error:
    """Show that a field is not for this viewer."""
    place = _locations(GraphQLError(str(error), error.node))
    shown = _error(str(error), error.code, locations=place)
    shown["extensions"] |= {"coordinate": error.what, "roles": error.roles}
    return shown


def of_refusal(refusal: Refusal, reader: Viewer, path: Sequence[str | int] | None = None) -> Error:
    """Show a reader a refusal that has no payload to be in: of a query or a subscription.

    Its own code is the `problem`; `code` says what kind of error it is.
    """
    code = refusal.code if refusal.code in set(Code) else Code.BAD_USER_INPUT
    shown = _error(refusal.message_for(reader), code, path=path)
    shown["extensions"] |= {"problem": refusal.code, "remedy": refusal.remedy_for(reader)}
    if refusal.field:
        shown["extensions"]["field"] = api_path(refusal.field)
    return shown


def of_bug(path: Sequence[str | int] | None = None) -> Error:
    """Show that something went wrong on our side, and nothing about it."""
    return _error("Something went wrong on our side. It has been noted.", Code.INTERNAL, path=path)


def plain_error(message: str, code: Code | str, path: Sequence[str | int] | None = None) -> Error:
    """Show an error with a code."""
    return _error(message, code, path=path)


def body_of(errors: Sequence[Error]) -> bytes:
    """Write the response of a request that was refused as a whole: it has no `data`."""
    return orjson.dumps({"errors": errors[:MAX_ERRORS]})


def _error(
    message: str,
    code: Code | str,
    *,
    locations: list[dict[str, int]] | None = None,
    path: Sequence[str | int] | None = None,
) -> Error:
    shown: Error = {"message": message.partition(" Did you mean")[0][:MAX_MESSAGE]}
    if locations:
        shown["locations"] = locations
    if path is not None:
        shown["path"] = list(path)
    return shown | {"extensions": {"code": str(code)}}


def _locations(error: GraphQLError) -> list[dict[str, int]] | None:
    return [{"line": p.line, "column": p.column} for p in error.locations or ()] or None

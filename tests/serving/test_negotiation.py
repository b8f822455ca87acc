"""Tests of choosing a media type and of which bodies can be read."""

from __future__ import annotations

import pytest

from schema.serving.negotiation import Media, acceptable, check_readable
from schema.serving.refusals import Refused

JSON, RESPONSE, EVENTS = Media.JSON, Media.RESPONSE, Media.EVENTS


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        (None, JSON),
        (b"", JSON),
        (b"*/*", JSON),
        (b"application/*", JSON),
        (b"text/*", EVENTS),
        (b"application/json", JSON),
        (b"Application/JSON; charset=utf-8", JSON),
        (b"application/graphql-response+json", RESPONSE),
        (b"application/graphql-response+json, application/json;q=0.9", RESPONSE),
        (b"application/graphql-response+json;q=0.5, application/json;q=0.9", JSON),
        (b"application/graphql-response+json, application/json", RESPONSE),
        (b"application/json, application/graphql-response+json", JSON),
        (b"application/json;q=0, */*", RESPONSE),
        (b"application/json;q=0.2, */*;q=0.1", JSON),
        (b"application/json;q=0, application/*;q=0.3, text/*;q=0.4", EVENTS),
        (b"text/event-stream", EVENTS),
        (b"text/event-stream;q=0.1, application/json", JSON),
        (b"text/event-stream;q=0, */*", JSON),
        (b"text/event-stream, */*;q=0.1", EVENTS),
        (b"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", JSON),
        (b"application/json;q=oops, application/graphql-response+json;q=0.1", RESPONSE),
        (b"application/json;q=nan, */*;q=0.1", JSON),
        (b"application/json;v=1;Q=0.1, application/graphql-response+json;q=0.2", RESPONSE),
        (b"application/graphql-response+json" + b", text/html" * 100, RESPONSE),
    ],
)
def test_the_heaviest_media_type_wins(accept: bytes | None, media: Media):
    """N01 N02 N05 N06 22EB D24: weights, zero weights, wildcards and case are heeded."""
    assert acceptable(accept) is media


@pytest.mark.parametrize(
    "accept", [b"text/html", b"application/json;q=0", b"*/*;q=0", b"image/*", b",", b"\xff"]
)
def test_what_cannot_be_served_is_said(accept: bytes):
    """N09: an Accept that nothing satisfies is refused with 406."""
    with pytest.raises(Refused) as refused:
        acceptable(accept)

    assert refused.value.status == 406
    assert refused.value.message == (
        "None of the media types in Accept can be served; these can: application/json, "
        "application/graphql-response+json, text/event-stream."
    )


@pytest.mark.parametrize(
    "content_type",
    [
        b"application/json",
        b"Application/JSON",
        b"application/json; charset=utf-8",
        b'application/json;charset="UTF-8"',
        b"application/json; charset=utf8; profile=x",
    ],
)
def test_json_in_utf_8_can_be_read(content_type: bytes):
    """E-group: media type and charset are compared without regard to case."""
    headers = {b"content-type": content_type, b"content-encoding": b"identity"}

    assert check_readable(headers) is None  # nothing is refused


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({}, "The server reads application/json, not a body without Content-Type."),
        (
            {b"content-type": b"text/plain"},
            "The server reads application/json, not a body of type text/plain.",
        ),
        (
            {b"content-type": b"application/x-www-form-urlencoded"},
            "The server reads application/json, not a body of type "
            "application/x-www-form-urlencoded.",
        ),
        (
            {b"content-type": b"multipart/form-data; boundary=x"},
            "Files are not sent here: ask for an upload and PUT the file to its URL.",
        ),
        (
            {b"content-type": b"application/json; charset=utf-16"},
            "The server reads UTF-8, not utf-16.",
        ),
        (
            {b"content-type": b"application/json", b"content-encoding": b"gzip"},
            "Compressed bodies cannot be read: send it without Content-Encoding.",
        ),
    ],
)
def test_other_bodies_are_refused(headers: dict[bytes, bytes], message: str):
    """E02 A29 C04: no forms (they need no preflight), no other charset, nothing compressed."""
    with pytest.raises(Refused) as refused:
        check_readable(headers)

    assert (refused.value.status, refused.value.message) == (415, message)

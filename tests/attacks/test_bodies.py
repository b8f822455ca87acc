"""Bodies that are not what a body should be: refused, nothing written, the next one answered."""

from __future__ import annotations

import string

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.attacks.conftest import CLIENTS, Target, unhurt

WRITE = 'mutation { createClient(input: {firstName: "A", lastName: "B", phone: "+31201234567"})'
WRONG = [
    b"",
    b"{",
    b"null",
    b"42",
    b'"text"',
    b"[]",
    b'[{"query": "{ __typename }"}]',
    b"{}",
    b'{"query": null}',
    b'{"query": 1}',
    b'{"query": ["{ __typename }"]}',
    b'{"query": {"a": 1}}',
    b'{"query": ""}',
    b'{"query": "{ __typename }", "variables": []}',
    b'{"query": "{ __typename }", "variables": "{}"}',
    b'{"query": "{ __typename }", "variables": 1}',
    b'{"query": "{ __typename }", "extensions": []}',
    b'{"query": "{ __typename }", "operationName": 1}',
    b'{"query": "{ __typename }"} trailing',
    b'{"query": "\xff\xfe"}',
    b'\xff\xfe{\x00"\x00',
    b'{"query": "\xed\xa0\x80"}',
    b'{"query": "{ __typename }", "variables": {"a": "\\ud800"}}',
    b'{"query": "\x00"}',
    b'{"query": "{ __typename }", "variables": {"a": NaN}}',
    b'{"query": "{ __typename }", "variables": {"a": 1e999}}',
    b'{"query": "{ __typename }", "variables": {"a": "\\u0000"}}',
    b'{"query": "{ __typename }", "variables": {"a\\u0000": 1}}',
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b'{"query": "{ __typename }", "variables": {"a": ' + b"[" * 5000 + b"]" * 5000 + b"}}",
    b'{"query": "{ __typename }", "operationName": "' + b"x" * 500_000 + b'"}',
    b"PK\x03\x04" + bytes(range(256)),
]
FORMS = (
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "a/b",
    "",
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
MEMBERS = st.fixed_dictionaries(
    {},
    optional={
        "query": JSON | st.text(alphabet=string.printable) | st.just(CLIENTS),
        "variables": JSON,
        "operationName": JSON,
        "extensions": JSON,
    },
)


async def test_a_body_that_is_no_request_is_refused(target: Target) -> None:
    """In GraphQL's words; after each nothing is written and the next request is answered."""
    for body in WRONG:
        response = await target.post(body)

        unhurt(response)
        assert response.json().keys() == {"errors"}, (body[:60], response.text[:300])
        await target.is_unhurt()


async def test_ten_megabytes_are_refused(target: Target) -> None:
    """Declared or not, and whatever is in them."""
    large = {"query": WRITE + " { client { id } } }", "variables": {"note": "x" * 10_000_000}}
    for body in (orjson.dumps(large), b"x" * 10_000_000, b"[" * 10_000_000):
        response = await target.post(body)

        assert response.status_code == 413
        unhurt(response)
    await target.is_unhurt()


async def test_what_a_form_could_send_is_not_read(target: Target) -> None:
    """A page of another site can send these without asking; they change nothing."""
    body = orjson.dumps({"query": WRITE + " { client { id } } }"})
    for kind in FORMS:
        response = await target.post(body, content_type=kind)

        assert response.status_code == 415, kind
    await target.is_unhurt()


@given(MEMBERS | JSON)
@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_no_json_is_our_fault(target: Target, body: object) -> None:
    """Whatever JSON comes, the answer is GraphQL's and never a 5xx."""
    try:
        sent = orjson.dumps(body)
    except (TypeError, ValueError):  # half a surrogate pair, an integer of 65 bits
        return
    response = await target.post(sent)

    unhurt(response)
    assert response.json().keys() <= {"data", "errors"}


@given(st.binary(max_size=200))
@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_no_bytes_are_our_fault(target: Target, body: bytes) -> None:
    """Whatever bytes come, they are refused in a sentence."""
    response = await target.post(body)

    unhurt(response)
    assert response.status_code == 400 or response.json() == {"data": {}}


async def test_a_cookie_is_no_token(target: Target) -> None:
    """No cookie is ever read or set: nobody's browser can be made to act for them."""
    token = target.salon.token
    cookies = {"cookie": f"token={token}; authorization=Bearer {token}; session={token}"}
    response = await target.http.get(
        "/graphql", params={"query": "{ viewer { role } }", "token": token}, headers=cookies
    )

    assert response.json() == {"data": {"viewer": {"role": "PUBLIC"}}}
    assert "set-cookie" not in response.headers


async def test_pages_of_other_sites_are_not_invited(target: Target) -> None:
    """No answer says that a page elsewhere may read it, nor that it may send its user's token."""
    asked = await target.http.options(
        "/graphql",
        headers={
            "origin": "https://evil.example",
            "access-control-request-method": "POST",
            "access-control-request-headers": "content-type,authorization",
        },
    )
    told = await target.post({"query": CLIENTS}, origin="https://evil.example")

    for response in (asked, told):
        assert "access-control-allow-origin" not in response.headers
        assert "access-control-allow-credentials" not in response.headers

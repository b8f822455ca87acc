"""Tests of GraphQL over HTTP, through a real server."""

from __future__ import annotations

from typing import Any

import pytest

HELLO = {"query": "{ hello }"}
RESPONSE = "application/graphql-response+json"


def said(message: str, code: str = "BAD_REQUEST") -> dict[str, Any]:
    """The body of a request that was turned away."""
    return {"errors": [{"message": message, "extensions": {"code": code}}]}


async def test_a_post_is_answered(served):
    """N10 N11 B09: charset, Vary, nosniff and no-store are on every answer."""
    answer = await served.post(HELLO)

    assert answer.status_code == 200
    assert answer.content == b'{"data":{"hello":"world"}}'
    assert dict(answer.headers) == {
        "content-type": "application/json; charset=utf-8",
        "vary": "Accept",
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
        "content-length": "26",
    }


async def test_a_request_arrives_whole(served):
    """39AA 28B9: variables, operationName and extensions reach the engine; others are ignored."""
    body = {**HELLO, "variables": {"a": [1]}, "operationName": "X", "extensions": {"b": 2}, "c": 3}

    await served.post(body, authorization="Bearer sunny")

    [(asked, viewer)] = served.api.asked
    assert (asked.query, asked.variables) == ("{ hello }", {"a": [1]})
    assert (asked.operation_name, asked.extensions) == ("X", {"b": 2})
    assert (viewer.role, viewer.address) == ("OWNER", "")


async def test_nulls_count_as_absent(served):
    """94B0 0220: null variables, operationName and extensions are fine."""
    body = {**HELLO, "variables": None, "operationName": None, "extensions": None}

    answer = await served.post(body)

    assert answer.status_code == 200
    [(asked, viewer)] = served.api.asked
    assert (asked.variables, asked.operation_name, asked.extensions) == ({}, None, {})
    assert viewer.role == "PUBLIC"


async def test_a_change_knows_where_it_comes_from(served):
    """Attempts to sign in are counted by address."""
    await served.post({"query": "mutation { book }"})

    [(_, viewer)] = served.api.asked
    assert viewer.address == "127.0.0.1"


@pytest.mark.parametrize(
    ("accept", "query", "status"),
    [
        ("application/json", "{", 200),
        (RESPONSE, "{", 400),
        ("application/json", "{ coerced }", 200),
        (RESPONSE, "{ coerced }", 400),
        (RESPONSE, "{ hello }", 200),
    ],
)
async def test_request_errors_have_the_status_of_their_media_type(served, accept, query, status):
    """865D 556A 51FE 74FF 5E5B 86EE and 572B FDE2 7B9B: 400 where the client can tell, else 200."""
    answer = await served.post({"query": query}, accept=accept)

    assert answer.status_code == status
    assert answer.headers["content-type"] == f"{accept}; charset=utf-8"
    assert ("data" in answer.json()) is (query == "{ hello }")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ([HELLO], "Batches are not served: send one operation per request."),
        (1, "The body must be a JSON object."),
        (None, "The body must be a JSON object."),
        ("{ hello }", "The body must be a JSON object."),
        (True, "The body must be a JSON object."),
        ({}, "query is missing: it holds the GraphQL document."),
        ({"query": ""}, "query is missing: it holds the GraphQL document."),
        ({"query": {"a": 1}}, "query must be a string."),
        ({"query": 7}, "query must be a string."),
        ({**HELLO, "operationName": 7}, "operationName must be a string."),
        ({**HELLO, "variables": "{}"}, "variables must be an object."),
        ({**HELLO, "variables": [1]}, "variables must be an object."),
        ({**HELLO, "variables": False}, "variables must be an object."),
        ({**HELLO, "extensions": 0}, "extensions must be an object."),
    ],
)
@pytest.mark.parametrize("accept", ["application/json", RESPONSE])
async def test_bodies_of_the_wrong_shape_are_refused(served, body, message, accept):
    """R03 R06 R08-R12 LKJ 6C00 4760 58B0 B01-B04: 400 and why, whatever the media type."""
    answer = await served.post(body, accept=accept)

    assert (answer.status_code, answer.json()) == (400, said(message))
    assert served.api.asked == []


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "Input is a zero-length, empty document: line 1 column 1 (char 0)"),
        (b"{", None),
        (b'{"query": NaN}', None),
        (b'{"query": "{ hello }", "variables": {"a": Infinity}}', None),
        (b'{"query": "{ hello }", "variables": {"a": 1e999}}', None),
        (b'{"query": "{ hello }", "variables": {"a": ' + b"9" * 5000 + b"}}", None),
        (b'{"query": "\xff\xfe"}', None),
        (b'{"query": "a\x00b"}', None),
        (b'{"query": "\\ud800"}', None),
        (b"\xef\xbb\xbf{}", None),
        (b"[" * 100_000, None),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, None),
    ],
)
async def test_what_is_no_json_is_refused(served, body, reason):
    """E05 E06 B10 B11 BCF8 B6DC: NaN, bad UTF-8, huge numbers, endless depth are 400, never 500."""
    answer = await served.post(body)

    assert answer.status_code == 400
    [error] = answer.json()["errors"]
    assert error["extensions"] == {"code": "BAD_REQUEST"}
    assert error["message"].startswith("The body is not valid JSON: ")
    assert reason is None or reason in error["message"]
    assert len(answer.content) < 400


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"a": ["\0"]}, "Text cannot hold the character U+0000."),
        ({"\0": 1}, "Text cannot hold the character U+0000."),
        ({"a": eval("[" * 80 + "]" * 80)}, "Variables may be nested 64 levels deep at most."),
    ],
)
async def test_values_no_column_can_hold_are_refused(served, variables, message):
    """NUL characters and lists within lists within lists go no further."""
    answer = await served.post({**HELLO, "variables": variables})

    assert (answer.status_code, answer.json()) == (400, said(message, "BAD_USER_INPUT"))
    assert served.api.asked == []


async def test_a_backslash_before_u0000_is_only_text(served):
    """The look at the bytes is a hint; the values decide."""
    answer = await served.post({**HELLO, "variables": {"a": "\\u0000"}})

    assert answer.json() == {"data": {"hello": "world"}}


async def test_nothing_huge_is_echoed(served):
    """B12: a long media type comes back cut."""
    answer = await served.post(HELLO, content_type="x/" + "y" * 5000)

    assert answer.status_code == 415
    assert len(answer.content) < 300


async def test_an_unservable_accept_is_said_in_json(served):
    """N09: 406."""
    answer = await served.post(HELLO, accept="text/html")

    assert (answer.status_code, len(answer.json()["errors"])) == (406, 1)
    assert answer.headers["content-type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded"])
async def test_forms_of_other_sites_change_nothing(served, kind):
    """E02 9ABE C-group: what a browser sends without a preflight is 415."""
    answer = await served.post({"query": "mutation { book }"}, content_type=kind)

    assert answer.status_code == 415
    assert served.api.asked == []


async def test_a_compressed_body_is_refused(served):
    """A29: 415, and what can be read instead."""
    answer = await served.post(HELLO, content_encoding="gzip")

    assert answer.status_code == 415
    assert answer.headers["accept-encoding"] == "identity"


async def test_get_serves_queries(served):
    """G-group D6D5: parameters from the URL, variables as JSON."""
    url = "/graphql?query=%7B%20hello%20%7D&variables=%7B%22a%22%3A1%7D&operationName=Q&x=1"

    answer = await served.http.get(url)

    assert (answer.status_code, answer.json()) == (200, {"data": {"hello": "world"}})
    [(asked, _)] = served.api.asked
    assert (asked.query, asked.variables, asked.operation_name) == ("{ hello }", {"a": 1}, "Q")


async def test_empty_parameters_count_as_absent(served):
    """G02: `variables=&operationName=` is no mistake."""
    answer = await served.http.get("/graphql?query={hello}&variables=&operationName=&extensions=")

    assert answer.status_code == 200
    [(asked, _)] = served.api.asked
    assert (asked.variables, asked.operation_name, asked.extensions) == ({}, None, {})


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ("", "query is missing: it holds the GraphQL document."),
        ("query=a&query=b", "The parameter query is given twice."),
        ("query=a&variables=[]", "variables must be an object."),
        ("query=%FF", "The parameters in the URL cannot be read: they are few, and in UTF-8."),
        ("&".join(f"a{n}=1" for n in range(60)), "The parameters in the URL cannot be read: "
         "they are few, and in UTF-8."),
    ],
)  # fmt: skip
async def test_wrong_parameters_are_refused(served, parameters, message):
    """G-group: 400 and why."""
    answer = await served.http.get(f"/graphql?{parameters}")

    assert (answer.status_code, answer.json()) == (400, said(message))


async def test_a_mutation_by_get_changes_nothing(served):
    """G06 G10 9C48: 405, and POST is allowed."""
    answer = await served.http.get("/graphql?query=mutation { book }")

    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"
    assert answer.json() == said("A mutation is sent by POST, never by GET.")
    assert served.api.asked == []


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
async def test_other_methods_are_refused(served, method):
    """M-PUT M-DELETE M-PATCH: 405 with Allow."""
    answer = await served.http.request(method, "/graphql")

    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, POST"
    assert answer.json() == said("Send a POST, or a GET for a query.")


async def test_head_is_refused_without_a_body(served):
    """M-group: HEAD too."""
    answer = await served.http.head("/graphql")

    assert (answer.status_code, answer.content) == (405, b"")


async def test_a_subscription_needs_a_stream(served):
    """A plain POST says where subscriptions are served."""
    answer = await served.post({"query": "subscription { ticks }"})

    assert answer.status_code == 400
    assert answer.json() == said("A subscription needs a WebSocket, or Accept: text/event-stream.")


@pytest.mark.parametrize(
    ("authorization", "message"),
    [
        ("Bearer old", "The token is not valid any more: sign in again."),
        ("Basic c3VubnkK", "The Authorization must read: Bearer, a space, the token."),
        ("Bearer", "The Authorization must read: Bearer, a space, the token."),
    ],
)
async def test_a_bad_token_is_refused(served, authorization, message):
    """401 with WWW-Authenticate, and an errors body."""
    answer = await served.post(HELLO, authorization=authorization)

    assert (answer.status_code, answer.json()) == (401, said(message, "UNAUTHENTICATED"))
    assert answer.headers["www-authenticate"] == 'Bearer realm="regulars", error="invalid_token"'
    assert served.api.asked == []


async def test_a_bug_is_not_told(served):
    """S12 B04: no text of an exception reaches the client, and the next request works."""
    answer = await served.post({"query": "{ broken }"})

    assert answer.status_code == 500
    assert answer.json() == said("Something went wrong on our side.", "INTERNAL_SERVER_ERROR")
    assert (await served.post(HELLO)).status_code == 200


async def test_a_declared_body_over_the_limit_is_refused_unread(serve):
    """A28: 413 before the first byte of the body has come."""
    served = await serve(body=1000)
    head = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"

    reader, _ = await served.raw(head + b"content-length: 99999999999999999999999\r\n\r\n")
    status = await reader.readline()
    reader2, _ = await served.raw(head + b"content-length: 10000000\r\n\r\n")

    assert status.startswith((b"HTTP/1.1 413", b"HTTP/1.1 400"))
    assert (await reader2.readline()).startswith(b"HTTP/1.1 413 ")
    assert (await reader2.readuntil(b"}]}")).endswith(
        b'{"errors":[{"message":"The body is too large: at most 1000 bytes.",'
        b'"extensions":{"code":"BAD_REQUEST"}}]}'
    )


async def test_a_streamed_body_over_the_limit_is_refused(serve):
    """A28: chunks are counted, and the connection works on."""
    served = await serve(body=1000)
    head = (
        b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
        b"transfer-encoding: chunked\r\n\r\n"
    )

    reader, writer = await served.raw(head + (b"1f4\r\n" + b" " * 500 + b"\r\n") * 3)
    status = await reader.readline()
    await reader.readuntil(b"}]}")
    writer.write(b"0\r\n\r\n" + head + b'11\r\n{"query":"{ a }"}\r\n0\r\n\r\n')

    assert status.startswith(b"HTTP/1.1 413 ")
    assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"


async def test_ten_megabytes_are_refused(served):
    """10 MB bodies: a clear error, and the next request works."""
    answer = await served.post(b'{"query":"' + b" " * 10_000_000 + b'"}')

    assert answer.status_code == 413
    assert (await served.post(HELLO)).status_code == 200


async def test_a_body_that_never_ends_is_not_waited_for(serve):
    """A client that stops in the middle gets 408 when its time is over."""
    served = await serve(seconds=0.1)
    head = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"

    reader, _ = await served.raw(head + b"content-length: 100\r\n\r\n{")

    assert await reader.readline() == b"HTTP/1.1 408 Request Timeout\r\n"


async def test_an_operation_has_its_time(serve):
    """A35: what takes longer is cancelled and answered with TIMEOUT."""
    served = await serve(seconds=0.1)

    answer = await served.post({"query": "{ slow }"}, accept=RESPONSE)

    assert answer.status_code == 200
    message = "The operation took longer than 0.1 seconds and was cancelled."
    assert answer.json() == {"data": None, **said(message, "TIMEOUT")}
    assert served.api.cancelled == ["{ slow }"]


async def test_a_change_that_takes_too_long_says_how_to_learn_more(serve):
    """A35: a mutation too, with the way to find out."""
    served = await serve(seconds=0.1)

    answer = await served.post({"query": "mutation { slow }"})

    [error] = answer.json()["errors"]
    assert error["message"].endswith(
        " Repeat it with the same idempotencyKey to learn what came of it."
    )
    assert served.api.cancelled == ["mutation { slow }"]


def _slow(query: str) -> bytes:
    body = b'{"query":"%s"}' % query.encode()
    head = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
    return head + b"content-length: %d\r\n\r\n" % len(body) + body


async def test_a_query_nobody_waits_for_is_cancelled(served):
    """A07: work stops when its client has left."""
    _, writer = await served.raw(_slow("{ slow }"))
    await served.api.begun.wait()
    writer.close()
    await served.until(lambda: served.api.cancelled)

    assert (served.api.cancelled, served.api.finished) == (["{ slow }"], [])


async def test_a_change_nobody_waits_for_is_finished(served):
    """A mutation that has begun is left to finish."""
    _, writer = await served.raw(_slow("mutation { slow }"))
    await served.api.begun.wait()
    writer.close()
    await served.until(lambda: served.api.finished)

    assert (served.api.cancelled, served.api.finished) == ([], ["mutation { slow }"])


async def test_a_slow_query_with_a_patient_client_is_answered(served):
    """Looking for the client takes nothing from the answer."""
    answer = await served.post({"query": "{ slow }"})

    assert answer.json() == {"data": {"hello": "world"}}
    assert (await served.post(HELLO)).status_code == 200


async def test_requests_of_one_connection_may_overtake_nothing(served):
    """Two requests sent at once are answered one after the other."""
    reader, _ = await served.raw(_slow("{ slow }") + _slow("{ hello }"))

    for _ in range(2):
        assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"
        await reader.readuntil(b"\r\n\r\n" + b'{"data":{"hello":"world"}}')


async def test_pages_of_trusted_sites_may_call(serve):
    """CORS: the preflight of a trusted page is answered, and its answer may be read."""
    served = await serve(trusted_origins=frozenset({"https://app.example"}))
    asking = {
        "origin": "https://app.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type",
    }

    preflight = await served.http.options("/graphql", headers=asking)
    answer = await served.post(HELLO, origin="https://app.example")
    foreign = await served.http.options(
        "/graphql", headers={**asking, "origin": "https://evil.example"}
    )

    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == "https://app.example"
    assert answer.headers["access-control-allow-origin"] == "https://app.example"
    assert answer.headers["vary"] == "Accept, Origin"
    assert foreign.status_code == 400
    assert "access-control-allow-origin" not in foreign.headers


async def test_other_pages_may_not_call(served):
    """CORS: without trusted sites there is nothing to ask for."""
    answer = await served.post(HELLO, origin="https://evil.example")

    assert "access-control-allow-origin" not in answer.headers

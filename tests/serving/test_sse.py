"""Tests of GraphQL over server-sent events, in distinct connections mode."""

from __future__ import annotations

import asyncio

import httpx
import pytest

EVENTS = {"accept": "text/event-stream"}
HELLO = 'event: next\ndata: {"data":{"hello":"world"}}\n\n'
COMPLETE = "event: complete\ndata: \n\n"


async def test_a_subscription_is_a_stream(served):
    """Every answer is a `next` event, then `complete`; nothing on the way may keep it."""
    answer = await served.post({"query": "subscription { ticks }"}, **EVENTS)

    assert answer.status_code == 200
    assert dict(answer.headers) == {
        "content-type": "text/event-stream; charset=utf-8",
        "vary": "Accept",
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
        "x-accel-buffering": "no",
        "transfer-encoding": "chunked",
    }
    assert answer.text == (
        ":\n\n"
        'event: next\ndata: {"data":{"tick":1}}\n\n'
        'event: next\ndata: {"data":{"tick":2}}\n\n' + COMPLETE
    )


async def test_a_stream_that_broke_off_goes_on_where_it_was(served):
    """Each change has the cursor as its `id`, and `Last-Event-ID` brings what comes after it."""
    query = {"query": "subscription { numbered }"}
    first = await served.post(query, **EVENTS)
    again = await served.post(query, **EVENTS, **{"last-event-id": "7"})

    event = 'event: next\nid: %d\ndata: {"data":{"tick":0}}\n\n'
    assert [answer.text for answer in (first, again)] == [
        ":\n\n" + event % place + COMPLETE for place in (1, 8)
    ]


@pytest.mark.parametrize("query", ["{ hello }", "mutation { book }"])
async def test_queries_and_mutations_are_streams_too(served, query):
    """One `next`, then `complete`."""
    answer = await served.post({"query": query}, **EVENTS)

    assert answer.text == ":\n\n" + HELLO + COMPLETE


async def test_a_get_may_be_a_stream(served):
    """What a browser's EventSource sends."""
    answer = await served.http.get("/graphql?query=subscription { ticks }", headers=EVENTS)

    assert answer.status_code == 200
    assert answer.text.endswith(COMPLETE)


async def test_a_mutation_by_get_changes_nothing(served):
    """G06: in a stream neither."""
    answer = await served.http.get("/graphql?query=mutation { book }", headers=EVENTS)

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert served.api.asked == []


async def test_weights_count(served):
    """D24: a mention of text/event-stream does not win by itself."""
    accept = "text/event-stream;q=0.5, application/json"

    answer = await served.post({"query": "{ hello }"}, accept=accept)

    assert answer.json() == {"data": {"hello": "world"}}


@pytest.mark.parametrize(
    ("query", "message", "code"),
    [
        ("{", "Syntax Error", "GRAPHQL_PARSE_FAILED"),
        ("{ coerced }", "not an Int", "BAD_USER_INPUT"),
        ("subscription { forbidden }", "not for you", "FORBIDDEN"),
        ("{ broken }", "Something went wrong on our side.", "INTERNAL_SERVER_ERROR"),
    ],
)
async def test_mistakes_are_told_in_the_stream(served, query, message, code):
    """D16 B04: an EventSource shows its page no other status than 200."""
    answer = await served.post({"query": query}, **EVENTS)

    error = f'{{"errors":[{{"message":"{message}","extensions":{{"code":"{code}"}}}}]}}'
    assert answer.status_code == 200
    assert answer.text == f":\n\nevent: next\ndata: {error}\n\n{COMPLETE}"


async def test_a_revoked_token_ends_the_stream(served):
    """The last `next` says why."""
    answer = await served.post({"query": "subscription { ends TOKEN_REVOKED }"}, **EVENTS)

    assert answer.text.endswith(
        'event: next\ndata: {"errors":[{"message":"You were signed out.",'
        '"extensions":{"code":"TOKEN_REVOKED"}}]}\n\n' + COMPLETE
    )


async def test_a_bad_token_or_body_begins_no_stream(served):
    """What is no GraphQL request is refused in JSON, with its status."""
    unknown = await served.post({"query": "{ hello }"}, authorization="Bearer old", **EVENTS)
    broken = await served.post(b"{", **EVENTS)

    assert (unknown.status_code, broken.status_code) == (401, 400)
    assert broken.headers["content-type"] == "application/json; charset=utf-8"


async def test_a_silent_stream_says_that_it_is_alive(serve):
    """A comment now and then keeps what is in between from giving up."""
    served = await serve(keep_alive_seconds=0.05, seconds=0.1)

    served.stack.callback(served.api.go_on.set)
    asking = asyncio.create_task(served.post({"query": "subscription { stay }"}, **EVENTS))
    await asyncio.sleep(0.3)
    served.api.go_on.set()
    answer = await asking

    assert answer.text.count(":\n\n") >= 4
    assert answer.text.endswith(COMPLETE)


async def _leave(served, query: str) -> None:
    """Begin a stream and go away."""
    with pytest.raises(httpx.ReadTimeout):
        await served.http.post(
            "/graphql",
            json={"query": query},
            headers=EVENTS,
            timeout=httpx.Timeout(5, read=0.1),
        )


async def test_a_client_that_leaves_ends_its_subscription(served):
    """The engine is told at once."""
    await _leave(served, "subscription { stay }")
    await served.until(lambda: served.api.finished)

    assert served.api.finished == ["subscription { stay }"]


async def test_a_client_that_leaves_cancels_its_query_and_no_change(served):
    """A mutation that has begun is left to finish."""
    await asyncio.gather(_leave(served, "{ slow }"), _leave(served, "mutation { slow }"))
    await served.until(lambda: served.api.finished)

    assert served.api.cancelled == ["{ slow }"]
    assert served.api.finished == ["mutation { slow }"]


async def test_operations_have_their_time_here_too(serve):
    """A35: TIMEOUT is an answer."""
    served = await serve(seconds=0.1)

    answer = await served.post({"query": "{ slow }"}, **EVENTS)

    assert answer.text == (
        ':\n\nevent: next\ndata: {"data":null,"errors":[{"message":'
        '"The operation took longer than 0.1 seconds and was cancelled.",'
        '"extensions":{"code":"TIMEOUT"}}]}\n\n' + COMPLETE
    )
    assert served.api.cancelled == ["{ slow }"]


async def test_a_slow_reader_of_a_stream_is_dropped(serve):
    """Who takes nothing is not waited for."""
    served = await serve(slow_reader_seconds=0.2)
    body = b'{"query":"subscription { flood }"}'

    await served.raw(
        b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
        b"accept: text/event-stream\r\ncontent-length: %d\r\n\r\n" % len(body) + body
    )
    await served.until(lambda: served.api.finished)

    assert served.api.finished == ["subscription { flood }"]

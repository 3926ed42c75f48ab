"""Clients that send rubbish, too much, or nothing more: each gets an answer, and the next request is served."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.retrieval.articles import HARBOUR, QUESTION
from tests.retrieval.mcp.raw_client import RawClient

MEGABYTE = 1_000_000
PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS = -32700, -32600, -32601, -32602


def answers_still(client: RawClient) -> bool:
    """Return whether the server answers a question as if nothing had been."""
    return bool(client.call("ask", question=QUESTION, k=1)["structuredContent"]["tier"] == "confident")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"rubbish", PARSE_ERROR),
        (b'{"jsonrpc": "2.0", "id": 7, "method": "tools/li', PARSE_ERROR),
        (b"\xff\xfe\x00{}", PARSE_ERROR),
        (b"\xef\xbb\xbf{}", PARSE_ERROR),
        (b'{"jsonrpc": "2.0", "id": 7, "method": "ping", "params": {"a": "\\ud800"}}', PARSE_ERROR),
        (b"[" * 200_000, PARSE_ERROR),
        (b'{"a":' * 200_000, PARSE_ERROR),
        (b"{}", INVALID_REQUEST),
        (b"null", INVALID_REQUEST),
        (b"[]", INVALID_REQUEST),
        (b'[{"jsonrpc": "2.0", "id": 7, "method": "ping"}]', INVALID_REQUEST),
        (b'{"jsonrpc": "1.0", "id": 7, "method": "ping"}', INVALID_REQUEST),
        (b'{"jsonrpc": "2.0", "id": 7, "method": 5}', INVALID_REQUEST),
        (b"x" * MEGABYTE, PARSE_ERROR),
        (b"x" * 10 * MEGABYTE, INVALID_REQUEST),
        (b'{"jsonrpc": "2.0", "id": 7, "method": "ping", "params": {"a": "' + b"x" * 10 * MEGABYTE, INVALID_REQUEST),
    ],
    ids=lambda value: repr(value[:40]) if isinstance(value, bytes) else None,
)
def test_a_line_that_is_no_message_is_refused_and_the_next_is_read(client: RawClient, line: bytes, code: int) -> None:
    client.write(line + b"\n")
    reply = client.receive()
    assert reply["id"] is None
    assert reply["error"]["code"] == code
    assert len(json.dumps(reply)) < 300
    assert answers_still(client)


def test_blank_lines_are_passed_over_and_lines_may_end_as_on_windows(client: RawClient) -> None:
    client.write(b"\n  \r\n\t\n" + b'{"jsonrpc": "2.0", "id": "w", "method": "ping"}\r\n')
    assert client.receive() == {"jsonrpc": "2.0", "id": "w", "result": {}}


def test_a_message_may_come_in_pieces(client: RawClient) -> None:
    for piece in (b'{"jsonrpc": "2.0", ', b'"id": "piece', b'd", "method": "ping"}', b"\n"):
        client.write(piece)
    assert client.receive()["id"] == "pieced"


def test_an_unknown_method_and_an_unknown_tool_are_errors_of_the_protocol(client: RawClient) -> None:
    client.request("articles/burn")
    assert client.receive()["error"]["code"] == METHOD_NOT_FOUND
    client.request("tools/call", name="burn", arguments={})
    error = client.receive()["error"]
    assert error["code"] == INVALID_PARAMS
    assert "the tools are ask, search, check_quote, article" in error["message"]
    client.request("tools/call", arguments={})
    assert client.receive()["error"]["code"] == INVALID_PARAMS
    client.request("tools/call", name="ask", arguments=["who?"])
    assert client.receive()["error"]["code"] == INVALID_PARAMS


@pytest.mark.parametrize(
    ("tool", "arguments", "told"),
    [
        ("ask", {"question": ""}, "the question is empty"),
        ("ask", {"question": " \u202e\x00 "}, "the question"),
        ("ask", {"question": "?!"}, "holds no word"),
        ("ask", {"question": "x" * MEGABYTE}, "1,000,000 characters: ask in at most 2,000"),
        ("ask", {}, "question: Field required: ask takes question, k, asked, source, after, before, title"),
        ("ask", {"question": ["who?"]}, "question: "),
        ("ask", {"question": "Who?", "k": 21}, "k: "),
        ("ask", {"question": "Who?", "k": 0}, "k: "),
        ("ask", {"question": "Who?", "k": "many"}, "k: "),
        ("ask", {"question": "Who?", "k": 1e400}, "k: "),
        ("ask", {"question": "Who?", "limit": 3}, "limit: "),
        ("ask", {"question": "Who?", "asked": "tomorrow"}, "tomorrow"),
        ("ask", {"question": "Who pays?", "after": "1 May"}, "after:1May is no date: write after:2022"),
        ("ask", {"question": "Who pays?", "after": "2030"}, "2030"),
        ("search", {"query": "?"}, "holds no word"),
        ("check_quote", {"quote": "..."}, "the quote holds no word"),
        ("check_quote", {"quote": "x" * MEGABYTE}, "check at most 4,096"),
        ("article", {"article_id": "nowhere.txt"}, "there is no article 'nowhere.txt'"),
        ("article", {"article_id": "../../etc/passwd"}, "there is no article"),
        ("article", {"article_id": "x\n" * 100}, "there is no article"),
        ("article", {"article_id": "harbour.txt", "start": 10**9}, "start is 1,000,000,000"),
        ("article", {"article_id": "harbour.txt", "start": -1}, "start: "),
        ("article", {"article_id": "harbour.txt", "length": 10**6}, "length: "),
    ],
    ids=lambda value: repr(value)[:60],
)
def test_what_a_tool_cannot_do_is_one_plain_line(
    client: RawClient, tool: str, arguments: dict[str, Any], told: str
) -> None:
    assert told in client.refused(tool, **arguments)


def test_the_pages_of_an_article_make_its_text(client: RawClient) -> None:
    pages, start = [], 0
    while start is not None:
        page = client.call("article", article_id="harbour.txt", start=start, length=100)["structuredContent"]
        assert len(page["text"]) <= 100
        pages.append(page["text"])
        start = page["next_start"]
    assert "".join(pages) == HARBOUR


def test_calls_before_the_session_is_open_are_refused(small_data: Path, tmp_path: Path) -> None:
    with RawClient(small_data, tmp_path / "log") as client:
        client.request("tools/call", name="ask", arguments={"question": QUESTION})
        assert client.receive()["error"]["code"] == INVALID_PARAMS
        client.begin()
        assert answers_still(client)


def test_calls_that_come_all_at_once_are_all_answered(client: RawClient) -> None:
    questions = [f"What did the mayor ask the ferry companies in {year}?" for year in range(1900, 1940)]
    numbers = {client.request("tools/call", name="search", arguments={"query": one, "k": 1}) for one in questions}
    replies = [client.receive() for _ in numbers]
    assert {reply["id"] for reply in replies} == numbers
    assert not any(reply["result"].get("isError") for reply in replies)


def test_a_call_that_is_cancelled_holds_nobody_up(client: RawClient) -> None:
    for _ in range(40):
        number = client.request("tools/call", name="ask", arguments={"question": QUESTION})
        client.send({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": number}})
    last = client.request("ping")
    while client.receive()["id"] != last:
        pass
    assert answers_still(client)


def test_only_messages_were_written_and_nothing_was_logged(client: RawClient) -> None:
    assert answers_still(client)
    assert client.log.read_bytes() == b""

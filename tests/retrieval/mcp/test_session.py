"""A whole session by the client of the `mcp` package, with the server as a process of its own."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp_types import CallToolResult, TextContent, Tool

from retrieval import Retriever
from tests.retrieval.articles import ASKED, HARBOUR, QUESTION, UNANSWERABLE
from tests.retrieval.conftest import environment

CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "answered": ("ask", {"question": QUESTION, "k": 2}),
    "unanswered": ("ask", {"question": UNANSWERABLE}),
    "dated": ("ask", {"question": "What happened at Ostmark?", "after": "2021-09", "before": "2021-09-03"}),
    "of nobody": ("ask", {"question": QUESTION, "source": "Morning Star"}),
    "blank": ("ask", {"question": QUESTION, "k": 1, "source": "", "after": " "}),
    "found": ("search", {"query": "the stone bridge at Ostmark"}),
    "altered": ("check_quote", {"quote": "Work is to begin in the spring."}),
    "read": ("article", {"article_id": "harbour.txt", "start": 10, "length": 50}),
}


class Seen:
    """All that one session showed."""

    instructions = ""
    tools: tuple[Tool, ...] = ()

    def __init__(self) -> None:
        self.results: dict[str, CallToolResult] = {}

    def structured(self, name: str) -> dict[str, Any]:
        """Return the structured content of a call, which the client has checked against the tool's schema."""
        content: dict[str, Any] = self.results[name].structured_content
        return content


@pytest.fixture(scope="module")
def seen(small_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """One session."""
    seen, folder = Seen(), tmp_path_factory.mktemp("session")
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "retrieval", "--data", str(small_data), "mcp"],
        env=environment(),
        cwd=folder,
    )

    async def session() -> None:
        with (folder / "log").open("w") as log:
            async with stdio_client(server, log) as streams, ClientSession(*streams) as client:
                begun = await client.initialize()
                seen.instructions = begun.instructions or ""
                seen.tools = tuple((await client.list_tools()).tools)
                for name, (tool, arguments) in CALLS.items():
                    seen.results[name] = await client.call_tool(tool, arguments)

    anyio.run(session)
    assert (folder / "log").read_text() == ""
    return seen


def texts(value: Any) -> Iterator[tuple[str, int, int, str]]:
    """Yield every text of an article in a result: of which article, from where to where, and the text."""
    if isinstance(value, dict) and "text" in value:
        yield value["article_id"], value["start"], value["end"], value["text"]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inner:
        yield from texts(one)


def test_there_are_four_tools_and_all_only_read(seen: Seen) -> None:
    assert [tool.name for tool in seen.tools] == ["ask", "search", "check_quote", "article"]
    for tool in seen.tools:
        assert tool.annotations is not None
        assert tool.annotations.read_only_hint
        assert tool.annotations.idempotent_hint
        assert tool.annotations.destructive_hint is False
        assert tool.annotations.open_world_hint is False


def test_a_model_is_told_what_each_field_means_and_what_none_means(seen: Seen) -> None:
    for tool in seen.tools:
        for name, field in tool.input_schema["properties"].items():
            assert len(field["description"].split()) >= 5, (tool.name, name)
        assert tool.output_schema is not None
        assert tool.output_schema["type"] == "object"
    ask = seen.tools[0].description or ""
    for words in ("letter for letter", "`cite_as`", "`none`", "do not answer from memory"):
        assert words in ask
        assert words.strip("`") in seen.instructions


def test_schemas_hold_no_titles_made_of_names_but_the_field_title(seen: Seen) -> None:
    schema = seen.tools[0].input_schema
    assert "title" not in schema
    assert "description" in schema["properties"]["title"]
    assert all("title" not in field for field in schema["properties"].values())


def test_every_text_of_every_result_stands_in_its_article(seen: Seen, small: Retriever) -> None:
    found = [text for name in CALLS if not seen.results[name].is_error for text in texts(seen.structured(name))]
    assert len(found) > 15
    for article_id, start, end, text in found:
        assert text
        assert small.article(article_id).text[start:end] == text


def test_an_answer_quotes_its_sentence_and_says_how_to_cite_it(seen: Seen) -> None:
    answer = seen.structured("answered")
    assert answer["tier"] == "confident"
    assert answer["nearest"] == []
    best = answer["passages"][0]
    assert [one["text"] for one in best["answering"]] == [ASKED]
    assert best["answering"][0]["start"] == HARBOUR.index(ASKED)
    assert best["cite_as"] == "Harbour of Lindvik gets a tidal barrier, 2023-03-14, paragraph 2"
    assert len(answer["passages"]) == 2


def test_an_unanswered_question_has_no_passage_and_names_the_nearest_articles(seen: Seen) -> None:
    answer = seen.structured("unanswered")
    assert answer["tier"] == "none"
    assert answer["passages"] == []
    assert 1 <= len(answer["nearest"]) <= 3
    assert "do not answer from memory" in answer["advice"]


def test_dates_leave_out_articles_of_other_days_and_those_without(seen: Seen) -> None:
    answer = seen.structured("dated")
    named = [one["article_id"] for one in answer["passages"] + answer["nearest"]]
    assert named
    assert set(named) == {"bridge-1"}


def test_an_argument_that_is_blank_is_none(seen: Seen) -> None:
    assert seen.structured("blank")["tier"] == "confident"


def test_a_search_returns_passages_of_several_articles(seen: Seen) -> None:
    found = seen.structured("found")["passages"]
    assert {"bridge-1", "bridge-2"} <= {one["article_id"] for one in found[:2]}
    assert [one["rank"] for one in found] == list(range(1, len(found) + 1))


def test_a_check_shows_where_the_article_has_other_words(seen: Seen) -> None:
    check = seen.structured("altered")
    assert check["verdict"] == "altered"
    (difference,) = check["differences"]
    start = HARBOUR.index("autumn")
    assert difference["asked"] == "spring"
    assert difference["article"] == {
        "text": "autumn",
        "article_id": "harbour.txt",
        "start": start,
        "end": start + len("autumn"),
    }


def test_a_page_of_an_article_says_where_the_next_begins(seen: Seen) -> None:
    page = seen.structured("read")
    assert page["text"] == HARBOUR[10:60]
    assert page["next_start"] == 60
    assert page["characters"] == len(HARBOUR)


def test_what_cannot_be_done_is_an_error_of_the_tool_in_one_line(seen: Seen) -> None:
    result = seen.results["of nobody"]
    assert result.is_error
    (content,) = result.content
    assert isinstance(content, TextContent)
    assert "Morning Star" in content.text
    assert len(content.text.splitlines()) == 1


def test_clients_that_know_no_structured_content_get_the_same_as_text(seen: Seen) -> None:
    for name in ("answered", "altered", "read"):
        (content,) = seen.results[name].content
        assert isinstance(content, TextContent)
        assert json.loads(content.text) == seen.structured(name)

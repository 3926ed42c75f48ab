"""JSON objects and rows of other programs: their fields under their own names, their HTML as text, drafts left out."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from index.article import UNKNOWN, Article
from index.parsers import Parsed, read
from index.parsers.fields import NAMES

TEXT = "The river rose on Monday and flooded the streets of the old town. Nobody was hurt, the mayor said."
DOCS = Path(__file__).resolve().parents[3] / "docs" / "formats.md"


def lines(*rows: object) -> Parsed:
    return read("a.jsonl", "\n".join(json.dumps(row) for row in rows).encode())


def only(row: dict[str, Any]) -> Article:
    (one,) = lines(row).articles
    return one


def test_the_documents_name_every_field_that_is_known() -> None:
    rows = re.findall(r"^\| (\w+) \| (`.*`) \|$", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    assert {fact: re.findall(r"`([^`]+)`", names) for fact, names in rows} == NAMES


TOOLS: dict[str, dict[str, Any]] = {
    "news-please": {
        "authors": ["Jane Doe"], "date_download": "2024-05-05 10:00:00", "date_modify": None,
        "date_publish": "2021-03-03 09:00:00", "description": "Short.", "filename": "a.json", "maintext": TEXT,
        "source_domain": "post.example", "text": None, "title": "Flood", "url": "https://post.example/flood",
    },
    "Hacker News": {"by": "Jane Doe", "id": 7, "time": 1614762000, "title": "Flood", "text": TEXT, "type": "story",
                    "url": "https://post.example/flood"},
    "NewsAPI": {"source": {"id": "post", "name": "post.example"}, "author": "By Jane Doe", "title": "Flood",
                "url": "https://post.example/flood", "publishedAt": "2021-03-03T09:00:00Z", "content": TEXT},
    "WordPress": {"id": 7, "date": "2021-03-03T09:00:00", "link": "https://post.example/flood", "status": "publish",
                  "title": {"rendered": "Flood"}, "content": {"rendered": f"<p>{TEXT}</p>", "protected": False},
                  "author": 3, "byline": "Jane Doe"},
    "the Guardian": {"webTitle": "Flood", "webUrl": "https://post.example/flood",
                     "webPublicationDate": "2021-03-03T09:00:00Z", "fields": {"bodyText": TEXT, "byline": "Jane Doe"}},
    "LangChain": {"page_content": TEXT, "metadata": {"title": "Flood", "source": "https://post.example/flood",
                                                     "author": "Jane Doe", "date": "2021-03-03"}},
    "MongoDB": {"_id": {"$oid": "60"}, "headline": "Flood", "body": TEXT, "author": {"name": "Jane Doe"},
                "datePublished": {"$date": "2021-03-03T09:00:00Z"}, "canonicalUrl": "https://post.example/flood"},
    "German": {"Titel": "Flood", "Text": TEXT, "Autor": "Jane Doe", "Datum": "3.3.2021", "Link": "https://post.example/flood"},
}  # fmt: skip


@pytest.mark.parametrize("row", TOOLS.values(), ids=TOOLS.keys())
def test_lines_of_other_programs_are_understood(row: dict[str, Any]) -> None:
    one = only(row)
    assert one.text == TEXT
    assert one.title.value == "Flood"
    assert one.author.value == "Jane Doe"
    assert (one.published.value or "")[:10] == "2021-03-03"
    assert one.url.value == "https://post.example/flood"
    assert one.source.value == "post.example"


@pytest.mark.parametrize("date", [1614762000, 1614762000.5, 1614762000000, "1614762000", "2021-03-03T09:00:00+00:00"])
def test_seconds_and_milliseconds_since_1970_are_a_date(date: object) -> None:
    assert only({"text": TEXT, "date": date}).published.value == "2021-03-03T09:00:00+00:00"


@pytest.mark.parametrize("date", [7, 99999, -1, 1e300, "123", True, {"a": 1}])
def test_other_numbers_are_none(date: object) -> None:
    assert only({"text": TEXT, "date": date}).published == UNKNOWN


@pytest.mark.parametrize("name", ["updated", "date_modified", "date_download", "filedate", "timestamp"])
def test_when_something_was_fetched_or_changed_is_no_date_of_publication(name: str) -> None:
    assert only({"text": TEXT, name: "2024-01-01"}).published == UNKNOWN


@pytest.mark.parametrize("author", [3, "17", ["https://a.example/jane"], {"id": 3}, []])
def test_a_number_and_an_address_are_nobodys_name(author: object) -> None:
    assert only({"text": TEXT, "author": author}).author == UNKNOWN


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("<p>It rose &amp; <b>fell</b>.</p><script>track()</script><p>So.</p>", "It rose & fell.\n\nSo."),
        ("It rose&nbsp;&#8211; and fell", "It rose\u00a0– and fell"),
        ("<strong>It</strong> rose.\n\nIt fell\nagain.", "It rose.\n\nIt fell\nagain."),
        ("It rose<br>and fell", "It rose\nand fell"),
        ("a < b and List<a> and `</b>` stay", "a < b and List<a> and `</b>` stay"),
    ],
)
def test_html_in_a_text_is_shown_as_text(written: str, shown: str) -> None:
    assert only({"title": "A", "text": written}).text == shown


def test_headings_in_html_head_passages() -> None:
    one = only({"title": "A", "content_html": f"<h2>Damage</h2><p>{TEXT}</p>"})
    assert [span.of(one.text) for span in one.headings] == ["Damage"]


def test_paragraphs_in_a_list_are_a_text() -> None:
    assert only({"title": "A", "paragraphs": ["One.", "Two."]}).text == "One.\n\nTwo."


@pytest.mark.parametrize(
    "mark",
    [{"status": "draft"}, {"draft": True}, {"published": False}, {"post_status": "private"}, {"private": "yes"},
     {"visibility": "password"}, {"post_password": "x"}, {"deleted": True}, {"content": {"protected": True}}],
)  # fmt: skip
def test_a_record_that_nobody_was_to_read_is_left_out(mark: dict[str, Any]) -> None:
    reading = lines({"text": TEXT, "title": "A", **mark}, {"text": TEXT, "title": "B", "status": 200})
    assert [one.title.value for one in reading.articles] == ["B"]
    assert [skip.line for skip in reading.skipped] == [1]


def test_what_is_not_understood_is_said_once() -> None:
    reading = lines({"a b": 1, "c": 2}, {"a b": 1}, {"a b": 1}, {"title": "A", "text": TEXT, "wann": "x"})
    assert [skip.reason for skip in reading.skipped] == [
        "it has no 'text': its fields are 'a b', 'c'",
        "2 more have no text either",
        "nothing is known to say author or date; not understood: 'wann'",
    ]


def test_where_author_and_date_are_known_nothing_is_said_of_other_fields() -> None:
    assert lines({"text": TEXT, "author": "Jane Doe", "date": "2021-03-03", "mood": "wet"}).skipped == ()

"""JSON documents: the articles in them, wherever they stand, and one line for what holds none."""

import json
from typing import Any

import pytest

from index.article import Found
from index.parsers import Parsed, Skipped, read

TEXT = "The river rose on Monday and flooded the streets of the old town. Nobody was hurt, the mayor said."
ROW = {"title": "Flood", "text": TEXT}


def document(value: object, path: str = "a.json") -> Parsed:
    return read(path, json.dumps(value).encode())


@pytest.mark.parametrize(
    "value",
    [
        ROW, [ROW], {"articles": [ROW]}, {"response": {"results": [ROW]}}, {"hits": {"hits": [{"_source": ROW}]}},
        {"flood-1": ROW}, {"data": {"posts": {"edges": [{"node": ROW}]}}}, {"db": [{"data": {"posts": [ROW]}}]},
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["a.json", "a.jsonl"])
def test_an_article_is_found_wherever_it_stands(value: Any, path: str) -> None:
    reading = read(path, json.dumps(value, indent=1).encode())
    assert [(one.title.value, one.text) for one in reading.articles] == [("Flood", TEXT)]
    assert reading.skipped == ()


def test_documents_one_after_another_are_read() -> None:
    raw = json.dumps(ROW, indent=1) + "\n" + json.dumps(ROW | {"title": "Ebb"}, indent=1)
    for path in ("a.json", "a.jsonl"):
        assert [one.title.value for one in read(path, raw.encode()).articles] == ["Flood"]
        assert read(path, raw.replace(TEXT, TEXT[:60], 1).encode()).articles[1].title.value == "Ebb"


def test_what_a_json_feed_says_of_itself_holds_for_its_items() -> None:
    item = {"id": "https://post.example/1", "url": "https://post.example/1", "content_html": f"<p>{TEXT}</p>",
            "date_published": "2021-03-03T09:00:00Z"}  # fmt: skip
    own = {**item, "id": "https://post.example/2", "authors": [{"name": "Ola Berg"}]}
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "The Town Post", "language": "nb",
            "authors": [{"name": "Jane Doe"}], "items": [item, own, {"id": "3", "title": "No text"}]}  # fmt: skip
    reading = document(feed)
    first, second = reading.articles
    assert (first.id, first.text, first.url.value) == ("https://post.example/1", TEXT, "https://post.example/1")
    assert first.source == Found("The Town Post", "title of the feed")
    assert (first.author.value, second.author.value) == ("Jane Doe", "Ola Berg")
    assert first.language.value == "no"
    assert reading.skipped == (Skipped("a.json", "article 3: it has no 'text': its fields are 'id', 'title'"),)


def test_numbers_as_ids_are_told_apart_by_their_files() -> None:
    ids = [document([ROW | {"id": 7}], path).articles[0].id for path in ("a.json", "b.json")]
    assert ids == ["a.json#7", "b.json#7"]


@pytest.mark.parametrize(
    "value",
    [{}, [], 7, "words", {"name": "a", "version": "1", "description": "A program."}, {"labels": {"text": "Save"}}],
)
def test_what_holds_no_article_is_one_line_with_the_names_that_were_seen(value: object) -> None:
    (skip,) = document(value).skipped
    assert skip.reason.startswith("no article in it, which is an object with a 'text': its fields are ")
    assert not isinstance(value, dict) or all(f"'{name}'" in skip.reason for name in value)


@pytest.mark.parametrize("value", [{"root": "placesRoot", "children": []}, {"roots": {}, "checksum": "a"}])
def test_bookmarks_are_called_so(value: object) -> None:
    assert document(value).skipped[0].reason.startswith("a browser's bookmarks, with addresses and no articles")


@pytest.mark.timeout(30)
@pytest.mark.parametrize("raw", [b"[" * 200_000, b'{"a":' * 100_000, b"[" + b"1" * 100_000 + b"]", b'{"text": "a'])
def test_broken_and_hostile_documents_are_one_line(raw: bytes) -> None:
    (skip,) = read("a.json", raw).skipped
    assert skip.reason.startswith("broken JSON")


def test_a_list_that_is_no_article_for_each_line_is_not_called_broken_line_by_line() -> None:
    reading = read("a.jsonl", b"[\n  1,\n  2\n]")
    assert len(reading.skipped) == 1

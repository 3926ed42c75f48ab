"""JSON lines: one article a line; a line that holds none is reported by its number and loses nothing else."""

import hashlib
import json
from io import BytesIO

import pytest

from index.article import UNKNOWN, Found
from index.parsers import Skipped, read, read_parts

TEXT = "The river rose on Monday and flooded the streets of the old town. Nobody was hurt, the mayor said."


def lines(*rows: object) -> bytes:
    return "\n".join(row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows).encode()


def test_every_field_is_taken_as_it_stands() -> None:
    row = {
        "id": "flood-1", "title": " River  floods town ", "text": f" {TEXT}\r\n", "url": "https://a.example/b",
        "source": "The Town Post", "author": "Jane Doe", "published": "3 March 2021", "language": "en-GB",
    }  # fmt: skip
    (article,) = read("a.jsonl", lines(row)).articles
    assert article.id == "flood-1"
    assert article.path == "a.jsonl"
    assert article.text == f" {TEXT}\r\n"
    assert article.title == Found("River floods town", "field title")
    assert article.url == Found("https://a.example/b", "field url")
    assert article.source == Found("The Town Post", "field source")
    assert article.author == Found("Jane Doe", "field author")
    assert article.published == Found("2021-03-03", "field published")
    assert article.language == Found("en", "field language")


def test_date_stands_in_for_published() -> None:
    (article,) = read("a.jsonl", lines({"text": TEXT, "published": "soon", "date": "2021-03-03"})).articles
    assert article.published == Found("2021-03-03", "field date")


def test_a_broken_line_is_reported_by_its_number_and_the_rest_is_read() -> None:
    raw = lines(
        {"id": "a", "text": TEXT}, "", "{broken", "[1, 2]", '"text"', {"title": "no text"}, {"text": 7},
        {"text": " \n"}, "\t\r", {"id": "z", "text": TEXT},
    )  # fmt: skip
    reading = read("a.jsonl", raw)
    assert [article.id for article in reading.articles] == ["a", "z"]
    assert [(skip.line, skip.reason.partition(":")[0]) for skip in reading.skipped] == [
        (3, "broken JSON"),
        (4, "not a JSON object"),
        (5, "not a JSON object"),
        (6, "it has no 'text'"),
        (7, "its 'text' is not a string"),
        (8, "its 'text' is empty"),
    ]


def test_lines_are_counted_by_line_feeds_alone() -> None:
    reading = read("a.jsonl", lines({"text": f"One\u2028two\u0085three. {TEXT}"}, "{") + b"\r\n")
    assert [article.text[:13] for article in reading.articles] == ["One\u2028two\u0085three"]
    assert [skip.line for skip in reading.skipped] == [2]


@pytest.mark.parametrize("wrong", [7, {"a": "b"}, True, None, 1e400])
def test_a_field_of_the_wrong_type_is_unknown(wrong: object) -> None:
    row = {"text": TEXT} | dict.fromkeys(["title", "url", "source", "author", "published", "date", "language"], wrong)
    (article,) = read("a.jsonl", lines(row)).articles
    assert article.title == Found("The river rose on Monday and flooded the streets of the old town.", "lead sentence")
    assert (article.url, article.source, article.author, article.published) == (UNKNOWN,) * 4
    assert article.language == Found("en", "detected")


def test_an_article_without_an_id_is_known_by_its_file_and_text() -> None:
    digest = hashlib.sha256(TEXT.encode()).hexdigest()
    for row in ({"text": TEXT}, {"text": TEXT, "id": ""}, {"text": TEXT, "id": True}, {"text": TEXT, "id": ["a"]}):
        assert read("sub/a.jsonl", lines(row)).articles[0].id == f"sub/a.jsonl#{digest[:12]}"


def test_of_two_articles_with_one_id_the_first_is_kept() -> None:
    reading = read("a.jsonl", lines({"id": "7", "text": TEXT}, {"id": "b", "text": TEXT}, {"id": 7, "text": "Other."}))
    assert [(article.id, article.text) for article in reading.articles] == [("7", TEXT), ("b", TEXT)]
    assert reading.skipped == (Skipped("a.jsonl", "line 3 has the id '7' of line 1, which was kept", 3),)


def test_lone_surrogates_are_replaced_one_for_one() -> None:
    raw = rb'{"id": "a\udc00", "title": "t\ud800t", "text": "\ud800 river \ud83d\ude42\u0000.", "author": "\udfff"}'
    (article,) = read("a.jsonl", raw).articles
    assert article.text == "\ufffd river \U0001f642\ufffd."
    assert article.id == "a\ufffd"
    assert article.title.value == "t\ufffdt"
    assert article.author.value == "\ufffd"


def test_a_binary_line_does_not_cost_the_others() -> None:
    reading = read("a.jsonl", lines({"id": "a", "text": TEXT}) + b"\n\x00\x01\n" + lines({"id": "b", "text": TEXT}))
    assert [article.id for article in reading.articles] == ["a", "b"]
    assert reading.skipped == (Skipped("a.jsonl", "binary, not text", 2),)


@pytest.mark.parametrize(
    "line", ["[" * 100_000, '{"text": ' + "[" * 100_000, '{"text": "x", "n": ' + "9" * 10_000 + "}"]
)
def test_json_that_is_nested_or_long_beyond_reason_is_reported(line: str) -> None:
    (skip,) = read("a.jsonl", line.encode()).skipped
    assert skip.reason.startswith("broken JSON")
    assert skip.line == 1


def test_a_file_is_read_part_by_part_and_ids_are_remembered_across_them() -> None:
    rows = [{"id": str(number % 3000), "text": f"{number}: {TEXT * 5}"} for number in range(3001)]
    stream = BytesIO(lines(*rows))
    parts = list(read_parts("a.jsonl", stream, 1000))
    assert len(parts) > 1
    assert max(sum(len(one.text) for one in part.articles) for part in parts) < 1_100_000
    assert [one.id for part in parts for one in part.articles] == [str(number) for number in range(3000)]
    assert parts[-1].skipped == (Skipped("a.jsonl", "line 3001 has the id '0' of line 1, which was kept", 3001),)


def test_a_line_longer_than_an_article_may_be_costs_no_other() -> None:
    rows = [{"id": "a", "text": TEXT}, {"id": "b", "text": TEXT * 20}, {"id": "c", "text": TEXT}]
    (part,) = read_parts("a.jsonl", BytesIO(lines(*rows)), 1000)
    assert [one.id for one in part.articles] == ["a", "c"]
    assert part.skipped == (Skipped("a.jsonl", "too large: more than 1,000 bytes in a line", 2),)


def test_a_document_larger_than_an_article_may_be_says_what_to_do() -> None:
    raw = json.dumps([{"text": TEXT}] * 20, indent=1).encode()
    (part,) = read_parts("a.jsonl", BytesIO(raw), 1000)
    (skip,) = part.skipped
    assert skip.reason.startswith("one JSON document of more than 1,000 bytes, not an article a line: convert it")


def test_lines_in_another_encoding_than_the_first_are_read_too() -> None:
    first, second = lines({"id": "a", "text": TEXT}), lines({"id": "b", "text": "Høyt vann på øya i går."})
    parts = read_parts("a.jsonl", BytesIO(first * 700 + b"\n" + second.decode().encode("cp1252")), 100_000)
    assert [one.text for part in parts for one in part.articles][-1] == "Høyt vann på øya i går."


def test_the_whole_file_may_be_in_utf_16() -> None:
    raw = b"\xff\xfe" + lines({"id": "a", "text": TEXT}, {"id": "b", "text": TEXT}).decode().encode("utf-16-le")
    assert [article.id for article in read("a.jsonl", raw).articles] == ["a", "b"]

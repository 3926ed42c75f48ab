"""Front matter of every kind says what the article is, stands in no passage, and keeps drafts from being served."""

import pytest

from index.article import Article, Found
from index.parsers import Skipped, read

BODY = "\n\nThe river rose on Monday and flooded the streets of the old town. Nobody was hurt, the mayor said.\n"
WHERE = "front matter"

HEADS = {
    "YAML": '---\ntitle: "Flood: a report"\nauthors: [Jane Doe, Ola Berg]\ndate: 2021-03-03\n---',
    "TOML": '+++\ntitle = "Flood: a report"\nauthors = ["Jane Doe", "Ola Berg"]\ndate = 2021-03-03\n+++',
    "Zola": '+++\ntitle = "Flood: a report"\ndate = 2021-03-03\n[taxonomies]\nauthors = ["Jane Doe, Ola Berg"]\n+++',
    "JSON": '{\n "title": "Flood: a report",\n "author": ["Jane Doe", "Ola Berg"],\n "date": "2021-03-03"\n}',
    "plain lines": "Title: Flood: a report\nDate: 2021-03-03 10:20\nSlug: flood\nAuthors: Jane Doe,\n    Ola Berg",
    "Pandoc": "% Flood: a report\n% Jane Doe; Ola Berg\n% 2021-03-03",
    "Nikola": "<!--\n.. title: Flood: a report\n.. slug: a\n.. date: 2021-03-03\n.. author: Jane Doe, Ola Berg\n-->",
}


def article(source: str, path: str = "flood.md") -> Article:
    (one,) = read(path, source.encode()).articles
    assert one.text == source
    return one


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS.keys())
def test_every_kind_of_head_is_read_and_outside_of_the_article(head: str) -> None:
    one = article(head + BODY)
    assert one.title == Found("Flood: a report", WHERE)
    assert one.published == Found("2021-03-03", WHERE)
    assert one.author == Found("Jane Doe, Ola Berg", WHERE)
    assert one.outside[0].of(one.text) == head


@pytest.mark.parametrize(
    "start",
    [
        "Ann: We must leave at once.\nBo: The boat is not here.",
        '{"key": 1} is an object.',
        "+++ that is a plus too many +++",
        "Note: the river rose.\nWarning: it will rise again.",
    ],
)
def test_what_only_looks_like_a_head_is_part_of_the_article(start: str) -> None:
    one = article(start + BODY)
    assert start not in [span.of(one.text) for span in one.outside]


DRAFTS = {
    "YAML": "---\ntitle: A\ndraft: true\n---",
    "YAML, a word": "---\ntitle: A\ndraft: Yes\n---",
    "Jekyll": "---\ntitle: A\npublished: false\n---",
    "broken YAML": "---\ntitle: A: b\ndraft: true\ntags: [a\n---",
    "TOML": '+++\ntitle = "A"\ndraft = true\n+++',
    "broken TOML": "+++\ntitle = A\ndraft = true\n+++",
    "JSON": '{"title": "A", "draft": true}',
    "Pelican": "Title: A\nDate: 2021-03-03\nStatus: draft",
    "Nikola": "<!--\n.. title: A\n.. status: private\n-->",
    "private": "---\ntitle: A\nvisibility: private\n---",
    "password": "---\ntitle: A\npassword: secret\n---",
}


@pytest.mark.parametrize("head", DRAFTS.values(), ids=DRAFTS.keys())
@pytest.mark.parametrize("suffix", [".md", ".markdown", ".txt"])
def test_what_nobody_was_to_read_is_left_out_and_reported(head: str, suffix: str) -> None:
    reading = read(f"flood{suffix}", (head + BODY).encode())
    assert reading.articles == ()
    (skip,) = reading.skipped
    assert skip.reason.startswith(("a draft", "not published", "private", "protected by a password"))


def test_a_folder_of_drafts_is_left_out() -> None:
    reading = read("blog/_drafts/flood.md", BODY.encode())
    assert reading.skipped == (Skipped("blog/_drafts/flood.md", "a draft (it lies in _drafts)"),)


@pytest.mark.parametrize("line", ["draft: false", "published: true", "published: 2021-03-03", "status: published"])
def test_what_was_published_is_read(line: str) -> None:
    assert article(f"---\ntitle: A\n{line}\n---{BODY}").title.value == "A"


def test_a_page_with_front_matter_that_is_a_draft_is_left_out() -> None:
    page = f"---\ntitle: A\ndraft: true\n---\n<html><body><article><p>{BODY * 3}</p></article></body></html>"
    assert read("a.html", page.encode()).articles == ()

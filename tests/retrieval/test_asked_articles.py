"""The articles that are asked for: which they are, in which order, and their leads."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from retrieval import Retriever
from retrieval.question.intents import intent_of
from tests.conftest import BuildData

SEEDS: Final = {
    "mill.md": """---
title: The mill at Tarn burns down
source: Harbour Post
date: 2024-03-05
---

The mill at Tarn burns down

The mill at Tarn burnt to the ground on Monday night. Nobody was hurt. The ferry had brought the firemen.
""",
    "ferry.md": """---
title: A ferry for the Lofoten islands
source: The Harbour Post
date: 2024-03-06
---

Caption without a verb

The new ferry "Havørn" carries 120 cars. It sails from Bodø.
""",
    "geese.md": """---
title: Geese return to the moor
source: Field Notes
date: 2023-10-01
---

Geese fly over the moor at dusk, said Ola Berg. They come from Svalbard by the thousand.
""",
    "undated.txt": "A note without a day\n\nThe ferry bell of Tarn was cast in 1654.\n",
}


@pytest.fixture(scope="session")
def folder(build_data: BuildData) -> Path:
    """A data folder over these articles."""
    return build_data(SEEDS)


@pytest.fixture
def shelf(folder: Path) -> Iterator[Retriever]:
    """A retriever of them."""
    with Retriever.open(folder, reader=False) as retriever:
        yield retriever


def asked(shelf: Retriever, utterance: str, day: str = "2024-03-06") -> list[str] | None:
    """Return the files of the articles that are listed for an utterance."""
    intent = intent_of(utterance, shelf.languages)
    assert intent
    found = shelf.asked_articles(intent, asked=day)
    return None if found is None else [head.path for head in found.listed.heads]


def test_all_are_listed_the_newest_first_and_those_without_a_day_last(shelf: Retriever) -> None:
    everything = ["ferry.md", "mill.md", "geese.md", "undated.txt"]
    assert asked(shelf, "what articles do you have?") == everything
    assert asked(shelf, "how many articles are there?") == everything
    assert asked(shelf, "latest news") == everything


@pytest.mark.parametrize(
    ("utterance", "files"),
    [
        ("articles about the ferry", ["ferry.md", "mill.md", "undated.txt"]),
        ("articles about geese", ["geese.md"]),
        ("do you have anything on the Lofoten islands?", ["ferry.md"]),
        ("how many articles about Tarn?", ["mill.md", "undated.txt"]),
        ("everything from Harbour Post", ["ferry.md", "mill.md"]),
        ('source:"field notes"', ["geese.md"]),
        ("show me the mill article", ["mill.md"]),
        ("open the article called geese return to the moor", ["geese.md"]),
        ("what happened on 6 March 2024", ["ferry.md"]),
        ("what happened yesterday", ["mill.md"]),
        ("articles from March 2024", ["ferry.md", "mill.md"]),
        ("articles from 2023", ["geese.md"]),
    ],
)
def test_a_request_finds_the_articles_that_it_names(shelf: Retriever, utterance: str, files: list[str]) -> None:
    assert asked(shelf, utterance) == files


def test_a_day_without_articles_is_told_of_on_the_day_after(shelf: Retriever) -> None:
    assert asked(shelf, "what happened on 4 March 2024") == ["mill.md"]
    assert asked(shelf, "what happened on 3 March 2024") is None


@pytest.mark.parametrize(
    "utterance",
    ["hello", "articles about zebras", "everything from the pier", "show me the zebra article", "articles from 1999"],
)
def test_what_fits_no_article_and_small_talk_list_nothing(shelf: Retriever, utterance: str) -> None:
    assert asked(shelf, utterance) is None


def test_the_lead_of_a_source_or_a_day_is_the_first_sentence_that_is_no_headline(shelf: Retriever) -> None:
    intent = intent_of("everything from Harbour Post")
    assert intent
    found = shelf.asked_articles(intent)
    assert found
    assert [lead.article_id for lead in found.leads] == [head.id for head in found.listed.heads]
    texts = [shelf.article(lead.article_id).text for lead in found.leads]
    assert [lead.highlights[0].of(text) for lead, text in zip(found.leads, texts, strict=True)] == [
        'The new ferry "Havørn" carries 120 cars.',
        "The mill at Tarn burnt to the ground on Monday night.",
    ]
    for lead, text in zip(found.leads, texts, strict=True):
        assert lead.brief == lead.highlights[0]
        assert lead.quote == text[lead.start : lead.end]


def test_articles_come_by_pages_and_a_page_beyond_the_last_is_the_last(shelf: Retriever) -> None:
    intent = intent_of("list all articles")
    assert intent
    pages = [shelf.asked_articles(intent, page, 3) for page in (0, 1, 9, -1)]
    assert [(found.listed.total, found.listed.page, len(found.listed.heads)) for found in pages if found] == [
        (4, 0, 3),
        (4, 1, 1),
        (4, 1, 1),
        (4, 0, 3),
    ]

"""A whole article as it is read: its blocks, its headings, what was left out, its copies."""

from pathlib import Path
from typing import Final

import pytest

from index.article import Span
from retrieval import Retriever
from retrieval.errors import ChangedArticleError
from retrieval.listing import name_of
from retrieval.whole import WholeArticle
from tests.conftest import BuildData

PAGE: Final = """<html><head><title>Lock reopens</title></head><body><article>
<h1>Lock reopens</h1>
<p>The lock at Ravnsund reopened on Friday after eleven months of repairs to its gates.</p>
<h2>What it cost</h2>
<p>The gates cost nine million euros, which the canal company pays from its tolls.</p>
<p>Share on Facebook | Tweet | Email | Print</p>
<p>The keeper, Ida Falk, opened them by hand for the first barge.</p>
</article></body></html>"""
STORY: Final = """---
title: Story told twice
---

A barge with forty tons of roof slate ran aground below the mill on Monday. Nobody was hurt, and the slate was saved.
"""


@pytest.fixture(scope="module")
def retriever(build_data: BuildData) -> Retriever:
    data: Path = build_data({"lock.html": PAGE, "one.md": STORY, "two.md": STORY.replace("told twice", "told again"),
                             "empty.md": "---\ntitle: Nothing in it\n---\n"})  # fmt: skip
    return Retriever.open(data, reader=False)


def whole(retriever: Retriever, article_id: str) -> WholeArticle:
    found = retriever.whole(name_of(article_id))
    assert found is not None
    return found


def test_every_word_of_the_text_is_in_one_block(retriever: Retriever) -> None:
    found = whole(retriever, "lock.html")
    assert "".join(block.span.of(found.text).strip() for block in found.blocks).split() == "".join(
        line.strip() for line in found.text.splitlines()
    ).split()  # fmt: skip


def test_headings_and_what_was_left_out_are_known_by_the_passages_of_the_index(retriever: Retriever) -> None:
    found = whole(retriever, "lock.html")
    kinds = {block.span.of(found.text): (block.kind, block.level) for block in found.blocks}
    assert kinds["What it cost"] == ("heading", 2)
    assert kinds["Share on Facebook | Tweet | Email | Print"] == ("left out", 0)
    assert kinds["The keeper, Ida Falk, opened them by hand for the first barge."] == ("text", 0)


def test_copies_are_the_other_articles_with_the_same_text(retriever: Retriever) -> None:
    assert [copy.id for copy in whole(retriever, "one.md").copies] == ["two.md"]
    assert whole(retriever, "lock.html").copies == ()


def test_a_span_is_cited_as_it_stands_and_none_outside_of_the_text_is(retriever: Retriever) -> None:
    found = whole(retriever, "one.md")
    start = found.text.index("A barge")
    citation = found.cited(Span(start, start + 7))
    assert (citation.quote, citation.article_id, citation.link) == ("A barge", "one.md", "")
    for outside in (Span(len(found.text), len(found.text) + 5), Span(start, start)):
        with pytest.raises(ChangedArticleError):
            found.cited(outside)


def test_there_is_no_article_of_another_name(retriever: Retriever) -> None:
    assert retriever.whole(name_of("three.md")) is None
    assert retriever.whole(b"short") is None

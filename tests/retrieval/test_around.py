"""A citation among its neighbours, of whatever generation it is, and never where it no longer stands."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from index.article import Span
from index.build import build
from index.generation.generation import CATALOG, current
from retrieval import Citation, Retriever
from retrieval.citation import CitationError
from retrieval.errors import ChangedArticleError, UnknownArticleError
from tests.conftest import BuildData, write_seeds
from tests.index.forging import forge, replace_file

NewData = Callable[[], Path]

# Eight paragraphs of some 180 words each, so that none shares a passage of at most 256 tokens with another whole one.
TOPICS = ("ferries", "bridges", "orchards", "libraries", "comets", "museums", "glaciers", "tunnels")
PARAGRAPHS = [
    " ".join(
        f"The report of Lindvik says of {topic} in year {1990 + year} that nothing was lost." for year in range(13)
    )
    for topic in TOPICS
]
LONG = "Report on eight matters\n\n" + "\n\n".join(PARAGRAPHS) + "\n"
SHORT = "A note from Northgate\n\nThe museum of Northgate is closed on Mondays.\n"


@pytest.fixture(scope="module")
def data(build_data: BuildData) -> Path:
    return build_data({"report.txt": LONG, "note.txt": SHORT})


@pytest.fixture(scope="module")
def retriever(data: Path) -> Iterator[Retriever]:
    with Retriever.open(data) as opened:
        yield opened


@pytest.fixture(scope="module")
def citations(retriever: Retriever) -> list[Citation]:
    """Every passage of the report, in the order of its text."""
    answer = retriever.ask("What does the report of Lindvik say of orchards, comets and tunnels?", 100)
    return sorted((one for one in answer.citations if one.path == "report.txt"), key=lambda one: one.start)


def test_the_report_is_many_passages_that_overlap(citations: list[Citation]) -> None:
    # What the other tests rest on. The headline and an empty line are 25 code points.
    assert len(citations) >= 8
    assert (citations[0].start, citations[-1].end) == (25, len(LONG) - 1)
    assert all(other.start < one.end < other.end for one, other in pairwise(citations))


@pytest.mark.parametrize("place", [0, 1, 4, -2, -1])
@pytest.mark.parametrize("reach", [1, 2, 100])
def test_the_neighbours_stand_around_it_in_order(
    retriever: Retriever, citations: list[Citation], place: int, reach: int
) -> None:
    at = place % len(citations)
    around = retriever.around(citations[at], reach)
    before, after = citations[max(0, at - reach) : at], citations[at + 1 : at + 1 + reach]
    assert around[len(before)] == citations[at]
    assert [one.start for one in around[: len(before)]] == [one.start for one in before]
    assert [one.end for one in around[len(before) + 1 :]] == [one.end for one in after]
    # Nothing stands twice, and nothing but white space is left out between two of them.
    for one, other in pairwise(around):
        assert one.end <= other.start
        assert not LONG[one.end : other.start].strip()
    for one in around:
        assert one.quote == LONG[one.start : one.end] == one.quote.strip()
        assert one.paragraph == LONG[: one.start].count("\n\n") + 1
        assert (one.highlights == ()) == (one.start != citations[at].start)


def test_an_article_of_one_passage_has_no_neighbours(retriever: Retriever) -> None:
    first = retriever.ask("When is the museum of Northgate closed?").citations[0]
    assert first.path == "note.txt"
    assert retriever.around(first) == (first,)


def test_a_quote_that_was_cut_otherwise_stands_between_what_is_left_of_the_passages_it_is_part_of(
    retriever: Retriever, citations: list[Citation]
) -> None:
    # As of a generation of another model: from the middle of one passage to the middle of the next.
    one, other = citations[3], citations[4]
    span = Span((one.start + one.end) // 2, (other.start + other.end) // 2)
    old = replace(one, start=span.start, end=span.end, quote=span.of(LONG), highlights=())
    before, itself, after = retriever.around(old)
    assert (before.start, itself, after.end) == (one.start, old, other.end)
    assert (LONG[before.end : old.start].strip(), LONG[old.end : after.start].strip()) == ("", "")


def test_a_quote_that_no_longer_stands_there_is_refused_as_changed(
    retriever: Retriever, citations: list[Citation]
) -> None:
    moved = replace(citations[3], start=citations[3].start + 1, end=citations[3].end + 1)
    with pytest.raises(ChangedArticleError) as refused:
        retriever.around(moved)
    assert str(refused.value) == "the article 'report.txt' has changed: ask again"
    beyond = replace(citations[3], start=10**6, end=10**6 + len(citations[3].quote))
    with pytest.raises(ChangedArticleError):
        retriever.around(beyond)


def test_what_became_of_an_article_since_is_told(new_data: NewData, tmp_path: Path) -> None:
    data, seeds = new_data(), write_seeds(tmp_path / "seeds", {"report.txt": LONG, "note.txt": SHORT})
    build(seeds, data)
    with Retriever.open(data) as retriever:
        quoted = retriever.ask("When is the museum of Northgate closed?").citations[0]
        # What is put behind the quote leaves it where it is.
        write_seeds(seeds, {"note.txt": SHORT + "\nIt has been so for years.\n"})
        build(seeds, data)
        retriever.refresh()
        assert retriever.around(quoted)[0] == quoted
        write_seeds(seeds, {"note.txt": "Older: " + SHORT})
        build(seeds, data)
        retriever.refresh()
        with pytest.raises(ChangedArticleError):
            retriever.around(quoted)
        (seeds / "note.txt").unlink()
        build(seeds, data)
        retriever.refresh()
        with pytest.raises(UnknownArticleError, match=r"there is no article 'note\.txt'"):
            retriever.around(quoted)
        with pytest.raises(UnknownArticleError):
            retriever.article("note.txt")


def alter_text(data: Path, scratch: Path) -> None:
    """Alter a word of the report in the catalog, and bear it out with a manifest that is right."""
    generation = current(data / "index")
    scratch.write_bytes((generation / CATALOG).read_bytes())
    with closing(sqlite3.connect(scratch)) as db:
        db.execute("UPDATE articles SET text = replace(text, 'glaciers', 'glaziers') WHERE path = 'report.txt'")
        db.commit()
    replace_file(generation / CATALOG, scratch.read_bytes())
    forge(generation)


def test_a_text_that_was_altered_in_the_index_is_not_shown(build_data: BuildData, tmp_path: Path) -> None:
    data = build_data({"report.txt": LONG, "note.txt": SHORT})
    with Retriever.open(data) as sound:
        quoted = next(one for one in sound.ask("ferries", 100).citations if "of ferries" in one.quote)
        assert sound.article("report.txt").text == LONG
    alter_text(data, tmp_path / "altered.sqlite")
    with Retriever.open(data) as retriever:
        with pytest.raises(CitationError, match=r"the text of 'report\.txt' was altered"):
            retriever.article("report.txt")
        # The quote itself is as it was; its neighbours cannot be proved.
        with pytest.raises(CitationError, match=r"the text of 'report\.txt' was altered"):
            retriever.around(quoted)
        assert retriever.article("note.txt").text == SHORT

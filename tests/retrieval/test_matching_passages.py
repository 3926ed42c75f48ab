"""Filters over a real index: passages are left out before the best are chosen, and each question has its own."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from index.article import Article, Found, Passage, Span
from index.engines.among import Among
from index.generation.catalog import Catalog, StoredArticle
from index.generation.catalog_writer import CatalogWriter
from retrieval import Retriever
from retrieval.errors import FilterError
from retrieval.question import filters
from retrieval.question.conversation import Turn
from retrieval.question.filters import Filters, matching_passages
from tests.conftest import BuildData

QUESTION = "When is the ferry to the outer islands cancelled?"


def article(source: str, published: str, title: str, text: str) -> str:
    return f"---\ntitle: {title}\nsource: {source}\ndate: {published}\n---\n\n{text}\n"


def chapters() -> str:
    """Of no use to the question, and enough for more than five passages."""
    return "\n\n".join(
        f"In hall {hall} of the museum stands a clock. " * 5
        + f"The keeper of hall {hall} winds it every morning, and nobody else may touch the pendulum. " * 6
        for hall in range(1, 9)
    )


# More of them answer than become candidates by either list.
CROWD = {
    f"crowd/{number}.md": article(
        "Example Wire", "2021-05-04", f"Ferry note {number}",
        f"The ferry to the outer islands is cancelled on day {number} of the storm season.",
    )
    for number in range(130)
}  # fmt: skip


@pytest.fixture(scope="module")
def data(build_data: BuildData) -> Path:
    rare = article("Valley Gazette", "2023-02-28", "The museum of clocks", chapters())
    return build_data({**CROWD, "rare.md": rare, "undated.txt": "Nothing much.\n\nThe ferry waits for nobody.\n"})


@pytest.fixture(scope="module")
def retriever(data: Path) -> Iterator[Retriever]:
    with Retriever.open(data) as opened:
        yield opened


@pytest.mark.parametrize(
    "narrowed",
    [
        "source:gazette",
        "after:2022",
        "after:2023-02-28",
        "before:2023-02 after:2023-02",
        "in:museum",
        "in:clocks after:2022",
    ],
)
def test_the_best_of_the_only_article_that_fits_are_found_behind_a_hundred_better_ones(
    retriever: Retriever, narrowed: str
) -> None:
    assert "rare.md" not in {citation.path for citation in retriever.ask(QUESTION).citations}
    answer = retriever.ask(f"{narrowed} {QUESTION}")
    assert [citation.path for citation in answer.citations] == ["rare.md"] * 5
    assert (answer.interpreted_as, answer.question) == (QUESTION, f"{narrowed} {QUESTION}")
    assert not answer.answered
    assert {near.article_id for near in answer.nearest} == {"rare.md"}


def test_plain_arguments_do_what_words_in_the_question_do(retriever: Retriever) -> None:
    typed = retriever.search(f"{QUESTION} source:gazette after:2023")
    given = retriever.search(QUESTION, source="Gazette", after="2023", before="2023-02", title="Clocks")
    assert [hit.passage.number for hit in given] == [hit.passage.number for hit in typed]
    assert retriever.ask(QUESTION, source="Gazette", before="2023").filters.told() == {
        "source": "Gazette",
        "before": "2023-12-31",
    }


def test_an_article_without_a_date_fits_no_filter_of_dates(retriever: Retriever) -> None:
    def paths(**filters: str) -> set[str]:
        return {hit.article.path for hit in retriever.search("Whom does the ferry wait for?", 500, **filters)}  # type: ignore[arg-type]

    assert "undated.txt" in paths()
    dated = paths(after="1900") | paths(before="2100")
    assert "undated.txt" not in dated
    assert any(path.startswith("crowd/") for path in dated)


def test_the_filters_of_an_earlier_question_are_not_those_of_the_next(retriever: Retriever) -> None:
    history = [Turn("user", "Who winds the clock in the museum? source:gazette")]
    answer = retriever.ask("and who else?", history=history)
    assert (answer.interpreted_as, answer.follows) == ("and who else?", "Who winds the clock in the museum?")
    assert not answer.filters
    assert len({hit.article.id for hit in retriever.search("and who else?", 500, history)}) > 1


@pytest.mark.parametrize(
    ("filters", "reason", "known"),
    [
        ({"source": "valey gazete"}, "source", "Valley Gazette"),
        ({"source": "zzz"}, "source", "Example Wire, Valley Gazette"),
        ({"after": "2024"}, "day", "2021-05-04 to 2023-02-28"),
        ({"title": "museum of ferries"}, "title", ""),
        ({"source": "wire", "title": "museum"}, "together", ""),
    ],
)
def test_where_no_article_fits_it_is_said_which_there_are(
    retriever: Retriever, filters: dict[str, str], reason: str, known: str
) -> None:
    with pytest.raises(FilterError) as told:
        retriever.ask(QUESTION, **filters)  # type: ignore[arg-type]
    assert (told.value.reason, told.value.known) == (reason, known)
    assert str(told.value).startswith("no article ")


def numbers_of(found: Among | None) -> list[int]:
    assert found is not None
    return list(found.numbers)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than two passages count as many."""
    monkeypatch.setattr(filters, "MANY", 2)


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    """Articles by their sources, days and numbers of passages; some have none."""
    told = [
        ("Empty Post", "2022-01-01", 0),
        ("Empty Post", "2022-01-02", 0),
        ("Empty Post", "2022-01-03", 0),
        ("Full Post", "2022-01-04", 3),
        ("Wire", None, 2),
        (None, "2022-01-05T10:00:00+00:00", 1),
    ]
    with CatalogWriter(tmp_path / "catalog.sqlite") as writer:
        for number, (source, day, passages) in enumerate(told):
            title, named, dated = (Found(value, "front matter") for value in (f"Note {number}", source, day))
            made = Article(f"{number}", f"{number}.md", "Ferry.", title=title, source=named, published=dated)
            writer.add_article(StoredArticle(made, "aa", (Passage(Span(0, 6)),) * passages, b""))
        writer.finish()
    with Catalog(tmp_path / "catalog.sqlite") as opened:
        yield opened


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize(
    ("given", "numbers", "scope"),
    [
        ({"source": "full"}, [0, 1, 2], ((3,), None, None)),
        ({"source": "post"}, [0, 1, 2], ((0, 3), None, None)),
        ({"after": "2022-01-04"}, [0, 1, 2, 5], (None, 2022_01_04, 9999_12_31)),
        ({"before": "2022-01-05"}, [0, 1, 2, 5], (None, 1, 2022_01_05)),
        ({"source": "post", "before": "2022-01-04"}, [0, 1, 2], ((0, 3), 1, 2022_01_04)),
        # As many as are not many are named by their numbers alone.
        ({"source": "wire"}, [3, 4], None),
        ({"after": "2022-01-05"}, [5], None),
    ],
)
def test_of_many_passages_it_is_said_how_they_were_chosen(
    catalog: Catalog,
    given: dict[str, str],
    numbers: list[int],
    scope: tuple[tuple[int, ...] | None, int | None, int | None] | None,
) -> None:
    found = matching_passages(catalog, catalog.passage_map(), Filters.of(**given))
    assert numbers_of(found) == numbers
    assert found is not None
    assert (found.scope and (found.scope.sources, found.scope.first, found.scope.last)) == scope


@pytest.mark.usefixtures("few")
def test_passages_are_chosen_by_title_through_their_articles(catalog: Catalog) -> None:
    layout = catalog.passage_map()
    found = matching_passages(catalog, layout, Filters.of(title="note", after="2022-01-02"))
    assert found is not None
    assert found.scope is not None
    assert (numbers_of(found), found.scope.articles.tolist()) == ([0, 1, 2, 5], [1, 2, 3, 5])  # type: ignore[union-attr]
    some = matching_passages(catalog, layout, Filters.of(title="4"))
    assert some is not None
    assert (numbers_of(some), some.scope) == ([3, 4], None)


@pytest.mark.usefixtures("few")
def test_only_those_of_them_that_are_asked_for_are_meant(catalog: Catalog) -> None:
    layout, only = catalog.passage_map(), np.array([1, 2, 3, 4])
    for given, numbers in (({"source": "post"}, [1, 2]), ({}, [1, 2, 3, 4]), ({"after": "2022-01-05"}, [])):
        found = matching_passages(catalog, layout, Filters.of(**given), only)
        assert found is not None
        assert (numbers_of(found), found.scope) == (numbers, None)
    assert matching_passages(catalog, layout, Filters()) is None


@pytest.mark.usefixtures("few")
def test_articles_without_a_passage_fit_no_filter(catalog: Catalog) -> None:
    with pytest.raises(FilterError):
        matching_passages(catalog, catalog.passage_map(), Filters.of(source="empty"))


@pytest.mark.parametrize(
    "hostile",
    [
        "source:" + "x" * 1_900,
        'source:"\'); DELETE FROM articles; --"',
        "source:%_a%",
        'in:"(a+)+$ [b"',
        'source:"\u202egazette\u202c\u200f x"',
    ],
)
def test_hostile_values_are_words_that_no_article_has(retriever: Retriever, hostile: str) -> None:
    with pytest.raises(FilterError) as told:
        retriever.ask(f"Who? {hostile}")
    assert told.value.reason in ("source", "title")
    assert len(str(told.value)) < 300
    assert str(told.value).isprintable()

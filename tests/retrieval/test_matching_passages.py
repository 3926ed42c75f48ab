"""Filters over a real index: passages are left out before the best are chosen, and each question has its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from retrieval import Retriever
from retrieval.errors import FilterError
from retrieval.question.conversation import Turn
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

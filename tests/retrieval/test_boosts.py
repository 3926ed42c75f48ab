"""Sources and times that a question names in passing are preferred, and nothing else is left out."""

from collections.abc import Callable
from pathlib import Path

import pytest

from index.generation.catalog import ArticleHead
from retrieval import Retriever
from retrieval.question.filters import words_of
from retrieval.ranking.fusion import BONUS, attributes, bonuses
from tests.conftest import BuildData


@pytest.mark.parametrize(
    ("question", "source", "meant"),
    [
        ("According to Reuters, who won?", "Reuters", True),
        ("According to Reuters, who won?", "www.reuters.com", True),
        ("What did Reuters report about the flood?", "Reuters", True),
        ("What has the BBC reported?", "BBC News", True),
        ("What does The Guardian say?", "The Guardian", True),
        ("Hva skjedde ifølge NRK?", "NRK", True),
        ("Hva skriver Aftenposten om flommen?", "Aftenposten", True),
        ("Hva har Aftenposten skrevet av nytt?", "Aftenposten", False),
        ("Who founded Reuters?", "Reuters", False),
        ("According to the minister, who won?", "Reuters", False),
        ("According to Reutersson, who won?", "Reuters", False),
        ("According to the news, who won?", "The News", False),
        ("According to", "", False),
    ],
)
def test_a_source_counts_where_the_question_says_that_it_tells(question: str, source: str, meant: bool) -> None:
    assert attributes(words_of(question), source) is meant


def head(number: int, source: str | None) -> ArticleHead:
    return ArticleHead(number, str(number), f"{number}.txt", "", None, source, None, None, "en")


def test_an_article_of_the_source_that_is_named_has_something_over_others() -> None:
    heads = [head(0, "Reuters"), head(1, None), head(2, "NRK"), head(3, "Reuters")]
    assert bonuses("According to Reuters, who won in January 2022?", heads).tolist() == [BONUS, 0, 0, BONUS]
    assert bonuses("Who was king in 1905?", heads).tolist() == [0] * 4
    assert bonuses("Who won?", []).shape == (0,)


def story(source: str, published: str, cost: int, place: str = "Lindvik") -> str:
    return (
        f"---\ntitle: The barrier of {place}\nsource: {source}\ndate: {published}\n---\n\n"
        f"The tidal barrier at the harbour of {place} will cost {cost} million euros, said the council on Tuesday.\n"
    )


@pytest.fixture(scope="module")
def told_thrice(build_data: BuildData) -> Path:
    return build_data(
        {
            "a.md": story("Example Wire", "2021-05-04", 48),
            "b.md": story("Valley Gazette", "2022-01-18", 52),
            "c.md": story("Harbour Post", "2023-09-12", 57),
            "d.md": "---\ntitle: Frost\nsource: Orchard News\ndate: 2020-03-03\n---\n\nFrost took the apple blossom.\n",
        }
    )


@pytest.fixture
def ask(told_thrice: Path) -> Callable[[str], list[str]]:
    """The files that answer, the best first."""

    def asked(question: str) -> list[str]:
        with Retriever.open(told_thrice) as retriever:
            return [hit.article.path for hit in retriever.search(question)]

    return asked


@pytest.mark.parametrize(
    ("question", "path"),
    [
        ("What will the barrier cost, according to the Valley Gazette?", "b.md"),
        ("What will the barrier cost, according to the Harbour Post?", "c.md"),
        ("What does Example Wire say the barrier will cost?", "a.md"),
        ("What was the barrier to cost in 2021?", "a.md"),
        ("What was the barrier to cost in January 2022?", "b.md"),
        ("What was the barrier to cost on 12 September 2023?", "c.md"),
    ],
)
def test_of_stories_told_alike_the_one_that_is_asked_for_comes_first(
    ask: Callable[[str], list[str]], question: str, path: str
) -> None:
    assert ask(question)[0] == path


@pytest.mark.parametrize("passing", ["according to Orchard News", "in March 2020"])
def test_a_preference_excludes_nothing_and_does_not_make_an_answer_of_what_is_none(
    ask: Callable[[str], list[str]], passing: str
) -> None:
    found = ask(f"What will the tidal barrier at the harbour of Lindvik cost, {passing}?")
    assert found[0] != "d.md"
    assert "d.md" in found

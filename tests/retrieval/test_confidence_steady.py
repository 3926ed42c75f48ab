"""Confidence says how well a passage answers: it does not hang on how many other articles there are."""

import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from retrieval import Answer, Retriever
from tests.conftest import BuildData

SIZES = ((50, 500), pytest.param((50, 500, 5000), marks=pytest.mark.slow))
WRECK = (
    "Divers from Haugesund have found the wreck of the trawler Solbris at a depth of 140 metres. The ship went down in "
    "a storm in 1962 with a cargo of salted cod. Nobody knew where it lay until a sonar showed its bow in April."
)
ANSWERED = ("How deep does the wreck of the trawler Solbris lie?", "What cargo did the Solbris carry?")
NOT_ANSWERED = ("Who designed the opera house in Sydney?", "How many moons does Jupiter have?")
PLACES = ("Alvdal", "Brekke", "Corvin", "Dalsund", "Elgnes", "Fossum", "Grind", "Hovden", "Inderby", "Jarlsvik")
THINGS = ("bakery", "ferry", "library", "quarry", "theatre", "mill", "airfield", "school", "clinic", "market")
NEWS = (
    "was closed for repairs after the frost",
    "got a new roof paid for by its neighbours",
    "will be sold to a family from the coast",
    "has doubled the number of people who work there",
    "was painted yellow against the will of the council",
)


def others(count: int) -> Iterator[str]:
    """So many short articles of their own, no two alike."""
    for n in range(count):
        place, thing, news = PLACES[n % 10], THINGS[n // 10 % 10], NEWS[n // 100 % 5]
        text = f"The {thing} of {place} {news}. It happened in week {n % 52 + 1}, and {n + 3} people were asked."
        yield json.dumps({"id": f"{n}", "title": f"{place} {thing} {n}", "text": text})


@pytest.fixture(scope="module")
def confidences(build_data: BuildData) -> Callable[[int], dict[str, float]]:
    """Gives the confidence of each question, over so many articles."""

    @cache
    def over(size: int) -> dict[str, float]:
        lines = [json.dumps({"id": "wreck", "title": "Wreck found", "text": WRECK}), *others(size - 1)]
        data: Path = build_data({"articles.jsonl": "\n".join(lines) + "\n"})
        with Retriever.open(data) as retriever:
            assert retriever.counts.articles == size
            return {question: retriever.ask(question).confidence for question in (*ANSWERED, *NOT_ANSWERED)}

    return over


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("question", [*ANSWERED, *NOT_ANSWERED])
def test_it_is_the_same_over_few_articles_and_many(
    confidences: Callable[[int], dict[str, float]], sizes: tuple[int, ...], question: str
) -> None:
    found = [confidences(size)[question] for size in sizes]
    assert max(found) - min(found) < 0.06


@pytest.mark.parametrize("sizes", SIZES)
def test_what_is_there_is_answered_and_what_is_not_is_refused_at_every_size(
    confidences: Callable[[int], dict[str, float]], sizes: tuple[int, ...]
) -> None:
    for found in map(confidences, sizes):
        assert all(found[question] >= 0.5 for question in ANSWERED)
        assert all(found[question] < 0.2 for question in NOT_ANSWERED)


def test_a_question_asked_in_more_words_is_answered_with_like_confidence(build_data: BuildData) -> None:
    data = build_data({"wreck.txt": f"Wreck found\n\n{WRECK}\n"})
    short = "What cargo did the Solbris carry?"
    long = "I would like to know what cargo the trawler Solbris did carry when she went down, please?"
    with Retriever.open(data) as retriever:
        first, second = (retriever.ask(question).confidence for question in (short, long))
    # Where a processor rounds to bf16 the two differ by .104.
    assert abs(first - second) < 0.11


def test_a_title_that_says_the_answer_is_no_passage_that_does(build_data: BuildData) -> None:
    """The passage is shown and not its title: it is what must answer."""
    told = "The wreck of the trawler Solbris lies at a depth of 140 metres."
    council = (
        "The council met for two hours on Monday. It talked about new lamps for the square, and about the price of "
        "tickets for the swimming hall."
    )

    def asked(title: str, text: str) -> Answer:
        data = build_data({"a.jsonl": json.dumps({"id": "a", "title": title, "text": text}) + "\n"})
        with Retriever.open(data) as retriever:
            return retriever.ask("How deep does the wreck of the trawler Solbris lie?")

    assert asked("News of the week", f"{council} {told}").answered
    assert not asked(told, council).answered

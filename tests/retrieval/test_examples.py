"""Questions made from sentences that say who did something, and from headlines where there is none."""

from pathlib import Path

import pytest

from index.article import Span
from retrieval import Citation, Retriever
from retrieval.examples import Candidate, candidates
from tests.conftest import BuildData

# Enough of each language around the sentence that counts, so that nobody can take it for another.
ENGLISH = "Nobody in the town had thought that it would take so long. There are some who say that it was the weather."
NORWEGIAN = (
    "Ingen i byen hadde trodd at arbeidet skulle vare så lenge. Mange mener at været fikk skylden for det meste."
)


def article(title: str, *sentences: str, around: str = ENGLISH) -> str:
    return f"{title}\n\n{' '.join(sentences)}\n\n{around}\n"


def asked(build_data: BuildData, files: dict[str, str | bytes]) -> tuple[list[Candidate], Path]:
    data = build_data(files)
    with Retriever.open(data) as retriever:
        return candidates(retriever), data


def test_a_sentence_that_says_who_did_something_is_asked_the_other_way_round(build_data: BuildData) -> None:
    sentence = "Secretary Ada Berg asked the ferries to wait until noon."
    text = article("Wait", "It had rained all morning.", sentence, "So they did.")
    (candidate,), data = asked(build_data, {"wait.txt": text})
    assert (candidate.question, candidate.article_id) == ("Who asked the ferries to wait until noon?", "wait.txt")
    assert candidate.span is not None
    with Retriever.open(data) as retriever:
        assert candidate.span.of(retriever.article("wait.txt").text) == sentence
        answer = retriever.ask(candidate.question, 1)
        assert candidate.answers(answer.citations[0])


@pytest.mark.parametrize(
    ("sentence", "question"),
    [
        (
            "The Council of Lindvik voted for a tidal barrier last night, and went home.",
            "Who voted for a tidal barrier last night?",
        ),
        (
            "Ada Berg has won the mountain race across the Hessel – her third.",
            "Who has won the mountain race across the Hessel?",
        ),
        ("Ada Berg opened the bridge across the fjord on Friday.", "Who opened the bridge across the fjord?"),
        (
            "Jean-Luc Darcy wrote eleven letters to the harbour master.",
            "Who wrote eleven letters to the harbour master?",
        ),
        ("Ada Berg\nopened the bridge\nacross the wide fjord.", "Who opened the bridge across the wide fjord?"),
    ],
)
def test_what_is_asked_ends_where_the_deed_does(build_data: BuildData, sentence: str, question: str) -> None:
    found, _ = asked(build_data, {"a.txt": article("Short", sentence)})
    assert [candidate.question for candidate in found] == [question]


@pytest.mark.parametrize(
    "sentence",
    [
        "She opened the bridge across the fjord with scissors.",
        "Ada Berg asked him to wait until the evening had come.",
        "Ada Berg opened this bridge across the fjord with scissors.",
        "Ada Berg opened the old bridge across the fjord yesterday.",
        "The bridge was opened by Ada Berg with some old scissors.",
        "Ada Berg won.",
        "Ada Berg asked all of the ferry companies in the whole of the wide country to wait for noon.",
        "Ada Berg opened “the bridge across the fjord” of Lindvik.",
        "Ada Berg opens the bridge across the fjord of Lindvik.",
    ],
)
def test_what_would_not_stand_alone_is_not_asked(build_data: BuildData, sentence: str) -> None:
    found, _ = asked(build_data, {"a.txt": article("Short", sentence)})
    assert found == []


def test_norwegian_is_asked_in_norwegian(build_data: BuildData) -> None:
    sentence = "Ordfører Kari Moe åpnet en ny bro over Lindvikfjorden."
    found, _ = asked(build_data, {"bro.txt": article("Bro", sentence, around=NORWEGIAN)})
    assert [candidate.question for candidate in found] == ["Hvem åpnet en ny bro over Lindvikfjorden?"]


def test_the_newest_come_first_one_of_each_article_and_headlines_last(build_data: BuildData) -> None:
    def dated(day: str, title: str, *sentences: str) -> str:
        return f"---\ntitle: {title}\ndate: {day}\n---\n\n{' '.join(sentences)}\n\n{ENGLISH}\n"

    headline = "Nothing much has happened in Northgate"
    found, _ = asked(
        build_data,
        {
            "old.md": dated("2020-01-01", "Old", "Ada Berg opened the bridge across the fjord."),
            "new.md": dated(
                "2024-01-01",
                headline,
                "Bo Dahl closed it. Bo Dahl opened the tunnel under the fjord.",
                "Bo Dahl built the tower beside the fjord.",
            ),
            "none.md": dated("2022-01-01", "The weather of last week in Lindvik", "It rained."),
            "long.md": dated(
                "2023-01-01", "A headline that is much too long to be pressed as a button " * 2, "It rained."
            ),
        },
    )
    assert [(candidate.question, candidate.article_id, candidate.span is None) for candidate in found] == [
        ("Who opened the tunnel under the fjord?", "new.md", False),
        ("Who opened the bridge across the fjord?", "old.md", False),
        (headline, "new.md", True),
        ("The weather of last week in Lindvik", "none.md", True),
    ]


def citation(article_id: str, start: int, end: int) -> Citation:
    return Citation(1, article_id, "", None, None, None, article_id, start, end, "x" * (end - start), (), 0.0, "", 1)


def test_only_a_passage_of_its_article_that_holds_its_sentence_answers_a_candidate() -> None:
    made = Candidate("Who?", "a.txt", Span(100, 150))
    assert made.answers(citation("a.txt", 100, 150))
    assert made.answers(citation("a.txt", 0, 1000))
    assert not made.answers(citation("a.txt", 101, 1000))
    assert not made.answers(citation("a.txt", 0, 149))
    assert not made.answers(citation("b.txt", 0, 1000))
    headline = Candidate("A headline", "a.txt", None)
    assert headline.answers(citation("a.txt", 500, 600))
    assert not headline.answers(citation("b.txt", 500, 600))

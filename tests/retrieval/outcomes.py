"""Outcomes of questions and evaluations, made up: what the tests of reports and comparisons start from."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from index.article import Span
from retrieval.evaluation.outcome import Outcome, Shown
from retrieval.evaluation.questions import Gold, Question
from retrieval.evaluation.saved import About, Evaluation

QUOTE: Final = "The race was long. Ada won it by a mile."
SHOWN: Final = Shown(
    article_id="race",
    title="The race",
    source="Valley Gazette",
    published="2024-05-01",
    path="sport/race.txt",
    start=100,
    end=140,
    quote=QUOTE,
    highlights=(Span(119, 140),),
    paragraph=3,
)
GOLD: Final = Gold("race", Span(119, 122), "Ada")
RIGHT: Final = Outcome(
    question=Question("q", "Who won?", True, (GOLD,)),
    interpreted_as="Who won?",
    shown=SHOWN,
    ranking=("race",),
    article_rank=1,
    passage_rank=1,
    confidence=0.8,
    answered=True,
    elapsed_ms=12.5,
    lengths=(40, 30),
    place=0,
    highlighted=True,
    highlighted_characters=21,
    right=True,
    verified=2,
    gold_found=1,
)


def right(name: str, **changed: Any) -> Outcome:
    """A question that went well, with some of it changed."""
    return replace(RIGHT, question=replace(RIGHT.question, id=name), **changed)


def wrong(name: str, **changed: Any) -> Outcome:
    """One whose right passage stands second and was shown, its article being the second too."""
    fields = {"place": 1, "passage_rank": 2, "article_rank": 2, "ranking": ("other", "race"), "highlighted": False}
    return right(name, **{"right": False, **fields, **changed})


def unanswerable(name: str, *, answered: bool, confidence: float = 0.3) -> Outcome:
    """A question that the articles do not answer."""
    asked = Question(name, f"Who lost {name}?", False)
    fields: dict[str, Any] = {"article_rank": None, "passage_rank": None, "place": None, "gold_found": 0}
    shown = replace(RIGHT, question=asked, interpreted_as=asked.text, answered=answered, confidence=confidence)
    return replace(shown, right=False, highlighted=False, **fields)


def evaluation(outcomes: Sequence[Outcome], *, k: int = 5, name: str = "race/questions") -> Evaluation:
    """A set that was asked."""
    about = About(
        questions=name,
        date="2026-01-14T10:15:00+00:00",
        command="python -m retrieval eval race/questions.jsonl",
        generation="20260114T101500Z-3f9c1a",
        model="all-MiniLM-L6-v2",
        settings=(("answer_threshold", "0.5"),),
    )
    return Evaluation(about, k, 100, 0, tuple(outcomes))

"""Plain questions over the sample articles, four figures that say how well they are answered, and their tiers.

    python -m tests.retrieval.sample_questions

indexes the sample articles in a temporary folder, prints the figures, how many questions fell in each tier and how many
of those have the right passage first, and lists the questions that went wrong. The set is one for
`python -m retrieval eval` too; in it, `sentence` of a gold entry is the sentence that holds its `text`.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, get_args

from index.build import build
from retrieval import Retriever
from retrieval.answer import Tier
from retrieval.evaluation.evaluate import outcomes
from retrieval.evaluation.outcome import Outcome
from retrieval.evaluation.questions import load_questions

SAMPLES: Final = Path(__file__).resolve().parents[2] / "seeds"
QUESTIONS: Final = Path(__file__).with_name("sample_questions.jsonl")


@dataclass(frozen=True, slots=True)
class SampleFigures:
    """How many questions went which way.

    Attributes:
        answered_right: answerable, answered, and the quote of the first citation holds a gold span.
        refused_wrongly: answerable and refused.
        marked_right: answerable, refused or not, and the marked sentence of the first citation holds a gold span.
        answered_wrongly: unanswerable and answered.
    """

    answered_right: int
    refused_wrongly: int
    marked_right: int
    answered_wrongly: int


def asked(retriever: Retriever) -> list[Outcome]:
    """Ask every question of the set; return what came of each, in the order of the set."""
    return outcomes(retriever, load_questions(QUESTIONS))


def sample_figures(found: Sequence[Outcome]) -> SampleFigures:
    """Count the four figures."""
    answerable = [outcome for outcome in found if outcome.question.answerable]
    return SampleFigures(
        answered_right=sum(outcome.answered and outcome.right for outcome in answerable),
        refused_wrongly=sum(not outcome.answered for outcome in answerable),
        marked_right=sum(outcome.highlighted for outcome in answerable),
        answered_wrongly=sum(outcome.answered for outcome in found if not outcome.question.answerable),
    )


def faults(outcome: Outcome) -> tuple[str, ...]:
    """Name what went wrong with one question; empty where nothing did."""
    if not outcome.question.answerable:
        return ("answered wrongly",) if outcome.answered else ()
    found = {
        "refused wrongly": not outcome.answered,
        "another passage first": not outcome.right,
        "another sentence marked": not outcome.highlighted,
    }
    return tuple(fault for fault, holds in found.items() if holds)


def tier_lines(found: Sequence[Outcome]) -> tuple[str, ...]:
    """Return a line for each tier: how many fell in it, and how many of them have the right passage first."""
    fell = {tier: [outcome for outcome in found if outcome.tier == tier] for tier in get_args(Tier)}
    return tuple(
        f"{tier:<18}{sum(outcome.right for outcome in those)} of {len(those)} right" for tier, those in fell.items()
    )


def report(found: Sequence[Outcome]) -> str:
    """Return the four figures, the tiers, and a line for each question that went wrong."""
    figures = sample_figures(found)
    answerable = sum(outcome.question.answerable for outcome in found)
    counts = (
        f"answered right    {figures.answered_right} of {answerable}",
        f"refused wrongly   {figures.refused_wrongly} of {answerable}",
        f"marked right      {figures.marked_right} of {answerable}",
        f"answered wrongly  {figures.answered_wrongly} of {len(found) - answerable}",
    )
    wrong = (
        f"{outcome.confidence:.2f}  {outcome.tier:<9}  {outcome.question.text}  [{', '.join(faults(outcome))}]"
        for outcome in found
        if faults(outcome)
    )
    return "\n".join((*counts, *tier_lines(found), *wrong))


def main() -> int:
    """Measure the program as it is, print the report, and return 0."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        build(SAMPLES, data)
        with Retriever.open(data) as retriever:
            print(report(asked(retriever)))  # noqa: T201
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

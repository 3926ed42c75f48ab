"""Questions that went wrong, the worst first."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from index.article import Span
from retrieval.evaluation.outcome import Outcome


class Kind(IntEnum):
    """Kinds of failure, the worst first: a reader believes an answer, and can ask again without one."""

    ANSWERED_WRONGLY = 1
    REFUSED_THOUGH_RIGHT = 2
    REFUSED_AND_WRONG = 3
    HIGHLIGHT_MISSED = 4


@dataclass(frozen=True, slots=True)
class Failure:
    """A question that went wrong.

    Attributes:
        why: in a few words.
    """

    outcome: Outcome
    kind: Kind
    why: str


def failures(outcomes: Sequence[Outcome], *, k: int, depth: int) -> tuple[Failure, ...]:
    """Return the failures among these outcomes: by kind, and within a kind the more surely wrong first.

    Parameters:
        k, depth: citations and hits that were looked at.
    """
    found = [failure for outcome in outcomes if (failure := failure_of(outcome, k=k, depth=depth)) is not None]

    def order(failure: Failure) -> tuple[Kind, float]:
        confidence = failure.outcome.confidence
        refused = failure.kind in (Kind.REFUSED_THOUGH_RIGHT, Kind.REFUSED_AND_WRONG)
        return failure.kind, confidence if refused else -confidence

    return tuple(sorted(found, key=order))


def failure_of(outcome: Outcome, *, k: int, depth: int) -> Failure | None:
    """Return the failure of a question; None where nothing went wrong, or nobody can tell."""
    question = outcome.question
    if not question.answerable:
        if outcome.answered:
            return Failure(outcome, Kind.ANSWERED_WRONGLY, "answered though unanswerable")
        return None
    if not question.gold:
        return None
    if outcome.right:
        if not outcome.answered:
            return Failure(outcome, Kind.REFUSED_THOUGH_RIGHT, "refused though the right passage stands first")
        if question.passages and not outcome.highlighted:
            return Failure(outcome, Kind.HIGHLIGHT_MISSED, "highlight missed: the marked sentence does not hold it")
        return None
    kind = Kind.ANSWERED_WRONGLY if outcome.answered else Kind.REFUSED_AND_WRONG
    refused = "" if outcome.answered else "refused, and "
    return Failure(outcome, kind, f"{refused}wrong passage first: {_whereabouts(outcome, k, depth)}")


def _whereabouts(outcome: Outcome, k: int, depth: int) -> str:
    """Return the place of the right passage, or, where that is unknown, of the right article."""
    question = outcome.question
    if outcome.gold_found < len(question.gold):
        return "the gold is not in the index as the set says"
    if outcome.place is not None and outcome.place < k:
        return f"the right one at rank {outcome.place + 1}"
    if outcome.passage_rank is not None and outcome.passage_rank <= depth:
        return f"the right one at rank {outcome.passage_rank}, behind the {k} shown"
    if outcome.article_rank is None:
        return f"none of {depth} hits is of its article"
    article = f"its article is the {_nth(outcome.article_rank)} among those of {depth} hits"
    return f"none of {depth} hits holds it whole; {article}" if question.passages else article


def _nth(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _at(span: Span | None) -> str:
    return "" if span is None else f", characters {span.start:,} to {span.end:,}"


def expected(outcome: Outcome) -> tuple[str, ...]:
    """Return the right answers, in the words of the articles where they are known."""
    golds = outcome.question.gold if outcome.question.answerable else ()
    return tuple(gold.text if gold.text is not None else f"{gold.article_id}{_at(gold.span)}" for gold in golds)

"""The outcome of one question: the answer and its citations, compared with the ground truth, and what went wrong.

Copies of a passage that a hit names in `also_in` do not count: what is judged is the place that is cited.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import IntEnum
from typing import Final, Protocol

from index.article import Span
from retrieval.answer import Answer, Citation, Hit, Tier, tier_of
from retrieval.evaluation.questions import Articles, Gold, Question, text_of
from retrieval.question.conversation import Turn

# Articles kept of a ranking: all figures stop at the tenth.
RANKED: Final = 10


class Answering(Articles, Protocol):
    """The interface of whatever is measured: it ranks passages and answers with citations."""

    def search(self, question: str, k: int, history: Sequence[Turn], /, *, asked: str | None) -> Sequence[Hit]:
        """Return the `k` best passages for a question of that day, best first."""

    def ask(self, question: str, k: int, history: Sequence[Turn], /, *, asked: str | None) -> Answer:
        """Return an answer with the `k` best citations."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The first citation, as a report shows it; all spans are of the article's text."""

    article_id: str
    title: str
    source: str | None
    published: str | None
    path: str
    start: int
    end: int
    quote: str
    highlights: tuple[Span, ...]
    paragraph: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of one question.

    Attributes:
        interpreted_as: the question as it was searched for, in the light of the history.
        shown: the first citation; None where there was none.
        ranking: ids of the ten best articles, best first, each once.
        article_rank: of the best gold article among the articles, 1 for the first; None where no hit is of one.
        passage_rank: of the first hit that holds a gold passage; None where none does.
        lengths: of the quotes shown, in characters, best first.
        place: how many citations stand before the first that holds a gold passage; None where none does.
        highlighted: whether a highlight of the first citation holds a gold passage.
        highlighted_characters: in all highlights of the first citation.
        right: whether the first citation answers.
        verified: how many quotes stand in their article where the citation says.
        gold_found: how many gold entries stand in the articles as the set says.
        unsure: whether the first citation is of the tier 'not sure'.
    """

    question: Question
    interpreted_as: str
    shown: Shown | None
    ranking: tuple[str, ...]
    article_rank: int | None
    passage_rank: int | None
    confidence: float
    answered: bool
    elapsed_ms: float
    lengths: tuple[int, ...]
    place: int | None
    highlighted: bool
    highlighted_characters: int
    right: bool
    verified: int
    gold_found: int
    # Older reports lack it.
    unsure: bool = False

    @property
    def tier(self) -> Tier:
        """Return the tier of the answer."""
        return tier_of(answered=self.answered, unsure=self.unsure)

    @property
    def is_judgeable(self) -> bool:
        """Return whether it can be told right from wrong: an answerable question without gold cannot."""
        return bool(self.question.gold) or not self.question.answerable


def judge(retriever: Answering, question: Question, *, k: int, depth: int) -> Outcome:
    """Ask one question, and judge the answer.

    Parameters:
        k: citations to ask for.
        depth: hits to rank articles by.
    """
    # Before the search, so that nothing cached by it shortens the time of the answer.
    answer = retriever.ask(question.text, k, question.history, asked=question.asked)
    hits = retriever.search(question.text, depth, question.history, asked=question.asked)
    shown = answer.citations
    holders = (i for i, cited in enumerate(shown) if _holds(cited.article_id, cited.start, cited.end, question))
    place = next(holders, None)
    highlights = shown[0].highlights if shown else ()
    ranking = tuple(dict.fromkeys(hit.article.id for hit in hits))
    wanted = {gold.article_id for gold in question.gold}
    holding = (
        hit.rank for hit in hits if _holds(hit.article.id, hit.passage.span.start, hit.passage.span.end, question)
    )
    return Outcome(
        question=question,
        interpreted_as=answer.interpreted_as,
        shown=_shown(shown[0]) if shown else None,
        ranking=ranking[:RANKED],
        article_rank=next((rank for rank, name in enumerate(ranking, start=1) if name in wanted), None),
        passage_rank=next(holding, None),
        confidence=answer.confidence,
        answered=answer.answered,
        elapsed_ms=answer.elapsed_ms,
        lengths=tuple(len(citation.quote) for citation in shown),
        place=place,
        highlighted=any(_holds(shown[0].article_id, span.start, span.end, question) for span in highlights),
        highlighted_characters=sum(len(span) for span in highlights),
        right=question.answerable and _right(question, shown, place),
        verified=sum(_is_verbatim(retriever, citation) for citation in shown),
        gold_found=sum(_is_there(retriever, gold) for gold in question.gold),
        unsure=answer.unsure,
    )


def _right(question: Question, shown: Sequence[Citation], place: int | None) -> bool:
    if question.passages:
        return place == 0
    return bool(shown) and shown[0].article_id in {entry.article_id for entry in question.gold}


def _holds(article_id: str, start: int, end: int, question: Question) -> bool:
    # Numbers instead of a Span, which cannot be made of a wrong citation that ends before it begins.
    return any(
        gold.article_id == article_id and start <= gold.span.start and gold.span.end <= end
        for gold in question.gold
        if gold.span is not None
    )


def _shown(citation: Citation) -> Shown:
    return Shown(**{field.name: getattr(citation, field.name) for field in fields(Shown)})


def _is_verbatim(retriever: Answering, citation: Citation) -> bool:
    text = text_of(retriever, citation.article_id)
    if text is None or not 0 <= citation.start < citation.end <= len(text):
        return False
    return text[citation.start : citation.end] == citation.quote


def _is_there(retriever: Answering, gold: Gold) -> bool:
    text = text_of(retriever, gold.article_id)
    if text is None or gold.span is None:
        return text is not None
    return gold.span.end <= len(text) and gold.text in (None, gold.span.of(text))


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
            said = "not sure" if outcome.unsure else "refused"
            return Failure(outcome, Kind.REFUSED_THOUGH_RIGHT, f"{said} though the right passage stands first")
        if question.passages and not outcome.highlighted:
            return Failure(outcome, Kind.HIGHLIGHT_MISSED, "highlight missed: the marked sentence does not hold it")
        return None
    kind = Kind.ANSWERED_WRONGLY if outcome.answered else Kind.REFUSED_AND_WRONG
    said = {"confident": "", "not sure": "not sure, and ", "none": "refused, and "}[outcome.tier]
    return Failure(outcome, kind, f"{said}wrong passage first: {_whereabouts(outcome, k, depth)}")


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

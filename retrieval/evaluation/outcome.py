"""What comes of one question: the answer and its citations, held against the ground truth.

Copies of a passage that a hit names in `also_in` do not count: what is judged is the place that is cited.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from index.article import Article
from retrieval.answer import Answer, Citation, Hit
from retrieval.conversation import Turn
from retrieval.evaluation.questions import Gold, Question


class Answering(Protocol):
    """What is measured: anything that ranks passages and answers with citations."""

    def search(self, question: str, k: int, history: Sequence[Turn], /) -> Sequence[Hit]:
        """The `k` best passages, best first."""

    def ask(self, question: str, k: int, history: Sequence[Turn], /) -> Answer:
        """An answer with the `k` best citations."""

    def article(self, article_id: str, /) -> Article:
        """The article with that id.

        Raises:
            LookupError: if there is none.
        """


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one question.

    Attributes:
        ranking: ids of the articles, best first, each once.
        lengths: of the quotes shown, in characters, best first.
        place: how many citations stand before the first that holds a gold passage; None where none does.
        highlighted: whether a highlight of the first citation holds a gold passage.
        highlighted_characters: in all highlights of the first citation.
        right: whether the first citation answers.
        verified: how many quotes stand in their article where the citation says.
        gold_found: how many gold entries stand in the articles as the set says.
    """

    question: Question
    ranking: tuple[str, ...]
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


def judge(retriever: Answering, question: Question, *, k: int, depth: int) -> Outcome:
    """Asks one question, and judges what comes back.

    Parameters:
        k: citations to ask for.
        depth: hits to rank articles by.

    Raises:
        ValueError: if the confidence is no probability.
    """
    # Asked first, so that nothing a search may keep for later flatters the time that an answer takes.
    answer = retriever.ask(question.text, k, question.history)
    hits = retriever.search(question.text, depth, question.history)
    if not 0 <= answer.confidence <= 1:
        raise ValueError(f"question {question.id}: a confidence of {answer.confidence} is no probability")
    shown = answer.citations
    place = next((i for i, cited in enumerate(shown) if _holds(cited, cited.start, cited.end, question)), None)
    highlights = shown[0].highlights if shown else ()
    return Outcome(
        question=question,
        ranking=tuple(dict.fromkeys(hit.article.id for hit in hits)),
        confidence=answer.confidence,
        answered=answer.answered,
        elapsed_ms=answer.elapsed_ms,
        lengths=tuple(len(citation.quote) for citation in shown),
        place=place,
        highlighted=any(_holds(shown[0], span.start, span.end, question) for span in highlights),
        highlighted_characters=sum(len(span) for span in highlights),
        right=question.answerable and _right(question, shown, place),
        verified=sum(_is_verbatim(retriever, citation) for citation in shown),
        gold_found=sum(_is_there(retriever, gold) for gold in question.gold),
    )


def _right(question: Question, shown: Sequence[Citation], place: int | None) -> bool:
    if question.passages:
        return place == 0
    return bool(shown) and shown[0].article_id in {entry.article_id for entry in question.gold}


def _holds(citation: Citation, start: int, end: int, question: Question) -> bool:
    return any(
        gold.article_id == citation.article_id and start <= gold.span.start and gold.span.end <= end
        for gold in question.gold
        if gold.span is not None
    )


def _is_verbatim(retriever: Answering, citation: Citation) -> bool:
    text = _text(retriever, citation.article_id)
    if text is None or not 0 <= citation.start < citation.end <= len(text):
        return False
    return text[citation.start : citation.end] == citation.quote


def _is_there(retriever: Answering, gold: Gold) -> bool:
    text = _text(retriever, gold.article_id)
    if text is None or gold.span is None:
        return text is not None
    return gold.span.end <= len(text) and gold.text in (None, gold.span.of(text))


def _text(retriever: Answering, article_id: str) -> str | None:
    try:
        return retriever.article(article_id).text
    except LookupError:
        return None

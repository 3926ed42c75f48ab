"""The outcome of one question: the answer and its citations, compared with the ground truth.

Copies of a passage that a hit names in `also_in` do not count: what is judged is the place that is cited.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from index.article import Article, Span
from retrieval.answer import Answer, Citation, Hit
from retrieval.evaluation.questions import Gold, Question
from retrieval.question.conversation import Turn

# Articles kept of a ranking: all figures stop at the tenth.
RANKED: Final = 10


class Answering(Protocol):
    """The interface of whatever is measured: it ranks passages and answers with citations."""

    def search(self, question: str, k: int, history: Sequence[Turn], /, *, asked: str | None) -> Sequence[Hit]:
        """Return the `k` best passages for a question of that day, best first."""

    def ask(self, question: str, k: int, history: Sequence[Turn], /, *, asked: str | None) -> Answer:
        """Return an answer with the `k` best citations."""

    def article(self, article_id: str, /) -> Article:
        """Return the article with that id.

        Raises:
            LookupError: if there is none.
        """


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
        unsure: whether the first citation was shown as the closest that there is, without an answer.
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


def judge(retriever: Answering, question: Question, *, k: int, depth: int) -> Outcome:
    """Ask one question, and judge the answer.

    Parameters:
        k: citations to ask for.
        depth: hits to rank articles by.

    Raises:
        ValueError: if the confidence is no probability.
    """
    # Before the search, so that nothing cached by it shortens the time of the answer.
    answer = retriever.ask(question.text, k, question.history, asked=question.asked)
    hits = retriever.search(question.text, depth, question.history, asked=question.asked)
    if not 0 <= answer.confidence <= 1:
        raise ValueError(f"question {question.id}: a confidence of {answer.confidence} is no probability")
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
    return Shown(
        article_id=citation.article_id,
        title=citation.title,
        source=citation.source,
        published=citation.published,
        path=citation.path,
        start=citation.start,
        end=citation.end,
        quote=citation.quote,
        highlights=citation.highlights,
        paragraph=citation.paragraph,
    )


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


def text_of(retriever: Answering, article_id: str) -> str | None:
    """Return the text of an article, None where there is none of that id."""
    try:
        return retriever.article(article_id).text
    except LookupError:
        return None

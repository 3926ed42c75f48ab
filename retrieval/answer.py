"""Values that retrieval returns: hits, citations, answers and their times.

All offsets count code points of the cited article's text and are half open, `[start, end)`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Final, Literal

from index.article import Span
from index.generation.catalog import ArticleHead, StoredPassage
from retrieval.question.filters import Filters

# Is called with the name of a stage when it ends.
Lap = Callable[[str], None]
Tier = Literal["confident", "not sure", "none"]


def tier_of(*, answered: bool, unsure: bool) -> Tier:
    """Return the tier of an answer."""
    if answered:
        return "confident"
    return "not sure" if unsure else "none"


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage with its scores for one question.

    Attributes:
        rank: 1 for the best.
        passage: where it stands: `passage.span` of the article numbered `passage.article`.
        article: the metadata of that article.
        score: the fused score the hits are ordered by, in standard deviations above the average candidate; comparable
            within one question only.
        cosine: similarity of question and passage to the encoder, within -1 and 1.
        words: BM25 score of the passage, 0 where it shares no word with the question.
        also_in: other articles that hold the same passage, or nearly the same.
    """

    rank: int
    passage: StoredPassage
    article: ArticleHead
    score: float
    cosine: float
    words: float
    also_in: tuple[ArticleHead, ...] = ()


@dataclass(frozen=True, slots=True)
class Citation:
    """A quote that can be checked, with its place, its article and a link.

    Attributes:
        quote: `text[start:end]` of the article, letter for letter.
        highlights: the sentences of the quote that answer, as spans of the article's text.
        paragraph: which paragraph of the article the quote begins in, the first being 1.
        link: the article's URL with a text fragment that leads to the quote; '' where it has no URL.
        score: the hit's fused score.
        brief: the part of the quote to show where there is not room for all of it, as a span of the article's text:
            whole sentences, every highlight among them. None where it was not asked for.
        answer: the shortest answer, within the highlights, as a span of the article's text; None where the reader is
            not sure of one.
        page: of a PDF, the page on which the answering sentence stands, the first being 1.
    """

    rank: int
    article_id: str
    title: str
    source: str | None
    published: str | None
    url: str | None
    path: str
    start: int
    end: int
    quote: str
    highlights: tuple[Span, ...]
    score: float
    link: str
    paragraph: int
    also_in: tuple[ArticleHead, ...] = ()
    brief: Span | None = None
    answer: Span | None = None
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Nearest:
    """An article that comes near a question, offered where none answers it.

    Attributes:
        passage: its passage that comes nearest, as a span of the article's text.
    """

    article_id: str
    title: str
    passage: Span


@dataclass(frozen=True, slots=True)
class Stages:
    """Milliseconds of each stage from a question to its answer.

    Attributes:
        waiting: for its turn, while others are answered.
        understanding: reading the question, its filters and what was said before; its languages and words.
        encoding: its vector.
        vectors: the passages nearest to it.
        words: the best passages by their words.
        fusion: one order of both, and the passages and articles that it is of.
        reading: the best read together with the question.
        citations: texts checked, sentences that answer, links.
        confidence: whether the first of them answers.
    """

    waiting: float = 0.0
    understanding: float = 0.0
    encoding: float = 0.0
    vectors: float = 0.0
    words: float = 0.0
    fusion: float = 0.0
    reading: float = 0.0
    citations: float = 0.0
    confidence: float = 0.0

    def by_name(self) -> dict[str, float]:
        """Return each stage with its milliseconds, in their order."""
        return {name: getattr(self, name) for name in STAGES}


STAGES: Final = tuple(field.name for field in fields(Stages))


def unmeasured(stage: str) -> None:
    """Let a stage end without measuring it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of one question.

    Attributes:
        interpreted_as: the question as it was understood, as one plain question and without its filters.
        answered: whether the articles are taken to hold the answer: only where the retriever is confident.
        confidence: probability, within 0 and 1, that the first citation holds the answer.
        citations: the best passages in rank order, also where `answered` is false.
        nearest: up to three articles that come nearest, best first.
        elapsed_ms: from the question to this answer.
        filters: what the articles had to be to be asked.
        generation: the name of the generation that it is from.
        stages: where the time went; all 0 where the answer was kept from when the same was asked before.
        follows: the question before, in whose light it was understood where it says too little alone; else ''.
        unsure: whether the first citation may hold the answer, though it does not count as answered.
    """

    question: str
    interpreted_as: str
    answered: bool
    confidence: float
    citations: tuple[Citation, ...]
    nearest: tuple[Nearest, ...]
    elapsed_ms: float
    filters: Filters = field(default_factory=Filters)
    generation: str = ""
    stages: Stages = field(default_factory=Stages)
    unsure: bool = False
    follows: str = ""

    @property
    def tier(self) -> Tier:
        """Return how to show the first citation: as the answer, as the closest there is, or not at all."""
        return tier_of(answered=self.answered, unsure=self.unsure)

"""What cards cite: passages and articles, stored so that they can be shown whatever becomes of the index."""

from dataclasses import dataclass
from typing import NamedTuple

from index.article import Span
from retrieval.answer import Citation


@dataclass(frozen=True, slots=True)
class StoredCitation:
    """A citation in a card: complete, so that it can be shown whatever becomes of the index.

    Attributes:
        highlights: the answering sentences, as spans of the article's text.
        answer: the shortest answer in them; None where none is known.
        page: of a PDF, the page that the answering sentence stands on.
        brief: the part of the quote to show first, as a span of the article's text; None in cards of earlier versions.
    """

    article_id: str
    title: str
    source: str | None
    published: str | None
    url: str | None
    path: str
    start: int
    end: int
    quote: str
    highlights: tuple[tuple[int, int], ...]
    paragraph: int
    link: str
    also_in: tuple[str, ...] = ()
    answer: tuple[int, int] | None = None
    page: int | None = None
    brief: tuple[int, int] | None = None

    @classmethod
    def of(cls, citation: Citation) -> "StoredCitation":
        """Return a citation without its score."""
        return cls(
            article_id=citation.article_id,
            title=citation.title,
            source=citation.source,
            published=citation.published,
            url=citation.url,
            path=citation.path,
            start=citation.start,
            end=citation.end,
            quote=citation.quote,
            highlights=tuple((span.start, span.end) for span in citation.highlights),
            paragraph=citation.paragraph,
            link=citation.link,
            also_in=tuple(head.title or head.path for head in citation.also_in),
            answer=(citation.answer.start, citation.answer.end) if citation.answer else None,
            page=citation.page,
            brief=(citation.brief.start, citation.brief.end) if citation.brief else None,
        )

    def citation(self) -> Citation:
        """Return the citation again, to ask the index about its surroundings."""
        return Citation(
            rank=1,
            article_id=self.article_id,
            title=self.title,
            source=self.source,
            published=self.published,
            url=self.url,
            path=self.path,
            start=self.start,
            end=self.end,
            quote=self.quote,
            highlights=tuple(Span(start, end) for start, end in self.highlights),
            paragraph=self.paragraph,
            score=0.0,
            link=self.link,
            page=self.page,
            answer=Span(*self.answer) if self.answer else None,
            brief=Span(*self.brief) if self.brief else None,
        )

    @property
    def answer_within(self) -> Span | None:
        """Return the shortest answer as a span of the quote."""
        return Span(self.answer[0] - self.start, self.answer[1] - self.start) if self.answer else None

    @property
    def highlights_within(self) -> tuple[Span, ...]:
        """Return the answering sentences as spans of the quote."""
        return tuple(Span(start - self.start, end - self.start) for start, end in self.highlights)

    @property
    def brief_within(self) -> Span:
        """Return the part to show first as a span of the quote; the whole quote where none is known."""
        start, end = self.brief or (self.start, self.end)
        return Span(start - self.start, end - self.start)

    @property
    def answering(self) -> str:
        """Return the words of the answering sentences."""
        return " ".join(self.quote[start - self.start : end - self.start] for start, end in self.highlights)


class StoredNearest(NamedTuple):
    """A nearest article in a card, and where its nearest passage begins; 0 in cards of earlier versions."""

    article_id: str
    title: str
    start: int = 0


class StoredBefore(NamedTuple):
    """The article that answered a question before news of it."""

    title: str
    published: str | None
    link: str

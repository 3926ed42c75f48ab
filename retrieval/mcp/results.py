"""Results of the tools, as JSON schemas tell a model of them.

Every text of an article comes with its span. It was cut from a citation, or from a text that retrieval has checked, so
that `article.text[start:end] == text` letter for letter.
"""

from collections.abc import Iterable
from typing import Final

from pydantic import BaseModel, Field

from index.article import Article, Span
from retrieval.answer import Answer, Citation, Tier
from retrieval.quotes.check import QuoteCheck
from retrieval.quotes.places import Difference, DifferenceKind
from retrieval.quotes.verdict import Verdict
from retrieval.sanitize import one_line

# Code points of one passage; a quotation may be as long as its article.
_LONGEST: Final = 4_000
# Other articles with the same passage that are named; a wire story may have a hundred.
_COPIES: Final = 5

_ADVICE: Final = {
    "confident": "Answer from the first passage. Quote it letter for letter and cite it as `cite_as` says.",
    "not sure": "The first passage may hold the answer, and may not. Say that it is not sure, quote it and cite it; do "
    "not fill in the rest from memory.",
    "none": "The articles do not hold the answer. Say so, and do not answer from memory. The nearest articles may be "
    "offered for reading, as articles that do not answer.",
}
_VERDICTS: Final = {
    "exact": "The words stand in the articles, letter for letter but for case, punctuation and marked omissions.",
    "altered": "The articles have it otherwise: `differences` shows where. Do not repeat the altered words as a quote.",
    "joined": "The words were joined from places that stand apart: nobody said them in one piece.",
    "other_speaker": "The words stand in the articles, and another speaker is named for them: see `speaker`.",
    "absent": "The articles do not hold the quote, nor anything like it. That does not show that it was never said.",
}


class Excerpt(BaseModel):
    """Words of an article, letter for letter, with their place in its text."""

    text: str
    article_id: str = Field(description="The article that holds them, for the tool `article`.")
    start: int = Field(description="The first character, counted in Unicode code points of the article's text from 0.")
    end: int = Field(description="The character after the last one.")

    @classmethod
    def cut(cls, span: Span, citation: Citation) -> "Excerpt":
        """Return the part of a citation's quote that stands at a span of the article."""
        text = citation.quote[span.start - citation.start : span.end - citation.start]
        return cls(text=text, article_id=citation.article_id, start=span.start, end=span.end)


class Passage(Excerpt):
    """A passage of an article, letter for letter, with its place and how to cite it."""

    rank: int = Field(description="1 for the best.")
    title: str = Field(description="The article's title; empty where it has none.")
    source: str | None = Field(description="Who published it; null where that is unknown.")
    published: str | None = Field(description="When, as ISO 8601; null where that is unknown.")
    paragraph: int = Field(description="The paragraph of the article that the passage begins in, from 1.")
    page: int | None = Field(description="The page of a PDF, from 1; null for other formats.")
    link: str | None = Field(description="An address that opens the article at the passage; null where it has none.")
    file: str = Field(description="The article's file in the folder of articles.")
    answering: list[Excerpt] = Field(description="The sentences of the passage that answer, with their places.")
    short_answer: Excerpt | None = Field(description="The shortest words that answer; null where that is not sure.")
    also_in: list[str] = Field(description="Ids of other articles that hold the same passage.")
    cite_as: str = Field(description="The citation to put behind a quote; lead it to `link` where there is one.")

    @classmethod
    def cited(cls, citation: Citation) -> "Passage":
        """Return a citation as a passage."""
        end = min(citation.end, citation.start + _LONGEST)
        whole = Span(citation.start, end)
        short = citation.answer if citation.answer is not None and whole.holds(citation.answer) else None
        return cls(
            **Excerpt.cut(whole, citation).model_dump(),
            rank=citation.rank,
            title=citation.title,
            source=citation.source,
            published=citation.published,
            paragraph=citation.paragraph,
            page=citation.page,
            link=citation.link or None,
            file=citation.path,
            answering=[Excerpt.cut(span, citation) for span in citation.highlights if whole.holds(span)],
            short_answer=None if short is None else Excerpt.cut(short, citation),
            also_in=[head.id for head in citation.also_in[:_COPIES]],
            cite_as=_cite_as(citation),
        )


def _cite_as(citation: Citation) -> str:
    place = f"paragraph {citation.paragraph}" if citation.page is None else f"page {citation.page}"
    facts = (citation.title or citation.path, citation.source, (citation.published or "")[:10], place)
    return one_line(", ".join(filter(None, facts)))


class Near(BaseModel):
    """An article that comes near a question and does not answer it."""

    article_id: str
    title: str
    start: int = Field(description="Where its nearest passage begins, for the tool `article`.")


class Answered(BaseModel):
    """The result of `ask`."""

    tier: Tier = Field(
        description="`confident`: the first passage answers. `not sure`: it may. `none`: nothing answers."
    )
    advice: str = Field(description="What to do with this result.")
    confidence: float = Field(description="The probability that the first passage holds the answer, from 0 to 1.")
    understood_as: str = Field(description="The question as it was understood, without its filters.")
    passages: list[Passage] = Field(description="The passages, the best first; empty for the tier `none`.")
    nearest: list[Near] = Field(description="For the tier `none`, the articles that come nearest; else empty.")

    @classmethod
    def of(cls, answer: Answer) -> "Answered":
        """Return an answer. A weak hit of an unanswered question is no passage of it."""
        none = answer.tier == "none"
        return cls(
            tier=answer.tier,
            advice=_ADVICE[answer.tier],
            confidence=round(answer.confidence, 3),
            understood_as=answer.interpreted_as,
            passages=[] if none else passages(answer.citations),
            nearest=[
                Near(article_id=one.article_id, title=one.title, start=one.passage.start) for one in answer.nearest
            ]
            if none
            else [],
        )


class Found(BaseModel):
    """The result of `search`."""

    passages: list[Passage] = Field(description="The passages, the best first. None of them need answer anything.")


def passages(citations: Iterable[Citation]) -> list[Passage]:
    """Return citations as passages, in their order."""
    return [Passage.cited(citation) for citation in citations]


class Different(BaseModel):
    """Words in which a quote and an article differ; one side may be empty."""

    kind: DifferenceKind = Field(description="The gravest first: a number, a denial, a name, or other words.")
    asked: str = Field(description="The words as they were asked; empty for words that the quote leaves out.")
    article: Excerpt | None = Field(description="The words as the article has them; null for words put into the quote.")

    @classmethod
    def of(cls, difference: Difference, citations: Iterable[Citation]) -> "Different":
        """Return a difference, its words with their place in the article that was cited."""
        place = difference.place
        found = next((c for c in citations if place and Span(c.start, c.end).holds(place)), None)
        excerpt = Excerpt.cut(place, found) if place is not None and found is not None else None
        return cls(kind=difference.kind, asked=difference.asked, article=excerpt)


class Checked(BaseModel):
    """The result of `check_quote`."""

    verdict: Verdict = Field(
        description="`exact`, `altered` (words differ), `joined` (from places apart), `other_speaker` (somebody else "
        "said it) or `absent`."
    )
    advice: str = Field(description="What the verdict means.")
    speaker: str | None = Field(description="Whom the article names as the speaker; null where it names nobody.")
    differences: list[Different] = Field(description="For `altered`, the words that differ.")
    passages: list[Passage] = Field(description="The whole quotation as it stands in the articles.")

    @classmethod
    def of(cls, check: QuoteCheck) -> "Checked":
        """Return the check of a quote."""
        return cls(
            verdict=check.verdict,
            advice=_VERDICTS[check.verdict],
            speaker=check.speaker,
            differences=[Different.of(one, check.citations) for one in check.differences],
            passages=passages(check.citations),
        )


class Page(Excerpt):
    """The result of `article`: a part of its text, letter for letter, and what is known of it."""

    title: str
    source: str | None
    author: str | None
    published: str | None
    url: str | None
    file: str
    characters: int = Field(description="How many characters the whole article has.")
    next_start: int | None = Field(description="Where to begin for the next page; null at the end.")

    @classmethod
    def of(cls, article: Article, start: int, length: int) -> "Page":
        """Return a page of an article whose text retrieval has checked."""
        end = min(start + length, len(article.text))
        return cls(
            text=Span(start, end).of(article.text),
            start=start,
            end=end,
            article_id=article.id,
            title=article.title.value or "",
            source=article.source.value,
            author=article.author.value,
            published=article.published.value,
            url=article.url.value,
            file=article.path,
            characters=len(article.text),
            next_start=None if end == len(article.text) else end,
        )


Result = Answered | Found | Checked | Page

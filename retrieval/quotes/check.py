"""Did they really say this? The check of a quote against an index.

Candidates come from the words of the passages alone, so that it works with any model, and in any language whose words
the index keeps.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Final

from index.article import Span
from index.engines.bm25 import WordQuery, tokens, word_query
from index.generation.catalog import ArticleHead, StoredPassage
from retrieval.answer import Citation, Hit
from retrieval.citation import Checked, cite
from retrieval.quotes.asked import Asked, readings
from retrieval.quotes.attribution import Attribution
from retrieval.quotes.quotations import quoting
from retrieval.quotes.verdict import Difference, Finding, Place, Verdict, find
from retrieval.quotes.views import Page
from retrieval.quotes.wordlists import word_lists
from retrieval.snapshot import Snapshot

# Telling words of a quote, or of a half of it, that passages are looked up by.
_LOOKED_UP: Final = 14
# Passages that a lookup gives, and articles that are read in the end.
_FOUND: Final = 24
_FIRST: Final = 4
# The least share of the best passage's score.
_NEAR: Final = 0.4
_ARTICLES: Final = 16
# Code points: a shorter article is read whole, of a longer one what lies around a passage.
_SHORT: Final = 3_500
_AROUND: Final = 700
# Code points before and behind a quotation in which its speaker is looked for, and in which an article begins.
_CONTEXT: Final = (6_000, 2_500)
_LEAD: Final = 3_000


@dataclass(frozen=True, slots=True)
class QuoteCheck:
    """What the articles hold of a quote.

    Attributes:
        verdict: 'exact', 'altered', 'joined' (from several places), 'other_speaker', or 'absent'.
        citations: the whole quotation as it stands there; for 'joined' one a place.
        differences: for 'altered' the words as the article has them and as they were asked.
        speaker: whom the article names as the speaker, None where nobody.
    """

    verdict: Verdict
    citations: tuple[Citation, ...] = ()
    differences: tuple[Difference, ...] = ()
    speaker: str | None = None


def check(snapshot: Snapshot, quote: str, speaker: str | None = None) -> QuoteCheck:
    """Return what the articles of a generation hold of a quote.

    Parameters:
        speaker: who is said to have said it, a full name or a surname; None where nobody is checked.

    Raises:
        QuoteError: if the quote holds no word, or is too long.
        CitationError: if a quote does not stand where the index says it does.
    """
    asked = readings(quote)
    named = speaker if speaker and any(c.isalnum() for c in speaker) else None
    library = _Library(snapshot)
    finding = Finding("absent")
    for passages in _candidates(snapshot, asked[-1]):
        finding = find(asked, named, library.pages(passages, len(quote)), library.attribution)
        if finding.verdict == "exact":
            break
    citations = tuple(library.cited(place, rank) for rank, place in enumerate(finding.places, start=1))
    said = None if finding.speaker is None else finding.speaker.name
    return QuoteCheck(finding.verdict, citations, finding.differences, said)


def _candidates(snapshot: Snapshot, asked: Asked) -> Iterator[list[int]]:
    """Yield the numbers of passages that may hold a quote, best first: those with most words, then those of its parts.

    A passage far behind the best one holds too few of the words.
    """
    words = [word for piece in asked.pieces for word in _tokens(asked, piece.span(0, len(piece)))]
    best = _looked_up(snapshot, words)
    yield best[:_FIRST]
    halves = (words[: len(words) // 2], words[len(words) // 2 :])
    parts = [best, *(_looked_up(snapshot, half) for half in halves)]
    yield list(dict.fromkeys(number for row in zip_longest(*parts) for number in row if number is not None))


def _looked_up(snapshot: Snapshot, words: Sequence[str]) -> list[int]:
    numbers, scores = snapshot.generation.bm25.search(_telling(snapshot, words), _FOUND)
    return [n for n, score in zip(numbers.tolist(), scores.tolist(), strict=True) if score >= _NEAR * scores[0]]


def _tokens(asked: Asked, span: Span) -> list[str]:
    return tokens(span.of(asked.text))


def _telling(snapshot: Snapshot, words: Sequence[str]) -> WordQuery:
    """Return a query for the rarest words, in the forms of the languages of the index."""
    lexicon = snapshot.generation.bm25
    query = word_query(list(dict.fromkeys(words)), snapshot.languages)
    weight = {forms: min(map(lexicon.idf, forms)) for forms in query}
    known = [forms for forms in query if weight[forms] > 0]
    return tuple(sorted(known, key=lambda forms: -weight[forms])[:_LOOKED_UP])


class _Library:
    """The articles of one check, each read once.

    Parameters:
        snapshot: the generation they are from.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._heads: dict[int, ArticleHead] = {}
        self._pages: dict[tuple[int, int, int], Page] = {}
        self._attributions: dict[tuple[int, int], Attribution] = {}

    def pages(self, passages: Sequence[int], length: int) -> list[Page]:
        """Return the parts of the articles around these passages, in their order.

        Parameters:
            length: code points of the quote.
        """
        catalog = self._snapshot.generation.catalog
        stored = catalog.passages(passages)
        by_article: dict[int, list[StoredPassage]] = {}
        for number in passages:
            by_article.setdefault(stored[number].article, []).append(stored[number])
        chosen = list(by_article)[:_ARTICLES]
        missing = [number for number in chosen if number not in self._heads]
        self._heads |= catalog.heads_of(missing) if missing else {}
        return [page for number in chosen for page in self._around(number, by_article[number], length)]

    def _around(self, article: int, passages: Sequence[StoredPassage], length: int) -> Iterator[Page]:
        text = self._text(article)
        for part in _parts(text, [passage.span for passage in passages], _AROUND + length):
            key = (article, part.start, part.end)
            if key not in self._pages:
                self._pages[key] = Page.of(article, text, word_lists(self._heads[article].language), part)
            yield self._pages[key]

    def _text(self, article: int) -> str:
        return self._checked(article).text

    def _checked(self, article: int) -> Checked:
        return self._snapshot.texts.of(self._heads[article])

    def attribution(self, page: Page) -> Attribution:
        """Return the speakers of an article's quotations around a page."""
        borders = (page.words.starts[0], page.words.ends[-1]) if len(page.words) else (0, 0)
        key = (page.article, borders[0])
        if key not in self._attributions:
            before, behind = _CONTEXT
            part = _to_paragraphs(
                page.text, Span(max(0, borders[0] - before), min(len(page.text), borders[1] + behind))
            )
            lead = Span(0, min(_LEAD, part.start)) if part.start else None
            self._attributions[key] = Attribution(quoting(page.text, page.quoting.words, part), lead)
        return self._attributions[key]

    def cited(self, place: Place, rank: int) -> Citation:
        """Return the citation of the whole quotation that holds a place."""
        article, span = place.page.article, place.whole
        passages = self._snapshot.generation.catalog.passages_of(article)
        around = [one for one in passages if one.span.start <= span.start] or passages[:1]
        passage = replace(around[-1], span=span)
        hit = Hit(rank, passage, self._heads[article], 0.0, 0.0, 0.0)
        return cite(hit, self._checked(article), ())


def _parts(text: str, spans: Sequence[Span], margin: int) -> list[Span]:
    """Return the parts of a text around some passages, in order; the whole of a short one."""
    if len(text) <= _SHORT:
        return [Span(0, len(text))]
    parts: list[Span] = []
    for span in sorted(spans):
        part = _to_paragraphs(text, Span(max(0, span.start - margin), min(len(text), span.end + margin)))
        if parts and part.start <= parts[-1].end:
            parts[-1] = Span(parts[-1].start, max(parts[-1].end, part.end))
        else:
            parts.append(part)
    return parts


def _to_paragraphs(text: str, span: Span) -> Span:
    """Return a part widened to whole lines, where these are not endless."""
    start, end = text.rfind("\n", 0, span.start) + 1, text.find("\n", span.end)
    start = start if span.start - start < _CONTEXT[1] else span.start
    return Span(start, end if 0 <= end - span.end < _CONTEXT[1] else span.end)

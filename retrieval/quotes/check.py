"""Did they really say this? The check of a quote against an index.

Candidates come from the words of the passages alone, so that it works with any model, and in any language whose words
the index keeps.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, zip_longest
from typing import Final

from index.article import Span
from index.engines.bm25 import tokens, word_query
from index.generation.catalog import ArticleHead, StoredPassage
from retrieval.answer import Citation, Hit
from retrieval.citation import Checked, cite
from retrieval.quotes.asked import Asked, readings
from retrieval.quotes.attribution import Attribution
from retrieval.quotes.places import Difference, Place
from retrieval.quotes.quotations import quoting
from retrieval.quotes.verdict import Finding, Verdict, find
from retrieval.quotes.views import Page, in_a_row
from retrieval.quotes.wordlists import word_lists
from retrieval.quotes.words import words_of
from retrieval.snapshot import Snapshot

# Telling words of a quote, or of a half of it, that passages are looked up by.
_LOOKED_UP: Final = 14
# Passages that a lookup gives, and articles that are read in the end.
_FOUND: Final = 20
# Passages with every word of a quote, of which few hold them in a row.
_EVERY: Final = 60
# The least share of the best passage's score.
_NEAR: Final = 0.5
_ARTICLES: Final = 12
# Code points beside a passage into which a quote may run.
_BESIDE: Final = 300
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
    for passages in _candidates(snapshot, asked, library):
        finding = find(asked, named, library.pages(passages, len(quote)), library.attribution)
        if finding.verdict == "exact":
            break
    citations = tuple(library.cited(place, rank) for rank, place in enumerate(finding.places, start=1))
    said = None if finding.speaker is None else finding.speaker.name
    return QuoteCheck(finding.verdict, citations, finding.differences, said)


def _candidates(snapshot: Snapshot, asked: Sequence[Asked], library: "_Library") -> Iterator[list[int]]:
    """Yield the numbers of passages that may hold a quote, best first.

    First those that hold a piece of it word for word, then those with most of its words or of the words of a half. A
    passage far behind the best one holds too few.
    """
    least = asked[-1]
    texts = (piece.span(0, len(piece)).of(least.text) for piece in least.pieces)
    # Brackets may be the article's own, and without them too little may be left to look for.
    if len(least.words) < len(asked[0].words):
        yield from islice(_candidates(snapshot, asked[:1], library), 1)
    # "[T]he" is one word.
    words = [word for text in texts for word in tokens(text.replace("[", "").replace("]", ""))]
    longest = max(least.pieces, key=len)
    if held := library.holding(_looked_up(snapshot, words, _EVERY, every=True), longest.forms):
        yield held[:_FOUND]
    halves = (words[: len(words) // 2], words[len(words) // 2 :])
    lists = [_looked_up(snapshot, part, _FOUND) for part in (words, *halves)]
    lists += [_looked_up(snapshot, half, _FOUND, every=True) for half in halves]
    # A word that was changed is likely one of the rarest.
    lists += [_looked_up(snapshot, words, _FOUND, every=True, without=count) for count in (1, 2)]
    yield list(dict.fromkeys(number for row in zip_longest(*lists) for number in row if number is not None))


def _looked_up(
    snapshot: Snapshot, words: Sequence[str], most: int, *, every: bool = False, without: int = 0
) -> list[int]:
    """Return passages with most of the rarest words, or with every one of more; `without` so many of the rarest."""
    lexicon = snapshot.generation.bm25
    query = word_query(list(dict.fromkeys(words)), snapshot.languages)
    weight = {forms: min(map(lexicon.idf, forms)) for forms in query}
    chosen = sorted(query, key=lambda forms: -weight[forms])[without : _LOOKED_UP * 2 if every else _LOOKED_UP]
    numbers, scores = lexicon.search(tuple(chosen), most, every=every)
    served = snapshot.served(numbers)
    numbers, scores = numbers[served], scores[served]
    least = 0.0 if every else _NEAR
    return [n for n, score in zip(numbers.tolist(), scores.tolist(), strict=True) if score >= least * scores[0]]


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
        self._read(chosen)
        return [page for number in chosen for page in self._around(number, by_article[number], length)]

    def holding(self, passages: Sequence[int], forms: Sequence[str]) -> list[int]:
        """Return those passages, in their order, in or beside which these words stand in a row, but for notes."""
        stored = self._snapshot.generation.catalog.passages(passages) if passages else {}
        self._read({stored[number].article for number in passages})
        found = []
        for number in passages:
            text, span = self._text(stored[number].article), stored[number].span
            part = Span(max(0, span.start - _BESIDE), min(len(text), span.end + _BESIDE))
            if in_a_row(words_of(text, part).forms, forms):
                found.append(number)
        return found

    def _read(self, articles: Collection[int]) -> None:
        missing = [number for number in articles if number not in self._heads]
        self._heads |= self._snapshot.generation.catalog.heads_of(missing) if missing else {}

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

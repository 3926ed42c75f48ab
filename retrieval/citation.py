"""Citations: the parts of a passage that are shown, and the proof that they stand in their article.

A quote is shown only if it stands, letter for letter, at its place in the article's text, and that text is the one
that was read when the index was built.

The answering sentence of a passage that the reader has read is the one in which it found the answer. In other passages
every sentence is scored by the share of the question's words that it holds, each word weighed by its inverse document
frequency. A sentence that holds something of the kind that the question asks for gets a bonus: a number for "how many",
a time for "when", a name for "who" and "where" (the coarse classes of Li & Roth 2002, "Learning Question Classifiers").

A brief quote begins and ends where sentences do. It holds every answering sentence, the one before where the first
leans on it ("He ...", "But ..."), and as many neighbours as fit.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import islice
from typing import Final
from urllib.parse import urlsplit

import numpy as np
import regex
from numpy.typing import NDArray

from index.article import Span, page_at
from index.engines.bm25 import stems, tokens
from index.engines.protocol import WordQuery
from index.folding import folded
from index.generation.catalog import ArticleHead, StoredPassage
from index.parsers.registry import parser_of
from index.passage_rules import prefixed
from index.sentences import paragraphs, sentences, trimmed
from retrieval.answer import Citation, Hit
from retrieval.errors import RetrievalError
from retrieval.links.text_fragment import link_to
from retrieval.question.terms import MONTHS

# Archives of the web hold each file with the address it was fetched from.
_IN_WEB_ARCHIVE: Final = regex.compile(r"\.(?:warc|warc\.gz|wacz)/", regex.IGNORECASE)
# The bonus for the kind of answer asked for; all words of the question count 1. Measured on squadshifts_newwiki.
_KIND_WEIGHT: Final = 0.2

_DAYS: Final = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|(?:man|tirs|ons|tors|fre|lør|søn)dag"
_NUMBER_WORDS: Final = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|sixty|seventy|eighty|"
    "ninety|hundred|thousand|million|billion|half|twice|dozen|"
    "tre|fem|seks|sju|syv|åtte|elleve|tolv|tjue|hundre|tusen|millioner|milliarder|halvparten"
)
# Pairs of patterns: of the question, and of its answer.
_KINDS: Final = (
    (
        regex.compile(
            r"\b(?:when|(?:what|which|hvilket|hvilken) (?:year|date|day|month|time|år|dato|dag|måned)|når)\b", regex.I
        ),
        regex.compile(rf"\b(?:\d{{4}}|\d{{1,2}}:\d{{2}}|{MONTHS}|{_DAYS})\b"),
    ),
    (
        regex.compile(
            r"\b(?:how (?:many|much|long|old|far|high|deep|tall|big|large|fast|often)|what percentage|"
            r"hvor (?:mange|mye|lenge|lang|langt|gammel|gamle|høy|høyt|stor|stort|ofte)|hvor stor andel)\b",
            regex.I,
        ),
        regex.compile(rf"\p{{N}}|\b(?:{_NUMBER_WORDS})\b", regex.I),
    ),
    (
        regex.compile(
            r"\b(?:who|whom|whose|where|which (?:city|country|town|state)|hvem|hvor|hvilke[nt] (?:by|land))\b", regex.I
        ),
        # A capitalised word that does not merely begin the sentence.
        regex.compile(r"(?<=[\p{Ll}\p{N},;:]\s)\p{Lu}\p{L}+"),
    ),
)
# Code points that a brief quote may grow to: with so many it holds 95 of 100 answers that the passage holds on
# squadshifts_newwiki.
_ROOM: Final = 400
# Code points that are not worth leaving out.
_SCRAP: Final = 60

# Pronouns and connectives: a sentence that begins with one says little without the one before.
_LEANING: Final = regex.compile(
    r"\P{L}*(?:he|she|it|they|him|her|his|its|their|this|that|these|those|such|but|however|so|then|therefore|thus|also|"
    r"and|or|yet|instead|meanwhile|moreover|nevertheless|otherwise|"
    r"han|hun|den|det|de|hans|hennes|dens|deres|dette|disse|denne|men|derfor|dermed|likevel|imidlertid|da|"
    r"er|sie|es|dies|diese|dieser|dieses|aber|doch|jedoch|deshalb|"
    r"il|elle|ils|elles|cela|ce|ces|mais|donc|pourtant)\b",
    regex.I,
)


class CitationError(RetrievalError):
    """Raised for a quote that does not stand where it should: the index is damaged. The quote is not shown."""


@dataclass(frozen=True, slots=True)
class Checked:
    """Text of an article that is known to be the one that was indexed. Made by `check_text` alone."""

    text: str


@dataclass(frozen=True, slots=True)
class Quoted:
    """A hit with the text of its article, and the sentences of its passage in order."""

    hit: Hit
    checked: Checked
    sentences: tuple[Span, ...]

    @property
    def quote(self) -> str:
        """Return the words of the passage."""
        return self.hit.passage.span.of(self.checked.text)

    @property
    def prefixed(self) -> str:
        """Return the passage as it was indexed: with its title and heading in front."""
        return prefixed(self.hit.article.title, self.hit.passage.heading, self.quote)


def cite(
    hit: Hit,
    checked: Checked,
    highlights: Sequence[Span],
    brief: Span | None = None,
    answer: Span | None = None,
) -> Citation:
    """Return the citation of a hit.

    Parameters:
        checked: the article's text.
        highlights: the sentences that answer; each must lie within the passage.
        brief: the part to show where there is little room; it must lie within the passage and hold every highlight.
        answer: the shortest answer; it must lie within the highlights.

    Raises:
        CitationError: if a span does not lie within it.
    """
    span, text = hit.passage.span, checked.text
    quote = span.of(text)
    shown = span if brief is None else brief
    whole = span.holds(shown) and all(shown.holds(highlight) for highlight in highlights)
    if answer is not None:
        whole = whole and bool(highlights) and Span(highlights[0].start, highlights[-1].end).holds(answer)
    if len(quote) != len(span) or not shown.of(text).strip() or not whole:
        raise CitationError(
            f"passage {hit.passage.number} of {hit.article.id!r} is not where it should be: "
            "rebuild it with `python -m index build --clean`"
        )
    article = hit.article
    # That of the answer, which may be a page after the one on which the passage begins.
    page = page_at(article.path, text, highlights[0].start if highlights else span.start)
    return Citation(
        rank=hit.rank,
        article_id=article.id,
        title=article.title,
        source=article.source,
        published=article.published,
        url=article.url,
        path=article.path,
        start=span.start,
        end=span.end,
        quote=quote,
        highlights=tuple(highlights),
        paragraph=hit.passage.paragraph,
        score=hit.score,
        link=_link(article, text, span, page) if article.url else "",
        also_in=hit.also_in,
        brief=brief,
        answer=answer,
        page=page,
    )


def _link(article: ArticleHead, text: str, span: Span, page: int | None) -> str:
    """Return an article's address with a fragment that leads to the quote: in a PDF the page (RFC 8118).

    The address of a PDF that a browser printed is that of the page it printed.
    """
    url = article.url or ""
    if page is not None and (_IN_WEB_ARCHIVE.search(article.path) or urlsplit(url).path.lower().endswith(".pdf")):
        return f"{url.partition('#')[0]}#page={page}"
    return link_to(url, text, span, markdown=parser_of(article.path) == "markdown")


def check_text(article_id: str, text: str, text_sha256: str) -> Checked:
    """Check that a text from the catalog is the one that was indexed.

    Raises:
        CitationError: if it is not.
    """
    if sha256(text.encode()).hexdigest() != text_sha256:
        raise CitationError(f"the text of {article_id!r} was altered: rebuild it with `python -m index build --clean`")
    return Checked(text)


def answering_sentence(
    question: str,
    query: WordQuery,
    weights: Mapping[tuple[str, ...], float],
    text: str,
    passage: Span,
    language: str | None,
    *,
    found: tuple[Span, ...] | None = None,
) -> Span:
    """Return the sentence of `text[passage]` that answers best by its words; the earlier of equals.

    Parameters:
        query: the question's words in their indexed forms.
        weights: how much each word of `query` tells; words that are missing tell nothing.
        found: the sentences of the passage, where they are known.
    """
    found = sentences(text, passage, language) if found is None else found
    scores = _by_words(question, query, weights, text, found, language)
    # argmax() takes the first of equals.
    return found[int(np.argmax(scores))]


def _by_words(
    question: str,
    query: WordQuery,
    weights: Mapping[tuple[str, ...], float],
    text: str,
    found: tuple[Span, ...],
    language: str | None,
) -> NDArray[np.float64]:
    """Return the share of the question's words that each sentence holds, plus the bonus for its kind of answer."""
    mass = sum(weights.get(forms, 0.0) for forms in query) or 1.0
    wanted = next((answer for asks, answer in _KINDS if asks.search(question)), None)

    parts = [sentence.of(text) for sentence in found]
    words = [tokens(part) for part in parts]
    # Stemmed together, since a call of the stemmer takes longer than stemming.
    stemmed = iter(stems([word for part in words for word in part], language))

    def score(part: str, words: Sequence[str]) -> float:
        held = set(islice(stemmed, len(words)))
        shared = sum(weights.get(forms, 0.0) for forms in query if not held.isdisjoint(forms))
        fits = wanted is not None and wanted.search(folded(part)) is not None
        return shared / mass + _KIND_WEIGHT * fits

    return np.array([score(part, its) for part, its in zip(parts, words, strict=True)])


def brief_quote(
    text: str,
    passage: Span,
    highlights: Sequence[Span],
    language: str | None,
    found: Sequence[Span] | None = None,
) -> Span:
    """Return the part of `text[passage]` to show where there is no room for all of it.

    Parameters:
        highlights: the sentences that answer, within the passage; without any the passage's beginning is shown.
        found: the sentences of the passage, where they are known.

    Returns:
        a span within the passage that holds every highlight.
    """
    found = sentences(text, passage, language) if found is None else found
    core = Span(min(one.start for one in highlights), max(one.end for one in highlights)) if highlights else found[0]
    inside = [place for place, sentence in enumerate(found) if sentence.meets(core)] or [0]
    first, last = inside[0], inside[-1]
    if first > 0 and _LEANING.match(text, found[first].start, found[first].end):
        first -= 1
    first, last = _grown(found, first, last)
    start, end = min(found[first].start, core.start), max(found[last].end, core.end)
    if start - passage.start < _SCRAP:
        start = passage.start
    if passage.end - end < _SCRAP:
        end = passage.end
    return Span(start, end)


def _grown(found: Sequence[Span], first: int, last: int) -> tuple[int, int]:
    """Add as many neighbours as fit, those after first: what explains an answer mostly follows it."""
    while last + 1 < len(found) and found[last + 1].end - found[first].start <= _ROOM:
        last += 1
    while first > 0 and found[last].end - found[first - 1].start <= _ROOM:
        first -= 1
    return first, last


def surroundings(
    text: str, passages: Sequence[StoredPassage], span: Span, reach: int
) -> tuple[list[StoredPassage], list[StoredPassage]]:
    """Return the passages on either side of a span, each cut to what neither the span nor another of them holds."""
    starts = [block.start for block in paragraphs(text)]

    def part(passage: StoredPassage, start: int, end: int) -> StoredPassage:
        kept = trimmed(text, start, max(start, end))
        return replace(passage, span=kept, paragraph=bisect_right(starts, kept.start))

    earlier = [passage for passage in passages if passage.span.start < span.start]
    later = [passage for passage in passages if passage.span.end > span.end]
    before: list[StoredPassage] = []
    after: list[StoredPassage] = []
    edge = span.start
    for passage in reversed(earlier[max(0, len(earlier) - reach) :]):
        before.insert(0, part(passage, passage.span.start, min(passage.span.end, edge)))
        edge = passage.span.start
    edge = span.end
    for passage in later[:reach]:
        after.append(part(passage, max(passage.span.start, edge), passage.span.end))
        edge = passage.span.end
    return [one for one in before if len(one.span)], [one for one in after if len(one.span)]

"""Articles page by page, and lists of articles, as messages.

An article is cut once, so that turning its pages is as fast in a long one.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from hashlib import sha256
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.cards import ArticleCard, SourcesCard
from bot.language.phrases import Phrases, counted, day
from bot.messages.answer import BETWEEN
from bot.messages.markup import (
    Piece,
    Screen,
    bold,
    button,
    cut_end,
    italic,
    joined,
    keyboard,
    linked,
    paging_row,
    plain,
    quoted,
    shortened,
)
from bot.messages.quoting import marked
from index.article import Article, Span
from index.generation.catalog import ArticleHead
from index.metadata import found_where, names_by_place, web_address
from index.parsers.front_matter import front_matter
from index.parsers.registry import parser_of
from retrieval import Retriever
from retrieval.answer import Citation
from retrieval.errors import ChangedArticleError
from retrieval.listing import Listed
from retrieval.sanitize import one_line

# UTF-16 units of an article on a page: what is left of 4096 is for its title and its origin.
PAGE: Final = 3_200
# Articles whose cuts are cached; one of 20 MB has 100 KB of them.
_KEPT: Final = 64
LISTED: Final = 8
_TITLE: Final = 250
_TITLE_LISTED: Final = 120
_FACT: Final = 100
_PLACE: Final = 40
_WORDS: Final = 60
_LEAD: Final = 240
_LATELY: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class ArticlePage:
    """A page of an article.

    Attributes:
        start: where its words begin in the article.
        number, pages: which page it is, from 0, and how many there are.
        entry: the number of the page that the reader came in on.
        found: which of the article's metadata are known, and where each was found.
    """

    head: ArticleHead
    words: str
    start: int
    number: int
    pages: int
    entry: int
    found: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Cuts:
    """Places at which an article is cut into pages.

    Attributes:
        sha256: of its text.
        found: which of its metadata are known, and where each was found.
        places: the start and the end of each page, int64, shape (pages, 2).
        entry: the number of the page that begins where the reader came in.
    """

    sha256: str
    found: tuple[tuple[str, str], ...]
    places: NDArray[np.int64]
    entry: int

    @classmethod
    def of(cls, article: Article, start: int) -> "Cuts":
        """Return the pages of an article, one of which begins at `start`."""
        # Title and origin show the front matter's content already.
        first = front_matter(article.text).span.end if parser_of(article.path) == "markdown" else 0
        cut, entry = pages(article.text, max(first, min(start, len(article.text))), PAGE, first)
        # A file of front matter alone has one empty page.
        places = np.array([(page.start, page.end) for page in cut or [Span(first, first)]], np.int64)
        return cls(sha256(article.text.encode(errors="surrogatepass")).hexdigest(), found_where(article), places, entry)

    def nearest(self, page: int) -> tuple[int, Span]:
        """Return the page of a number counted from the entry, or the nearest one: its number from 0, and its span."""
        number = max(0, min(len(self.places) - 1, self.entry + page))
        start, end = self.places[number]
        return number, Span(int(start), int(end))


class ArticlePages:
    """Pages of the articles that are being read, for use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cuts: OrderedDict[tuple[str, int], Cuts] = OrderedDict()

    def page(self, retriever: Retriever, card: ArticleCard) -> ArticlePage:
        """Return the page that a card shows; the nearest one if there is no such page.

        Raises:
            UnknownArticleError: if the article is no longer there.
            ChangedArticleError: if what the reader came in by no longer stands there.
        """
        quoted = [Span(card.start, card.start + card.length)] if card.digest else []
        while True:
            cuts = self._known(card) or self._cut(retriever, card)
            number, span = cuts.nearest(card.page)
            excerpts = retriever.excerpts(card.article_id, span, *quoted)
            if excerpts.sha256 == cuts.sha256:
                break
            # The article has changed since it was cut.
            self._forget(card)
        words, *quote = excerpts.words
        if not card.fits("".join(quote)):
            raise ChangedArticleError(f"the article {card.article_id!r} has changed: ask again")
        return ArticlePage(excerpts.head, words, span.start, number, len(cuts.places), cuts.entry, cuts.found)

    def _known(self, card: ArticleCard) -> Cuts | None:
        key = (card.article_id, card.start)
        with self._lock:
            if key in self._cuts:
                self._cuts.move_to_end(key)
            return self._cuts.get(key)

    def _cut(self, retriever: Retriever, card: ArticleCard) -> Cuts:
        cuts = Cuts.of(retriever.article(card.article_id), card.start)
        with self._lock:
            self._cuts[card.article_id, card.start] = cuts
            if len(self._cuts) > _KEPT:
                self._cuts.popitem(last=False)
        return cuts

    def _forget(self, card: ArticleCard) -> None:
        with self._lock:
            self._cuts.pop((card.article_id, card.start), None)


def pages(text: str, start: int, most: int, first: int = 0) -> tuple[list[Span], int]:
    """Cut the text from `first` on into pages, one of which begins at `start`; return them and that page's number.

    Parameters:
        start: not before `first`.
        most: UTF-16 units a page.
    """
    before = list(_cut(text, Span(first, start), most))
    after = list(_cut(text, Span(start, len(text)), most))
    return [*before, *after], min(len(before), max(0, len(before) + len(after) - 1))


def _cut(text: str, whole: Span, most: int) -> Iterator[Span]:
    position = whole.start
    while position < whole.end:
        end = cut_end(text, position, whole.end, most)
        if text[position:end].strip():
            yield Span(position, end)
        position = end


def article_screen(card_id: str, card: ArticleCard, page: ArticlePage, phrases: Phrases) -> Screen:
    """Return a page of an article."""
    whole, head, place, entry = Span(page.start, page.start + len(page.words)), page.head, page.number, page.entry
    highlights = [
        Span(max(start, whole.start) - whole.start, min(end, whole.end) - whole.start)
        for start, end in card.highlights
        if Span(start, end).meets(whole)
    ]
    words = shortened(one_line(head.title), _TITLE) or phrases.no_title
    pieces = (
        bold(linked(plain(words), head.url)),
        italic(plain(phrases.passage_changed)) if card.changed else Piece(),
        marked(page.words, highlights),
        plain(BETWEEN.join((*_origin(head, phrases), phrases.page_of.format(page=place + 1, pages=page.pages)))),
        _provenance(page, phrases) if place == 0 else Piece(),
    )

    def turn(to: int) -> str:
        return f"b{entry - to}" if to < entry else f"f{to - entry}"

    return Screen(joined(pieces, "\n\n"), keyboard(paging_row(card_id, place, page.pages, turn)))


def listed(card: SourcesCard, found: Listed) -> SourcesCard:
    """Return the card of a page of the list, with the articles on it."""
    return replace(card, page=found.page, listed=tuple(head.id for head in found.heads))


def sources_screen(
    card_id: str,
    card: SourcesCard,
    found: Listed,
    phrases: Phrases,
    leads: Sequence[Citation] = (),
    today: date | None = None,
) -> Screen:
    """Return a page of the list of articles, each with a button that opens it.

    Parameters:
        card: as `listed` made it of the same page.
        leads: the first sentence of each article, where they are to be shown.
        today: the day from which "lately" is reckoned; without it nothing is said to have changed lately.
    """
    telling = {lead.article_id: shortened(one_line(_first(lead)), _LEAD) for lead in leads}
    pages, page, shown = -(-found.total // LISTED), found.page, found.heads
    many = counted("articles", found.total, phrases)
    words = shortened(one_line(card.words), _WORDS)
    named = phrases.sources_asked.get(card.kind, phrases.sources_found) if card.kind else phrases.sources_found
    head = named.format(articles=many, words=words) if words else phrases.sources.format(articles=many)
    rows = [
        joined(
            (
                plain(f"{number}. ") + linked(plain(_titled(head_, phrases)), head_.url),
                quoted(plain(telling.get(head_.id, ""))),
                plain("     " + BETWEEN.join((*_origin(head_, phrases), *_change(found, head_, phrases, today)))),
            ),
            "\n",
        )
        for number, head_ in enumerate(shown, start=page * LISTED + 1)
    ]
    foot = plain(phrases.sources_search) if not words else Piece()
    numbers = [button(str(page * LISTED + place + 1), card_id, f"o{place}") for place in range(len(shown))]
    half = (len(numbers) + 1) // 2 if len(numbers) > 5 else len(numbers)
    return Screen(
        joined((bold(plain(head)), joined(rows, "\n"), foot), "\n\n"),
        keyboard(numbers[:half], numbers[half:], paging_row(card_id, page, pages)),
    )


def _change(found: Listed, head: ArticleHead, phrases: Phrases, today: date | None) -> tuple[str, ...]:
    """Return when an article changed, where that was lately."""
    at = found.changed.get(head.id)
    if at is None or today is None or not timedelta(0) <= today - date.fromisoformat(at[:10]) <= _LATELY:
        return ()
    return (phrases.changed_on.format(day=day(at, phrases)),)


def _first(lead: Citation) -> str:
    """Return the first sentence of an article."""
    span = lead.brief or Span(lead.start, lead.end)
    return lead.quote[span.start - lead.start : span.end - lead.start]


def _titled(head: ArticleHead, phrases: Phrases) -> str:
    return shortened(one_line(head.title), _TITLE_LISTED) or phrases.no_title


def _provenance(page: ArticlePage, phrases: Phrases) -> Piece:
    """Return where the article's metadata were found: an element of the page, a line of the text, a field."""
    if not page.found:
        return Piece()
    known = (
        f"{', '.join(phrases.metadata_names[name] for name in names)} – "
        f"{shortened(one_line(phrases.found_in.get(where, where)), _PLACE)}"
        for where, names in names_by_place(page.found).items()
    )
    return italic(plain(phrases.metadata_found.format(places="; ".join(known))))


def _origin(head: ArticleHead, phrases: Phrases) -> tuple[str, ...]:
    facts = (
        head.source or phrases.source_unknown,
        day(head.published, phrases) if head.published else phrases.date_unknown,
        *(() if web_address(head.url or "") else (head.path,)),
    )
    return tuple(shortened(one_line(fact), _FACT) for fact in facts)

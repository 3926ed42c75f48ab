"""Articles and lists of them as messages."""

from typing import Final

from bot.cards import ArticleCard, SourcesCard
from bot.language.catalogue import articles, day
from bot.language.phrases import Phrases
from bot.messages.answer import BETWEEN
from bot.messages.article_pages import ArticlePage
from bot.messages.markup import Piece, bold, italic, joined, linked, plain, shortened
from bot.messages.quoting import marked
from bot.messages.screens import Screen, button, keyboard, paging_row
from index.article import Span
from index.generation.catalog import ArticleHead
from index.metadata import names_by_place, web_address
from retrieval.listing import Listed
from retrieval.sanitize import one_line

LISTED: Final = 8
_TITLE: Final = 250
_TITLE_LISTED: Final = 120
_FACT: Final = 100
_PLACE: Final = 40
_WORDS: Final = 60


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
        marked(page.words, highlights),
        plain(BETWEEN.join((*_origin(head, phrases), phrases.page_of.format(page=place + 1, pages=page.pages)))),
        _provenance(page, phrases) if place == 0 else Piece(),
    )

    def turn(to: int) -> str:
        return f"b{entry - to}" if to < entry else f"f{to - entry}"

    return Screen(joined(pieces, "\n\n"), keyboard(paging_row(card_id, place, page.pages, turn)))


def listed(card: SourcesCard, found: Listed) -> SourcesCard:
    """Return the card of a page of the list, with the articles on it."""
    return SourcesCard(card.words, found.page, tuple(head.id for head in found.heads))


def sources_screen(card_id: str, card: SourcesCard, found: Listed, phrases: Phrases) -> Screen:
    """Return a page of the list of articles, each with a button that opens it.

    Parameters:
        card: as `listed` made it of the same page.
    """
    pages, page, shown = -(-found.total // LISTED), found.page, found.heads
    many = articles(found.total, phrases)
    words = shortened(one_line(card.words), _WORDS)
    head = phrases.sources_found.format(articles=many, words=words) if words else phrases.sources.format(articles=many)
    rows = [
        joined(
            (
                plain(f"{number}. ") + linked(plain(_titled(head_, phrases)), head_.url),
                plain("     " + BETWEEN.join(_origin(head_, phrases))),
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

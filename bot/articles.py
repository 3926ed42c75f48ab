"""Articles and lists of them as messages."""

from collections.abc import Sequence
from typing import Final

from bot.cards import ArticleCard, SourcesCard
from bot.language.catalogue import articles, day
from bot.language.phrases import Phrases
from bot.markup import Piece, bold, joined, linked, plain, safe_url, shortened
from bot.paging import pages
from bot.quoting import marked
from bot.rendering import BETWEEN
from bot.screens import Screen, button, keyboard
from index.article import Article, Span
from index.catalog import ArticleHead
from index.readers.formats import reader_of
from index.readers.front_matter import front_matter
from retrieval.visible import one_line

# UTF-16 units of an article on a page: what is left of 4096 is for its title and its origin.
PAGE: Final = 3_200
LISTED: Final = 8
_TITLE: Final = 250
_TITLE_LISTED: Final = 120
_FACT: Final = 100
_WORDS: Final = 60


def article_screen(card_id: str, card: ArticleCard, article: Article, phrases: Phrases) -> Screen:
    """A page of an article.

    Parameters:
        card: `card.page` may lie outside; the nearest page is shown then.
    """
    # What the front matter says is told by title and origin; nobody wants to read it.
    first = front_matter(article.text).span.end if reader_of(article.path) == "markdown" else 0
    found, entry = pages(article.text, max(first, min(card.start, len(article.text))), PAGE, first)
    place = max(0, min(len(found) - 1, entry + card.page))
    page = found[place]
    highlights = [
        Span(max(start, page.start) - page.start, min(end, page.end) - page.start)
        for start, end in card.highlights
        if Span(start, end).meets(page)
    ]
    words = shortened(one_line(article.title.value or ""), _TITLE) or phrases.no_title
    facts = (*_origin(article.source.value, article.published.value, article.url.value, article.path, phrases),)
    pieces = (
        bold(linked(plain(words), article.url.value)),
        marked(page.of(article.text), highlights),
        plain(BETWEEN.join((*facts, phrases.page_of.format(page=place + 1, pages=len(found))))),
    )
    turning = [
        *(
            [button("◀", card_id, f"b{entry - (place - 1)}" if place - 1 < entry else f"f{place - 1 - entry}")]
            if place
            else []
        ),
        button(f"{place + 1}/{len(found)}", card_id, "-"),
        *(
            [button("▶", card_id, f"f{place + 1 - entry}" if place + 1 >= entry else f"b{entry - (place + 1)}")]
            if place + 1 < len(found)
            else []
        ),
    ]
    return Screen(joined(pieces, "\n\n"), keyboard(turning if len(found) > 1 else []))


def listed(card: SourcesCard, heads: Sequence[ArticleHead]) -> SourcesCard:
    """The card of a page of the list, with what stands on it; the last page where it lies outside.

    Parameters:
        heads: the whole list.
    """
    page = max(0, min(card.page, (len(heads) - 1) // LISTED))
    ids = tuple(head.id for head in heads[page * LISTED : (page + 1) * LISTED])
    return SourcesCard(card.words, page, ids)


def sources_screen(card_id: str, card: SourcesCard, heads: Sequence[ArticleHead], phrases: Phrases) -> Screen:
    """A page of the list of articles, each with a button that opens it.

    Parameters:
        card: as `listed` made it of the same heads.
    """
    last, page = (len(heads) - 1) // LISTED, card.page
    shown = heads[page * LISTED : (page + 1) * LISTED]
    many = articles(len(heads), phrases)
    words = shortened(one_line(card.words), _WORDS)
    head = phrases.sources_found.format(articles=many, words=words) if words else phrases.sources.format(articles=many)
    rows = [
        joined(
            (
                plain(f"{number}. ") + linked(plain(_titled(head_, phrases)), head_.url),
                plain("     " + BETWEEN.join(_origin(head_.source, head_.published, head_.url, head_.path, phrases))),
            ),
            "\n",
        )
        for number, head_ in enumerate(shown, start=page * LISTED + 1)
    ]
    foot = plain(phrases.sources_search) if not words else Piece()
    numbers = [button(str(page * LISTED + place + 1), card_id, f"o{place}") for place in range(len(shown))]
    turning = [
        *([button("◀", card_id, f"p{page - 1}")] if page > 0 else []),
        button(f"{page + 1}/{last + 1}", card_id, "-"),
        *([button("▶", card_id, f"p{page + 1}")] if page < last else []),
    ]
    half = (len(numbers) + 1) // 2 if len(numbers) > 5 else len(numbers)
    return Screen(
        joined((bold(plain(head)), joined(rows, "\n"), foot), "\n\n"),
        keyboard(numbers[:half], numbers[half:], turning if last else []),
    )


def _titled(head: ArticleHead, phrases: Phrases) -> str:
    return shortened(one_line(head.title), _TITLE_LISTED) or phrases.no_title


def _origin(source: str | None, published: str | None, url: str | None, path: str, phrases: Phrases) -> tuple[str, ...]:
    facts = (
        source or phrases.source_unknown,
        day(published, phrases) if published else phrases.date_unknown,
        *(() if safe_url(url) else (path,)),
    )
    return tuple(shortened(one_line(fact), _FACT) for fact in facts)

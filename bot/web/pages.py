"""Pages as plain values: an article at a quote, an answer, a list of articles. Templates only lay them out.

Everything that an article says is made harmless for one line here, and escaped by the templates.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import regex
from babel.core import Locale, UnknownLocaleError

from bot.cards import AnswerCard
from bot.cited import StoredCitation
from bot.language.phrases import Phrases, day, foreign_language, percent
from bot.web.access import Grant, ascii_host
from bot.web.links import Opened, Place
from bot.web.text import Marks, Paragraph, Run, Stretch, part_of, parts, stretches
from index.article import Article, Span
from index.generation.catalog import ArticleHead
from index.metadata import shortened, web_address
from retrieval.errors import ChangedArticleError
from retrieval.listing import Listed
from retrieval.question.filters import without
from retrieval.sanitize import Mark, one_line, pieces
from retrieval.whole import Block, WholeArticle

_TITLE: Final = 300
_FACT: Final = 160
_FACTS: Final = ("title", "source", "published", "author", "url", "language")
_COPIES: Final = 8
# Letters that look like Latin ones stand in one word with Latin ones (Unicode TS 39, mixed scripts).
_MIXED: Final = regex.compile(r"\b(?=\w*\p{Latin})(?=\w*[\p{Cyrillic}\p{Greek}\p{Armenian}\p{Cherokee}])\w+\b")


@dataclass(frozen=True, slots=True)
class Link:
    """An address with its words; without an address only the words are shown."""

    words: str
    address: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """One piece of metadata: its name, its value, and where it was found."""

    name: str
    value: str
    where: str


@dataclass(frozen=True, slots=True)
class Paging:
    """The neighbours of one page of several: '' where there is none."""

    number: int
    total: int
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class ReadingPage:
    """An article, opened at a quote.

    Attributes:
        language: of the text, for the attribute `lang`; '' where unknown.
        direction: 'ltr', 'rtl', or 'auto' where the language is unknown.
        byline: source, date and author, as far as they are known.
        mixed: whether the title mixes alphabets whose letters look alike.
        changed: whether the quote no longer stands where the link says.
        passages: of the answer that the link belongs to.
    """

    title: str
    language: str
    direction: str
    byline: tuple[str, ...]
    facts: tuple[Fact, ...]
    copies: tuple[Link, ...]
    more_copies: int
    original: Link | None
    mixed: bool
    changed: bool
    text: tuple[Stretch, ...]
    parts: Paging
    passages: Paging


@dataclass(frozen=True, slots=True)
class Quoted:
    """A passage in an answer.

    Attributes:
        paragraphs: the brief quote, with its answering sentence marked.
        facts: source, date, place and confidence.
    """

    title: Link
    paragraphs: tuple[Paragraph, ...]
    facts: tuple[str, ...]
    also_in: str


@dataclass(frozen=True, slots=True)
class AnswerPage:
    """An answer to a question, in one of three tiers.

    Attributes:
        said: what is said of it above the passages.
        understood: how the question was understood, where that differs, and which words may be meant.
    """

    tier: str
    said: str
    understood: tuple[str, ...]
    quotes: tuple[Quoted, ...] = ()
    nearest: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class ListPage:
    """A page of a list of articles."""

    head: str
    articles: tuple[Link, ...]
    pages: Paging


def titled(title: str, phrases: Phrases) -> str:
    """Return a title on one line, harmless; words for none where it is empty."""
    return shortened(one_line(title), _TITLE) or phrases.no_title


def reading_page(whole: WholeArticle, page: Opened, part: int | None, grant: Grant, phrases: Phrases) -> ReadingPage:
    """Return the page of an article at a place.

    Parameters:
        part: of the article, from 1; None for the one that the place is in.
    """
    place, article = page.place, whole.article
    marks, changed = _marks(whole, place)
    cuts = parts(_without_title(whole, marks), whole.text, marks.passage)
    number = part_of(cuts, marks.at or 0) if part is None else max(0, min(len(cuts), part) - 1)
    original = _original(whole, marks.passage)
    return ReadingPage(
        title=titled(whole.head.title, phrases),
        language=article.language.value or "",
        direction=_direction(article.language.value),
        byline=_origin(whole.head, phrases, file=original is None),
        facts=_facts(article, phrases),
        copies=tuple(_copy(head, grant, phrases) for head in whole.copies[:_COPIES]),
        more_copies=max(0, len(whole.copies) - _COPIES),
        original=original,
        mixed=bool(_MIXED.search(whole.head.title)),
        changed=changed,
        text=stretches(cuts[number], whole.text, marks),
        parts=Paging(
            number + 1,
            len(cuts),
            grant.to_place(place, page.answer, number) if number else "",
            grant.to_place(place, page.answer, number + 2) if number + 1 < len(cuts) else "",
        ),
        passages=_among(page, grant),
    )


def _marks(whole: WholeArticle, place: Place) -> tuple[Marks, bool]:
    """Return what is marked, and whether the quote has gone from its place."""
    passage, sentence = place.passage, place.sentence
    if passage is None:
        return Marks(), False
    if passage.end > len(whole.text) or not place.fits(passage.of(whole.text)):
        return Marks(), True
    return Marks(passage, sentence if sentence and len(sentence) and passage.holds(sentence) else None), False


def _without_title(whole: WholeArticle, marks: Marks) -> list[Block]:
    """Return the blocks of an article but for the title, which heads the page."""
    title = one_line(whole.head.title).casefold()
    return [
        block
        for block in whole.blocks
        if not (
            block.kind == "heading"
            and one_line(block.span.of(whole.text).strip("# ")).casefold() == title
            and not (marks.passage and block.span.meets(marks.passage))
        )
    ]


def _original(whole: WholeArticle, passage: Span | None) -> Link | None:
    """Return the link to the original, at the quote where one is marked."""
    url = web_address(whole.head.url or "")
    if url is None:
        return None
    at_quote = url
    with suppress(ChangedArticleError):
        at_quote = web_address(whole.cited(passage).link if passage else url) or url
    # A printed page shows the address without the quote in it.
    return Link(ascii_host(urlsplit(url).hostname or url), at_quote, url)


def _direction(language: str | None) -> str:
    if not language:
        return "auto"
    try:
        return Locale.parse(language).text_direction
    except (UnknownLocaleError, ValueError):
        return "auto"


def _origin(head: ArticleHead, phrases: Phrases, *, file: bool) -> tuple[str, ...]:
    facts = (
        head.source or phrases.source_unknown,
        day(head.published, phrases) if head.published else phrases.date_unknown,
        head.author or "",
        head.path if file else "",
    )
    return tuple(shortened(one_line(fact), _FACT) for fact in facts if fact)


def _facts(article: Article, phrases: Phrases) -> tuple[Fact, ...]:
    """Return what is known of an article, each with where it was found; what is not known is said."""
    facts = []
    for name in _FACTS:
        found = getattr(article, name)
        value = found.value or phrases.web["unknown"]
        if name == "published" and found.value:
            value = day(found.value, phrases)
        if name == "language" and found.value:
            value = Locale.parse(phrases.locale).languages.get(found.value, found.value)
        where = phrases.found_in.get(found.where, found.where) if found.value else ""
        shown = (shortened(one_line(words), _TITLE) for words in (value, where))
        facts.append(Fact(phrases.metadata_names[name], *shown))
    return (*facts, Fact(phrases.web["file"], shortened(one_line(article.path), _TITLE), ""))


def _copy(head: ArticleHead, grant: Grant, phrases: Phrases) -> Link:
    words = " · ".join((titled(head.title, phrases), *_origin(head, phrases, file=False)))
    return Link(words, grant.to_place(Place.at(head.id)))


def _among(page: Opened, grant: Grant) -> Paging:
    """Return where the passage stands in its answer, with links to those before and after it."""
    if page.place not in page.answer:
        return Paging(1, 1)
    here, answer = page.answer.index(page.place), page.answer
    return Paging(
        here + 1,
        len(answer),
        grant.to_place(answer[here - 1], answer) if here else "",
        grant.to_place(answer[here + 1], answer) if here + 1 < len(answer) else "",
    )


def answer_page(card: AnswerCard, grant: Grant, phrases: Phrases) -> AnswerPage:
    """Return an answer as the bot gives it, every passage with the address of its place."""
    places = tuple(Place.of(stored.citation()) for stored in card.citations)
    if card.tier == "none":
        said = phrases.unanswered_nearest if card.nearest else phrases.unanswered
        if card.foreign:
            said = f"{foreign_language(card.foreign, phrases)} {said}"
        nearest = tuple(
            Link(titled(near.title, phrases), grant.to_place(Place.at(near.article_id, Span(near.start, near.start))))
            for near in card.nearest
        )
        return AnswerPage(card.tier, said, _understood(card, phrases), (), nearest)
    said = phrases.unsure if card.tier == "not sure" else ""
    quotes = tuple(
        _quoted(stored, grant.to_place(place, places), percent(card.confidence, phrases) if not number else "", phrases)
        for number, (stored, place) in enumerate(zip(card.citations, places, strict=True))
    )
    return AnswerPage(card.tier, said, _understood(card, phrases), quotes)


def _understood(card: AnswerCard, phrases: Phrases) -> tuple[str, ...]:
    found = []
    if one_line(card.interpreted_as) != one_line(without(card.question)):
        found.append(phrases.understood_as.format(question=one_line(card.interpreted_as)))
    found += (phrases.did_you_mean.format(question=f" {phrases.either_or} ".join(words)) for words in card.meant)
    return tuple(found)


def _quoted(stored: StoredCitation, address: str, confidence: str, phrases: Phrases) -> Quoted:
    brief = stored.brief_within
    highlights = [
        Span(span.start - brief.start, span.end - brief.start) for span in stored.highlights_within if brief.holds(span)
    ]
    shown = pieces(brief.of(stored.quote), highlights)
    within = f"¶ {stored.paragraph}" if stored.page is None else phrases.page.format(n=stored.page)
    facts = (
        stored.source or phrases.source_unknown,
        day(stored.published, phrases) if stored.published else phrases.date_unknown,
        "" if web_address(stored.url or "") else stored.path,
    )
    told = (shortened(one_line(fact), _FACT) for fact in facts if fact)
    names = "; ".join(titled(name, phrases) for name in stored.also_in[:_COPIES])
    return Quoted(
        Link(titled(stored.title, phrases), address),
        tuple(
            # The answering sentence is marked here as it is on the page that this leads to.
            Paragraph(tuple(Run(words, Mark.ANSWER if mark else mark) for words, mark in paragraph))
            for paragraph in shown
        ),
        (*told, *filter(None, (within, confidence))),
        phrases.also_in.format(titles=names) if names else "",
    )


def list_page(
    found: Listed, size: int, head: str, turned: Callable[[int], str], grant: Grant, phrases: Phrases
) -> ListPage:
    """Return a page of articles, each with the address that opens it.

    Parameters:
        size: articles on a page.
        turned: gives the address of another page, by its number from 1.
    """
    pages = max(1, -(-found.total // size))
    articles = tuple(
        Link(
            titled(one.title, phrases),
            grant.to_place(Place.at(one.id)),
            " · ".join(_origin(one, phrases, file=not web_address(one.url or ""))),
        )
        for one in found.heads
    )
    number = found.page + 1
    before, after = turned(number - 1) if number > 1 else "", turned(number + 1) if number < pages else ""
    return ListPage(head, articles, Paging(number, pages, before, after))

"""The parser of `.xml`, `.rss` and `.atom`: each entry of an RSS or Atom feed with a text is an article.

The exports of WordPress and Blogger are such feeds; of them only published articles count (see `blog_export`).
"""

import io
import re
from collections.abc import Iterator
from contextlib import suppress
from html import unescape
from typing import Any, Final
from xml.parsers import expat

from index.article import Article, Found, Span
from index.clutter.marking import parts_of
from index.metadata import LONGEST_ID, first_known, found, host_of, language, one_line, web_address
from index.parsers.blog_export import Export, string_in
from index.parsers.charset import decode
from index.parsers.dates import iso_date
from index.parsers.fragment import render
from index.parsers.lead import lead, title_of
from index.parsers.parsed import Collector, Entry, Parsed, UnreadableError, content_id, storable
from index.parsers.registry import why_no_articles
from index.parsers.tree import NOT_XML, parse_html, plain_line, tree_text

NOT_A_FEED: Final = "not an RSS or Atom feed"
ROOTS: Final = frozenset({"rss", "feed", "RDF"})
WHERE: Final = "feed entry"

DECLARATION: Final = re.compile(r"<\?xml[^>]{0,200}\?>")
CHARSET: Final = re.compile(rb"\s*<\?xml[^>]{0,100}?encoding\s?=\s?[\"']([\w.:-]{2,40})[\"']")
TAG: Final = re.compile(r"<[a-zA-Z/!]")


# Expat takes quadratic time for the attributes of an element; real ones have a dozen.
MOST_ATTRIBUTES: Final = 200


class _NotAFeedError(Exception):
    """The first element is not a feed's, which ends the look at the document."""


def read(path: str, raw: bytes) -> Parsed:
    """Parse a feed; an entry without a text is reported by its number.

    Raises:
        UnreadableError: if the file is empty, not text, not a feed, declares XML entities, or has an element of too
            many attributes.
    """
    import feedparser

    declared = CHARSET.match(raw[:400])
    source = decode(raw, declared and declared[1].decode("ascii", errors="replace"))
    document = NOT_XML.sub("\ufffd", _without_declaration(storable(source))).encode()
    _look_over(document)
    try:
        # As a stream, since feedparser takes a string that looks like an address or a file's name for one.
        feed = feedparser.parse(
            io.BytesIO(document),
            sanitize_html=False,
            resolve_relative_uris=False,
            response_headers={"content-type": "application/xml; charset=utf-8"},
        )
    except Exception as error:  # whatever a hostile feed drives the parser to, it must not end the build
        raise UnreadableError(f"the feed cannot be taken apart: {type(error).__name__}") from error
    if not feed.entries:
        raise UnreadableError("a feed without entries")
    collected = Collector(path)
    export = Export.of(document)
    for number, entry in enumerate(feed.entries, start=1):
        if export is not None and not export.is_article(entry):
            continue
        try:
            collected.add(Entry(_article(path, entry, feed.feed, export), f"entry {number}"))
        except UnreadableError as error:
            title = one_line(plain_line(string_in(entry, "title")))
            collected.skip(f"entry {number}{f' ({title})' if title else ''}: {error}")
    for reason in export.left_out() if export else ():
        collected.skip(reason)
    return collected.finish()


def _without_declaration(source: str) -> str:
    """Return `source` without the line that names an encoding it is no longer in."""
    source = source.lstrip()
    declaration = DECLARATION.match(source)
    return source[declaration.end() :].lstrip() if declaration else source


def _look_over(document: bytes) -> None:
    """Check that the feed is one that feedparser can take.

    Raises:
        UnreadableError: if the first element is not a feed's, an entity is declared before it, or an element has too
            many attributes.
    """
    names: list[str] = []

    def on_element(name: str, attributes: list[str]) -> None:
        if not names:
            names.append(name.rpartition(":")[2])
            if names[0] not in ROOTS:
                raise _NotAFeedError
        if len(attributes) > 2 * MOST_ATTRIBUTES:
            raise UnreadableError(f"an element of {len(attributes) // 2:,} attributes, the limit is {MOST_ATTRIBUTES}")

    def on_entity(*_: object) -> None:
        raise UnreadableError("it declares XML entities, which are not read")

    parser = expat.ParserCreate("utf-8")
    parser.ordered_attributes = True
    parser.StartElementHandler = on_element
    parser.EntityDeclHandler = on_entity
    # A document that breaks off behind its first element is left to feedparser, which mends it.
    with suppress(_NotAFeedError, expat.ExpatError):
        parser.Parse(document, True)
    if not names or names[0] not in ROOTS:
        raise UnreadableError(why_no_articles(names[0] if names else "") or NOT_A_FEED)


def _article(path: str, entry: Any, feed: Any, export: Export | None) -> Article:
    if reason := export and export.unpublished(entry):
        raise UnreadableError(reason)
    text, headings, declared = _text(entry, export)
    if not text.strip():
        raise UnreadableError("it has no text")
    spoken = language(text, first_known(declared, found(string_in(feed, "language"), "feed")))
    address = web_address(string_in(entry, "link"))
    url = found(address, WHERE)
    parts = parts_of(text)
    opening = lead(text, parts, headings, spoken.value)
    return Article(
        id=_id(entry) or content_id(path, text),
        path=path,
        text=text,
        title=first_known(
            found(one_line(plain_line(string_in(entry, "title"))), WHERE),
            found(title_of(opening.words(text)), "lead sentence"),
            found(one_line(text), "first line"),
        ),
        url=url,
        source=first_known(
            found(one_line(plain_line(string_in(dict.get(entry, "source") or {}, "title"))), WHERE),
            found(one_line(plain_line(string_in(feed, "title"))), "feed title"),
            host_of(url),
        ),
        author=found(one_line(plain_line(export.author(_authors(entry)) if export else _authors(entry))), WHERE),
        published=first_known(*_dates(entry)),
        language=spoken,
        headings=headings,
        parts=parts,
    )


def _text(entry: Any, export: Export | None) -> tuple[str, tuple[Span, ...], Found]:
    """Return the text of an entry, its headings, and the language that it declares."""
    contents = [content for content in dict.get(entry, "content") or [] if string_in(content, "value").strip()]
    contents = contents or [dict.get(entry, "summary_detail") or {}]
    fullest = max(contents, key=lambda content: len(string_in(content, "value")))
    source = string_in(fullest, "value")
    spoken = found(string_in(fullest, "language"), WHERE)
    if export is not None:
        return *render(export.rendered(source), is_html=True), spoken
    if TAG.search(source):
        return *tree_text(parse_html(f"<div>{source}</div>")), spoken
    return storable(unescape(source)).strip(), (), spoken


def _id(entry: Any) -> str | None:
    known = (storable(string_in(entry, name).strip()) for name in ("id", "link"))
    return next((value for value in known if value and len(value) <= LONGEST_ID), None)


def _authors(entry: Any) -> str:
    names = (string_in(author, "name") for author in dict.get(entry, "authors") or [])
    return ", ".join(dict.fromkeys(name for name in names if name)) or string_in(entry, "author")


def _dates(entry: Any) -> Iterator[Found]:
    """Yield the entry's dates in order of trust."""
    yield found(iso_date(string_in(entry, "published")), WHERE)
    yield found(iso_date(string_in(entry, "created")), WHERE)
    yield found(iso_date(string_in(entry, "updated")), "feed entry, as updated")

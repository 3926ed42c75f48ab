"""A feed, or the page of one of its entries, parsed in a process of its own.

    python -m index.feeds.reading feed|page SECONDS MEMORY

reads the bytes on standard input and prints one JSON object; see index.sandbox.trial for the limits.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from html import escape
from typing import Any, Final
from urllib.parse import urljoin

from index.article import UNKNOWN, Article, Span
from index.metadata import first_known, found, language, one_line, web_address
from index.parsers import html
from index.parsers.charset import decode
from index.parsers.dates import iso_date
from index.parsers.feed import WHERE, authors_of, content_of, content_text, string_in, taken_apart
from index.parsers.parsed import UnreadableError, storable
from index.parsers.tree import fragment_text, parse_html, plain_line
from index.sandbox.trial import answer, answer_of

# Of a feed; the newest usually come first.
MOST_ENTRIES: Final = 1_000
# Characters of an entry's content.
LONGEST_CONTENT: Final = 500_000
# Characters of what identifies an entry.
LONGEST_KEY: Final = 2_000
MOST_NAMED: Final = 3
_ALTERNATES: Final = frozenset({"application/rss+xml", "application/atom+xml"})
_HOURS: Final = {"hourly": 1, "daily": 24, "weekly": 7 * 24, "monthly": 30 * 24, "yearly": 365 * 24}


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a feed.

    Attributes:
        key: its id as written, '' if it has none.
        link: absolute, '' if it has none that is safe.
        published, updated: ISO 8601, '' where unknown.
        language: as declared, '' if it is not, or if the text is surely in another.
        content: as in the feed, HTML or plain text.
        text: of its content.
        declared_full: whether the feed calls it the content, not a summary.
    """

    key: str
    link: str
    title: str
    author: str
    published: str
    updated: str
    language: str
    content: str
    text: str
    declared_full: bool


@dataclass(frozen=True, slots=True)
class FeedRead:
    """What a feed says.

    Attributes:
        hours: for which it asks not to be fetched again, 0 if it does not say.
        left_out: entries beyond the limit.
    """

    title: str
    hours: float
    entries: tuple[Entry, ...]
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class PageRead:
    """The article in a page.

    Attributes:
        content: its text and headings as HTML that has that text.
        url: by which the page wants to be cited, '' if it does not say.
    """

    title: str
    author: str
    published: str
    language: str
    url: str
    content: str
    text: str


def read_feed(raw: bytes, url: str, *, seconds: float, memory: int) -> FeedRead:
    """Parse a feed that was fetched from `url`.

    Raises:
        UnreadableError: if it is none; the message names the feeds of a page.
        TrialError: if it takes too long or too much memory, or ends the process.
    """
    fields = answer_of("index.feeds.reading", f"feed {url}", raw, seconds=seconds, memory=memory)
    if "reason" in fields:
        raise UnreadableError(fields["reason"])
    return FeedRead(**{**fields, "entries": tuple(Entry(**entry) for entry in fields["entries"])})


def read_page(raw: bytes, *, seconds: float, memory: int) -> PageRead:
    """Parse the page of an entry.

    Raises:
        UnreadableError: if it holds no article.
        TrialError: as `read_feed` does.
    """
    fields = answer_of("index.feeds.reading", "page", raw, seconds=seconds, memory=memory)
    if "reason" in fields:
        raise UnreadableError(fields["reason"])
    return PageRead(**fields)


def _found(argument: str, raw: bytes) -> dict[str, Any]:
    kind, _, url = argument.partition(" ")
    try:
        return asdict(_feed(raw, url) if kind == "feed" else _page(raw))
    except UnreadableError as error:
        return {"reason": str(error)}


def _feed(raw: bytes, url: str) -> FeedRead:
    try:
        _, parsed = taken_apart(raw)
    except UnreadableError as error:
        feeds = list(_feeds_of_page(raw, url))[:MOST_NAMED]
        if not feeds:
            raise
        raise UnreadableError(f"this is a page and no feed; it names {' and '.join(feeds)}: follow that") from error
    feed, entries = parsed.feed, parsed.entries[:MOST_ENTRIES]
    return FeedRead(
        title=_line(feed, "title"),
        hours=_hours(feed),
        entries=tuple(_entry(entry, string_in(feed, "language"), url) for entry in entries),
        left_out=len(parsed.entries) - len(entries),
    )


def _entry(entry: Any, feed_language: str, url: str) -> Entry:
    content = content_of(entry)
    source = string_in(content, "value")[:LONGEST_CONTENT]
    try:
        text = content_text(source)[0]
    except UnreadableError:
        source = text = ""
    # Many feeds declare the language of the program that makes them: where the text is surely in another, none is.
    spoken = first_known(found(string_in(content, "language"), WHERE), found(feed_language, WHERE))
    declared = language(text, spoken, text_knows_better=True) if spoken.value else UNKNOWN
    return Entry(
        key=storable(string_in(entry, "id").strip())[:LONGEST_KEY],
        link=_link_of(entry, url),
        title=_line(entry, "title"),
        author=one_line(plain_line(authors_of(entry))) or "",
        published=iso_date(string_in(entry, "published")) or iso_date(string_in(entry, "created")) or "",
        updated=iso_date(string_in(entry, "updated")) or "",
        language=declared.value or "" if declared.where == WHERE else "",
        content=storable(source),
        text=text,
        declared_full=bool(dict.get(entry, "content")),
    )


def _line(node: Any, name: str) -> str:
    return one_line(plain_line(storable(string_in(node, name)))) or ""


def _link_of(entry: Any, feed_url: str) -> str:
    """Return where an entry leads, '' if nowhere: RSS 2.0 takes its id for a link, which "17" is not."""
    link = string_in(entry, "link")
    return _absolute("" if link == string_in(entry, "id") else feed_url, link)


def _absolute(base: str, link: str) -> str:
    try:
        address = web_address(urljoin(base, link.strip())) or ""
    except ValueError:
        return ""
    # What says nothing leads to where it stands.
    return "" if address == base else address


def _hours(feed: Any) -> float:
    """Return for how long a feed says that it does not change: RSS 2.0's ttl, or RSS 1.0's syndication module."""
    minutes = string_in(feed, "ttl").strip()
    if minutes.isascii() and minutes.isdigit() and len(minutes) < 7:
        return int(minutes) / 60
    period = _HOURS.get(string_in(feed, "sy_updateperiod").strip().lower(), 0)
    times = string_in(feed, "sy_updatefrequency").strip()
    return period / (int(times) if times.isascii() and times.isdigit() and len(times) < 5 and int(times) else 1)


def _feeds_of_page(raw: bytes, url: str) -> Iterator[str]:
    """Yield the addresses of the feeds that a page names."""
    try:
        tree = parse_html(storable(decode(raw, nul="")))
    except UnreadableError:
        return
    for link in tree.iter("link"):
        if "alternate" in (link.get("rel") or "").lower().split() and (link.get("type") or "").lower() in _ALTERNATES:
            address = _absolute(url, link.get("href") or "")
            if address:
                yield address


def _page(raw: bytes) -> PageRead:
    (article,) = html.read("page.html", raw).articles
    content = _content(article)
    return PageRead(
        title=article.title.value or "",
        author=article.author.value or "",
        published=article.published.value or "",
        language=article.language.value or "",
        url=article.url.value or "",
        content=content,
        text=content_text(content)[0],
    )


def _content(article: Article) -> str:
    """Return the article's text as HTML, without the lines that its page's parser says are not the article."""
    text = article.text
    headings = {(span.start, span.end) for span in article.headings}
    written, wanted, start = [], [], 0
    for block in text.split("\n\n"):
        span = Span(start, start + len(block))
        start += len(block) + 2
        if any(outside.meets(span) for outside in article.outside):
            block = _without(text, span, article.outside)
        if not block.strip():
            continue
        wanted.append(block)
        name = "h2" if (span.start, span.end) in headings else "p"
        written.append(f"<{name}>{escape(block, quote=False).replace(chr(10), '<br>')}</{name}>")
    content, wanted_text = "\n".join(written), "\n\n".join(wanted)
    # Code and verse are indented, which a paragraph would lose.
    return content if fragment_text(content)[0] == wanted_text else f"<pre>{escape(wanted_text, quote=False)}</pre>"


def _without(text: str, span: Span, outside: tuple[Span, ...]) -> str:
    kept = (
        text[place] for place in range(span.start, span.end) if not any(one.start <= place < one.end for one in outside)
    )
    return "".join(kept).strip()


if __name__ == "__main__":
    raise SystemExit(answer(_found))

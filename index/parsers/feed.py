"""The parser of `.xml`, `.rss` and `.atom`: each entry of an RSS or Atom feed with a text is an article.

The exports of WordPress (WXR) and Blogger (Atom) are feeds too, with drafts, private posts, pictures, menus and
comments. WordPress's posts and pages are articles, and so are items of other types that have a page of their own. Of
shortcodes the words within stay. What was not published is skipped and reported.
"""

import io
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from html import unescape
from typing import Any, Final, Self
from xml.parsers import expat

from index.article import Article, Found, Span
from index.clutter.marking import parts_of
from index.metadata import LONGEST_ID, first_known, found, language, one_line, web_address
from index.parsers.charset import decode_xml
from index.parsers.dates import iso_date
from index.parsers.document import Document
from index.parsers.fields import STATES, normal
from index.parsers.parsed import Collector, Parsed, UnreadableError, content_id, storable
from index.parsers.registry import why_no_articles
from index.parsers.tree import NOT_XML, fragment_text, plain_line, render, with_paragraphs

NOT_A_FEED: Final = "not an RSS or Atom feed"
ROOTS: Final = frozenset({"rss", "feed", "RDF"})
WHERE: Final = "feed entry"

DECLARATION: Final = re.compile(r"<\?xml[^>]{0,200}\?>")
TAG: Final = re.compile(r"<[a-zA-Z/!]")
# Expat takes quadratic time for the attributes of an element; real ones have a dozen.
MOST_ATTRIBUTES: Final = 200

WORDPRESS: Final = re.compile(rb"<wp:(?:wxr_version|post_type|status)>")
BLOGGER: Final = re.compile(rb"schemas\.google\.com/blogger/20\d\d|<blogger:type>")
BLOGGER_KIND: Final = "blogger/2008/kind#"

# Types of items of WordPress and its commonest plugins that nobody reads.
NO_ARTICLES: Final = frozenset(
    (
        "attachment nav_menu_item revision custom_css customize_changeset oembed_cache user_request wp_block "
        "wp_template wp_template_part wp_global_styles wp_navigation wp_font_family wp_font_face acf-field "
        "acf-field-group feedback "
        "wpcf7_contact_form flamingo_inbound flamingo_contact nf_sub wpforms mc4wp-form elementor_library shop_order "
        "shop_coupon shop_subscription edd_payment product_variation amp_validated_url jp_pay_order"
    ).split()
)
ARTICLES: Final = frozenset({"post", "page"})
# WordPress's address of an item whose type has no pages.
WITHOUT_PAGE: Final = re.compile(r"[?&]post_type=")

AUTHOR: Final = re.compile(rb"<wp:author>((?s:.{0,4000}?))</wp:author>")
VALUE: Final = rb"<wp:%s>\s{0,99}(?:<!\[CDATA\[)?\s{0,99}([^<>\]]{1,300}?)\s{0,99}(?:\]\]>)?\s{0,99}</wp:%s>"
LOGIN: Final = re.compile(VALUE % (b"author_login", b"author_login"))
DISPLAY_NAME: Final = re.compile(VALUE % (b"author_display_name", b"author_display_name"))

BLOCK_COMMENT: Final = re.compile(r"<!--(?s:.{0,20000}?)-->")
# Shortcodes for a picture, a film or a form, with what they wrap.
SHOWN_OTHERWISE: Final = re.compile(
    r"\[(?P<name>caption|wp_caption|embed|audio|video|playlist|gallery|youtube|vimeo|googlemaps)\b[^\[\]]{0,2000}+\]"
    r"(?:[^\[]{0,4000}+\[/(?P=name)\])?",
    re.IGNORECASE,
)
# Not '[sic]' or '[re-elected]': only a tag with attributes or a program's kind of name, or one of a pair.
SHORTCODE: Final = re.compile(
    r"\[/?[A-Za-z][A-Za-z0-9]{0,30}_\w{1,50}(?:\s[^\[\]]{0,2000}+)?/?\]"
    r"|\[[A-Za-z][\w-]{1,50}\s{1,9}[\w-]{1,60}\s?=[^\[\]]{0,2000}+\]|\[(?:toc|more)\]"
)
PAIRED_TAG: Final = re.compile(r"\[/?([A-Za-z][\w-]{1,50})\]")
PAIRED: Final = re.compile(r"\[/([A-Za-z][\w-]{1,50})\]")


class _NotAFeedError(Exception):
    """The first element is not a feed's, which ends the look at the document."""


def read(path: str, raw: bytes) -> Parsed:
    """Parse a feed; an entry without a text is reported by its number.

    Raises:
        UnreadableError: if the file is empty, not text, not a feed, declares XML entities, or has an element of too
            many attributes.
    """
    document, feed = taken_apart(raw)
    if not feed.entries:
        raise UnreadableError("a feed without entries")
    collected = Collector(path)
    export = Export.of(document)
    for number, entry in enumerate(feed.entries, start=1):
        if export is not None and not export.is_article(entry):
            continue
        try:
            collected.add(_article(path, entry, feed.feed, export), f"entry {number}")
        except UnreadableError as error:
            title = one_line(plain_line(string_in(entry, "title")))
            collected.skip(f"entry {number}{f' ({title})' if title else ''}: {error}")
    for reason in export.left_out() if export else ():
        collected.skip(reason)
    return collected.finish()


def taken_apart(raw: bytes) -> tuple[bytes, Any]:
    """Return a feed as UTF-8 without its declaration, and what feedparser makes of it.

    Raises:
        UnreadableError: as `read` does.
    """
    import feedparser

    document = NOT_XML.sub("\ufffd", _without_declaration(storable(decode_xml(raw)))).encode()
    _look_over(document)
    try:
        # As a stream, since feedparser takes a string that looks like an address or a file's name for one.
        return document, feedparser.parse(
            io.BytesIO(document),
            sanitize_html=False,
            resolve_relative_uris=False,
            response_headers={"content-type": "application/xml; charset=utf-8"},
        )
    except Exception as error:  # whatever a hostile feed drives the parser to, it must not end the build
        raise UnreadableError(f"the feed cannot be taken apart: {type(error).__name__}") from error


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


def _article(path: str, entry: Any, feed: Any, export: "Export | None") -> Article:
    if reason := export and export.unpublished(entry):
        raise UnreadableError(reason)
    text, headings, declared = _text(entry, export)
    if not text.strip():
        raise UnreadableError("it has no text")
    spoken = language(text, first_known(declared, found(string_in(feed, "language"), "feed")))
    address = web_address(string_in(entry, "link"))
    url = found(address, WHERE)
    document = Document(path, text, spoken, parts_of(text), headings)
    title = found(one_line(plain_line(string_in(entry, "title"))), WHERE)
    return document.article(
        article_id=_id(entry) or content_id(path, text),
        title=title if title.value else document.lead_title(document.lead()),
        url=url,
        source=first_known(
            found(one_line(plain_line(string_in(dict.get(entry, "source") or {}, "title"))), WHERE),
            found(one_line(plain_line(string_in(feed, "title"))), "feed title"),
        ),
        author=found(one_line(plain_line(export.author(authors_of(entry)) if export else authors_of(entry))), WHERE),
        published=first_known(*dates_of(entry)),
    )


def _text(entry: Any, export: "Export | None") -> tuple[str, tuple[Span, ...], Found]:
    """Return the text of an entry, its headings, and the language that it declares."""
    content = content_of(entry)
    source = string_in(content, "value")
    spoken = found(string_in(content, "language"), WHERE)
    if export is not None:
        return *render(export.rendered(source), is_html=True), spoken
    return *content_text(source), spoken


def content_of(entry: Any) -> Any:
    """Return the fullest content of an entry, else its summary, as feedparser gives it."""
    contents = [content for content in dict.get(entry, "content") or [] if string_in(content, "value").strip()]
    contents = contents or [dict.get(entry, "summary_detail") or {}]
    return max(contents, key=lambda content: len(string_in(content, "value")))


def content_text(source: str) -> tuple[str, tuple[Span, ...]]:
    """Return the text of a content and its headings."""
    return fragment_text(source) if TAG.search(source) else (storable(unescape(source)).strip(), ())


def _id(entry: Any) -> str | None:
    known = (storable(string_in(entry, name).strip()) for name in ("id", "link"))
    return next((value for value in known if value and len(value) <= LONGEST_ID), None)


def authors_of(entry: Any) -> str:
    """Return the names of an entry's authors."""
    names = (string_in(author, "name") for author in dict.get(entry, "authors") or [])
    return ", ".join(dict.fromkeys(name for name in names if name)) or string_in(entry, "author")


def dates_of(entry: Any) -> Iterator[Found]:
    """Yield the entry's dates in order of trust."""
    yield found(iso_date(string_in(entry, "published")), WHERE)
    yield found(iso_date(string_in(entry, "created")), WHERE)
    yield found(iso_date(string_in(entry, "updated")), "feed entry, as updated")


@dataclass(slots=True)
class Export:
    """An export of WordPress or Blogger.

    Attributes:
        names: of WordPress's authors, by their logins.
        others: the number of items of each type that is no article.
    """

    names: dict[str, str] = field(default_factory=dict)
    others: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, document: bytes) -> Self | None:
        """Recognise an export; return None for any other feed."""
        if WORDPRESS.search(document):
            return cls(dict(_names_by_login(document)))
        return cls() if BLOGGER.search(document) else None

    def is_article(self, entry: Any) -> bool:
        """Return whether an item is of a type that people read; count it if not."""
        kind = _kind(entry)
        read = kind in ARTICLES or (
            kind not in NO_ARTICLES and "wp_post_type" in entry and not WITHOUT_PAGE.search(string_in(entry, "link"))
        )
        if not read:
            self.others[kind] += 1
        return read

    def left_out(self) -> Iterator[str]:
        """Yield a line of the report for each type of items that are no articles."""
        for kind, count in self.others.most_common(20):
            yield f"{count:,} of the type '{kind[:60]}', which are no articles"

    def unpublished(self, entry: Any) -> str:
        """Return why an item was not published; '' for one that was."""
        if string_in(entry, "wp_post_password").strip():
            return "protected by a password"
        if string_in(entry, "app_draft").strip().lower() == "yes":
            return "a draft"
        status = string_in(entry, "wp_status") or string_in(entry, "blogger_status")
        if normal(status) in ("", "publish", "live"):
            return ""
        return f"{STATES.get(normal(status), 'not published')} (status: {status.strip()[:40].lower()})"

    def author(self, written: str) -> str:
        """Return the name of an author, '' if only the name of a login is known."""
        if written in self.names:
            return self.names[written]
        return "" if self.names and " " not in written else written

    def rendered(self, content: str) -> str:
        """Return an item's HTML as its page shows it."""
        content = BLOCK_COMMENT.sub("", content)
        if "[" in content:
            content = SHOWN_OTHERWISE.sub("", content)
            content = SHORTCODE.sub("", content)
            names = set(PAIRED.findall(content))
            content = PAIRED_TAG.sub(lambda match: "" if match[1] in names else match[0], content)
        return with_paragraphs(content)


def _names_by_login(document: bytes) -> Iterator[tuple[str, str]]:
    for match in AUTHOR.finditer(document):
        login, name = LOGIN.search(match[1]), DISPLAY_NAME.search(match[1])
        if login:
            known = unescape(name[1].decode(errors="replace")) if name else ""
            written = unescape(login[1].decode(errors="replace"))
            yield written, "" if known == written and " " not in known else known


def _kind(entry: Any) -> str:
    if kind := string_in(entry, "wp_post_type"):
        return kind.strip()
    if kind := string_in(entry, "blogger_type"):
        return kind.strip().lower()
    terms = (string_in(tag, "term") for tag in dict.get(entry, "tags") or [])
    return next((term.rpartition("#")[2] for term in terms if BLOGGER_KIND in term), "post")


def string_in(node: Any, name: str) -> str:
    """Return a value of a feed's entry if it is a string, else ''; not by feedparser's own look-up, which warns."""
    value = dict.get(node, name)
    return value if isinstance(value, str) else ""

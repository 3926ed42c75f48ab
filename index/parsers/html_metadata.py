"""The metadata that an HTML page declares: in JSON-LD and in <meta>, trusted in this order."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from index.article import UNKNOWN, Found
from index.metadata import first_known, found, one_line, web_address
from index.parsers.dates import iso_date
from index.parsers.headline import is_front_page, same_title, site_in
from index.parsers.json_ld import json_ld
from index.parsers.names import declared_author, inverted

if TYPE_CHECKING:
    from lxml.html import HtmlElement

TITLES: Final = "og:title twitter:title citation_title dc.title dcterms.title headline".split()
ADDRESSES: Final = "og:url twitter:url citation_public_url".split()
SOURCES: Final = "og:site_name citation_journal_title dc.publisher dcterms.publisher publisher application-name".split()
AUTHORS: Final = (
    "author article:author citation_author dc.creator dcterms.creator parsely-author sailthru.author byl".split()
)
DATES: Final = (
    "article:published_time og:published_time og:article:published_time datepublished "
    "citation_publication_date citation_date dc.date.issued dcterms.issued dc.date dcterms.date "
    "dcterms.created parsely-pub-date sailthru.date pubdate publishdate publish-date publish_date "
    "publication_date date"
).split()
# Catalogues put the surname first.
CATALOGUED: Final = frozenset("citation_author dc.creator dcterms.creator".split())
MOST_AUTHORS: Final = 20
MOST_HEADINGS: Final = 20
LANGUAGES: Final = "content-language language dc.language dcterms.language og:locale".split()

SEPARATORS: Final = (" | ", " - ", " – ", " — ", " · ", " :: ")
# The comment that browsers and tools write at the top of a page they save.
SAVED_FROM: Final = re.compile(
    r"<!--\s{0,9}(?:saved from url=\(\d{1,6}\)|"
    r"Page saved with SingleFile\s{1,9}url:\s{1,9}|"
    r"Saved from\s{1,9}(?=https?:[^<>]{1,2000} at .{1,80} using monolith))(\S{8,2000})",
    re.IGNORECASE,
)
HEAD: Final = 20_000


@dataclass(frozen=True, slots=True)
class DeclaredMetadata:
    """The metadata that a page declares of its article.

    Attributes:
        titles: in order of trust.
        body: the article's text in JSON-LD, '' if it has none.
        declared: whether the page declares itself an article.
        is_event: whether it declares that it announces an event.
    """

    titles: tuple[Found, ...] = ()
    url: Found = UNKNOWN
    source: Found = UNKNOWN
    author: Found = UNKNOWN
    published: Found = UNKNOWN
    language: Found = UNKNOWN
    body: str = ""
    declared: bool = False
    is_event: bool = False


def saved_from(source: str) -> Found:
    """Return the address that a browser or a tool noted in a page that it saved."""
    match = SAVED_FROM.search(source[:HEAD])
    return found(web_address(match[1].removesuffix("-->")) if match else None, "saved page")


def declared_metadata(tree: "HtmlElement", title: str, headings: Sequence[str]) -> DeclaredMetadata:
    """Collect the metadata that a page declares of its article.

    Parameters:
        title: the words of its <title>.
        headings: the words of its headings.
    """
    shown = [title, *headings[:MOST_HEADINGS]]
    linked = json_ld(tree, lambda headline: any(same_title(headline, words) for words in shown))
    meta = _meta(tree)
    canonical = (link.get("href") or "" for link in tree.iter("link") if "canonical" in (link.get("rel") or "").lower())
    addresses = (
        linked.url,
        found(next((address for href in canonical if (address := web_address(href))), None), "canonical link"),
        *(found(web_address(value), where) for value, where in _named(meta, ADDRESSES)),
    )
    source = first_known(linked.source, *_lines(meta, SOURCES), found(site_in(title), "page title"))
    return DeclaredMetadata(
        titles=tuple(
            _without_source(each, source) for each in (linked.title, *_lines(meta, TITLES)) if each.value is not None
        ),
        # An article has a path of its own; a template may name the front page on all pages.
        url=first_known(*(each for each in addresses if not is_front_page(each.value)), *addresses),
        source=source,
        author=first_known(linked.author, *_authors(meta)),
        published=first_known(
            linked.published, *(found(iso_date(value), where) for value, where in _named(meta, DATES))
        ),
        language=first_known(
            linked.language,
            found(one_line(tree.get("lang") or tree.get("xml:lang") or ""), "html lang"),
            *_lines(meta, LANGUAGES),
        ),
        body=linked.body,
        declared=linked.described
        or any(value.strip().lower() == "article" for value, _ in _named(meta, ["og:type"]))
        or next(tree.iter("article"), None) is not None,
        is_event=linked.is_event,
    )


def _authors(meta: dict[str, list[str]]) -> Iterator[Found]:
    """Yield the authors in <meta>; several elements of one name are several authors."""
    for name in AUTHORS:
        values = [inverted(value) if name in CATALOGUED else value for value in meta.get(name, [])[:MOST_AUTHORS]]
        authors = dict.fromkeys(author for value in values if (author := declared_author(value)))
        yield found(one_line(", ".join(authors)), f"meta {name}")


def _without_source(title: Found, source: Found) -> Found:
    """Return 'Headline | Site' as 'Headline' if the site is the source."""
    for separator in SEPARATORS:
        ending = f"{separator}{source.value}"
        if title.value and source.value and title.value.endswith(ending) and title.value != ending:
            return Found(title.value.removesuffix(ending).rstrip(), title.where)
    return title


def _meta(tree: "HtmlElement") -> dict[str, list[str]]:
    """Return the contents of the page's <meta> elements by their lower-case names, but for those within comments."""
    contents: dict[str, list[str]] = {}
    for element in tree.iter("meta"):
        names = (element.get(key) for key in ("property", "name", "itemprop", "http-equiv"))
        name = next((name for name in names if name), "").strip().lower()
        if element.get("itemprop") and any(around.get("itemprop") == "comment" for around in element.iterancestors()):
            continue
        contents.setdefault(name.replace("dc:", "dc."), []).append(element.get("content") or "")
    return contents


def _named(meta: dict[str, list[str]], names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the contents of the named elements in the order of `names`, each with its place."""
    for name in names:
        for content in meta.get(name, [])[:20]:
            yield content, f"meta {name}"


def _lines(meta: dict[str, list[str]], names: Sequence[str]) -> Iterator[Found]:
    for content, where in _named(meta, names):
        # Some sites give the address of a profile instead of a name.
        yield found(None if web_address(content) else one_line(content), where)

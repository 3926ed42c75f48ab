"""What an HTML page says of its article: in JSON-LD, in <meta>, and elsewhere, trusted in this order."""

import re
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from index.article import UNKNOWN, Found
from index.metadata import first_known, found, one_line, web_address
from index.readers.dates import FIRST_YEAR, LAST_YEAR, dates_in, iso_date
from index.readers.json_ld import json_ld
from index.readers.quiet import hush
from index.readers.vocabulary import listed

if TYPE_CHECKING:
    from lxml.html import HtmlElement

TITLES: Final = listed("og:title twitter:title citation_title dc.title dcterms.title headline")
ADDRESSES: Final = listed("og:url twitter:url citation_public_url")
SOURCES: Final = listed("og:site_name citation_journal_title dc.publisher dcterms.publisher publisher application-name")
AUTHORS: Final = listed(
    "author article:author citation_author dc.creator dcterms.creator parsely-author sailthru.author byl"
)
DATES: Final = listed(
    "article:published_time og:published_time og:article:published_time datepublished "
    "citation_publication_date citation_date dc.date.issued dcterms.issued dc.date dcterms.date "
    "dcterms.created parsely-pub-date sailthru.date pubdate publishdate publish-date publish_date "
    "publication_date date"
)
LANGUAGES: Final = listed("content-language language dc.language dcterms.language og:locale")

COPYRIGHT: Final = re.compile(r"©|\(c\)|copyright", re.IGNORECASE)
DATED_PATH: Final = re.compile(r"/(\d{4})/(\d{1,2})/(\d{1,2})(?:/|$)")
SEPARATORS: Final = (" | ", " - ", " – ", " — ", " · ", " :: ")


@dataclass(frozen=True, slots=True)
class Page:
    """What is known of a page's article.

    Attributes:
        body: the text that JSON-LD gives, '' where it gives none.
        declared: whether the page says of itself that it is an article.
    """

    title: Found = UNKNOWN
    url: Found = UNKNOWN
    source: Found = UNKNOWN
    author: Found = UNKNOWN
    published: Found = UNKNOWN
    language: Found = UNKNOWN
    body: str = ""
    declared: bool = False


def page(tree: "HtmlElement") -> Page:
    """What `tree` says of its article. The tree is left as it is."""
    linked = json_ld(tree)
    meta = _meta(tree)
    canonical = (link.get("href") or "" for link in tree.iter("link") if "canonical" in (link.get("rel") or "").lower())
    url = first_known(
        linked.url,
        found(next((address for href in canonical if (address := web_address(href))), None), "canonical link"),
        *(found(web_address(value), where) for value, where in _named(meta, ADDRESSES)),
    )
    known = Page(
        title=first_known(linked.title, *_lines(meta, TITLES)),
        url=url,
        source=first_known(linked.source, *_lines(meta, SOURCES)),
        author=first_known(linked.author, *_lines(meta, AUTHORS)),
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
    )
    known = _completed(known, tree)
    return replace(known, title=_without_source(known.title, known.source))


def _completed(known: Page, tree: "HtmlElement") -> Page:
    """`known` with what trafilatura and htmldate make out in the visible page where nothing is declared."""
    hush()
    from lxml import etree
    from trafilatura import extract_metadata

    # On import, trafilatura gives htmldate a level of its own.
    hush()
    visible = deepcopy(tree)
    # They have been looked at, and a hostile one could keep the patterns that trafilatura tries on them busy for hours.
    etree.strip_elements(visible, "meta", "script", "style", with_tail=False)
    bounds = {"min_date": f"{FIRST_YEAR}-01-01", "max_date": f"{LAST_YEAR}-12-31"}
    made_out = extract_metadata(visible, date_config={"original_date": True, "extensive_search": False, **bounds})
    return replace(
        known,
        title=first_known(known.title, found(one_line(made_out.title or ""), "page heading")),
        author=first_known(known.author, found(one_line(made_out.author or ""), "byline")),
        source=first_known(known.source, found(one_line(made_out.sitename or ""), "page title")),
        published=first_known(known.published, _backed(made_out.date or "", visible, known.url)),
    )


def _backed(day: str, visible: "HtmlElement", url: Found) -> Found:
    """The date that htmldate arrived at, where the page itself bears it out: htmldate also takes copyright lines."""
    if iso_date(day) is None:
        return UNKNOWN
    for element in visible.iter("time"):
        stamped = iso_date(element.get("datetime") or "")
        if stamped and stamped.startswith(day):
            return Found(stamped, "time element")
    for words in visible.itertext():
        if not COPYRIGHT.search(words) and any(written == day for written, _ in dates_in(words)):
            return Found(day, "text of the page")
    path = DATED_PATH.search(url.value or "")
    return found(day if path and iso_date("-".join(path.groups())) == day else None, "url")


def _without_source(title: Found, source: Found) -> Found:
    """'Headline | Site' as 'Headline', where the site is known to be the source."""
    for separator in SEPARATORS:
        ending = f"{separator}{source.value}"
        if title.value and source.value and title.value.endswith(ending) and title.value != ending:
            return Found(title.value.removesuffix(ending).rstrip(), title.where)
    return title


def _meta(tree: "HtmlElement") -> dict[str, list[str]]:
    """The contents of the page's <meta> elements and dated microdata by their lower-case names."""
    contents: dict[str, list[str]] = {}
    for element in tree.iter("meta"):
        names = (element.get(key) for key in ("property", "name", "itemprop", "http-equiv"))
        name = next((name for name in names if name), "").strip().lower()
        contents.setdefault(name.replace("dc:", "dc."), []).append(element.get("content") or "")
    for element in tree.iter("time", "span"):
        if (element.get("itemprop") or "").lower() == "datepublished":
            contents.setdefault("datepublished", []).append(element.get("datetime") or element.get("content") or "")
    return contents


def _named(meta: dict[str, list[str]], names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The contents of the named elements in the order of `names`, each with where it stands."""
    for name in names:
        for content in meta.get(name, [])[:20]:
            yield content, f"meta {name}"


def _lines(meta: dict[str, list[str]], names: Sequence[str]) -> Iterator[Found]:
    for content, where in _named(meta, names):
        # Some sites name an author, or themselves, by the address of a profile.
        yield found(None if web_address(content) else one_line(content), where)

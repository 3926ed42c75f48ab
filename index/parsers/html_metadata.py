"""The metadata that an HTML page declares, in order of trust: in JSON-LD (https://schema.org/Article), in <meta>."""

import json
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from html import unescape
from typing import TYPE_CHECKING, Any, Final

from index.article import UNKNOWN, Found, Metadata
from index.metadata import first_known, found, one_line, web_address
from index.parsers.dates import iso_date
from index.parsers.headline import is_front_page, same_title, site_in
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
WHERE: Final = "JSON-LD"
TYPES: Final = frozenset({"BlogPosting", "LiveBlogPosting", "Report", "SocialMediaPosting", "DiscussionForumPosting"})
# The members of a page's description that hold its article.
HOLDERS: Final = ("@graph", "mainEntity", "mainEntityOfPage")
MOST_NODES: Final = 1000
# Old templates wrap a script so that a browser without scripts would not show it.
WRAPPING: Final = re.compile(
    r"\A(?:<!--|(?://|/\*)?\s{0,9}<!\[CDATA\[(?:\s{0,9}\*/)?)|(?:-->|(?://|/\*)?\s{0,9}\]\]>(?:\s{0,9}\*/)?|;)\Z"
)

Node = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DeclaredMetadata(Metadata):
    """The metadata that a page, or its JSON-LD alone, declares of its article.

    Attributes:
        title: as JSON-LD gives it.
        titles: all that are declared, in order of trust.
        body: the article's text in JSON-LD, '' if it has none.
        declared: whether an article is declared, not only a page.
        is_event: whether an event is declared and no article.
    """

    titles: tuple[Found, ...] = ()
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
    return replace(
        linked,
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
        declared=linked.declared
        or any(value.strip().lower() == "article" for value, _ in _named(meta, ["og:type"]))
        or next(tree.iter("article"), None) is not None,
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


def json_ld(tree: "HtmlElement", is_of_page: Callable[[str], bool] = bool) -> DeclaredMetadata:
    """Parse the JSON-LD of a page; return empty metadata if it has none, or none that can be parsed.

    Parameters:
        is_of_page: whether a headline is one that the page shows, which tells the article where several are described.
    """
    nodes = list(_nodes(tree))
    by_id = _nodes_by_id(nodes)
    articles = [node for node in nodes if _is_article(node)]
    pages = [node for node in nodes if _has_type(node, lambda name: name.endswith("Page"))]
    article = next((node for node in articles if is_of_page(_title(node))), None) or next(iter(articles), None)
    node = article or next(iter(pages), None)
    if node is None:
        return DeclaredMetadata(is_event=any(_has_type(each, lambda name: name.endswith("Event")) for each in nodes))
    page = _resolved(node.get("mainEntityOfPage"), by_id) if article else node
    part_of = _resolved(node.get("isPartOf"), by_id)
    body = node.get("articleBody")
    if not isinstance(body, str) or not body.strip():
        body = next((each["articleBody"] for each in nodes if isinstance(each.get("articleBody"), str)), "")
    address = web_address(_text(node.get("url"))) or web_address(_text(page, "@id", "url"))
    return DeclaredMetadata(
        declared=article is not None or bool(body),
        is_event=article is None and any(_has_type(each, lambda name: name.endswith("Event")) for each in nodes),
        title=found(one_line(_title(node)), WHERE) if article else UNKNOWN,
        url=found(address, WHERE) if article else UNKNOWN,
        source=first_known(
            _found(_text(_resolved(node.get("publisher"), by_id), "name")),
            _found(_text(part_of, "name") if article or _has_type(part_of, lambda name: name == "WebSite") else ""),
            _found(_text(_resolved(part_of.get("publisher"), by_id) if isinstance(part_of, dict) else None, "name")),
        ),
        author=first_known(*(found(_names(node.get(role), by_id), WHERE) for role in ("author", "creator"))),
        published=first_known(*(found(iso_date(_text(each.get("datePublished"))), WHERE) for each in (node, *pages))),
        language=_found(_text(node.get("inLanguage"), "alternateName", "name")),
        body=body,
    )


def _nodes(tree: "HtmlElement") -> Iterator[Node]:
    """Yield the objects of all JSON-LD of the page, outer ones first."""
    documents: list[Any] = []
    for script in tree.iter("script"):
        if (script.get("type") or "").partition(";")[0].strip().lower() == "application/ld+json":
            # A page with broken JSON-LD mostly has the same in its <meta>.
            with suppress(ValueError, RecursionError):
                documents.append(json.loads(WRAPPING.sub("", (script.text or "").strip()), strict=False))
    return _reached(documents, lambda node: [node[holder] for holder in HOLDERS if holder in node])


def _nodes_by_id(nodes: Sequence[Node]) -> dict[str, Node]:
    """Return the nodes that have more than an @id, by their @id; also those within other nodes."""
    named: dict[str, Node] = {}
    for node in _reached(nodes, lambda node: [value for key, value in node.items() if key not in HOLDERS]):
        address = node.get("@id")
        if isinstance(address, str) and len(node) > 1:
            known = named.setdefault(address, node)
            if "name" not in known and "name" in node:
                named[address] = node
    return named


def _reached(start: Iterable[Any], inner: Callable[[Node], Iterable[Any]]) -> Iterator[Node]:
    """Yield the objects among values, in lists of them and within each other, outer ones first."""
    waiting = deque(start)
    for _ in range(MOST_NODES):
        if not waiting:
            return
        node = waiting.popleft()
        if isinstance(node, list):
            waiting.extend(node[:MOST_NODES])
        elif isinstance(node, dict):
            yield node
            waiting.extend(value for value in inner(node) if isinstance(value, dict | list))


def _resolved(value: Any, by_id: Mapping[str, Node]) -> Any:
    """Return `value`, or the node it refers to by an @id."""
    if isinstance(value, list):
        value = next(iter(value), None)
    if isinstance(value, dict) and "name" not in value and isinstance(value.get("@id"), str):
        return by_id.get(value["@id"], value)
    if isinstance(value, str):
        return by_id.get(value, value)
    return value


def _is_article(node: Node) -> bool:
    return _has_type(node, lambda name: name.endswith("Article") or name in TYPES)


def _has_type(node: Any, is_it: Callable[[str], bool]) -> bool:
    types = node.get("@type") if isinstance(node, dict) else None
    names = types if isinstance(types, list) else [types]
    return any(isinstance(name, str) and is_it(name.rpartition("/")[2]) for name in names)


def _title(node: Node) -> str:
    return _text(node.get("headline")) or _text(node.get("name"))


def _names(value: Any, by_id: Mapping[str, Node]) -> str | None:
    members = value if isinstance(value, list) else [value]
    names = (_text(_resolved(member, by_id), "name") for member in members[:MOST_AUTHORS])
    authors = dict.fromkeys(author for name in names if name and (author := declared_author(name)))
    return one_line(", ".join(authors))


def _text(value: Any, *keys: str) -> str:
    """Return a string, or the first of `keys` that an object has; '' for anything else."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = next((_first(value[key]) for key in keys if isinstance(_first(value.get(key)), str)), None)
    return unescape(value).strip() if isinstance(value, str) else ""


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else value


def _found(value: str) -> Found:
    return found(one_line(value), WHERE)

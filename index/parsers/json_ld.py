"""JSON-LD in a page that describes its article (https://schema.org/Article)."""

import json
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING, Any, Final

from index.article import UNKNOWN, Found, Metadata
from index.metadata import first_known, found, one_line, web_address
from index.parsers.dates import iso_date
from index.parsers.names import declared_author

if TYPE_CHECKING:
    from lxml.html import HtmlElement

WHERE: Final = "JSON-LD"
TYPES: Final = frozenset({"BlogPosting", "LiveBlogPosting", "Report", "SocialMediaPosting", "DiscussionForumPosting"})
# The members of a page's description that hold its article.
HOLDERS: Final = ("@graph", "mainEntity", "mainEntityOfPage")
MOST_NODES: Final = 1000
MOST_AUTHORS: Final = 20
# Old templates wrap a script so that a browser without scripts would not show it.
WRAPPING: Final = re.compile(
    r"\A(?:<!--|(?://|/\*)?\s{0,9}<!\[CDATA\[(?:\s{0,9}\*/)?)|(?:-->|(?://|/\*)?\s{0,9}\]\]>(?:\s{0,9}\*/)?|;)\Z"
)

Node = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class JsonLd(Metadata):
    """The metadata in the JSON-LD of a page.

    Attributes:
        described: whether it describes an article, not only a page.
        is_event: whether it describes an event and no article.
        body: the article's text, if it is given.
    """

    described: bool = False
    is_event: bool = False
    body: str = ""


def json_ld(tree: "HtmlElement", is_of_page: Callable[[str], bool] = bool) -> JsonLd:
    """Parse the JSON-LD of a page; return empty metadata if it has none, or none that can be parsed.

    Parameters:
        is_of_page: whether a headline is one that the page shows, which tells the article where several are described.
    """
    nodes = list(_nodes(tree))
    by_id = _named(nodes)
    articles = [node for node in nodes if _is_article(node)]
    pages = [node for node in nodes if _has_type(node, lambda name: name.endswith("Page"))]
    article = next((node for node in articles if is_of_page(_title(node))), None) or next(iter(articles), None)
    node = article or next(iter(pages), None)
    if node is None:
        return JsonLd(is_event=any(_has_type(each, lambda name: name.endswith("Event")) for each in nodes))
    page = _resolved(node.get("mainEntityOfPage"), by_id) if article else node
    part_of = _resolved(node.get("isPartOf"), by_id)
    body = node.get("articleBody")
    if not isinstance(body, str) or not body.strip():
        body = next((each["articleBody"] for each in nodes if isinstance(each.get("articleBody"), str)), "")
    address = web_address(_text(node.get("url"))) or web_address(_text(page, "@id", "url"))
    return JsonLd(
        described=article is not None or bool(body),
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


def _nodes(tree: "HtmlElement") -> Iterator[dict[str, Any]]:
    """Yield the objects of all JSON-LD of the page, outer ones first."""
    waiting: deque[Any] = deque()
    for script in tree.iter("script"):
        if (script.get("type") or "").partition(";")[0].strip().lower() == "application/ld+json":
            try:
                waiting.append(json.loads(WRAPPING.sub("", (script.text or "").strip()), strict=False))
            except (ValueError, RecursionError):
                # A page with broken JSON-LD mostly has the same in its <meta>.
                continue
    for _ in range(MOST_NODES):
        if not waiting:
            return
        node = waiting.popleft()
        if isinstance(node, list):
            waiting.extend(node[:MOST_NODES])
        elif isinstance(node, dict):
            yield node
            waiting.extend(node[holder] for holder in HOLDERS if holder in node)


def _named(nodes: Sequence[Node]) -> dict[str, Node]:
    """Return the nodes that have more than an @id, by their @id; also those within other nodes."""
    named: dict[str, Node] = {}
    waiting: deque[Any] = deque(nodes)
    for _ in range(MOST_NODES):
        if not waiting:
            break
        node = waiting.popleft()
        if isinstance(node, list):
            waiting.extend(node[:MOST_NODES])
        elif isinstance(node, dict):
            address = node.get("@id")
            if isinstance(address, str) and len(node) > 1:
                known = named.setdefault(address, node)
                if "name" not in known and "name" in node:
                    named[address] = node
            waiting.extend(
                value for key, value in node.items() if isinstance(value, dict | list) and key not in HOLDERS
            )
    return named


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

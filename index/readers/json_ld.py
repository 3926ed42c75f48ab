"""What a page says of its article in JSON-LD (https://schema.org/Article)."""

import json
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING, Any, Final

from index.article import UNKNOWN, Found
from index.metadata import found, one_line, web_address
from index.readers.dates import iso_date

if TYPE_CHECKING:
    from lxml.html import HtmlElement

WHERE: Final = "JSON-LD"
TYPES: Final = frozenset({"BlogPosting", "LiveBlogPosting", "Report", "SocialMediaPosting"})
# Where an article stands within what describes its page.
HOLDERS: Final = ("@graph", "mainEntity", "mainEntityOfPage")
MOST_NODES: Final = 1000


@dataclass(frozen=True, slots=True)
class JsonLd:
    """The first article that the JSON-LD of a page describes; `body` is its text where that is given."""

    described: bool = False
    title: Found = UNKNOWN
    url: Found = UNKNOWN
    source: Found = UNKNOWN
    author: Found = UNKNOWN
    published: Found = UNKNOWN
    language: Found = UNKNOWN
    body: str = ""


def json_ld(tree: "HtmlElement") -> JsonLd:
    """What the JSON-LD of a page says of its article; nothing where it has none, or none that can be parsed."""
    node = next((node for node in _nodes(tree) if _is_article(node)), None)
    if node is None:
        return JsonLd()
    page = node.get("mainEntityOfPage")
    address = web_address(_text(node.get("url"))) or web_address(_text(page, "@id", "url"))
    body = node.get("articleBody")
    return JsonLd(
        described=True,
        title=_found(_text(node.get("headline")) or _text(node.get("name"))),
        url=found(address, WHERE),
        source=_found(_text(node.get("publisher"), "name") or _text(node.get("isPartOf"), "name")),
        author=_found(_names(node.get("author")) or _names(node.get("creator"))),
        published=found(iso_date(_text(node.get("datePublished"))), WHERE),
        language=_found(_text(node.get("inLanguage"), "alternateName", "name")),
        body=unescape(body) if isinstance(body, str) else "",
    )


def _nodes(tree: "HtmlElement") -> Iterator[dict[str, Any]]:
    """The objects of all JSON-LD of the page, outer ones first."""
    waiting: deque[Any] = deque()
    for script in tree.iter("script"):
        if (script.get("type") or "").strip().lower() == "application/ld+json":
            try:
                waiting.append(json.loads(script.text or "", strict=False))
            except (ValueError, RecursionError):
                # What a page says in broken JSON it mostly says in its <meta> too, which is looked at next.
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


def _is_article(node: dict[str, Any]) -> bool:
    types = node.get("@type")
    names = types if isinstance(types, list) else [types]
    return any(isinstance(name, str) and (name.endswith("Article") or name in TYPES) for name in names)


def _names(value: Any) -> str:
    members = value if isinstance(value, list) else [value]
    names = [_text(member, "name") for member in members[:20]]
    # Some sites name an author by the address of a profile.
    return ", ".join(dict.fromkeys(name for name in names if name and not web_address(name)))


def _text(value: Any, *keys: str) -> str:
    """A value as a string: its own, or the first of `keys` that an object has."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = next((value[key] for key in keys if isinstance(value.get(key), str)), None)
    return unescape(value).strip() if isinstance(value, str) else ""


def _found(value: str) -> Found:
    return found(one_line(value), WHERE)

"""The headline of a page: the words on which its heading, its <title> and its declared titles agree."""

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from index.article import UNKNOWN, Found
from index.metadata import found, one_line
from index.parsers.outline import Block, key, names_of

if TYPE_CHECKING:
    from lxml.html import HtmlElement

PARTS: Final = re.compile(r"\s+[|–—·•:»«›‹>~-]+\s+|\s*[|»«]\s*|:\s+")
HOST: Final = re.compile(r"(?:[A-Za-z0-9-]{1,63}\.){1,4}[A-Za-z]{2,12}")
LONGEST: Final = 300
MOST_PARTS: Final = 10
# Words in the name of a site or a section.
LONGEST_NAME: Final = 3
# Letters that a <title> that was cut off must share with the headline.
SHORTEST_CUT: Final = 20
# Blocks between a heading of lower rank and the text that it heads.
FARTHEST: Final = 6
TAGS: Final = frozenset("h1 h2 h3".split())
# The names that templates give the heading of the site, and that of the article.
SITE_NAMES: Final = re.compile(
    r"(?:^|[\s_-])(?:logo|brand(?:ing)?|site-?(?:title|name|header|logo)|blog-?(?:title|name)|masthead)(?:$|[\s_-])",
    re.IGNORECASE,
)
HEADLINE_NAMES: Final = re.compile(
    r"(?:^|[\s_-])(?:headline|(?:entry|post|article|story)-?(?:title|head(?:ing|line)?))(?:$|[\s_-])", re.IGNORECASE
)
UNTITLED: Final = frozenset("untitled home homepage index document page startseite accueil inicio forside hjem".split())


def headline_of(
    blocks: Sequence[Block], page_title: str, declared: Sequence[Found], source: Found, first: int | None
) -> tuple[int | None, Found]:
    """Return which block is the headline, None if none is, and the title of the article.

    Parameters:
        blocks: of the page, in order.
        page_title: the words of <title>.
        declared: titles that JSON-LD and <meta> give, in order of trust.
        source: the name of the site.
        first: the number of the block that the text begins with, headings aside.
    """
    headings = [
        place
        for place, block in enumerate(blocks)
        if not block.apart and len(block.words) <= LONGEST and (block.element.tag in TAGS or _is_named(block.element))
    ]
    declared = [title for title in declared if title.value and not _is_site(title.value, source)]
    agreed = [place for place in headings if _agrees(blocks[place].words, page_title, declared)]
    agreed = [place for place in agreed if not _of_site(blocks[place], source)] or agreed
    place = _nearest(agreed, first)
    if place is None:
        own = [p for p in headings if not _of_site(blocks[p], source) and (first is None or p <= first)]
        # Without a <title> to agree with, the headline is an <h1> or what the template calls so.
        place = next((p for p in own if blocks[p].element.tag == "h1" or _is_named(blocks[p].element)), None)
        if place is None and own and first is not None and first - own[-1] <= FARTHEST:
            place = own[-1]
    heading = UNKNOWN if place is None else found(one_line(blocks[place].words), "page heading")
    return place, _chosen(heading, page_title, declared, source, is_agreed=bool(agreed))


def page_title_of(tree: "HtmlElement") -> str:
    """Return the words of <title> in one line, '' if there are none."""
    title = next((element for element in tree.iter("title")), None)
    return "" if title is None else one_line(title.text_content()) or ""


def _chosen(heading: Found, page_title: str, declared: Sequence[Found], source: Found, *, is_agreed: bool) -> Found:
    for title in declared:
        # A declared title stands unless the page's heading and its <title> agree on another.
        if not is_agreed or heading.value is None:
            return title
        if same_title(title.value or "", heading.value):
            # 'Headline - Site' where the page shows 'Headline'.
            return Found(heading.value, title.where) if _within(heading.value, title.value or "") else title
    if declared and heading.value and not _within(heading.value, page_title):
        return declared[0]
    if heading.value:
        return heading
    parts = [part for part in PARTS.split(page_title) if part.strip()]
    parts = [part for part in parts if not _is_site(part, source)] or parts
    if not parts or key(page_title) in UNTITLED:
        return UNKNOWN
    whole = page_title
    longest = max(parts, key=lambda part: len(part.split()))
    # A site's name is short, and a headline is a sentence.
    if len(parts) == 1 or all(
        len(part.split()) <= LONGEST_NAME < len(longest.split()) for part in parts if part != longest
    ):
        whole = longest
    return found(one_line(whole), "page title")


def _agrees(words: str, page_title: str, declared: Iterable[Found]) -> bool:
    return _within(words, page_title) or any(same_title(words, title.value or "") for title in declared)


def _within(words: str, page_title: str) -> bool:
    """Return whether a heading is all or a part of <title>."""
    plain = key(words)
    if not plain:
        return False
    if plain == key(page_title):
        return True
    if len(words) > LONGEST or len(page_title) > LONGEST:
        return False
    parts = PARTS.split(page_title, maxsplit=MOST_PARTS)
    # A headline may hold a colon or a dash itself.
    starts = {
        key("".join(parts[first:last])) for first in range(len(parts)) for last in range(first + 1, len(parts) + 1)
    }
    if plain in starts and (len(words.split()) > 1 or len(parts) > 1):
        return True
    # A <title> may be shortened for search engines.
    shortened = key(parts[0])
    return len(shortened) >= SHORTEST_CUT and plain.startswith(shortened)


def same_title(one: str, other: str) -> bool:
    """Return whether two titles are the same but for the name of the site around one."""
    a, b = key(one), key(other)
    return a != "" and b != "" and (a == b or _within(one, other) or _within(other, one))


def site_in(page_title: str) -> str | None:
    """Return the host that <title> names as its site: 'news.example' in 'Headline - news.example'."""
    return next((part for part in PARTS.split(page_title)[1:] if HOST.fullmatch(part)), None)


def _is_site(words: str, source: Found) -> bool:
    plain = key(words)
    if HOST.fullmatch(words.strip()):
        return True
    return plain == "" or plain in UNTITLED or (source.value is not None and plain == key(source.value))


def _of_site(block: Block, source: Found) -> bool:
    """Return whether a heading names the site: by its words, its element's names, or as a link to the front page."""
    if _is_site(block.words, source):
        return True
    element: Any = block.element
    for around in (element, *list(element.iterancestors())[:3]):
        if around.tag in ("body", "html"):
            break
        if SITE_NAMES.search(names_of(around)):
            return True
    links = list(element.iter("a"))
    return len(links) == 1 and block.share_linked > 0.9 and _path_of(links[0].get("href") or "") == "/"


def is_front_page(address: str | None) -> bool:
    """Return whether an address has no path."""
    return address is not None and _path_of(address) == "/"


def _path_of(address: str) -> str:
    """Return the path of an address, '/' for that of a front page."""
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return address
    return (parts.path or ("/" if parts.netloc else "")) if not parts.query else address


def _is_named(element: Any) -> bool:
    if element.get("itemprop") in ("headline", "name") and element.tag.startswith("h"):
        return True
    return element.tag.startswith("h") and HEADLINE_NAMES.search(element.get("class") or "") is not None


def _nearest(places: Sequence[int], first: int | None) -> int | None:
    """Return the last heading above the text, else the first."""
    above = [place for place in places if first is None or place <= first]
    return above[-1] if above else (places[0] if places else None)

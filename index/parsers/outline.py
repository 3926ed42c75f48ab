"""The outline of a page: its visible blocks in order, how much of each is links, and which stand apart."""

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from index.parsers.tree import BLOCKS, HEADINGS, SPACE, UNSEEN

if TYPE_CHECKING:
    from lxml.html import HtmlElement

APART: Final = frozenset("nav aside footer form dialog figure figcaption menu".split())
# Names that templates give to what is beside an article; parts of a name count, as in 'comment-list'.
APART_NAMES: Final = re.compile(
    r"(?:^|[\s_-])(?:comments?|disqus|respond|related|recommend(?:ed|ations?)?|read-?more|more-?(?:news|stories)|most-?read|popular|"
    r"trending|teasers?|promo(?:tion)?|sidebar|side-?bar|widgets?|newsletter|subscri(?:be|ption)|social|share|sharing|"
    r"share-?bar|breadcrumbs?|cookies?|consent|advert(?:isement|orial)?|ads?|ad-?slot|sponsor(?:ed)?|menu|navigation|nav(?:bar)?|"
    r"footer|login|log-?in|sign-?(?:in|up)|user(?:name|-?menu)?|account|search|tags|tag-?(?:list|cloud|links)|captions?|"
    r"bio|author-?(?:bio|box|info|card|description)|about-?(?:the-?)?author|gallery|toolbar|paywall|popup|modal)(?:$|[\s_-])",
    re.IGNORECASE,
)
BYLINE_NAMES: Final = re.compile(
    r"(?:^|[\s_-])(?:by-?lines?|authors?|author-?names?|writers?|contributors?|forfatter|skribent|autor|auteur|autore|p-author)(?:$|[\s_-])",
    re.IGNORECASE,
)
# Utility style sheets give an element dozens.
LONGEST_NAMES: Final = 400
_NO_KEY: Final = bytes(code for code in range(128) if not chr(code).isalnum())
# Their content is shown only if something else fails: scripts, frames, video.
HIDDEN_TAGS: Final = "style template noscript noembed noframes datalist audio video canvas iframe".split()
HIDDEN_STYLE: Final = re.compile(
    r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|(?:left|text-indent)\s*:\s*-\d{3,}(?:px|em))",
    re.IGNORECASE,
)
# For screen readers only, by the names in common style sheets.
HIDDEN_CLASSES: Final = frozenset(
    "sr-only visually-hidden visuallyhidden screen-reader-text screen-reader-only screenreader-text".split()
)
SHOWN_CLASSES: Final = re.compile(r"not-sr-only|focusable")
# An element with so many letters is the article, hidden behind a dialogue such as a question about cookies.
LETTERS_OF_AN_ARTICLE: Final = 400


@dataclass(slots=True)
class Block:
    """A stretch of text that a browser sets apart.

    Attributes:
        element: the block-level element directly around it.
        rows: its lines, as its `<br>`s part them; of a `<pre>` as they are.
        linked: how many of its characters are links'.
        words: those in one line.
        key: its letters and digits, which identify its words elsewhere.
        apart: whether an element around it is no part of an article: navigation, a form, comments, a teaser.
    """

    element: Any
    rows: tuple[str, ...]
    linked: int
    apart: bool
    words: str = field(init=False)
    key: str = field(init=False)

    def __post_init__(self) -> None:
        self.words = " ".join(filter(None, self.rows))
        self.key = key(self.words)

    @property
    def is_heading(self) -> bool:
        return self.element.tag in HEADINGS

    @property
    def share_linked(self) -> float:
        """Return the share of the block that is links, from 0 to 1."""
        return min(1.0, self.linked / max(1, len(self.words)))


@dataclass(frozen=True, slots=True)
class Mark:
    """An element that may date or sign the article: a `<time>`, a by-line.

    Attributes:
        place: the number of the block that it begins in.
        before: the words of its block in front of it.
        apart: as for a block.
    """

    element: Any
    place: int
    before: str
    apart: bool


@dataclass(slots=True)
class Outline:
    """The blocks of a page, its `<time>`s and what its markup calls a by-line, each in their order."""

    blocks: list[Block] = field(default_factory=list)
    times: list[Mark] = field(default_factory=list)
    bylines: list[Mark] = field(default_factory=list)


def key(words: str) -> str:
    """Return the letters and digits of `words` in lower case."""
    if words.isascii():
        return words.encode().translate(None, _NO_KEY).decode().lower()
    return "".join(filter(str.isalnum, words)).lower()


def names_of(element: Any) -> str:
    """Return the names that a template gives an element: its classes and its id."""
    return f"{element.get('class') or ''} {element.get('id') or ''}"


def outline(tree: "HtmlElement") -> Outline:
    """Return the blocks of the page in `tree`, which is left as it is. What is no text is passed over."""
    from lxml import etree

    walk = _Walk(Outline())
    body = tree.find("body")
    root = tree if body is None else body
    steps = etree.iterwalk(root, events=("start", "end"))
    for event, element in steps:
        name = element.tag if isinstance(element.tag, str) else ""
        if event == "start":
            if not name or (name in UNSEEN and name not in PASSED_THROUGH):
                steps.skip_subtree()
                continue
            walk.begin(element, name)
        elif name and (name not in UNSEEN or name in PASSED_THROUGH):
            walk.end(element, name)
        if event == "end" and element is not root:
            walk.write(element.tail)
    walk.flush()
    return walk.outline


# No part of a text, but their words tell what is around it.
PASSED_THROUGH: Final = frozenset("nav form figure figcaption".split())


@dataclass(slots=True)
class _Walk:
    outline: Outline
    around: list[Any] = field(default_factory=list)
    apart: list[Any] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=lambda: [[]])
    linked: int = 0
    links: int = 0

    def begin(self, element: Any, name: str) -> None:
        if name in BLOCKS or name in APART or name in ("td", "th", "tr"):
            self.flush()
            self.around.append(element)
        names = names_of(element)[:LONGEST_NAMES] if element.attrib else ""
        if not self.apart and _is_apart(element, name, names):
            self.apart.append(element)
        if name == "a":
            self.links += 1
        elif name == "br":
            self.rows.append([])
        elif name == "time" or (element.attrib and (element.get("itemprop") or "").lower() == "datepublished"):
            self._mark(self.outline.times, element)
        if _is_byline(element, names):
            self._mark(self.outline.bylines, element)
        self.write(element.text)

    def end(self, element: Any, name: str) -> None:
        if name == "a":
            self.links -= 1
        if self.around and self.around[-1] is element:
            self.flush()
            self.around.pop()
        if self.apart and self.apart[-1] is element:
            self.apart.pop()

    def write(self, words: str | None) -> None:
        if words:
            self.rows[-1].append(words)
            if self.links:
                self.linked += len(words.strip())

    def flush(self) -> None:
        if not any(self.rows):
            self.rows = [[]]
            return
        said = ["".join(row) for row in self.rows]
        if self.around and self.around[-1].tag == "pre":
            rows = tuple(line.rstrip() for line in "\n".join(said).strip().splitlines())
        else:
            rows = tuple(row for words in said if (row := " ".join(words.split())))
        if self.around and (block := Block(self.around[-1], rows, self.linked, bool(self.apart))).key:
            self.outline.blocks.append(block)
        self.rows = [[]]
        self.linked = 0

    def _mark(self, marks: list[Mark], element: Any) -> None:
        before = SPACE.sub(" ", "".join(self.rows[-1][-20:]))[-200:].strip()
        marks.append(Mark(element, len(self.outline.blocks), before, bool(self.apart)))


def _is_apart(element: Any, name: str, names: str) -> bool:
    if name in ("html", "body", "main", "article"):
        return False
    named = names.strip() != "" and APART_NAMES.search(names) is not None
    if not named and name not in APART:
        return False
    # Some frameworks put the whole page into a form, and some templates name the article's element by its tags.
    return (name in APART and name != "form") or next(element.iter("h1"), None) is None


def _is_byline(element: Any, names: str) -> bool:
    if not element.attrib:
        return False
    if "author" in (element.get("rel") or "").split() or (element.get("itemprop") or "") == "author":
        return True
    return bool(names.strip()) and BYLINE_NAMES.search(names) is not None


def drop_hidden(tree: "HtmlElement") -> None:
    """Remove from `tree` the elements that no browser shows, but not scripts, which may hold declared metadata."""
    from lxml import etree

    etree.strip_elements(tree, *HIDDEN_TAGS, with_tail=False)
    hidden = []
    for element in tree.iter(etree.Element):
        attributes = element.attrib
        if not attributes:
            if element.tag == "dialog":
                hidden.append(element)
            continue
        if element.tag in ("html", "body", "script", "meta", "link", "head"):
            # A page hides its root only until its scripts have run.
            continue
        if _is_hidden(element):
            hidden.append(element)
        elif attributes.get("aria-hidden") == "true" and _holds_an_article(element):
            del attributes["aria-hidden"]
    for element in hidden:
        element.drop_tree()


def _is_hidden(element: "HtmlElement") -> bool:
    attributes = element.attrib
    # 'until-found' text shows up when somebody searches the page for it.
    if "hidden" in attributes and attributes["hidden"].strip().lower() != "until-found":
        return True
    if "style" in attributes and HIDDEN_STYLE.search(attributes["style"][:1000]):
        return True
    if element.tag == "dialog" and "open" not in attributes:
        return True
    names = attributes.get("class") or ""
    return not HIDDEN_CLASSES.isdisjoint(names.split()) and not SHOWN_CLASSES.search(names)


def _holds_an_article(element: "HtmlElement") -> bool:
    if element.tag not in ("main", "article") and next(element.iter("h1", "main", "article"), None) is None:
        return False
    return sum(len(paragraph.text_content()) for paragraph in element.iter("p")) >= LETTERS_OF_AN_ARTICLE

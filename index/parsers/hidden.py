"""Hidden elements of a page, which no browser shows."""

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from lxml.html import HtmlElement

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

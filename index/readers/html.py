"""Reads `.html`: the main text of a page, as trafilatura makes it out. The article's text is the extracted text."""

import re
from typing import TYPE_CHECKING, Final

from index.article import Article, Span
from index.clutter.walls import WALL, is_wall
from index.metadata import first_known, found, host_of, language
from index.readers.decoding import decode
from index.readers.labels import labels
from index.readers.lead import TOP, lead, title_of
from index.readers.lines import joined, lines, trimmed
from index.readers.page import page
from index.readers.reading import Reading, UnreadableError, sound
from index.readers.tree import parsed, written

if TYPE_CHECKING:
    from lxml.html import HtmlElement

NO_ARTICLE: Final = "no article found in the page"
# The largest encyclopaedia pages have a tenth of it; trafilatura takes some 20 s for as many.
MOST_ELEMENTS: Final = 250_000
# Letters in paragraphs that end like sentences: what a menu or a form says in sentences is shorter than a short report.
FEWEST_LETTERS: Final = 140
FEWEST_LETTERS_DECLARED: Final = 60
FEWEST_LETTERS_BESIDE_PASSWORD: Final = 800

CHARSET: Final = re.compile(
    rb"<meta[^>]{0,300}?charset\s{0,3}=\s{0,3}[\"']?\s{0,3}([\w:.-]{2,40})|<\?xml[^>]{0,100}?encoding=[\"']([\w:.-]{2,40})",
    re.IGNORECASE,
)
# Browsers look for it no further (https://html.spec.whatwg.org/multipage/parsing.html#prescan-a-byte-stream-to-determine-its-encoding
# asks for 1024); some pages put it behind their styles.
HEAD: Final = 8192
SENTENCE_END: Final = re.compile(r"[.!?…。！？][\"'”’»)\]]*\Z")


def read(path: str, raw: bytes) -> Reading:
    """The one article in an HTML page.

    Raises:
        UnreadableError: if it is empty, not text, too large to be looked at, or holds no article.
    """
    tree = parsed(sound(decode(raw, _charset(raw))))
    elements = sum(1 for _ in tree.iter())
    if elements > MOST_ELEMENTS:
        raise UnreadableError(f"a page of {elements:,} elements, the limit is {MOST_ELEMENTS:,}")
    try:
        known = page(tree)
        text, headings = _main_text(tree)
    except Exception as error:  # whatever a hostile page drives the parsers to, it must not end the build
        raise UnreadableError(f"the page cannot be taken apart: {type(error).__name__}") from error
    if not text and known.body:
        text, headings = sound(known.body).strip(), ()
    has_password = any((field.get("type") or "").lower() == "password" for field in tree.iter("input"))
    if not _is_article(text, headings, declared=known.declared, has_password=has_password):
        raise UnreadableError(NO_ARTICLE)
    if is_wall(text):
        raise UnreadableError(WALL)
    top = [trimmed(text, line) for line in lines(text[:TOP]) if line.of(text).strip()]
    labelled = labels(text, [line for line in top if line not in headings])
    spoken = language(text, known.language, text_knows_better=True)
    opening = lead(text, joined([*headings, *labelled.spans]), spoken.value)
    url = first_known(known.url, labelled.url)
    article = Article(
        id=path,
        path=path,
        text=text,
        title=first_known(known.title, found(title_of(opening.words(text)), "lead sentence")),
        url=url,
        source=first_known(known.source, labelled.source, opening.source, host_of(url)),
        author=first_known(known.author, labelled.author),
        published=first_known(known.published, labelled.published, opening.published),
        language=spoken,
        headings=headings,
        outside=tuple(labelled.spans),
    )
    return Reading((article,))


def _charset(raw: bytes) -> str | None:
    match = CHARSET.search(raw[:HEAD])
    return match and (match[1] or match[2]).decode("ascii", errors="replace")


def _main_text(tree: "HtmlElement") -> tuple[str, tuple[Span, ...]]:
    """The main text of the page, '' where there is none; scripts and styles are removed from the tree."""
    from lxml import etree
    from trafilatura import bare_extraction

    etree.strip_elements(tree, "script", "style", with_tail=False)
    document = bare_extraction(tree, include_comments=False)
    body = getattr(document, "body", None)
    return ("", ()) if body is None else written(body)


def _is_article(text: str, headings: tuple[Span, ...], *, declared: bool, has_password: bool) -> bool:
    titles = {span.of(text) for span in headings}
    sentences = (block for block in text.split("\n\n") if block not in titles and SENTENCE_END.search(block[-20:]))
    letters = sum(character.isalpha() for block in sentences for character in block)
    if has_password:
        return letters >= FEWEST_LETTERS_BESIDE_PASSWORD
    return letters >= (FEWEST_LETTERS_DECLARED if declared else FEWEST_LETTERS)

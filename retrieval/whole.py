"""A whole article as it is read: its paragraphs in order, each with its kind, its copies, and the citation of a span.

Nothing is judged anew: what no passage meets was a heading, or left out as clutter, when the index was built.
"""

import re
from dataclasses import dataclass
from typing import Final, Literal

from index.article import Article, Span
from index.generation.catalog import ArticleHead, StoredPassage
from index.sentences import paragraphs
from retrieval.answer import Citation, Hit
from retrieval.citation import Checked, cite, surroundings
from retrieval.errors import ChangedArticleError
from retrieval.listing import name_of
from retrieval.snapshot import Snapshot

Kind = Literal["text", "heading", "left out"]

# Marks of Markdown around the words of a heading.
_MARKUP: Final = re.compile(r"^#{1,6}\s+|\s+#+$|[*_`]")
_LEVEL: Final = re.compile(r"#{1,6}(?=\s)")
# No heading of a section is longer; a longer paragraph is not compared with them.
_HEADING: Final = 500


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph of an article, without the white space around it.

    Attributes:
        kind: 'left out' for what the index holds for no part of the article, such as menus and captions.
        level: of a heading, 1 for the uppermost; else 0.
    """

    span: Span
    kind: Kind = "text"
    level: int = 0


@dataclass(frozen=True, slots=True)
class WholeArticle:
    """An article with everything that a page about it shows.

    Attributes:
        checked: its text, known to be the one that was indexed.
        copies: the other articles with the same text, or nearly.
        blocks: all of its text but white space, in order.
    """

    article: Article
    head: ArticleHead
    checked: Checked
    passages: tuple[StoredPassage, ...]
    copies: tuple[ArticleHead, ...]
    blocks: tuple[Block, ...]

    @property
    def text(self) -> str:
        """Return the text of the article."""
        return self.checked.text

    def cited(self, span: Span) -> Citation:
        """Return a citation of a span, with a link into the original.

        Raises:
            ChangedArticleError: if the span does not lie in the article, or holds no words.
        """
        if span.end > len(self.text) or not span.of(self.text).strip():
            raise ChangedArticleError(f"the article {self.head.id!r} has changed: ask again")
        before, _ = surroundings(self.text, self.passages, Span(span.end, span.end), 1)
        nearest = before[-1] if before else None
        number, paragraph = (nearest.number, nearest.paragraph) if nearest else (0, 1)
        passage = StoredPassage(number, self.head.number, 0, span, "", paragraph)
        return cite(Hit(1, passage, self.head, 0.0, 0.0, 0.0), self.checked, ())


def whole_article(snapshot: Snapshot, name: bytes) -> WholeArticle | None:
    """Return the article of that name, see `listing.name_of`; None where there is none.

    Raises:
        CitationError: if its text is not the one that was read.
    """
    catalog, listing = snapshot.generation.catalog, snapshot.listing
    number = listing.named(name)
    if number is None:
        return None
    head = catalog.head(number)
    checked = snapshot.texts.of(head)
    passages = tuple(catalog.passages_of(number))
    # The listing has every article that may be shown.
    others = (copy for copy in catalog.copies(number) if copy.number != number)
    copies = tuple(copy for copy in others if listing.named(name_of(copy.id)) is not None)
    blocks = tuple(_blocks(checked.text, head.title, passages))
    return WholeArticle(catalog.article(number), head, checked, passages, copies, blocks)


def _blocks(text: str, title: str, passages: tuple[StoredPassage, ...]) -> list[Block]:
    headings = {_plain(passage.heading) for passage in passages if passage.heading}
    found: list[Block] = []
    later = 0
    for span in paragraphs(text):
        while later < len(passages) and passages[later].span.end <= span.start:
            later += 1
        covered = later < len(passages) and passages[later].span.meets(span)
        words = span.of(text) if len(span) <= _HEADING else ""
        if words and _plain(words) in headings:
            marks = _LEVEL.match(words)
            found.append(Block(span, "heading", len(marks[0]) if marks else 2))
        elif not covered and words and _plain(words) == _plain(title):
            found.append(Block(span, "heading", 1))
        else:
            found.append(Block(span, "text" if covered else "left out"))
    if all(block.kind == "left out" for block in found):
        # An article without a passage is shown all the same.
        return [Block(block.span) for block in found]
    return found


def _plain(words: str) -> str:
    return " ".join(_MARKUP.sub("", words.strip()).split()).casefold()

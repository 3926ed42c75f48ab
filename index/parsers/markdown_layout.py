"""The headings of a Markdown file, and its markup without words."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest
from typing import TYPE_CHECKING, Final

from index.article import Span
from index.parsers.lines import lines, union
from index.parsers.parsed import silence_libraries
from index.sentences import trimmed

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

# Longer than a title or a lead, which are shortened anyway.
LONGEST_INLINE: Final = 2_000

# '![words](address)', also within a link, one or more of them.
IMAGES: Final = re.compile(
    r"(?:\[?!\[[^\[\]]{0,500}\](?:\([^()\s]{0,2000}(?:\s[^()]{0,500})?\)|\[[^\[\]]{0,200}\])"
    r"(?:\]\([^()\s]{0,2000}\))?\s*)+"
)
TAGS: Final = re.compile(r"(?:<[^<>]{1,2000}>\s*)+")
FENCE: Final = re.compile(r"[\s>]*(?:`{3,}|~{3,})\s*")
UNSEEN: Final = re.compile(r"\s*<(?:script|style|template)\b", re.IGNORECASE)
# Not lists and quotes, whose lines would be visited once for each level.
LOOKED_AT: Final = frozenset("heading_open hr definition fence html_block inline".split())


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: the whole of its line or lines, its level from 1, and its words with their markup."""

    span: Span
    level: int
    source: str


@dataclass(frozen=True, slots=True)
class Layout:
    """The parts of a Markdown text that are not running text, in order.

    Attributes:
        headings: ATX and setext.
        outside: images, comments, lines of tags, link definitions, rules, and the markers of fences.
    """

    headings: tuple[Heading, ...]
    outside: tuple[Span, ...]


def layout(text: str, start: int) -> Layout:
    """Find the headings and the markup without words in `text` from the line that begins at `start`."""
    rows = list(lines(text, start))
    headings: list[Heading] = []
    outside: list[Span] = []
    tokens = _blocks().parse(text[start:])
    for token, after in zip_longest(tokens, tokens[1:]):
        if token.map is None or token.map[0] >= len(rows):
            continue
        if token.type not in LOOKED_AT:
            continue
        covered = rows[token.map[0] : token.map[1]]
        whole = trimmed(text, covered[0].start, covered[-1].end)
        if token.type == "heading_open":
            headings.append(Heading(whole, int(token.tag[1:]), after.content if after else ""))
        else:
            outside.extend(span for span in _without_words(token, text, covered, whole) if span)
    return Layout(tuple(headings), union(outside))


def plain(source: str) -> str:
    """Return the words of a line or a paragraph of Markdown, without its markup."""
    tokens = _inline().parseInline(source[:LONGEST_INLINE])[0].children or []
    return "".join(" " if token.type in ("softbreak", "hardbreak") else _unmarked(token) for token in tokens)


def _without_words(token: "Token", text: str, rows: Sequence[Span], whole: Span) -> Iterator[Span]:
    if token.type in ("hr", "definition"):
        yield whole
    elif token.type == "fence":
        yield trimmed(text, rows[0].start, rows[0].end)
        if len(rows) > 1 and FENCE.fullmatch(rows[-1].of(text)):
            yield trimmed(text, rows[-1].start, rows[-1].end)
    elif token.type == "html_block":
        if UNSEEN.match(whole.of(text)):
            yield whole
        yield from _comments(text, whole)
        yield from (trimmed(text, row.start, row.end) for row in rows if TAGS.fullmatch(row.of(text).strip()))
    elif token.type == "inline":
        # A comment between backticks is an example of one.
        if "`" not in whole.of(text):
            yield from _comments(text, whole)
        yield from (trimmed(text, row.start, row.end) for row in rows if IMAGES.fullmatch(row.of(text).strip(" \t>")))


def _comments(text: str, within: Span) -> Iterator[Span]:
    start = text.find("<!--", within.start, within.end)
    while start >= 0:
        end = text.find("-->", start + 4, within.end)
        if end < 0:
            # Only a comment that opens its block swallows the rest of it.
            if start == within.start:
                yield within
            return
        yield Span(start, end + 3)
        start = text.find("<!--", end, within.end)


def _unmarked(token: "Token") -> str:
    return "" if token.type == "html_inline" else token.content


@cache
def _blocks() -> "MarkdownIt":
    silence_libraries()
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"inline_definitions": True}).disable("inline")


@cache
def _inline() -> "MarkdownIt":
    silence_libraries()
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark")

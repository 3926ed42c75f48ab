"""The parser of `.md` and `.markdown`.

The article's text is the decoded file, with its front matter and its markup. Only markup of note and site programs is
removed (`note_markup`).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice, zip_longest
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from index.article import Span
from index.clutter.marking import parts_of
from index.metadata import first_known, found, language, one_line
from index.parsers.charset import decode
from index.parsers.document import Document
from index.parsers.front_matter import check_published, front_matter
from index.parsers.labels import labels, top_lines
from index.parsers.lead import title_of
from index.parsers.lines import lines, union
from index.parsers.note_markup import is_obsidian, rendered
from index.parsers.parsed import Parsed, UnreadableError, silence_libraries, storable
from index.sentences import trimmed

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

# The names of files that the bot stores.
STORED: Final = re.compile(r"\d{4}-\d{2}-\d{2}-.*-[0-9a-f]{6,64}")
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


def read(path: str, raw: bytes) -> Parsed:
    """Parse the one article in a Markdown file.

    Raises:
        UnreadableError: if it is empty, not text, or a draft.
    """
    written = storable(decode(raw))
    front = front_matter(written)
    check_published(path, front)
    declared = front.facts
    body = written[front.span.end :]
    text = written[: front.span.end] + rendered(body)
    if not text.strip():
        raise UnreadableError("nothing in it is shown to people")
    marked_headings, without_words = layout(text, _next_line(text, front.span))
    headings = tuple(heading.span for heading in marked_headings)
    marked = union([*([front.span] if len(front.span) else []), *without_words])
    known = labels(text, top_lines(text, union([*marked, *headings])))
    outside = union([*marked, *known.spans])
    spoken = language(_running(text, union([*outside, *headings])), declared.language)
    document = Document(path, text, spoken, parts_of(text), headings, outside)
    opening = document.lead()
    article = document.article(
        title=first_known(
            declared.title,
            found(
                next((one_line(plain(each.source)) for each in marked_headings if each.level == 1), None),
                "heading line",
            ),
            known.title,
            found(_note_name(path, body), "file name"),
            found(title_of(plain(opening.words(text))), "lead sentence"),
            found(next((one_line(plain(each.source)) for each in marked_headings), None), "heading line"),
            found(one_line(text), "first line"),
        ),
        url=first_known(declared.url, known.url),
        source=first_known(declared.source, known.source, opening.source),
        author=first_known(declared.author, known.author),
        published=first_known(declared.published, known.published, opening.published),
    )
    return Parsed((article,))


def _note_name(path: str, body: str) -> str | None:
    """Return a file's name if it is the title of a note: if it has several words, or the note has Obsidian's markup."""
    name = PurePosixPath(path).stem
    if STORED.fullmatch(name) or not any(map(str.isalpha, name)):
        return None
    return one_line(name) if " " in name.strip() or is_obsidian(body) else None


def _next_line(text: str, front: Span) -> int:
    """Return where the line behind the front matter begins."""
    rest = list(islice(lines(text, front.end), 2)) if len(front) else []
    return rest[1].start if len(rest) > 1 else front.end


def _running(text: str, apart: Sequence[Span]) -> str:
    """Return the text without the spans in `apart`, from which its language is detected."""
    pieces = []
    position = 0
    for span in apart:
        pieces.append(text[position : span.start])
        position = max(position, span.end)
    return "".join([*pieces, text[position:]])


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: the whole of its line or lines, its level from 1, and its words with their markup."""

    span: Span
    level: int
    source: str


def layout(text: str, start: int) -> tuple[list[Heading], list[Span]]:
    """Find the parts of `text` that are not running text, from the line that begins at `start`.

    Returns:
        The headings, ATX and setext; and the markup without words: images, comments, lines of tags, link definitions,
        rules, and the markers of fences.
    """
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
    return headings, outside


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

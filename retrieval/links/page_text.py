"""An article's text as a page shows it: its words without the marks of our parsers and of Markdown.

A browser looks for the words of a link within one block of the page, so words are grouped by lines: a line of the text,
an item of a list, a cell of a table.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import unescape
from typing import Final

from index.article import Span
from index.folding import without_unseen

# Longer lines were not written by hand, and are returned as they are.
_LONGEST_LINE: Final = 20_000
_LINE: Final = re.compile(r"[^\r\n]+")
# Quote marks, then the mark of a heading, a list item or a task.
_OPENING: Final = re.compile(r"(?:\s*>)*\s*(?:#{1,6}\s|(?:[-*+•‣◦▪·–—]|\(?\d{1,3}[.)])\s)?\s*(?:\[[ xX]\]\s)?")
# Between the cells of our own tables, and of Markdown's, whose rows may begin with a bar.
_BAR: Final = re.compile(r"(?<=\s)\|(?=\s|\Z)")
_ANY_BAR: Final = re.compile(r"(?<!\\)\|")
# A line that only draws: rules, underlines of headings, the row below a table's head.
_DRAWN: Final = re.compile(r"[-=_*~|:+\s]*")
# In place of what parts words: a picture, or a number of the page's own.
_PARTED: Final = "\x00"
# Markup with the group that is shown, None for nothing. Scrapers leave these in any text.
_ANYWHERE: Final[tuple[tuple[re.Pattern[str], int | None], ...]] = (
    (re.compile(r"!\[[^\[\]]{0,500}\]\([^()\s]{0,2000}(?:\s[^()]{0,500})?\)"), None),
    (re.compile(r"\[([^\[\]]{1,1000})\]\((?:[^()\s]|\([^()\s]{0,500}\)){0,2000}(?:\s+[\"'(][^()]{0,500})?\)"), 1),
    (re.compile(r"\*\*(?=[^\s*])([^*]{1,2000}?)(?<=[^\s*])\*\*"), 1),
)
# In other texts a page shows these as they are.
_MARKDOWN: Final[tuple[tuple[re.Pattern[str], int | None], ...]] = (
    (re.compile(r"!\[\[[^\[\]]{0,500}\]\]|!\[[^\[\]]{0,500}\]\[[^\[\]]{0,200}\]"), None),
    (re.compile(r"<!--.{0,2000}?-->|%%.{0,2000}?%%"), None),
    (re.compile(r"\[\^[^\[\]\s]{1,100}\]"), None),
    (re.compile(r"\[\[(?:[^\[\]|]{1,500}\|)?([^\[\]|]{1,500})\]\]"), 1),
    (re.compile(r"\[([^\[\]]{1,1000})\]\[[^\[\]]{0,200}\]"), 1),
    (re.compile(r"`{1,3}([^`]{1,1000})`{1,3}"), 1),
    (re.compile(r"<(https?://[^<>\s]{1,2000})>"), 1),
    (re.compile(r"(?<![\w*])\*{1,3}(?=[^\s*])([^*]{1,2000}?)(?<=[^\s*])\*{1,3}(?![\w*])"), 1),
    (re.compile(r"(?<![\w_])_{1,3}(?=[^\s_])([^_]{1,2000}?)(?<=[^\s_])_{1,3}(?![\w_])"), 1),
    (re.compile(r"~~(?=\S)([^~]{1,2000}?)(?<=\S)~~"), 1),
    (re.compile(r"==(?=\S)([^=]{1,2000}?)(?<=\S)=="), 1),
)
_MARKED: Final = re.compile(r"[\[`*_~=<%\\&]")
_TAG: Final = re.compile(r"</?[A-Za-z][^<>]{0,500}>")
_ESCAPED: Final = re.compile(r"\\([!-/:-@\[-`{-~])")
_ENTITY: Final = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
# A word; scripts that are written without blanks are cut behind punctuation.
_WORD: Final = re.compile(r"[^\s，。、；：！？]*[，。、；：！？]+[」』”’）】]*|[^\s，。、；：！？]+")


@dataclass(frozen=True, slots=True)
class Word:
    """A word on a page.

    Attributes:
        start, end: its place in the article's text.
        line: the number of its line; terms of a link never run from one to another.
        first, last: its place in the line as shown.
    """

    start: int
    end: int
    line: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Line:
    """Words in a row on a page.

    Attributes:
        shown: as a page shows them, white space folded, without code points that nobody sees.
        raw: as they stand in the article's text, but for markup.
        places: where in the text each code point of `raw` stands; where there is no markup only the first one.
    """

    shown: str
    raw: str
    places: Sequence[int]

    def place(self, at: int) -> int:
        """Return where in the article's text a code point of `raw` stands."""
        return self.places[at] if len(self.places) == len(self.raw) else self.places[0] + at

    @property
    def start(self) -> int:
        """Return the place of its first code point in the article's text."""
        return self.places[0]

    @property
    def end(self) -> int:
        """Return the place behind its last code point."""
        return self.place(len(self.raw) - 1) + 1

    def words(self, number: int) -> list[Word]:
        """Return its words in order; `number` is the line's."""
        raw = [word for word in _WORD.finditer(self.raw) if without_unseen(word[0])]
        return [
            Word(self.place(one.start()), self.place(one.end() - 1) + 1, number, other.start(), other.end())
            for one, other in zip(raw, _WORD.finditer(self.shown), strict=True)
        ]


def shown_lines(text: str, start: int = 0, end: int | None = None, *, markdown: bool) -> list[Line]:
    """Return what a page shows of an article's text between two places, line by line.

    Parameters:
        markdown: whether the text is Markdown, so that tags, escapes and character references are no words.
    """
    return [
        line
        for row in _LINE.finditer(text, start, len(text) if end is None else end)
        for cell in _cells(text, row.start(), row.end())
        for line in _parts(text, cell, markdown=markdown)
    ]


def _cells(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield the cells of a table's row, or a line without the marks at its beginning."""
    if _DRAWN.fullmatch(text, start, end):
        return
    opening = _OPENING.match(text, start, end)
    start = opening.end() if opening else start
    bars = _ANY_BAR if text.startswith("|", start) else _BAR
    for bar in bars.finditer(text, start, end):
        yield Span(start, bar.start())
        start = bar.end()
    yield Span(start, end)


def _parts(text: str, cell: Span, *, markdown: bool) -> Iterator[Line]:
    """Yield the words of a cell, in runs that nothing parts."""
    raw = cell.of(text)
    if len(raw) > _LONGEST_LINE or not _MARKED.search(raw):
        yield from _line(raw, (cell.start,))
        return
    words, places = _unmarked(raw, list(range(cell.start, cell.end)), markdown=markdown)
    done = 0
    for part in words.split(_PARTED):
        yield from _line(part, places[done : done + len(part)])
        done += len(part) + 1


def _line(raw: str, places: Sequence[int]) -> Iterator[Line]:
    shown = " ".join(without_unseen(raw).split())
    if shown:
        yield Line(shown, raw, places)


def _unmarked(words: str, places: list[int], *, markdown: bool) -> tuple[str, list[int]]:
    """Return the words of a line without its markup, and the place of each code point that is left."""
    patterns = (*_ANYWHERE, *_MARKDOWN, (_TAG, None), (_ESCAPED, 1)) if markdown else _ANYWHERE
    # Twice, since marked words may be marked again: '**_so_**'.
    for pattern, group in patterns * 2:
        pieces: list[str] = []
        kept: list[int] = []
        done = 0
        for match in pattern.finditer(words):
            pieces.append(words[done : match.start()])
            kept += places[done : match.start()]
            if group is None:
                if pattern is not _TAG or match[0][1:3].lower() == "br":
                    pieces.append(_PARTED)
                    kept.append(places[match.start()])
            else:
                inner = match.span(group)
                pieces.append(words[slice(*inner)])
                kept += places[slice(*inner)]
            done = match.end()
        if done:
            words, places = "".join([*pieces, words[done:]]), kept + places[done:]
    if markdown and "&" in words:
        words, places = _with_entities(words, places)
    return words, places


def _with_entities(words: str, places: list[int]) -> tuple[str, list[int]]:
    pieces: list[str] = []
    kept: list[int] = []
    done = 0
    for match in _ENTITY.finditer(words):
        meant = unescape(match[0])
        pieces += [words[done : match.start()], meant]
        kept += places[done : match.start()] + [places[match.start()]] * len(meant)
        done = match.end()
    return "".join([*pieces, words[done:]]), kept + places[done:]

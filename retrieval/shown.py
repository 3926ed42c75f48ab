"""What a page shows of an article's text: its words without the marks that our readers and Markdown put there.

A browser looks for the words of a link within one block of the page, so they are given by lines: a line of the text, an
item of a list, a cell of a table.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Final

import regex

from index.article import Span
from index.folding import is_unseen

# Longer lines are given as they are: no pattern is tried on what nobody wrote by hand.
_LONGEST_LINE: Final = 20_000
_LINE: Final = re.compile(r"[^\r\n]+")
# Quote marks, then the mark of a heading, a list item or a task.
_OPENING: Final = re.compile(r"(?:\s*>)*\s*(?:#{1,6}\s|(?:[-*+•‣◦▪·–—]|\(?\d{1,3}[.)])\s)?\s*(?:\[[ xX]\]\s)?")
_CELL_END: Final = re.compile(r"(?<!\\)\|")
# A line that only draws: rules, underlines of headings, the row below a table's head.
_DRAWN: Final = re.compile(r"[-=_*~|:+\s]*")
# What marks up words, with the group that is shown; what stands for a picture or a number of its own parts words.
_PARTED: Final = "\x00"
_MARKUP: Final = (
    (
        re.compile(
            r"!\[\[[^\[\]]{0,500}\]\]|!\[[^\[\]]{0,500}\](?:\([^()\s]{0,2000}(?:\s[^()]{0,500})?\)|\[[^\[\]]{0,200}\])"
        ),
        None,
    ),
    (re.compile(r"<!--.{0,2000}?-->|%%.{0,2000}?%%"), None),
    (re.compile(r"\[\^[^\[\]\s]{1,100}\]"), None),
    (re.compile(r"\[\[(?:[^\[\]|]{1,500}\|)?([^\[\]|]{1,500})\]\]"), 1),
    (re.compile(r"\[([^\[\]]{1,1000})\]\((?:[^()\s]|\([^()\s]{0,500}\)){0,2000}(?:\s+[\"'(][^()]{0,500})?\)"), 1),
    (re.compile(r"\[([^\[\]]{1,1000})\]\[[^\[\]]{0,200}\]"), 1),
    (re.compile(r"`{1,3}([^`]{1,1000})`{1,3}"), 1),
    (re.compile(r"<(https?://[^<>\s]{1,2000})>"), 1),
    (re.compile(r"(?<![\w*])\*{1,3}(?=[^\s*])([^*]{1,2000}?)(?<=[^\s*])\*{1,3}(?![\w*])"), 1),
    (re.compile(r"(?<![\w_])_{1,3}(?=[^\s_])([^_]{1,2000}?)(?<=[^\s_])_{1,3}(?![\w_])"), 1),
    (re.compile(r"~~(?=\S)([^~]{1,2000}?)(?<=\S)~~|==(?=\S)([^=]{1,2000}?)(?<=\S)=="), 1),
)
_MARKED: Final = re.compile(r"[\[`*_~=<%\\&]")
# Of Markdown alone: in another text a page shows these as they are.
_TAG: Final = re.compile(r"</?[A-Za-z][^<>]{0,500}>")
_ESCAPED: Final = re.compile(r"\\([!-/:-@\[-`{-~])")
_ENTITY: Final = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
# A word, cut behind the punctuation of scripts that are written without blanks.
_WORD: Final = regex.compile(r"[^\s\x00，。、；：！？]*[，。、；：！？]+[」』”’）】]*|[^\s\x00，。、；：！？]+")


@dataclass(frozen=True, slots=True)
class Word:
    """A word that a page shows.

    Attributes:
        words: as shown, without code points that nobody sees.
        span: its place in the article's text.
        line: the number of its line; terms of a link never run from one to another.
        apart: whether a blank stands before it.
    """

    words: str
    span: Span
    line: int
    apart: bool


def shown(text: str, *, markdown: bool) -> list[Word]:
    """Return the words that a page shows of an article's text, in order.

    Parameters:
        markdown: whether the text is Markdown, so that tags, escapes and character references are no words.
    """
    found: list[Word] = []
    line = 0
    for row in _LINE.finditer(text):
        for cell in _cells(text, row.start(), row.end()):
            for part in _parts(text, cell, markdown=markdown):
                found += [Word(words, span, line, apart) for words, span, apart in part]
                line += 1
    return found


def _cells(text: str, start: int, end: int) -> Iterator[Span]:
    """What stands between the bars of a table's row, or the line without the marks at its beginning."""
    if _DRAWN.fullmatch(text, start, end):
        return
    opening = _OPENING.match(text, start, end)
    start = opening.end() if opening else start
    for bar in _CELL_END.finditer(text, start, end):
        yield Span(start, bar.start())
        start = bar.end()
    yield Span(start, end)


def _parts(text: str, cell: Span, *, markdown: bool) -> Iterator[list[tuple[str, Span, bool]]]:
    """The words of a cell with their places and whether a blank stands before them, in runs that nothing parts."""
    words, places = cell.of(text), list(range(cell.start, cell.end))
    if len(cell) <= _LONGEST_LINE and _MARKED.search(words):
        words, places = _unmarked(words, places, markdown=markdown)
    part: list[tuple[str, Span, bool]] = []
    done = 0
    for word in _WORD.finditer(words):
        if _PARTED in words[done : word.start()] and part:
            yield part
            part = []
        seen = "".join(point for point in word[0] if not is_unseen(point))
        if seen:
            span = Span(places[word.start()], places[word.end() - 1] + 1)
            part.append((seen, span, word.start() > done or not part))
        done = word.end()
    if part:
        yield part


def _unmarked(words: str, places: list[int], *, markdown: bool) -> tuple[str, list[int]]:
    """The words of a line without its markup, and the place of each code point that is left."""
    patterns: list[tuple[re.Pattern[str], int | None]] = list(_MARKUP)
    if markdown:
        patterns += [(_TAG, None), (_ESCAPED, 1)]
    # Twice: what is marked may be marked again, '**_so_**'.
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
                inner = match.span(group) if match[group] is not None else match.span(group + 1)
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

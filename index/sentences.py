"""Paragraphs and sentences of a text, as spans.

Nothing of the text is lost: its paragraphs together hold every code point that is not white space, and so do the
sentences of a paragraph.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

import regex
import sentencex

from index.article import Span
from index.sentence_ends import CLOSERS, UNMARKED, ends_sentence, is_unmarked

# Some inputs (a quotation mark after every full stop) cost sentencex quadratic time, so it sees a window at a time.
WINDOW: Final = 3_000
# Nobody wraps prose wider, so the end of a longer line is the end of a paragraph.
WIDEST_WRAP: Final = 120
NARROWEST_WRAP: Final = 55
# In a script without marks at the end of sentences, phrases are joined up to so many code points: some 25 words.
LONGEST_UNMARKED: Final = 140

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_LINE_END = re.compile(r"[\r\n]")
_LIST_MARK = re.compile(r"(?:[-*+•‣◦▪·–—]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)])[ \t]")
_CLOSERS = re.compile(r"[)\]}”’»›\"'」』）】｣]+(?=\s|\Z)")
# In German, Norwegian and others the full stop after a number makes it an ordinal, mostly the day of a month.
_ORDINAL = re.compile(r"(?<!\d)\d{1,2}\.\s+\Z")
# The ends of sentences that sentencex does not know: those of Khmer, Balinese, Coptic and others.
_UNKNOWN_END = re.compile(
    "[\u17d4\u17d5\u1b4e\u1b4f\u1b7f\u2cf9-\u2cfb\u2e60\u2e61\ufe12\ufe15\ufe16\U000113d4\U000113d5\U00016d6e\U00016d6f]"
    rf"[{CLOSERS}]*\s*"
)
# A blank between two phrases; one beside a number or a Latin word is none.
_PHRASE = regex.compile(rf"(?<=[{UNMARKED}])\s+(?=[{UNMARKED}])")
_GOES_ON = (":", ";")
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_SPACE = re.compile(r"\s")


def paragraphs(text: str) -> tuple[Span, ...]:
    """Cut `text` into paragraphs, in order, without surrounding white space; together they hold all that is not blank.

    A blank line ends a paragraph. So does the end of a line that does not wrap a sentence: in a text without blank
    lines, if nearly all lines end a sentence, after lines too long or too short to be wrapped, and before the mark of a
    list item.
    """
    blocks = list(_blocks(text))
    breaks = [(text[one.start : one.end], _head(text, other)) for block in blocks for one, other in pairwise(block)]
    if not breaks:
        return tuple(line for block in blocks for line in block)
    ends = sum(ends_sentence(line) or line.endswith(_GOES_ON) for line, _ in breaks)
    # Wrapped lines often begin in lower case, paragraphs hardly ever.
    runs_on = sum(head[:1].islower() for _, head in breaks) >= 0.3 * len(breaks)
    by_lines = ends >= 0.9 * len(breaks) or (len(blocks) == 1 and not runs_on)
    found: list[Span] = []
    for block in blocks:
        width = max(len(line) for line in block)
        start = block[0].start
        for one, other in pairwise(block):
            if by_lines or _parts(text, one, other, width):
                found.append(Span(start, one.end))
                start = other.start
        found.append(Span(start, block[-1].end))
    return tuple(found)


def sentences(text: str, span: Span, language: str | None) -> tuple[Span, ...]:
    """Cut `text` within `span` into sentences, in order, never across a blank line, without surrounding white space.

    Together they hold all of the span that is not white space.

    Parameters:
        text: the whole text.
        span: a paragraph, or a part of one.
        language: ISO 639-1 code, whose rules are followed; None for those of English.
    """
    code = language.partition("-")[0].lower() if language else "en"
    if not _LINE_END.search(text, span.start, span.end):
        line = trimmed(text, span.start, span.end)
        return tuple(_within(text, line, code)) if len(line) else ()
    return tuple(
        sentence
        for block in _blocks(span.of(text))
        for sentence in _within(text, Span(span.start + block[0].start, span.start + block[-1].end), code)
    )


def trimmed(text: str, start: int, end: int) -> Span:
    """Return the span `[start, end)` of `text` without the white space around it."""
    words = text[start:end]
    bare = words.strip()
    if len(bare) < len(words):
        start += len(words) - len(words.lstrip())
    return Span(start, start + len(bare))


def _blocks(text: str) -> Iterator[list[Span]]:
    """Yield the non-blank lines of `text`, trimmed, in runs between blank lines."""
    block: list[Span] = []
    for match in _LINE.finditer(text):
        line = trimmed(text, match.start(), match.end())
        if len(line):
            block.append(line)
        elif block and match.end() > match.start():
            yield block
            block = []
    if block:
        yield block


def _head(text: str, line: Span) -> str:
    """Return the first word of a line, or as much of it as matters to wrapping."""
    return text[line.start : min(line.end, line.start + WIDEST_WRAP)].split(maxsplit=1)[0]


def _parts(text: str, one: Span, other: Span, width: int) -> bool:
    """Return whether a paragraph ends with line `one`, in a block whose widest line has `width` code points."""
    if _LIST_MARK.match(text, other.start, other.end):
        return True
    head = _head(text, other)
    if head[:1].islower():
        return False
    # A line was wrapped if the next word did not fit; the quarter is for text wrapped raggedly.
    full = len(one) + 1 + len(head) > 0.75 * width
    return width > WIDEST_WRAP or width < NARROWEST_WRAP or not full


def _within(text: str, paragraph: Span, language: str) -> Iterator[Span]:
    starts = _joined(text, [paragraph.start, *_boundaries(text, paragraph, language), paragraph.end])
    for start, end in pairwise(starts):
        sentence = trimmed(text, start, end)
        if len(sentence) > LONGEST_UNMARKED and is_unmarked(sentence.of(text)):
            yield from _phrases(text, sentence)
        else:
            yield sentence


def _phrases(text: str, sentence: Span) -> Iterator[Span]:
    """Cut `sentence` at blanks into runs of phrases, each as long as it may be."""
    start = end = sentence.start
    for blank in _PHRASE.finditer(text, sentence.start, sentence.end):
        if blank.start() - start > LONGEST_UNMARKED and end > start:
            yield trimmed(text, start, end)
            start = end
        end = blank.end()
    if sentence.end - start > LONGEST_UNMARKED and end > start:
        yield trimmed(text, start, end)
        start = end
    yield Span(start, sentence.end)


def _boundaries(text: str, paragraph: Span, language: str) -> Iterator[int]:
    """Yield where sentences begin within a paragraph, but for its own start."""
    start = paragraph.start
    while paragraph.end - start > WINDOW:
        window = text[start : start + WINDOW]
        found = _split(window, language)
        # A sentence that runs past the window moves whole into the next one if that still advances by half a window;
        # else the window is cut at white space, which is no boundary.
        at = bisect_right(found, WINDOW // 2)
        if at < len(found):
            yield from (start + offset for offset in found)
            start += found[-1]
        else:
            yield from (start + offset for offset in found)
            spaces = [match.end() for match in _SPACE.finditer(window, WINDOW // 2)]
            start += spaces[-1] if spaces else WINDOW
    yield from (start + offset for offset in _split(text[start : paragraph.end], language))


def _split(words: str, language: str) -> list[int]:
    """Return where sentences begin in `words`, but for 0; [] if sentencex does not account for every code point."""
    found = sentencex.get_sentence_boundaries(language, _SURROGATES.sub("\ufffd", words))
    edges = [(int(one["start_index"]), int(one["end_index"])) for one in found]
    tiled = edges and edges[0][0] == 0 and edges[-1][1] == len(words)
    if not tiled or any(one[1] != other[0] or one[0] >= one[1] for one, other in pairwise(edges)):
        return []
    starts = [start for start, _ in edges[1:]]
    unknown = [end.end() for end in _UNKNOWN_END.finditer(words) if end.end() < len(words)]
    return sorted({*starts, *unknown}) if unknown else starts


def _joined(text: str, starts: list[int]) -> list[int]:
    """Drop boundaries inside a date ("3. mai") and those that leave a closing mark or a list number alone."""
    first, *inner, last = starts
    inner = [
        start
        for start in inner
        if not _ORDINAL.search(text, max(0, start - 8), start) or not text[start : start + 1].islower()
    ]
    starts = [first, *inner, last]
    kept = [first]
    begun = False
    seen = starts[0]
    for start, end in pairwise(starts[1:]):
        closers = _CLOSERS.match(text, start, end)
        moved = closers.end() if closers else start
        begun = begun or any(map(str.isalpha, text[seen:moved]))
        seen = moved
        if begun and any(map(str.isalnum, text[moved:end])):
            kept.append(moved)
            begun = False
    return [*kept, starts[-1]]

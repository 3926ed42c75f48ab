"""Text made harmless for a screen, and quotes cut into marked and unmarked pieces.

Articles and questions come from anywhere, so a character in them that would steer a screen is shown as a sign instead.
Only what is shown changes; quotes in JSON and in the index stay as they are.
"""

import re
from collections.abc import Iterator, Sequence
from enum import IntEnum
from itertools import pairwise
from typing import Final

from index.article import Span
from index.sentences import paragraphs

_SPACE: Final = re.compile(r"\s+")

# C0 control characters become Control Pictures. The embeddings, overrides and isolates of the bidirectional algorithm
# (UAX #9) would turn around the text behind them. Tabs and line ends are left for the layout of the text.
_SIGNS: Final = {
    **{code: 0x2400 + code for code in range(0x20) if chr(code) not in "\t\n\r"},
    0x7F: 0x2421,
    **dict.fromkeys([*range(0x80, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)], 0xFFFD),
    **dict.fromkeys(range(0xD800, 0xE000), 0xFFFD),
}


def visible(text: str) -> str:
    """Return a text with a sign for every character that would steer a screen, one for one."""
    return text.translate(_SIGNS)


def one_line(text: str) -> str:
    """Return a text made visible, on one line, its white space folded."""
    return " ".join(visible(text).split())


def cut(whole: Span, spans: Sequence[Span]) -> Iterator[Span]:
    """Cut a span into pieces where one of the other spans begins or ends."""
    borders = {border for span in spans for border in (span.start, span.end) if whole.start < border < whole.end}
    for start, end in pairwise(sorted({whole.start, whole.end, *borders})):
        yield Span(start, end)


class Mark(IntEnum):
    """The mark on some words of a quote."""

    NOT = 0
    SENTENCE = 1
    ANSWER = 2


def pieces(quote: str, highlights: Sequence[Span], answer: Span | None = None) -> Iterator[list[tuple[str, Mark]]]:
    """Cut each paragraph of a quote where a mark in it begins or ends; yield words with their marks.

    White space is folded, also where two pieces meet.

    Parameters:
        highlights: the answering sentences, as spans of `quote`.
        answer: the shortest answer in them.
    """
    marked = [*highlights, answer] if answer else highlights
    for paragraph in paragraphs(quote):
        found: list[tuple[str, Mark]] = []
        gap = True
        for piece in cut(paragraph, marked):
            words = _SPACE.sub(" ", visible(piece.of(quote)))
            words = words.lstrip() if gap else words
            gap = words.endswith(" ") if words else gap
            found.append((words, _mark(piece, highlights, answer)))
        yield found


def _mark(piece: Span, highlights: Sequence[Span], answer: Span | None) -> Mark:
    if answer is not None and answer.holds(piece):
        return Mark.ANSWER
    return Mark.SENTENCE if any(span.holds(piece) for span in highlights) else Mark.NOT

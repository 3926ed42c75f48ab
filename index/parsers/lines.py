"""Lines and spans of a text."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Final

from index.article import Span

# Characters at the top of a text that hold its headline, labels and lead.
TOP: Final = 20_000
# The line ends of Unix, Windows and the old Macintosh; str.splitlines has more, which are found within lines.
LINE: Final = re.compile(r"([^\r\n]*)(?:\r\n|\r|\n|\Z)")


def lines(text: str, start: int = 0) -> Iterator[Span]:
    """Yield each line of `text` from `start` on, without its end."""
    for match in LINE.finditer(text, start):
        if match.start() < len(text):
            yield Span(*match.span(1))


def union(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Return the spans in order, with overlapping ones merged."""
    disjoint: list[Span] = []
    for span in sorted(spans):
        if disjoint and span.start < disjoint[-1].end:
            disjoint[-1] = Span(disjoint[-1].start, max(span.end, disjoint[-1].end))
        else:
            disjoint.append(span)
    return tuple(disjoint)


def meets_any(span: Span, ordered: Sequence[Span]) -> bool:
    """Return whether `span` meets one of the spans in `ordered`, which are disjoint and in order."""
    before = bisect_left(ordered, span.end, key=lambda each: each.start)
    return before > 0 and ordered[before - 1].end > span.start


def split_at_marks(text: str, opening: re.Pattern[str], closing: re.Pattern[str]) -> list[str]:
    """Split a text at pairs of marks: every second piece stood between two. A mark without its partner is text."""
    pieces: list[str] = []
    position = 0
    while (start := opening.search(text, position)) and (end := closing.search(text, start.end())):
        pieces += [text[position : start.start()], text[start.end() : end.start()]]
        position = end.end()
    return [*pieces, text[position:]]

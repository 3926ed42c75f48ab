"""Pages of a text: cut at paragraphs where there are any, else at sentences, lines, words."""

from collections.abc import Iterator
from typing import Final

import regex

from bot.markup import units
from index.article import Span
from index.sentence_ends import CLOSERS, ENDS

# Where a page may end, the best first.
_ENDS: Final = (
    regex.compile(r"\n[ \t]*\n"),
    regex.compile(r"\n"),
    regex.compile(rf"(?<=[{ENDS}…][{CLOSERS}]*)\s"),
    regex.compile(r"\s"),
)
# A page that ends at a better place is worth being shorter by so much.
_SHORTEST: Final = 0.5


def pages(text: str, start: int, most: int, first: int = 0) -> tuple[list[Span], int]:
    """The text from `first` on in pages, one of which begins at `start`; and the place of that one in the list.

    Parameters:
        start: not before `first`.
        most: UTF-16 units a page.
    """
    before = list(_cut(text, Span(first, start), most))
    after = list(_cut(text, Span(start, len(text)), most))
    return [*before, *after], min(len(before), max(0, len(before) + len(after) - 1))


def _cut(text: str, whole: Span, most: int) -> Iterator[Span]:
    position = whole.start
    while position < whole.end:
        end = _end(text, position, whole.end, most)
        if text[position:end].strip():
            yield Span(position, end)
        position = end


def _end(text: str, start: int, end: int, most: int) -> int:
    furthest = min(end, start + most)
    # A character may take two units: what is beyond the limit is taken back.
    while units(text[start:furthest]) > most:
        furthest -= max(1, (units(text[start:furthest]) - most) // 2)
    if furthest == end:
        return end
    least = start + int((furthest - start) * _SHORTEST)
    for form in _ENDS:
        last = None
        for match in form.finditer(text, least, furthest):
            last = match
        if last is not None:
            return last.end()
    signs = list(regex.finditer(r"\X", text[max(start, furthest - 50) : furthest]))
    # The last sign may go on beyond the cut.
    cut = max(start, furthest - 50) + signs[-1].start() if len(signs) > 1 else furthest
    return cut if cut > start else furthest

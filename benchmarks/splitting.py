"""The splitter that tutorials cut texts with: recursively, at the largest separator that leaves pieces small enough.

The algorithm is that of LangChain's RecursiveCharacterTextSplitter with a length in tokens and without overlap, written
on spans: a text is cut at the first separator, what is still too long at the next one, and neighbouring pieces are put
together again as long as they fit. A separator stays at the end of the piece before it.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from index.article import Span
from index.sentences import trimmed

SEPARATORS: Final = ("\n\n", "\n", ".", "?", "!", " ", "")


def split(
    text: str, size: Callable[[Span], int], most: int, separators: Sequence[str] = SEPARATORS
) -> tuple[Span, ...]:
    """The chunks of `text`, in order, without surrounding white space.

    Parameters:
        size: the tokens that begin within a span of `text`.
        most: tokens a chunk may have.
    """
    found = _chunks(text, Span(0, len(text)), size, most, separators)
    chunks = (trimmed(text, span.start, span.end) for span in found)
    return tuple(chunk for chunk in chunks if len(chunk))


def _chunks(text: str, span: Span, size: Callable[[Span], int], most: int, separators: Sequence[str]) -> Iterator[Span]:
    separator, *finer = separators
    run: Span | None = None
    for piece in _pieces(text, span, separator):
        if run is not None and size(Span(run.start, piece.end)) <= most:
            run = Span(run.start, piece.end)
            continue
        if run is not None:
            yield run
            run = None
        if size(piece) <= most or not finer:
            run = piece
        else:
            yield from _chunks(text, piece, size, most, finer)
    if run is not None:
        yield run


def _pieces(text: str, span: Span, separator: str) -> Iterator[Span]:
    """`span` cut behind every separator; code point by code point where that is ''."""
    start = span.start
    while start < span.end:
        at = text.find(separator, start, span.end) if separator else start + 1
        end = span.end if at < 0 else at + len(separator)
        yield Span(start, end)
        start = end

"""The reading order of the lines of a PDF's page, and the running heads and feet around them."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from index.parsers.pdf_lines import Line, Row, joined_row

# The fewest rows of columns that were drawn row by row, and words in each of their pieces.
_FEWEST_ROWS: Final = 4
_FEWEST_WORDS: Final = 3.5
# The white between two columns, in heights of a letter.
_GUTTER: Final = 0.9
# The step from one row of a column to the next, in heights of a letter.
_WIDEST_STEP: Final = 3
# Rows at each edge that may be running heads and feet.
_EDGE_ROWS: Final = 3
# Points by which the height of the same line differs from page to page.
_SHAKE: Final = 4
_DIGITS: Final = re.compile(r"\d+")
_ROMAN: Final = re.compile(r"(?i)\b[ivxlc]{1,7}\b")
# Browsers print a page's address and number below it, the time and its title above.
_PRINTED_FOOT: Final = re.compile(r"(?P<url>(?:https?|file)://\S+) \d{1,4}(?:/| of | / )\d{1,4}")
_PRINTED_HEAD: Final = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4},? \d{1,2}[:.]\d\d\b.*")
_PAGE_NUMBER: Final = re.compile(
    r"(?i)[-–—|\s]*(?:(?:page|p|side|seite|sida|sivu|página|pagina|pág|s)\.?\s)?\d{1,4}(?:\s?(?:/|of|av|von|de|di|sur)\s?\d{1,4})?"
    r"[-–—|\s]*"
)
# More blocks are an attack or a drawing; they stay in the order of drawing.
_MOST_BLOCKS: Final = 2_000


def without_running_heads(pages: Sequence[list[Row]]) -> tuple[list[list[Row]], str | None]:
    """Drop running heads, feet and page numbers; return each page's rows and the address that a browser printed.

    A line at the edge of a page is one if it is, but for its numbers, at the same height of three pages, or of two in a
    document of up to three. A page's number alone need not be repeated.
    """
    edges = [_edges(rows) for rows in pages]
    seen = Counter(key for page in edges for key in {edge.key for edge in page})
    needed = 2 if len(pages) <= 3 else 3
    address: str | None = None
    kept: list[list[Row]] = []
    for rows, page in zip(pages, edges, strict=True):
        left_out: set[int] = set()
        ended: set[str] = set()
        printed = any(edge.zone == "foot" and _PRINTED_FOOT.fullmatch(edge.words) for edge in page)
        for edge in page:
            foot = _PRINTED_FOOT.fullmatch(edge.words) if edge.zone == "foot" else None
            head = printed and edge.zone == "head" and _PRINTED_HEAD.fullmatch(edge.words)
            repeated = sum(seen[edge.zone, edge.masked, edge.height + shake] for shake in (-1, 0, 1)) >= needed
            address = address or (foot["url"] if foot else None)
            if edge.zone not in ended and (foot or head or repeated or _PAGE_NUMBER.fullmatch(edge.words)):
                left_out.add(edge.row)
            else:
                # Lines further in are the text.
                ended.add(edge.zone)
        kept.append([row for number, row in enumerate(rows) if number not in left_out])
    return kept, address


@dataclass(frozen=True, slots=True)
class _Edge:
    """One of the outermost rows of a page.

    Attributes:
        zone: 'head' or 'foot'.
        row: its number on the page.
        masked: its words without what differs from page to page.
        height: of its middle, in steps of `_SHAKE`.
    """

    zone: str
    row: int
    words: str
    masked: str
    height: int

    @property
    def key(self) -> tuple[str, str, int]:
        """Return what identifies the row on other pages."""
        return self.zone, self.masked, self.height


def _edges(rows: Sequence[Row]) -> list[_Edge]:
    """Return the outermost rows of a page, from its edges inwards."""
    lines = [joined_row(row) for row in rows]
    by_height = sorted(range(len(rows)), key=lambda row: -lines[row].middle)
    found: list[_Edge] = []
    for zone, numbers in (("head", by_height[:_EDGE_ROWS]), ("foot", by_height[: -_EDGE_ROWS - 1 : -1])):
        for number in numbers:
            words = lines[number].words
            masked = _ROMAN.sub("#", _DIGITS.sub("#", words.casefold()))
            found.append(_Edge(zone, number, words, masked, round(lines[number].middle / _SHAKE)))
    return found


def in_reading_order(rows: Sequence[Row]) -> list[Line]:
    """Return the lines of a page in the order of reading.

    The order in which a page is drawn nearly always is that. Where columns were drawn row by row they are parted; where
    the drawing goes back up the page, its blocks are ordered by recursive cuts along the white between them (Nagy &
    Seth 1984, "Hierarchical representation of optically scanned documents").
    """
    lines = list(_by_columns(rows))
    blocks: list[list[Line]] = []
    for line in lines:
        if blocks and _goes_down(blocks[-1][-1], line):
            blocks[-1].append(line)
        else:
            blocks.append([line])
    jumps = [(one[-1], other[0]) for one, other in pairwise(blocks)]
    if len(blocks) > _MOST_BLOCKS or all(_is_beside(before, after) for before, after in jumps):
        return lines
    return [line for block in _cut(blocks) for line in block]


def _by_columns(rows: Sequence[Row]) -> Iterator[Line]:
    place = 0
    while place < len(rows):
        end, columns = _columns(rows, place)
        if columns:
            for left, right in columns:
                for row in rows[place:end]:
                    inside = [piece for piece in row if left <= (piece.left + piece.right) / 2 <= right]
                    if inside:
                        yield joined_row(inside)
            place = end
        else:
            yield joined_row(rows[place])
            place += 1


def _columns(rows: Sequence[Row], start: int) -> tuple[int, list[tuple[float, float]]]:
    """Return the end of the rows of the columns that begin at `start`, and the extent of each; [] if there are none."""
    covered: list[tuple[float, float]] = []
    end = start
    while end < len(rows):
        joined = _union([*covered, *((piece.left, piece.right) for piece in rows[end])], rows[end][0].size * _GUTTER)
        if len(joined) < 2 or (end > start and not 0 <= _step(rows[end - 1], rows[end]) < _WIDEST_STEP):
            break
        covered = joined
        end += 1
    in_pieces = [row for row in rows[start:end] if len(row) > 1]
    pieces = [piece for row in in_pieces for piece in row]
    words = sum(len(piece.words.split()) for piece in pieces)
    if len(in_pieces) < _FEWEST_ROWS or words < _FEWEST_WORDS * len(pieces):
        return end, []
    return end, covered


def _step(before: Row, row: Row) -> float:
    """Return how far down the page a row is from the one before it, in heights of a letter."""
    return (before[0].middle - row[0].middle) / max(before[0].size, 1)


def _union(stretches: Sequence[tuple[float, float]], gap: float) -> list[tuple[float, float]]:
    """Return the stretches in order, with those merged that are nearer to each other than `gap`."""
    joined: list[tuple[float, float]] = []
    for start, end in sorted(stretches):
        if joined and start - joined[-1][1] < gap:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _goes_down(before: Line, line: Line) -> bool:
    """Return whether a line stands below the one before it."""
    return line.middle < before.middle and line.left < before.right and before.left < line.right


def _is_beside(before: Line, line: Line) -> bool:
    """Return whether a line follows in reading: further down, or at the top of a column to the right."""
    return line.top <= before.bottom + before.size / 2 or line.left >= before.right - before.size


def _cut(blocks: list[list[Line]]) -> list[list[Line]]:
    """Return the blocks in the order in which they are read: columns from left to right, parts from the top down."""
    pending, ordered = [blocks], []
    while pending:
        part = pending.pop()
        parts = _cut_upright(part) if len(part) > 1 else [part]
        parts = _cut_across(part) if len(parts) == 1 and len(part) > 1 else parts
        if len(parts) == 1:
            ordered += sorted(part, key=lambda block: (-block[0].top, block[0].left))
        else:
            pending += reversed(parts)
    return ordered


def _cut_upright(blocks: list[list[Line]]) -> list[list[list[Line]]]:
    extents = [(min(line.left for line in block), max(line.right for line in block)) for block in blocks]
    return _parted(blocks, extents, blocks[0][0].size * _GUTTER)


def _cut_across(blocks: list[list[Line]]) -> list[list[list[Line]]]:
    extents = [(-max(line.top for line in block), -min(line.bottom for line in block)) for block in blocks]
    return _parted(blocks, extents, 0)


def _parted(blocks: list[list[Line]], extents: Sequence[tuple[float, float]], gap: float) -> list[list[list[Line]]]:
    joined = _union(extents, gap)
    if len(joined) == 1:
        return [blocks]
    starts = [start for start, _ in joined]
    return [
        [
            block
            for block, (start, _) in zip(blocks, extents, strict=True)
            if start >= at and (after is None or start < after)
        ]
        for at, after in zip(starts, [*starts[1:], None], strict=True)
    ]

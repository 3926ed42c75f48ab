"""An article's text cut for a page: into parts that a phone can hold, and into words with their marks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final

from index.article import Span
from index.metadata import shortened
from retrieval.sanitize import Mark, cut, one_line, visible
from retrieval.whole import Block

# Code points of a part; the page of one takes some 35 KB.
PART: Final = 30_000
# A word is longer only in a text without white space.
_WORD: Final = 1_000
# Code points of a folded stretch that are shown, and paragraphs they are taken from.
_HINT: Final = 60
_HINTED: Final = 3


@dataclass(frozen=True, slots=True)
class Marks:
    """The stretches of an article that a page marks.

    Attributes:
        passage: None where nothing is marked; one without length is only scrolled to.
        sentence: the answering one in it.
    """

    passage: Span | None = None
    sentence: Span | None = None

    @property
    def at(self) -> int | None:
        """Return where the page is scrolled to: the answering sentence, else the passage."""
        # A span without length is false.
        place = self.passage if self.sentence is None else self.sentence
        return None if place is None else place.start


@dataclass(frozen=True, slots=True)
class Run:
    """Words with one mark.

    Attributes:
        anchor: whether the page is scrolled to these.
    """

    words: str
    mark: Mark
    anchor: bool = False

    @property
    def is_marked(self) -> bool:
        """Return whether the words are of the quote."""
        return self.mark is not Mark.NOT

    @property
    def answers(self) -> bool:
        """Return whether the words are of the answering sentence."""
        return self.mark is Mark.ANSWER


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A block as it is shown.

    Attributes:
        level: of the heading on the page, from 2; 0 for a paragraph.
        row: whether it is a row of a table.
    """

    runs: tuple[Run, ...]
    level: int = 0
    row: bool = False


@dataclass(frozen=True, slots=True)
class Stretch:
    """Paragraphs that follow each other: all of the article, or all left out of the index and folded."""

    folded: bool
    paragraphs: tuple[Paragraph, ...]

    @property
    def hint(self) -> str:
        """Return the first words, by which a folded stretch can be judged."""
        words = " ".join(" ".join(run.words for run in one.runs) for one in self.paragraphs[:_HINTED])
        return shortened(one_line(words), _HINT)


def parts(blocks: Sequence[Block], text: str, passage: Span | None, size: int = PART) -> list[tuple[Block, ...]]:
    """Cut an article into parts of whole blocks, none within the passage; at least one part.

    Parameters:
        size: code points of a part. A longer block is cut at white space.
    """
    found: list[list[Block]] = [[]]
    taken = 0
    for block in (piece for whole in blocks for piece in _pieces(whole, text, passage, size)):
        within = passage is not None and passage.start < block.span.start < passage.end
        if taken and taken + len(block.span) > size and not within:
            found.append([])
            taken = 0
        found[-1].append(block)
        taken += len(block.span)
    return [tuple(part) for part in found]


def part_of(cuts: Sequence[Sequence[Block]], at: int) -> int:
    """Return the number, from 0, of the part that holds a place."""
    holding = (number for number, part in enumerate(cuts) if part and at < part[-1].span.end)
    return next(holding, len(cuts) - 1)


def stretches(part: Sequence[Block], text: str, marks: Marks) -> tuple[Stretch, ...]:
    """Return a part of an article as it is shown."""
    # What was left out of the index is folded, but for what the quote stands in.
    shown = [
        replace(block, kind="text") if block.kind == "left out" and _holds(block.span, marks) else block
        for block in part
    ]
    anchors = iter((True,))
    return tuple(
        Stretch(folded, tuple(_paragraph(one, text, marks, anchors) for one in run))
        for folded, run in groupby(shown, key=lambda block: block.kind == "left out")
    )


def _pieces(block: Block, text: str, passage: Span | None, size: int) -> Iterator[Block]:
    start, end = block.span.start, block.span.end
    while end - start > size:
        stop = start + size
        if passage is not None and passage.start < stop < passage.end:
            stop = max(start + 1, passage.start) if passage.start > start else min(end, passage.end)
        else:
            space = max(text.rfind(" ", stop - _WORD, stop), text.rfind("\n", stop - _WORD, stop))
            stop = space + 1 if space > start else stop
        yield replace(block, span=Span(start, stop))
        start = stop
    if start < end:
        yield replace(block, span=Span(start, end))


def _holds(span: Span, marks: Marks) -> bool:
    return marks.passage is not None and (span.meets(marks.passage) or span.start == marks.passage.start)


def _paragraph(block: Block, text: str, marks: Marks, anchors: Iterator[bool]) -> Paragraph:
    runs = []
    for piece in cut(block.span, [span for span in (marks.passage, marks.sentence) if span is not None]):
        mark = _mark(piece, marks)
        anchor = marks.at is not None and piece.start >= marks.at and next(anchors, False)
        runs.append(Run(visible(piece.of(text)), mark, anchor))
    # A row of a table in Markdown is a paragraph of its own.
    row = text[block.span.start] == "|"
    # The title is the page's own heading of the first level.
    level = min(6, max(2, block.level)) if block.kind == "heading" else 0
    return Paragraph(tuple(runs), level, row)


def _mark(piece: Span, marks: Marks) -> Mark:
    if marks.sentence is not None and marks.sentence.holds(piece):
        return Mark.ANSWER
    return Mark.SENTENCE if marks.passage is not None and marks.passage.holds(piece) else Mark.NOT

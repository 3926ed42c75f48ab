"""From the lines of a PDF in reading order to its paragraphs and headings."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final
from unicodedata import bidirectional

from index.article import PAGE_BREAK
from index.parsers.pdf_lines import Line
from index.sentence_ends import SENTENCE_END

# A larger step from one line to the next, in usual steps of the column, ends a paragraph.
_WIDE_STEP: Final = 1.25
# Even lines of double spacing are nearer to each other, in heights of a letter.
_WIDEST_STEP: Final = 2.5
_INDENT: Final = 0.8
# The difference between letters of one size, by rounding.
_SAME_SIZE: Final = 0.12
_LARGER: Final = 1.15
_LONGEST_HEADING: Final = 200
_HEADING_END: Final = re.compile(r"[.,;…。][\"'”’»›)\]]*\Z")
_LIST_MARK: Final = re.compile(r"(?:[-*+•‣◦▪·–—]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)])\s")
_BULLET: Final = re.compile(r"[-*+•‣◦▪·–—]\s")
_WORD: Final = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
# Scripts without spaces between words.
_IDEOGRAPH: Final = re.compile("[\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]")
_FIRST_PART: Final = re.compile(r"[^\W\d_]+\Z")
_LAST_PART: Final = re.compile(r"[^\W\d_]+")
_SHORTEST_PART: Final = 3


@dataclass(slots=True)
class _Column:
    """Lines of one size below each other; `step` is the usual distance from one to the next."""

    page: int
    lines: list[Line] = field(default_factory=list)
    left: float = 0.0
    right: float = 0.0
    step: float = 0.0


@dataclass(slots=True)
class _Paragraph:
    first: Line
    words: str
    bold: bool
    hyphenated: bool
    page: int
    lines: int = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of a document.

    Attributes:
        words: in one line, with a page break where it runs on over the end of a page.
        page: on which it begins, the first being 0.
        size: the height of its letters, points.
    """

    words: str
    page: int
    size: float
    is_heading: bool


def paragraphs(pages: Sequence[Sequence[Line]]) -> list[Paragraph]:
    """Return the paragraphs of all pages, in reading order.

    A paragraph that runs on over the end of a column or a page is one. A word that was parted at the end of a line is
    whole; its hyphen stays where the document has the word with it elsewhere.
    """
    vocabulary = _vocabulary(pages)
    found: list[_Paragraph] = []
    before: Line | None = None
    for column in _columns(pages):
        for place, line in enumerate(column.lines):
            same = before is not None and found and _goes_on(found[-1], before, line, column, place)
            if same:
                _add(found[-1], line, column.page, vocabulary)
            else:
                found.append(_Paragraph(line, line.words, line.bold, line.hyphenated, column.page))
            before = line
    usual = _usual_size(pages)
    return [_finished(paragraph, usual) for paragraph in found]


def _vocabulary(pages: Sequence[Sequence[Line]]) -> Counter[str]:
    """Return how often the document has each word that is not hyphenated at the end of a line."""
    found: Counter[str] = Counter()
    for page in pages:
        parted = False
        for line in page:
            words = [word.casefold() for word in _WORD.findall(line.words)]
            found.update(words[parted : len(words) - line.hyphenated])
            parted = line.hyphenated
    return found


def _columns(pages: Sequence[Sequence[Line]]) -> Iterator[_Column]:
    for number, page in enumerate(pages):
        column = _Column(number)
        for line in page:
            last = column.lines[-1] if column.lines else None
            if last and not _continues(column, last, line):
                yield _measured(column)
                column = _Column(number)
            if column.lines:
                column.left, column.right = min(column.left, line.left), max(column.right, line.right)
            else:
                column.left, column.right = line.left, line.right
            column.lines.append(line)
        if column.lines:
            yield _measured(column)


def _continues(column: _Column, last: Line, line: Line) -> bool:
    """Return whether a line continues a column below its last line, in letters of the same size."""
    below = last.middle > line.middle >= last.middle - _WIDEST_STEP * max(last.size, line.size)
    return below and _is_same_size(last, line) and line.left < column.right and column.left < line.right


def _is_same_size(one: Line, other: Line) -> bool:
    return abs(one.size - other.size) <= _SAME_SIZE * max(one.size, other.size)


def _measured(column: _Column) -> _Column:
    steps = sorted(one.bottom - other.bottom for one, other in zip(column.lines, column.lines[1:], strict=False))
    column.step = steps[len(steps) // 2] if steps else 0.0
    return column


def _goes_on(paragraph: _Paragraph, before: Line, line: Line, column: _Column, place: int) -> bool:
    """Return whether a line belongs to the paragraph of the line before it."""
    if not _is_same_size(before, line) or line.bold != before.bold:
        return False
    if _LIST_MARK.match(line.words):
        return False
    if place == 0:
        return before.hyphenated or (
            not _ends_paragraph(before.words) and (line.words[:1].islower() or paragraph.lines > 1)
        )
    step = before.bottom - line.bottom
    if step > _WIDE_STEP * column.step:
        return False
    listed = _LIST_MARK.match(paragraph.words)
    # Lines of right-to-left text begin at the right.
    leftward = _is_leftward(line.words)
    start, start_before = (-line.right, -before.right) if leftward else (line.left, before.left)
    end_before, end = (-before.left, -column.left) if leftward else (before.right, column.right)
    if start - start_before > _INDENT * line.size and not (listed and paragraph.lines == 1):
        return False
    if before.hyphenated or line.words[:1].islower():
        return True
    # A line was wrapped if the next word did not fit.
    first = line.words.split(maxsplit=1)[0]
    letter = (line.right - line.left) / max(1, len(line.words))
    return end_before + letter * (len(first) + 1) > end - 2 * letter


def _ends_paragraph(words: str) -> bool:
    return words.endswith((":", ";")) or SENTENCE_END.search(words) is not None


def _is_leftward(words: str) -> bool:
    return next((bidirectional(sign) in ("R", "AL") for sign in words if sign.isalpha()), False)


def _add(paragraph: _Paragraph, line: Line, page: int, vocabulary: Counter[str]) -> None:
    turned = PAGE_BREAK * (page - paragraph.page)
    if paragraph.hyphenated:
        joint = _joint(paragraph.words, line.words, vocabulary)
        # A page break within a word goes behind it.
        head, _, rest = line.words.partition(" ")
        paragraph.words += f"{joint}{head} {turned}{rest}" if turned else f"{joint}{line.words}"
    else:
        gap = "" if _IDEOGRAPH.fullmatch(paragraph.words[-1:]) and _IDEOGRAPH.match(line.words) and not turned else " "
        paragraph.words += f"{gap}{turned}{line.words}"
    paragraph.hyphenated, paragraph.page, paragraph.lines = line.hyphenated, page, paragraph.lines + 1


def _joint(before: str, after: str, vocabulary: Counter[str]) -> str:
    """Return what joins the two parts of a word that was hyphenated at the end of a line: '' or '-'."""
    first, last = _FIRST_PART.search(before), _LAST_PART.match(after)
    if first is None or last is None:
        return "-"
    one, other = first[0].casefold(), last[0].casefold()
    if vocabulary[f"{one}-{other}"]:
        return "-"
    if vocabulary[one + other]:
        return ""
    if not last[0][0].islower():
        return "-"
    are_words = min(len(one), len(other)) >= _SHORTEST_PART and min(vocabulary[one], vocabulary[other]) > 0
    return "-" if are_words else ""


def _finished(paragraph: _Paragraph, usual: float) -> Paragraph:
    words = f"{paragraph.words}-" if paragraph.hyphenated else paragraph.words
    first = paragraph.page - words.count(PAGE_BREAK)
    return Paragraph(words, first, paragraph.first.size, _is_heading(paragraph, usual))


def _is_heading(paragraph: _Paragraph, usual: float) -> bool:
    words, size = paragraph.words, paragraph.first.size
    if len(words) > _LONGEST_HEADING or _HEADING_END.search(words) or _BULLET.match(words):
        return False
    if PAGE_BREAK in words or not any(map(str.isalpha, words)):
        return False
    return size >= _LARGER * usual or (paragraph.bold and paragraph.lines <= 2 and size >= (1 - _SAME_SIZE) * usual)


def _usual_size(pages: Sequence[Sequence[Line]]) -> float:
    """Return the size that most letters have."""
    letters: Counter[float] = Counter()
    for page in pages:
        for line in page:
            letters[round(line.size, 1)] += len(line.words)
    return letters.most_common(1)[0][0] if letters else 0.0

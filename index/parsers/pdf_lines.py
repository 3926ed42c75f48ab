"""The lines of a PDF's pages as pdfium finds them, with their places on the page."""

import ctypes
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Final

from index.parsers.parsed import storable

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

# pdfium writes it for a hyphen at the end of a line, without a line end.
_HYPHEN: Final = 0x02
_HYPHENS: Final = frozenset("-‐\u00ad")
# The widest gap between words of a justified line, in heights of a letter.
_GUTTER: Final = 1.2
# A letter that is so much higher or lower is in another line, in heights of a letter.
_LINE_STEP: Final = 0.5
_BOLD: Final = re.compile(r"bold|black|heavy|demi", re.IGNORECASE)
_BOLD_WEIGHT: Final = 600
_NAME_BYTES: Final = 128
# Hebrew.
_FIRST_LEFTWARD: Final = 0x590
_SPACE: Final = re.compile(r"\s+")
# Bullets of the Symbol and Wingdings fonts, and ligatures, which are one sign for two or three letters.
_LETTERS: Final = str.maketrans(
    {
        **dict.fromkeys("\uf0b7\uf0a7\uf0d8\uf076", "•"),
        "\ufb00": "ff",
        "\ufb01": "fi",
        "\ufb02": "fl",
        "\ufb03": "ffi",
        "\ufb04": "ffl",
        "\ufb05": "st",
        "\ufb06": "st",
        "\ufffe": "-",
    }
)


@dataclass(frozen=True, slots=True)
class Line:
    """Words beside each other on a page; places in points from its lower left corner.

    Attributes:
        size: the height of its letters, points.
        hyphenated: whether its last word goes on in the next line.
    """

    words: str
    left: float
    right: float
    bottom: float
    top: float
    size: float
    bold: bool
    hyphenated: bool = False

    @property
    def middle(self) -> float:
        """Return the height half way between top and bottom."""
        return (self.top + self.bottom) / 2


# The pieces of one line, with gaps between them that are wider than any between words.
Row = tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class _Letter:
    code: int
    left: float
    right: float
    bottom: float
    top: float
    place: int


def rows_of(page: "PdfPage") -> list[Row]:
    """Return the rows of a page, in the order in which they are drawn."""
    import pypdfium2.raw as pdfium

    text = page.get_textpage()
    try:
        found: list[Row] = []
        for letters, hyphenated in _drawn(text, pdfium.FPDFText_CountChars(text)):
            row = tuple(piece for piece in _pieces(text, letters, hyphenated=hyphenated) if piece.words)
            if row:
                found.append(row)
        return found
    finally:
        text.close()


def joined_row(row: Sequence[Line]) -> Line:
    """Return a row as a single line, with a space for each gap."""
    if len(row) == 1:
        return row[0]
    return Line(
        " ".join(piece.words for piece in row),
        min(piece.left for piece in row),
        max(piece.right for piece in row),
        min(piece.bottom for piece in row),
        max(piece.top for piece in row),
        max(piece.size for piece in row),
        all(piece.bold for piece in row),
        row[-1].hyphenated,
    )


def _drawn(text: object, count: int) -> Iterator[tuple[list[_Letter], bool]]:
    """Yield the letters of each line, and whether a hyphen ended it."""
    import pypdfium2.raw as pdfium

    box = pdfium.FS_RECTF()
    line: list[_Letter] = []
    for place in range(count):
        code = pdfium.FPDFText_GetUnicode(text, place)
        if code in (0x0A, _HYPHEN):
            if line:
                yield line, code == _HYPHEN
            line = []
        elif code != 0x0D and pdfium.FPDFText_GetLooseCharBox(text, place, box):
            # The font does not say which character it is.
            letter = _Letter(
                code or 0xFFFD, box.left, box.right, min(box.bottom, box.top), max(box.bottom, box.top), place
            )
            if line and _is_elsewhere(line[-1], letter):
                yield line, False
                line = []
            line.append(letter)
    if line:
        yield line, False


def _is_elsewhere(before: _Letter, letter: _Letter) -> bool:
    """Return whether a letter begins another line though no line end stands before it."""
    height = before.top - before.bottom
    return letter.right < before.left and abs(letter.bottom - before.bottom) > _LINE_STEP * height > 0


def _pieces(text: object, letters: list[_Letter], *, hyphenated: bool) -> Iterator[Line]:
    """Yield the stretches of a line between gaps."""
    seen = [letter for letter in letters if letter.code not in (0x20, 0xA0)]
    if not seen:
        return
    starts = [0]
    for number, (one, other) in enumerate(pairwise(seen), start=1):
        height = one.top - one.bottom
        # In right-to-left text the next letter stands before this one.
        if height > 0 and other.left - one.right > _GUTTER * height:
            starts.append(number)
    ends = [*starts[1:], len(seen)]
    for start, end in zip(starts, ends, strict=True):
        inside = seen[start:end]
        first, last = inside[0].place, inside[-1].place
        words = _words(_in_logical_order([letter for letter in letters if first <= letter.place <= last]))
        goes_on = (hyphenated and end == len(seen)) or (words[-1:] in _HYPHENS and words[-2:-1].isalnum())
        yield Line(
            words.rstrip("-‐\u00ad") if goes_on else words,
            min(letter.left for letter in inside),
            max(letter.right for letter in inside),
            min(letter.bottom for letter in inside),
            max(letter.top for letter in inside),
            sorted(letter.top - letter.bottom for letter in inside)[len(inside) // 2],
            _is_bold(text, first) and _is_bold(text, last),
            goes_on,
        )


def _in_logical_order(letters: list[_Letter]) -> list[int]:
    """Return the codes of letters in the order of reading; pdfium gives some right-to-left words in visual order."""
    codes: list[int] = []
    for leftward, run in groupby(letters, key=lambda letter: _is_leftward(letter.code)):
        word = list(run)
        if leftward and word[0].left < word[-1].left:
            word.reverse()
        codes += (letter.code for letter in word)
    return codes


def _is_leftward(code: int) -> bool:
    return code >= _FIRST_LEFTWARD and code <= 0x10FFFF and unicodedata.bidirectional(chr(code)) in ("R", "AL", "NSM")


def _words(codes: list[int]) -> str:
    words = "".join(chr(code) for code in codes if code <= 0x10FFFF)
    # pdfium may give the two halves of a letter beyond the first 65,536 one by one.
    words = words.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return _SPACE.sub(" ", storable(words.translate(_LETTERS))).strip()


def _is_bold(text: object, place: int) -> bool:
    import pypdfium2.raw as pdfium

    if pdfium.FPDFText_GetFontWeight(text, place) >= _BOLD_WEIGHT:
        return True
    name = ctypes.create_string_buffer(_NAME_BYTES)
    length = pdfium.FPDFText_GetFontInfo(text, place, name, _NAME_BYTES, None)
    return 0 < length <= _NAME_BYTES and _BOLD.search(name.value.decode("latin-1")) is not None

"""Counts of kinds of characters and words for many lines at once.

One pass of numpy over all lines: a pattern tried on each of them took five times as long.
"""

from collections.abc import Sequence
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

Flags = NDArray[np.bool_]
Counts = NDArray[np.float32]

# The beginning and end of a line tell enough, and hostile lines have millions of characters.
HEAD: Final = 160
TAIL: Final = 40

UPPER, LOWER, DIGIT, SPACE, WHOLE, QUOTE, BAR, HANDLE, COMMA, STOP, BRACKET, SYMBOL = (
    1 << place for place in range(12)
)
KINDS: Final = 12
_QUOTES: Final = '“”„"«»「」『』‘'
_BARS: Final = "|•·›▸►▶→/©"
_COMMAS: Final = ",，、;；"
_STOPS: Final = ".!?…。！？؟।۔"
_BRACKETS: Final = "()[]（）【】"
_TABLED: Final = 0x3000


@cache
def _table() -> NDArray[np.uint16]:
    """Return the kinds of every character below U+3000, as bits."""
    return np.array([_kind(chr(point)) for point in range(_TABLED)], np.uint16)


def _kind(character: str) -> int:
    named = (
        (_QUOTES, QUOTE), (_BARS, BAR), ("@#", HANDLE), (_COMMAS, COMMA), (_STOPS, STOP), (_BRACKETS, BRACKET),
    )  # fmt: skip
    for characters, kind in named:
        if character in characters:
            return kind
    if character.isupper():
        return UPPER
    if character.isalpha():
        return LOWER
    if character.isdigit():
        return DIGIT
    return SPACE if character.isspace() else SYMBOL


def _kinds(text: str) -> NDArray[np.uint16]:
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    kinds = _table()[np.minimum(points, _TABLED - 1)]
    if points.max(initial=0) < _TABLED:
        return kinds
    beyond = points >= _TABLED
    # Scripts without spaces: kana and the ideographs. Others beyond are letters (Hangul) or pictures.
    whole = ((points >= 0x3041) & (points < 0xA000)) | ((points >= 0xF900) & (points < 0xFB00))
    letter = (points >= 0xA000) & (points < 0xD7B0)
    kinds[beyond] = SYMBOL
    kinds[beyond & whole] = WHOLE
    kinds[beyond & letter] = LOWER
    wide = {0x3000: SPACE, 0x3001: COMMA, 0x3002: STOP, 0xFF0C: COMMA, 0xFF01: STOP, 0xFF1F: STOP, 0xFF1B: COMMA}
    wide |= dict.fromkeys((0x300C, 0x300D, 0x300E, 0x300F), QUOTE)
    wide |= dict.fromkeys((0xFF08, 0xFF09, 0x3010, 0x3011), BRACKET)
    for point, kind in wide.items():
        kinds[points == point] = kind
    return kinds


def count_kinds(lines: Sequence[str]) -> tuple[Counts, Counts, NDArray[np.uint16]]:
    """Count the characters and words of lines.

    Parameters:
        lines: none empty, none longer than HEAD + TAIL.

    Returns:
        Characters by kind, of shape (lines, KINDS), in the order of the constants. Words, of shape (lines, 5): all,
        those that begin with a capital, those all in capitals, those in lower case of three letters at most, places
        where a capital follows a lower-case letter. The kinds of every line's last character and first, as bits, of
        shape (lines, 2).
    """
    text = "\n".join(lines) + "\n"
    kinds = _kinds(text)
    lengths = np.fromiter(map(len, lines), np.int64, len(lines)) + 1
    ends = np.cumsum(lengths)
    starts = ends - lengths
    flags = (kinds[None, :] >> np.arange(KINDS, dtype=np.uint16)[:, None] & 1).astype(np.uint8)
    characters = np.add.reduceat(flags, starts, axis=1, dtype=np.int32).T.astype(np.float32)
    characters[:, SPACE.bit_length() - 1] -= 1
    space = kinds == SPACE
    begins = ~space
    begins[1:] &= space[:-1]
    first = np.flatnonzero(begins)
    after = ~space[:-1] & space[1:]
    last = np.flatnonzero(after) + 1
    size = last - first
    upper = kinds == UPPER
    uppers = np.concatenate([[0], np.cumsum(upper)])
    inside = uppers[last] - uppers[first]
    capital = upper[first]
    words = np.stack(
        [
            np.ones(len(first), np.uint8),
            capital,
            (inside == size) & (size > 1),
            (size <= 3) & (kinds[first] == LOWER),
        ]
    ).astype(np.float32)
    line = np.searchsorted(ends, first, side="right")
    by_word = np.stack([np.bincount(line, row, len(lines)) for row in words], axis=1)
    glued = np.zeros(len(kinds), np.uint8)
    glued[:-1] = (kinds[:-1] == LOWER) & upper[1:]
    by_glue = np.add.reduceat(glued, starts, dtype=np.int32)
    edges = np.stack([kinds[ends - 2], kinds[starts]], axis=1)
    return characters, np.column_stack([by_word, by_glue]).astype(np.float32), edges

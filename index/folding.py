"""Folding of text for comparison: without invisible characters, and with letters in one form.

A soft hyphen or a zero-width space within a word, a ligature such as 'ﬁ' or full-width letters make another word of it
for both indexes and the reader, though people see the same. Only what is compared is folded; an article's text and the
offsets into it stay as they are.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

# Unicode's Default_Ignorable_Code_Point (https://www.unicode.org/reports/tr44/), and Arabic's tatweel, which draws a
# word out. A zero-width non-joiner between Arabic letters stays: it separates a Persian word from its ending.
_UNSEEN: Final = (
    "\u00ad\u034f\u061c\u0640\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200d-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_ARABIC: Final = "\u0620-\u06ff\u0750-\u077f"
NON_JOINER: Final = "\u200c"
_UNSEEN_POINT: Final = re.compile(f"[{_UNSEEN}]|(?<![{_ARABIC}]){NON_JOINER}|{NON_JOINER}(?![{_ARABIC}])")
# Letters and digits that Unicode keeps for older encodings or for their looks: ligatures, Arabic forms by position,
# full and half width (of Japanese with its marks), letters of mathematics, ĳ, ſ.
_OTHER_FORM: Final = (
    "[\uff66-\uff9d][\uff9e\uff9f]|[\u0132\u0133\u017f\ufb00-\ufb06\ufb13-\ufb17\ufb1d-\ufbb1\ufbd3-\ufdfb\ufe70-\ufefc"
    "\uff01-\uff9f\uffa1-\uffdc\U0001d400-\U0001d7ff]"
)
_FOLDS: Final = re.compile(f"{_UNSEEN_POINT.pattern}|{_OTHER_FORM}")


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text and where its code points come from.

    Attributes:
        text: the folded text.
        starts, ends: where in the text that was folded each code point of `text` begins and ends.
    """

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]


def folded(text: str) -> str:
    """Return `text` as it is compared."""
    if text.isascii() or _FOLDS.search(text) is None:
        return text
    return _FOLDS.sub(_plain, text)


def folded_with_places(text: str) -> Folded | None:
    """Return `text` as it is compared with the places of its code points; None if it is the same."""
    if text.isascii() or _FOLDS.search(text) is None:
        return None
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    done = 0
    for match in (*_FOLDS.finditer(text), None):
        stop = match.start() if match else len(text)
        pieces.append(text[done:stop])
        starts += range(done, stop)
        ends += range(done + 1, stop + 1)
        if match:
            plain = _plain(match)
            pieces.append(plain)
            starts += [match.start()] * len(plain)
            ends += [match.end()] * len(plain)
            done = match.end()
    return Folded("".join(pieces), tuple(starts), tuple(ends))


def without_unseen(text: str) -> str:
    """Return `text` without code points that nobody sees."""
    return text if text.isascii() else _UNSEEN_POINT.sub("", text)


def is_unseen(point: str) -> bool:
    """Return whether nobody sees this code point."""
    return not point.isascii() and _UNSEEN_POINT.fullmatch(point) is not None


def _plain(match: re.Match[str]) -> str:
    return "" if _UNSEEN_POINT.fullmatch(match[0]) else unicodedata.normalize("NFKC", match[0])

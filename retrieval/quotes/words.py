"""The words of a text in the form in which quotes are compared, each with its place.

Two words are the same if people read them as the same letters: marks, case, invisible characters and the forms of an
apostrophe do not count. Digits, signs such as % and $, and accents do.
"""

import re
import unicodedata
from bisect import bisect_left
from dataclasses import dataclass
from typing import Final

import regex

from index.article import Span
from index.folding import folded, is_unseen

# Each of its characters is compared as a word.
_UNSPACED: Final = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}ー々"
_UNSEEN: Final = r"\u00ad\u034f\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
_LETTERS: Final = rf"[\p{{L}}\p{{M}}\p{{N}}{_UNSEEN}--[{_UNSPACED}]]"
_WORD: Final = regex.compile(
    rf"[{_UNSPACED}][\p{{M}}{_UNSEEN}]*"
    r"|(?<![\p{L}\p{N}])(?:\p{L}\.){2,}(?:\p{L}(?![\p{L}\p{N}]))?"  # U.S., U.N
    r"|(?<![\p{L}\p{N}\p{P}])[-−](?=\p{N})\p{N}+(?:[.,]\p{N}+)*"  # a number below zero
    r"|(?<![\p{L}\p{N}.,])\p{N}{1,3}(?:[ \u00a0\u2009\u202f]\p{N}{3})+(?![\p{N}])"  # 12 000
    rf"|\p{{N}}+(?:[.,]\p{{N}}+)*{_LETTERS}*"
    rf"|{_LETTERS}+(?:['’ʼ＇‘]{_LETTERS}+)*(?:\[\p{{L}}{{1,6}}\]{_LETTERS}*)?"  # don't, want[ed], th[os]e
    rf"|\[\p{{L}}{{1,6}}\](?=['’]?\p{{L}}){_LETTERS}*(?:['’ʼ＇‘]{_LETTERS}+)*"  # [T]he, [i]t's
    r"|[%‰$€£¥₹°&+=§]",
    regex.V1,
)
# The same in lower case and ASCII, many times as fast: nearly all English is that, but for its typography.
_ASCII_WORD: Final = re.compile(
    r"(?<![a-z0-9])(?:[a-z]\.){2,}(?:[a-z](?![a-z0-9]))?"
    r"|(?<![a-z0-9!-#%-*,-/:;?@\[-\]_{}])-(?=[0-9])[0-9]+(?:[.,][0-9]+)*"
    r"|(?<![a-z0-9.,])[0-9]{1,3}(?: [0-9]{3})+(?![0-9])"
    r"|[0-9]+(?:[.,][0-9]+)*[a-z0-9]*"
    r"|[a-z0-9]+(?:'[a-z0-9]+)*(?:\[[a-z]{1,6}\][a-z0-9]*)?"
    r"|\[[a-z]{1,6}\](?='?[a-z])[a-z0-9]*(?:'[a-z0-9]+)*"
    r"|[%$&+=]"
)
# One sign for one, so that places stay.
_TYPOGRAPHY: Final = str.maketrans(
    {"‘": "'", "’": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "–": ";", "—": ";", "…": ";", "\u00a0": " "}
)
_APOSTROPHE: Final = regex.compile("[’ʼ＇‘]")
_BRACKET: Final = regex.compile(r"[\[\]]")
_GROUPED: Final = regex.compile(r"-?\d{1,3}(?:[, \u00a0\u2009\u202f]\d{3})+(?:\.\d+)?")
_BLANK_OR_COMMA: Final = regex.compile(r"[, \u00a0\u2009\u202f]")


@dataclass(frozen=True, slots=True)
class Words:
    """Words of a text in order.

    Attributes:
        forms: as they are compared.
        starts, ends: their places in the text.
    """

    forms: tuple[str, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.forms)

    def first_from(self, offset: int) -> int:
        """Return the number of the first word that begins at a place in the text or behind it."""
        return bisect_left(self.starts, offset)

    def span(self, first: int, stop: int) -> Span:
        """Return the place of the words from `first` up to, not including, `stop`."""
        return Span(self.starts[first], self.ends[stop - 1])


def words_of(text: str, span: Span | None = None) -> Words:
    """Return the words of a text, or of a part of it; places count in the whole text."""
    first, last = (span.start, span.end) if span is not None else (0, len(text))
    part = text[first:last]
    plain = part if part.isascii() else part.translate(_TYPOGRAPHY)
    if plain.isascii():
        plain = plain.lower()
        found = [(w if (w := m[0]).isalpha() else _form(w), m.start(), m.end()) for m in _ASCII_WORD.finditer(plain)]
    else:
        found = [(_form(match[0]), *match.span()) for match in _WORD.finditer(part)]
    found = [entry for entry in found if entry[0]]
    if not found:
        return Words((), (), ())
    forms, starts, ends = zip(*found, strict=True)
    return Words(forms, tuple(map(first.__add__, starts)), tuple(map(first.__add__, ends)))


def _form(word: str) -> str:
    if word.isascii() and word.isalpha():
        return word.lower()
    if not word.isascii():
        word = unicodedata.normalize("NFC", folded(word)).replace("−", "-")
        word = _APOSTROPHE.sub("'", "".join(c for c in word if not is_unseen(c)))
    word = _BRACKET.sub("", word)
    if word[:1].isdigit() or word[:1] == "-":
        return _BLANK_OR_COMMA.sub("", word) if _GROUPED.fullmatch(word) else word.casefold()
    return word.replace(".", "").casefold()


_POSSESSIVE: Final = regex.compile(r"['’]s?$")
_STROKES: Final = str.maketrans({"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "æ": "ae", "Æ": "Ae", "ß": "ss"})


def plain(word: str) -> str:
    """Return a word of a name as names are compared: without accents, stops and a possessive, in lower case."""
    bare = _POSSESSIVE.sub("", word).replace("’", "'").replace(".", "")
    if bare.isascii():
        return bare.lower()
    marks = unicodedata.normalize("NFD", bare.translate(_STROKES).casefold())
    return "".join(c for c in marks if not unicodedata.combining(c))

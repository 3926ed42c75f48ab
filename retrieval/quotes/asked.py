"""A quote as it was asked about: its words, and the marks for what is left out or put in."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import regex

from index.article import Span
from retrieval.errors import QuoteError
from retrieval.quotes.words import Words, words_of

# Characters: the longest message that Telegram carries.
LONGEST: Final = 4_096
# Brackets of which any may have been put in; of more, all or none.
_COMBINED: Final = 3
ELLIPSIS: Final = regex.compile(r"[\[(]\s*(?:…|\.\s?\.\s?\.)\s*[\])]|…|\.(?:\s?\.){2,3}")
BRACKETED: Final = regex.compile(r"(?<![\p{L}\p{N}])\[[^\[\]]{0,300}[\p{L}\p{N}][^\[\]]{0,300}\](?!['’]?\p{L})")


@dataclass(frozen=True, slots=True)
class Asked:
    """A quote to be checked.

    Attributes:
        text: as it was typed.
        pieces: its words, cut where an ellipsis says that something is left out; none is empty.
        put_in: the brackets that are read as put in.
    """

    text: str
    pieces: tuple[Words, ...]
    put_in: tuple[Span, ...] = ()

    @property
    def words(self) -> Words:
        """Return the words of all pieces as one."""
        return Words(
            tuple(form for piece in self.pieces for form in piece.forms),
            tuple(start for piece in self.pieces for start in piece.starts),
            tuple(end for piece in self.pieces for end in piece.ends),
        )

    @property
    def sentence_ends(self) -> frozenset[int]:
        """Return the numbers of the words before which a sentence, or a piece, ends."""
        words = self.words
        between = (self.text[end:start] for end, start in zip(words.ends, words.starts[1:], strict=False))
        return frozenset(n for n, gap in enumerate(between, start=1) if any(mark in gap for mark in ".!?…。！？"))


def readings(quote: str) -> tuple[Asked, ...]:
    """Return the ways to read a quote: with all that stands in brackets, and with ever less of it.

    An article may have brackets of its own, so that nobody knows which were put in by the one who asks.

    Raises:
        QuoteError: if it holds no word, or is too long.
    """
    if len(quote) > LONGEST:
        raise QuoteError(f"the quote has {len(quote):,} characters: check at most {LONGEST:,}")
    whole = _asked(quote, ())
    if not whole.pieces:
        raise QuoteError("the quote holds no word: give the words that somebody is said to have said")
    bracketed = [Span(*match.span()) for match in BRACKETED.finditer(quote) if not ELLIPSIS.fullmatch(match[0])]
    last = bracketed[-_COMBINED:]
    sets = [chosen for count in range(len(last) + 1) for chosen in combinations(last, count)]
    found = [_asked(quote, left_out) for left_out in (*sets, bracketed)]
    return tuple(dict.fromkeys(one for one in found if one.pieces and _is_quote_still(one)))


def _is_quote_still(asked: Asked) -> bool:
    """Return whether no more words were left out as put in than are left: "I am [pretty happy with that]"."""
    put_in = sum(len(words_of(asked.text, span)) for span in asked.put_in)
    return put_in <= max(2, len(asked.words))


def _asked(quote: str, without: Sequence[Span]) -> Asked:
    # Brackets are blanked out and not cut, so that places still count in the quote.
    text = quote
    for span in without:
        text = text[: span.start] + " " * len(span) + text[span.end :]
    borders = [0, *(place for match in ELLIPSIS.finditer(text) for place in match.span()), len(text)]
    pieces = (words_of(text, Span(start, end)) for start, end in zip(borders[::2], borders[1::2], strict=True))
    return Asked(quote, tuple(piece for piece in pieces if len(piece)), tuple(without))


_OPENING: Final = "\"“„«»”「『‘'＂"
_CLOSES: Final = "\"”“»«」』’'＂"
_BEFORE: Final = regex.compile(rf"\s*(?P<name>[^{_OPENING}\n]{{2,80}}?)\s*:\s*(?=[{_OPENING}])")
_BEHIND: Final = regex.compile(r"[\s,;:(—–\-]*(?:(?:said|says|sa|sier|by|av)\s+)?(?P<name>[^\n]{2,80}?)[)\s.]*")


def quote_and_speaker(text: str) -> tuple[str, str | None]:
    """Return the quote and the name beside it, as people type them: "…" – Name, or Name: "…".

    Without quotation marks all of it is the quote.
    """
    text = text.strip()
    if (named := _BEFORE.match(text)) is not None:
        return text[named.end() :], named["name"]
    end = max(map(text.rfind, _CLOSES))
    if not text or text[0] not in _OPENING or end <= 0:
        return text, None
    rest = _BEHIND.fullmatch(text[end + 1 :])
    if rest is None or not any(c.isalpha() for c in rest["name"]):
        return text, None
    return text[: end + 1], rest["name"]

"""An article's words as a quote may repeat them: as they stand, without notes, and without reporting clauses."""

import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import regex

from index.article import Span
from retrieval.quotes.asked import BRACKETED, ELLIPSIS
from retrieval.quotes.quotations import Quotation, Quoting, quoting
from retrieval.quotes.wordlists import WordLists
from retrieval.quotes.words import Words, words_of

# In place of a word where one utterance ends and another begins.
BARRIER: Final = "\n"
_SEPARATOR: Final = "\x1f"
# Numbers and letters of notes.
_NOTE: Final = regex.compile(r"\[\s*(?:note\s*)?(?:\p{N}{1,4}|\p{L})\s*\]")


@dataclass(frozen=True, slots=True)
class View:
    """A row of words, to be searched for others in a row.

    Attributes:
        forms: the words; `BARRIER` where no quote runs on.
        numbers: which word of the article each is, -1 for a barrier.
    """

    forms: tuple[str, ...]
    numbers: tuple[int, ...]
    row: str

    def find(self, forms: Iterable[str], first: int = 0) -> Iterator[int]:
        """Yield the places where these words stand in a row, from the place `first` on."""
        wanted = _row(forms)
        offset = 0 if not first else len(_row(self.forms[:first])) - 1
        place, counted = first, offset
        while (offset := self.row.find(wanted, offset)) >= 0:
            place += self.row.count(_SEPARATOR, counted, offset)
            counted = offset
            yield place
            offset += 1

    def holds(self, forms: Iterable[str]) -> bool:
        """Return whether these words stand in a row."""
        return _row(forms) in self.row


def _row(forms: Iterable[str]) -> str:
    inner = _SEPARATOR.join(forms)
    return f"{_SEPARATOR}{inner}{_SEPARATOR}" if inner else _SEPARATOR


def in_a_row(forms: Iterable[str], wanted: Iterable[str]) -> bool:
    """Return whether words stand in a row among others."""
    return _row(wanted) in _row(forms)


@dataclass(frozen=True)
class Page:
    """A part of an article with its words and quotations.

    Attributes:
        article: the number by which the caller knows the article.
    """

    article: int
    quoting: Quoting
    words: Words

    @classmethod
    def of(cls, article: int, text: str, lists: WordLists, part: Span | None = None) -> "Page":
        """Return an article, or the part of it that begins and ends with a paragraph, as a page."""
        return cls(article, quoting(text, lists, part), words_of(text, part))

    @property
    def text(self) -> str:
        """Return the text of the whole article."""
        return self.quoting.text

    @functools.cached_property
    def forms(self) -> frozenset[str]:
        """Return its words, each once."""
        return frozenset(self.words.forms)

    @functools.cached_property
    def quotation_of(self) -> tuple[int, ...]:
        """Return for each word the number of the quotation that holds it, -1 for narration."""
        found: list[int] = []
        quotations, at = self.quoting.quotations, 0
        for start in self.words.starts:
            while at < len(quotations) and quotations[at].span.end <= start:
                at += 1
            found.append(at if at < len(quotations) and quotations[at].span.start <= start else -1)
        return tuple(found)

    def quotation_at(self, word: int) -> Quotation | None:
        """Return the quotation that holds a word."""
        number = self.quotation_of[word]
        return None if number < 0 else self.quoting.quotations[number]

    @functools.cached_property
    def views(self) -> tuple[View, ...]:
        """Return the views in which a quote may stand letter for letter; the first is the text as it stands."""
        notes, clauses = self._notes, self._within(self.quoting.interruptions)
        ways = [self._view(frozenset())]
        for left_out in (notes, notes | clauses):
            if left_out and len(left_out) + len(ways[-1].forms) != len(ways[0].forms):
                ways.append(self._view(left_out))
        return tuple(ways)

    @functools.cached_property
    def apart(self) -> View:
        """Return the view without reporting clauses and with a barrier between any two utterances."""
        return self._view(self._notes | self._within(self.quoting.interruptions), every=True)

    @functools.cached_property
    def _notes(self) -> frozenset[int]:
        editorial = self.quoting.words.editorial
        found = [
            Span(*match.span())
            for match in BRACKETED.finditer(self.text, *self._borders())
            if _NOTE.fullmatch(match[0]) or " ".join(words_of(match[0]).forms) in editorial
        ]
        return self._within(found)

    @functools.cached_property
    def ellipses(self) -> tuple[int, ...]:
        """Return the places of the article's own ellipses."""
        return tuple(match.start() for match in ELLIPSIS.finditer(self.text, *self._borders()))

    def _borders(self) -> tuple[int, int]:
        return (self.words.starts[0], self.words.ends[-1] + 1) if len(self.words) else (0, 0)

    def _within(self, spans: Iterable[Span]) -> frozenset[int]:
        return frozenset(
            number
            for span in spans
            for number in range(self.words.first_from(span.start), self.words.first_from(span.end))
        )

    def _view(self, left_out: frozenset[int], *, every: bool = False) -> View:
        """Return the words but those left out, with barriers where two quotations meet, or between any two."""
        cuts = self._borders_of_utterances(left_out, every=every)
        numbers: list[int] = []
        start = 0
        for cut in (*cuts, len(self.words)):
            numbers += (n for n in range(start, cut) if n not in left_out) if left_out else range(start, cut)
            numbers.append(-1)
            start = cut
        numbers.pop()
        forms = tuple(BARRIER if number < 0 else self.words.forms[number] for number in numbers)
        return View(forms, tuple(numbers), _row(forms))

    def _borders_of_utterances(self, left_out: frozenset[int], *, every: bool) -> list[int]:
        """Return the first words of quotations that do not go on with the one before."""
        cuts: list[int] = []
        for one, other in pairwise(self.quoting.quotations):
            stop, first = self.words.first_from(one.span.end), self.words.first_from(other.span.start)
            if one.utterance == other.utterance or first == len(self.words) or first == 0:
                continue
            # Two quotations meet where one ends a paragraph and the other begins the next.
            meets = all(number in left_out for number in range(stop, first)) and one.paragraph != other.paragraph
            if (every or meets) and (not cuts or cuts[-1] < first):
                cuts.append(first)
        return cuts

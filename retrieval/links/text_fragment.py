"""Links that open a page at a quote: text fragments.

The rules are those of the WICG draft "URL Fragment Text Directives" (https://wicg.github.io/scroll-to-text-fragment/):
`#:~:text=[prefix-,]start[,end][,-suffix]`. A browser takes the first place of the page that fits, at the borders of
words and without regard to case. `start` and `end` may not run from one block of the page to the next; a prefix and a
suffix stand right beside them, perhaps in another block.

What else the page holds is unknown, so terms are rather long than short. A prefix or a suffix is given only where the
quote's own words stand elsewhere in the article, or are too few.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final
from urllib.parse import quote as percent_encoded

from index.article import Span
from index.sentence_ends import ends_sentence
from retrieval.links.page_text import Line, Word, shown_lines

# A quote of one line is named whole up to so many words, a longer one by its first and last words.
_WHOLE: Final = 12
_STARTS: Final = (8, 12, 18, 26, 40)
_ENDS: Final = (5, 8, 12, 18, 26, 40)
# Numbers of words beside the quote that are tried.
_BESIDE: Final = (3, 6, 10, 16, 24, 36)
# Code points. Shorter terms are likely to stand in menus and lists of links too.
_SHORT: Final = 16
# Longer terms make links that messengers refuse: a letter of many scripts takes nine bytes.
_LONG: Final = 300
_LONG_ENCODED: Final = 1_200
# Characters in front of the quote that are searched for the same words.
_FAR: Final = 200_000
_LINES_TRIED: Final = 8


@dataclass(frozen=True, slots=True)
class Fragment:
    """The terms of a text directive, '' for each that is missing."""

    start: str
    end: str = ""
    prefix: str = ""
    suffix: str = ""

    def __str__(self) -> str:
        """Write it as it stands behind ':~:'."""
        terms = [
            f"{_encoded(self.prefix)}-" if self.prefix else "",
            _encoded(self.start),
            _encoded(self.end),
            f"-{_encoded(self.suffix)}" if self.suffix else "",
        ]
        return f"text={','.join(filter(None, terms))}"


def link_to(url: str, text: str, span: Span | None = None, *, markdown: bool = False) -> str:
    """Return `url` with a text fragment that leads to a quote; as it is where the quote shows no words.

    Parameters:
        text: the article's.
        span: of the quote; None for all of the text.
        markdown: whether the text is Markdown.
    """
    fragment = fragment_of(text, Span(0, len(text)) if span is None else span, markdown=markdown)
    if fragment is None:
        return url
    # A directive that the address has already leads to another place.
    page, _, _ = url.partition(":~:")
    return f"{page}{':~:' if '#' in page else '#:~:'}{fragment}"


def fragment_of(text: str, span: Span, *, markdown: bool = False) -> Fragment | None:
    """Return the text fragment that leads to a quote; None where it shows no words."""
    start = text.rfind("\n", 0, span.start - _FAR) + 1 if span.start > _FAR else 0
    end = text.find("\n", span.end)
    lines = shown_lines(text, start, None if end < 0 else end, markdown=markdown)
    inside = [number for number, line in enumerate(lines) if line.start < span.end and span.start < line.end]
    if not inside:
        return None
    page = _Page.of(lines, range(max(0, inside[0] - 1), inside[-1] + 1))
    quoted = [place for place, word in enumerate(page.words) if word.start < span.end and span.start < word.end]
    return _Writer(page, quoted[0], quoted[-1] + 1).fragment() if quoted else None


@dataclass(frozen=True, slots=True)
class _Page:
    """A page as a browser compares it.

    Attributes:
        lines: as shown.
        folded: all of them in lower case, parted by line feeds.
        words: those of the quote's lines and of the line above.
        places: where each of these words begins in `folded`.
    """

    lines: Sequence[str]
    folded: str
    words: Sequence[Word]
    places: Sequence[int]

    @classmethod
    def of(cls, lines: Sequence[Line], numbers: range) -> "_Page":
        """Return the page of these lines; `numbers` are those whose words are wanted."""
        shown = [line.shown for line in lines]
        # One code point for each, so that places stay: "İ" becomes two in lower case.
        folded = [_lower(line) for line in shown]
        starts = list(accumulate((len(line) + 1 for line in folded), initial=0))
        words = [word for number in numbers for word in lines[number].words(number)]
        return cls(shown, "\n".join(folded), words, [starts[word.line] + word.first for word in words])

    def term(self, first: int, end: int) -> str:
        """Return the words from `first` up to `end`, on one line, as the page shows them."""
        return self.lines[self.words[first].line][self.words[first].first : self.words[end - 1].last]

    def line_end(self, first: int) -> int:
        """Return the end of the line that a word stands on."""
        end = first + 1
        while end < len(self.words) and self.words[end].line == self.words[first].line:
            end += 1
        return end

    def line_start(self, place: int) -> int:
        """Return the first word of the line that a word stands on."""
        while place > 0 and self.words[place - 1].line == self.words[place].line:
            place -= 1
        return place

    def leads_to(self, fragment: Fragment, first: int) -> bool:
        """Return whether a browser finds the start term at this word, and nowhere before."""
        return next(self._found(fragment), -1) == self.places[first]

    def ends_at(self, term: str, after: int, last: int) -> bool:
        """Return whether a term occurs first, behind the word `after`, at the word `last`."""
        before = self.words[after - 1]
        start = self.places[after - 1] + before.last - before.first
        return next(self._places(_lower(term), start), -1) == self.places[last]

    def _found(self, fragment: Fragment) -> Iterator[int]:
        start, prefix, suffix = (_lower(term) for term in (fragment.start, fragment.prefix, fragment.suffix))
        for place in self._places(start, 0):
            before, after = self.folded[:place].rstrip() if prefix else "", place + len(start)
            if prefix and not (before.endswith(prefix) and _is_border(before, len(before) - len(prefix))):
                continue
            while suffix and after < len(self.folded) and self.folded[after].isspace():
                after += 1
            if not suffix or self.folded.startswith(suffix, after):
                yield place

    def _places(self, term: str, start: int) -> Iterator[int]:
        place = self.folded.find(term, start)
        while place >= 0:
            if _is_border(self.folded, place) and _is_border(self.folded, place + len(term)):
                yield place
            place = self.folded.find(term, place + 1)


def _lower(words: str) -> str:
    lower = words.lower()
    return lower if len(lower) == len(words) else "".join(point.lower()[:1] for point in words)


def _is_border(words: str, place: int) -> bool:
    return not (0 < place < len(words) and words[place - 1].isalnum() and words[place].isalnum())


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writer of the terms for the words `[first, end)` of a page."""

    page: _Page
    first: int
    end: int

    def fragment(self) -> Fragment:
        """Return the terms: the first that lead to the quote and nowhere else in the article."""
        fragment, after = self._opening()
        if fragment.suffix or after >= self.end:
            return fragment
        ending = self._ending(after)
        return Fragment(fragment.start, ending, fragment.prefix)

    def _opening(self) -> tuple[Fragment, int]:
        """Return the start with what stands beside it if need be, and the word behind the start."""
        fallback: tuple[Fragment, int] | None = None
        for fragment, first, after in self._openings():
            if fallback is None:
                fallback = fragment, after
            if self.page.leads_to(fragment, first):
                return fragment, after
        assert fallback is not None
        return fallback

    def _openings(self) -> Iterator[tuple[Fragment, int, int]]:
        """Yield what may lead to the quote, the best first: terms, first word of the start, word behind it."""
        first, line_end = self.first, min(self.end, self.page.line_end(self.first))
        if self._is_prose(first, line_end):
            yield from (opening for opening in self._plain(first) if len(opening[0].start) >= _SHORT)
            yield from self._with_prefix(first)
            yield from self._with_suffix(first, line_end)
            yield from self._later()
        else:
            # A line of few words may stand in a menu or among related stories too, so that it is tried last.
            yield from self._later()
            yield from self._longest()
            yield from self._plain(first)
            yield from self._with_prefix(first)
            yield from self._with_suffix(first, line_end)
        yield from self._with_line_above(first)
        yield from self._plain(first)

    def _is_prose(self, first: int, line_end: int) -> bool:
        """Return whether a line, from the word `first` on, reads like a sentence and not like a headline or an item."""
        words = self.page.term(first, line_end)
        return line_end - first > _WHOLE or (len(words) >= _SHORT and ends_sentence(words))

    def _plain(self, first: int) -> Iterator[tuple[Fragment, int, int]]:
        return ((Fragment(term), first, after) for term, after in self._starts(first))

    def _with_prefix(self, first: int) -> Iterator[tuple[Fragment, int, int]]:
        """Yield the start with words of its own line in front, which stand there on the page too."""
        line = self.page.line_start(first)
        starts = list(self._starts(first))
        for size in _BESIDE:
            if line < first:
                prefix = self.page.term(max(line, first - size), first)
                yield from ((Fragment(start, prefix=prefix), first, after) for start, after in (starts[0], starts[-1]))
            if first - size <= line:
                break

    def _with_suffix(self, first: int, after: int) -> Iterator[tuple[Fragment, int, int]]:
        """Yield the quote's first line with the beginning of the next, which mostly stands below it on the page."""
        term = self.page.term(first, after)
        if after < self.end and not _is_long(term):
            line_end = min(self.page.line_end(after), self.end)
            for size in _BESIDE:
                suffix = self.page.term(after, min(after + size, line_end))
                yield Fragment(term, suffix=suffix), first, after

    def _later(self) -> Iterator[tuple[Fragment, int, int]]:
        """Yield the beginning of a later line of the quote that reads like a sentence."""
        for line, line_end in self._lines()[1:]:
            if self._is_prose(line, line_end):
                yield from self._plain(line)

    def _longest(self) -> Iterator[tuple[Fragment, int, int]]:
        """Yield the longest lines of a quote that is nothing but headlines or items."""
        lengths = {line: len(self.page.term(line, line_end)) for line, line_end in self._lines()}
        for line in sorted(lengths, key=lambda line: -lengths[line])[:_LINES_TRIED]:
            if lengths[line] >= _SHORT:
                yield from self._plain(line)

    def _lines(self) -> list[tuple[int, int]]:
        """Return the lines of the quote: the first word of each, and the one behind its last."""
        found: list[tuple[int, int]] = []
        line = self.first
        while line < self.end:
            found.append((line, min(self.end, self.page.line_end(line))))
            line = found[-1][1]
        return found

    def _with_line_above(self, first: int) -> Iterator[tuple[Fragment, int, int]]:
        """Yield the start with the end of the line above, which fits if nothing of the page stands between."""
        if first and self.page.line_start(first) == first:
            above = self.page.line_start(first - 1)
            for size in _BESIDE:
                prefix = self.page.term(max(above, first - size), first)
                yield from ((Fragment(start, prefix=prefix), first, after) for start, after in self._starts(first))

    def _starts(self, first: int) -> Iterator[tuple[str, int]]:
        """Yield the words from `first` on, ever more of its line, and the word behind them."""
        line_end = min(self.end, self.page.line_end(first))
        whole = line_end - first <= _WHOLE
        sizes = [line_end - first] if whole else [size for size in _STARTS if first + size < line_end]
        for number, size in enumerate(sizes or [line_end - first]):
            term = self.page.term(first, first + size)
            if number and _is_long(term):
                return
            yield term, first + size

    def _ending(self, after: int) -> str:
        """Return the last words of the quote, or of an earlier line, that stand nowhere between; '' where all do."""
        lines = [(max(after, begin), end) for begin, end in reversed(self._lines()) if end > after]
        # A line of few words may stand elsewhere on the page.
        lines.sort(key=lambda line: not self._is_prose(*line))
        return next((term for line in lines for term in self._ends(*line, after)), "")

    def _ends(self, begin: int, end: int, after: int) -> Iterator[str]:
        """Yield the last words of a line, ever more of them, that stand nowhere between it and the word `after`."""
        for number, size in enumerate(_ENDS):
            first = max(begin, end - size)
            term = self.page.term(first, end)
            if number and _is_long(term):
                return
            if len(term) >= _SHORT // 2 and self.page.ends_at(term, after, first):
                yield term
            if first == begin:
                return


def _is_long(term: str) -> bool:
    return len(term) > _LONG or len(_encoded(term)) > _LONG_ENCODED


def _encoded(term: str) -> str:
    return percent_encoded(term, safe="").replace("-", "%2D")

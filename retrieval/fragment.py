"""Links that open a page at a quote: text fragments.

The rules are those of the WICG draft "URL Fragment Text Directives" (https://wicg.github.io/scroll-to-text-fragment/):
`#:~:text=[prefix-,]start[,end][,-suffix]`. A browser takes the first place of the page that fits, at the borders of
words and without regard to case. `start` and `end` may not run from one block of the page to the next; a prefix and a
suffix stand right beside them, perhaps in another block.

What else the page holds is not known, so a term is rather long than short, and what stands beside the quote is named
only where the quote's own words stand elsewhere in the article, or are too few.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote as percent_encoded

from index.article import Span
from retrieval.shown import Word, shown

# A quote of one line is named whole up to so many words, a longer one by its first and its last words.
_WHOLE: Final = 12
_EDGES: Final = (5, 8, 12, 18, 26, 40)
# Words beside the quote that are tried.
_BESIDE: Final = (3, 6, 10, 16, 24, 36)
# Code points: shorter terms stand in menus and lists of links too.
_SHORT: Final = 16
# And longer ones make links that messengers refuse: a letter of many scripts takes nine bytes.
_LONG: Final = 300
_LONG_ENCODED: Final = 1_200
# Of a longer text only so much in front of the quote is looked through.
_FAR: Final = 200_000


@dataclass(frozen=True, slots=True)
class Fragment:
    """The terms of a text directive, '' where there is none."""

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
    # A directive that the address brought along leads to another place.
    page, _, _ = url.partition(":~:")
    return f"{page}{':~:' if '#' in page else '#:~:'}{fragment}"


def fragment_of(text: str, span: Span, *, markdown: bool = False) -> Fragment | None:
    """Return the text fragment that leads to a quote; None where it shows no words."""
    first = text.rfind("\n", 0, max(0, span.start - _FAR)) + 1 if span.start > _FAR else 0
    last = text.find("\n", min(len(text), span.end + _LONG))
    words = [
        Word(word.words, Span(first + word.span.start, first + word.span.end), word.line, word.apart)
        for word in shown(text[first : None if last < 0 else last], markdown=markdown)
    ]
    page = _Page.of(words)
    quoted = [place for place, word in enumerate(words) if span.meets(word.span)]
    if not quoted:
        return None
    return _Writer(page, quoted[0], quoted[-1] + 1).fragment()


@dataclass(frozen=True, slots=True)
class _Page:
    """The words of a page as a browser compares them.

    Attributes:
        folded: all of them in lower case, lines parted by line feeds.
        places: where each word begins in `folded`.
    """

    words: Sequence[Word]
    folded: str
    places: Sequence[int]

    @classmethod
    def of(cls, words: Sequence[Word]) -> "_Page":
        pieces: list[str] = []
        places: list[int] = []
        length = 0
        before = None
        for word in words:
            gap = "" if before is None else "\n" if word.line != before.line else " " if word.apart else ""
            folded = word.words.lower()
            pieces += [gap, folded]
            places.append(length + len(gap))
            length += len(gap) + len(folded)
            before = word
        return cls(words, "".join(pieces), places)

    def term(self, first: int, end: int) -> str:
        """The words from `first` up to `end`, on one line, as the page shows them."""
        words = self.words[first:end]
        return "".join(f" {word.words}" if word.apart and place else word.words for place, word in enumerate(words))

    def line_end(self, first: int) -> int:
        """The end of the line that a word stands on."""
        end = first + 1
        while end < len(self.words) and self.words[end].line == self.words[first].line:
            end += 1
        return end

    def line_start(self, place: int) -> int:
        """The first word of the line that a word stands on."""
        while place > 0 and self.words[place - 1].line == self.words[place].line:
            place -= 1
        return place

    def leads_to(self, fragment: Fragment, first: int) -> bool:
        """Whether a browser that looks for the start term finds it at a word, and nowhere before."""
        return next(self._found(fragment), -1) == self.places[first]

    def ends_at(self, term: str, after: int, last: int) -> bool:
        """Whether the first place of a term behind the word `after` is the one that begins at the word `last`."""
        start = self.places[after - 1] + len(self.words[after - 1].words)
        return next(self._places(term.lower(), start), -1) == self.places[last]

    def _found(self, fragment: Fragment) -> Iterator[int]:
        start, prefix, suffix = (term.lower() for term in (fragment.start, fragment.prefix, fragment.suffix))
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


def _is_border(words: str, place: int) -> bool:
    return not (0 < place < len(words) and words[place - 1].isalnum() and words[place].isalnum())


@dataclass(frozen=True, slots=True)
class _Writer:
    """Finds the terms for the words `[first, end)` of a page."""

    page: _Page
    first: int
    end: int

    def fragment(self) -> Fragment:
        """The terms: the first that lead to the quote and nowhere else in the article."""
        fragment, after = self._opening()
        if fragment.suffix or after >= self.end:
            return fragment
        ending = self._ending(after)
        return Fragment(fragment.start, ending, fragment.prefix)

    def _opening(self) -> tuple[Fragment, int]:
        """Start, and what stands beside it if need be; and the word behind the start."""
        fallback: tuple[Fragment, int] | None = None
        for fragment, first, after in self._openings():
            if fallback is None:
                fallback = fragment, after
            if self.page.leads_to(fragment, first):
                return fragment, after
        assert fallback is not None
        return fallback

    def _openings(self) -> Iterator[tuple[Fragment, int, int]]:
        """What may lead to the quote, the best first: terms, the word that the start begins with and the one behind it."""
        page, first = self.page, self.first
        starts = list(self._starts(first))
        yield from ((Fragment(term), first, after) for term, after in starts if len(term) >= _SHORT)
        term, after = starts[-1]
        # What stands beside it on the same line stands beside it on the page too.
        whole_line = after == min(self.end, page.line_end(first))
        own_line = page.line_start(first)
        for size in _BESIDE:
            if first - size >= own_line or (own_line < first and size == _BESIDE[0]):
                prefix = page.term(max(own_line, first - size), first)
                for start, stop in (starts[0], starts[-1]):
                    yield Fragment(start, prefix=prefix), first, stop
        if own_line < first:
            yield Fragment(starts[0][0], prefix=page.term(own_line, first)), first, starts[0][1]
        below = [*self._with_suffix(first, after, term)] if whole_line else []
        later = list(self._later())
        # What the reader joined may be apart on the page: a line of few words is rather passed over.
        yield from [*later, *below] if len(term) < _SHORT else [*below, *later]
        # What stands on the line before may have something of the page's in between.
        if own_line == first > 0:
            above = page.line_start(first - 1)
            for size in _BESIDE:
                yield Fragment(term, prefix=page.term(max(above, first - size), first)), first, after
        yield from ((Fragment(start), first, stop) for start, stop in starts)

    def _with_suffix(self, first: int, after: int, term: str) -> Iterator[tuple[Fragment, int, int]]:
        """The first line of the quote with the beginning of the next one."""
        if after < self.end:
            line_end = min(self.page.line_end(after), self.end)
            for size in _BESIDE:
                suffix = self.page.term(after, min(after + size, line_end))
                yield Fragment(term, suffix=suffix), first, after

    def _later(self) -> Iterator[tuple[Fragment, int, int]]:
        """The beginning of a later line of the quote."""
        line = self.page.line_end(self.first)
        while line < self.end:
            yield from ((Fragment(start), line, stop) for start, stop in self._starts(line) if len(start) >= _SHORT)
            line = self.page.line_end(line)

    def _starts(self, first: int) -> Iterator[tuple[str, int]]:
        """The words from `first` on, ever more of its line, and the word behind them."""
        line_end = min(self.end, self.page.line_end(first))
        whole = line_end - first <= _WHOLE
        sizes = [line_end - first] if whole else [size for size in _EDGES if first + size < line_end]
        for number, size in enumerate(sizes or [line_end - first]):
            term = self.page.term(first, first + size)
            if number and _is_long(term):
                return
            yield term, first + size

    def _ending(self, after: int) -> str:
        """The last words of the quote, or of an earlier line of it, that stand nowhere between; '' where all do."""
        end = self.end
        while end > after:
            begin = max(after, self.page.line_start(end - 1))
            for size in _EDGES:
                first = max(begin, end - size)
                term = self.page.term(first, end)
                if _is_long(term) and size > _EDGES[0]:
                    break
                if len(term) >= _SHORT // 2 and self.page.ends_at(term, after, first):
                    return term
                if first == begin:
                    break
            end = begin
        return ""


def _is_long(term: str) -> bool:
    return len(term) > _LONG or len(_encoded(term)) > _LONG_ENCODED


def _encoded(term: str) -> str:
    return percent_encoded(term, safe="").replace("-", "%2D")

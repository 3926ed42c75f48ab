"""Where a quote nearly stands: in one place but for a few words, or in pieces that stand apart."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from index.article import Span
from retrieval.quotes.align import Alignment, Run, aligned, cover
from retrieval.quotes.asked import Asked
from retrieval.quotes.places import Difference, Place, kind_of
from retrieval.quotes.views import Page, View
from retrieval.quotes.words import Words, words_of

# Pages that a quote is aligned with: those that share most of its words.
_NEAREST: Final = 4
# Words left out within an utterance; more are two quotes, joined.
_LEFT_OUT: Final = 8
# The share of changed words up to which it may be the same quote.
_PERHAPS: Final = 0.5
# So many words are no chance, whatever they are.
_MANY: Final = 6
# Runs of two articles are joined only if they are too long to be alike by chance.
_LONG_RUN: Final = 5


@dataclass(frozen=True, slots=True)
class Near:
    """A quote aligned with a page, piece by piece."""

    asked: Asked
    page: Page
    view: View
    found: tuple[Alignment, ...]

    @property
    def cost(self) -> int:
        """Return how many words differ."""
        return sum(one.cost for one in self.found)

    @property
    def is_over(self) -> bool:
        """Return whether it runs over the end of an utterance."""
        same = {n for one in self.found for n in self.view.numbers[one.first : one.stop] if n >= 0} - self._edited
        inside = {self.page.quotation_of[number] for number in same} - {-1}
        utterances = {self.page.quoting.quotations[number].utterance for number in inside}
        return len(utterances) > 1 or any(one.is_over for one in self.found)

    @property
    def _edited(self) -> set[int]:
        edits = (edit for one in self.found for edit in one.edits)
        return {n for edit in edits for n in self.view.numbers[edit.first : edit.stop]}

    @property
    def is_sure(self) -> bool:
        """Return whether so few words differ that it can be no other quote, and not two joined."""
        if self.is_over or not self.is_likely:
            return False
        edits = [edit for one in self.found for edit in one.edits]
        is_cut = all(edit.begin == edit.end for edit in edits)
        return self.cost <= 2 or (is_cut and self.cost <= _LEFT_OUT)

    @property
    def is_likely(self) -> bool:
        """Return whether most words are the same, telling ones among them."""
        asked = self.asked.words
        changed = {
            n for one, offset in self._by_piece() for e in one.edits for n in range(offset + e.begin, offset + e.end)
        }
        same = [form for number, form in enumerate(asked.forms) if number not in changed]
        lists = self.page.quoting.words
        telling = sum(not lists.is_grammar(form) for form in same)
        # Words of grammar alone make a quote, too, if there are enough of them in a row.
        enough = max(1, min(2, len(asked) // 4)) if len(same) < _MANY else 0
        enough = 2 if 3 * self.cost > len(asked) else enough
        return telling >= enough and len(same) >= 3 and self.cost <= max(1, _PERHAPS * len(asked))

    def _by_piece(self) -> Iterator[tuple[Alignment, int]]:
        offset = 0
        for one, piece in zip(self.found, self.asked.pieces, strict=True):
            yield one, offset
            offset += len(piece)

    @property
    def place(self) -> Place:
        """Return where it stands."""
        numbers = [n for one in self.found for n in self.view.numbers[one.first : one.stop] if n >= 0]
        return Place(self.page, min(numbers), max(numbers) + 1)

    def differences(self) -> tuple[Difference, ...]:
        """Return every word that differs, in order."""
        return tuple(
            difference
            for one, piece in zip(self.found, self.asked.pieces, strict=True)
            for difference in _differences(one, piece, self)
        )


def nearest(readings: Sequence[Asked], pages: Sequence[Page]) -> Near | None:
    """Return the place that comes nearest to a quote, None where no page shares a word of each piece."""
    best: Near | None = None
    wanted = frozenset(readings[-1].words.forms)
    shared = sorted(range(len(pages)), key=lambda n: (-len(wanted & pages[n].forms), n))
    for number in shared[:_NEAREST]:
        page = pages[number]
        for reading in dict.fromkeys((readings[0], *readings[-2:])):
            for view in dict.fromkeys((page.apart, page.views[0])):
                found = [aligned(view, piece.forms) for piece in reading.pieces]
                if any(one is None for one in found):
                    continue
                near = Near(reading, page, view, tuple(one for one in found if one is not None))
                if best is None or _rank(near) < _rank(best):
                    best = near
    return best


def _rank(near: Near) -> tuple[float, bool, bool]:
    # Of brackets, half of whose words the article has, nobody put in anything.
    put_in = sum(len(words_of(span.of(near.asked.text))) for span in near.asked.put_in)
    return near.cost + put_in / 2, near.is_over, not near.place.is_quoted


def pieced(readings: Sequence[Asked], pages: Sequence[Page]) -> tuple[Place, ...] | None:
    """Return the places of the runs that a quote is joined from; None where it is not."""
    for asked in readings:
        forms, ends = asked.words.forms, asked.sentence_ends
        for article in dict.fromkeys(page.article for page in pages):
            own = [page for page in pages if page.article == article]
            if (places := _covered(own, forms, ends, 1)) is not None:
                return places
        if (places := _covered(pages, forms, ends, _LONG_RUN)) is not None:
            return places
    return None


def _covered(
    pages: Sequence[Page], forms: Sequence[str], ends: frozenset[int], shortest: int
) -> tuple[Place, ...] | None:
    wanted = frozenset(forms)
    if not pages or not wanted <= frozenset().union(*(page.forms for page in pages)):
        return None
    views = [(page, view) for page in pages for view in (page.apart, page.views[0])]
    runs = cover([view for _, view in views], forms, ends, 2 + len(forms) // 40)
    if len(runs) < 2 or any(len(run) < shortest for run in runs):
        return None
    return tuple(_quoted_place(views, run, forms) for run in runs)


def _quoted_place(views: Sequence[tuple[Page, View]], run: Run, forms: Sequence[str]) -> Place:
    """Return where a run stands, between quotation marks rather than elsewhere."""
    found = [
        Place(page, view.numbers[first], view.numbers[first + len(run) - 1] + 1)
        for page, view in views
        for first in view.find(forms[run.begin : run.end])
    ]
    return next((place for place in found if place.is_quoted), found[0])


def _differences(one: Alignment, piece: Words, near: Near) -> Iterator[Difference]:
    page, view = near.page, near.view
    lists = page.quoting.words
    for edit in one.edits:
        numbers = [n for n in view.numbers[edit.first : edit.stop] if n >= 0]
        place = page.words.span(numbers[0], numbers[-1] + 1) if numbers else None
        here = place.of(page.text) if place else ""
        at = piece.starts[edit.begin] if edit.begin < len(piece) else piece.ends[-1]
        span = piece.span(edit.begin, edit.end) if edit.end > edit.begin else Span(at, at)
        asked = span.of(near.asked.text)
        forms = [page.words.forms[n] for n in numbers]
        kind = kind_of(forms, piece.forms[edit.begin : edit.end], f"{here} {asked}", lists)
        yield Difference(here, asked, kind, span.start, span.end, place)

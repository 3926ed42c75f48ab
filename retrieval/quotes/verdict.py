"""What the articles hold of a quote: the verdict, the places, and every word that differs."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final, Literal

import regex

from index.article import Span
from retrieval.quotes.align import Alignment, Run, aligned, cover
from retrieval.quotes.asked import Asked
from retrieval.quotes.attribution import Attribution, Speaker
from retrieval.quotes.views import Page, View
from retrieval.quotes.wordlists import WordLists
from retrieval.quotes.words import Words, words_of

Verdict = Literal["exact", "altered", "joined", "other_speaker", "absent"]
DifferenceKind = Literal["number", "negation", "name", "word"]

# Places of the same words that are looked at.
_PLACES: Final = 24
# Pages that a quote is aligned with: those that share most of its words.
_NEAREST: Final = 4
# Words left out within an utterance; more are two quotes, joined.
_LEFT_OUT: Final = 8
# The share of changed words up to which it may be the same quote.
_PERHAPS: Final = 0.5
# So many words are no chance, whatever they are.
_MANY: Final = 6
_BRACKET_BEFORE: Final = regex.compile(r"\[[^\[\]]*\p{L}[^\[\]]*\]\s*$")
_BRACKET_BEHIND: Final = regex.compile(r"\s*\[[^\[\]]*\p{L}")
# Runs of two articles are joined only if they are too long to be alike by chance.
_LONG_RUN: Final = 5


@dataclass(frozen=True, slots=True)
class Difference:
    """Words as the article has them and as they were asked; one side may be empty.

    Attributes:
        kind: what they are, the gravest first: a number, a denial, a name, or other words.
        start, end: the place of `asked` in the quote, in code points; where it is empty, that of what is left out.
    """

    article: str
    asked: str
    kind: DifferenceKind = "word"
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """Words of a page, from its word `first` up to, not including, `stop`."""

    page: Page
    first: int
    stop: int

    @property
    def span(self) -> Span:
        """Return their place in the article."""
        return self.page.words.span(self.first, self.stop)

    @property
    def is_quoted(self) -> bool:
        """Return whether any of them stands between quotation marks."""
        return any(number >= 0 for number in self.page.quotation_of[self.first : self.stop])

    @property
    def whole(self) -> Span:
        """Return the place of the whole quotation, or quotations, that hold them."""
        span, text = self.span, self.page.text
        held = sorted({n for n in self.page.quotation_of[self.first : self.stop] if n >= 0})
        spans = [self.page.quoting.quotations[number].trimmed(text) for number in held]
        start, end = min([span.start, *(one.start for one in spans)]), max([span.end, *(one.end for one in spans)])
        return Span(start, end)


@dataclass(frozen=True, slots=True)
class Finding:
    """The verdict on a quote, with its places and, where words were altered, what differs."""

    verdict: Verdict
    places: tuple[Place, ...] = ()
    differences: tuple[Difference, ...] = ()
    speaker: Speaker | None = None


def find(
    readings: Sequence[Asked],
    speaker: str | None,
    pages: Sequence[Page],
    attribution_of: Callable[[Page], Attribution],
) -> Finding:
    """Return what these pages hold of a quote.

    Parameters:
        readings: ways to read it: see `asked.readings`.
        speaker: who is said to have said it; None where nobody is checked.
        pages: the likeliest first.
    """
    apart: list[Place] = []
    clipped: list[Finding] = []
    for reading in readings:
        places = list(_exact(reading, pages, attribution_of, apart, clipped))
        places = [place for place in places if not reading.put_in or not _is_bracketed(place)]
        if places:
            put_in = _put_in(reading, places[0].page.quoting.words)
            best, said = _foremost(places, speaker, attribution_of)
            if put_in:
                return Finding("altered", (best,), put_in, said)
            is_right = not speaker or attribution_of(best.page).is_said_by(said, speaker, best.span)
            return Finding("exact" if is_right else "other_speaker", (best,), (), said)
    if clipped:
        return replace(clipped[0], speaker=attribution_of(clipped[0].places[0].page).speaker(clipped[0].places[0].span))
    return _nearly(readings, pages, attribution_of, apart)


def _exact(
    asked: Asked,
    pages: Sequence[Page],
    attribution_of: Callable[[Page], Attribution],
    apart: list[Place],
    clipped: list[Finding],
) -> Iterator[Place]:
    """Yield the places where every word stands in order.

    Append to `apart` pieces that stand in two utterances, and to `clipped` those beside which words were dropped.
    """
    count, wanted = 0, frozenset(asked.words.forms)
    for page in pages:
        if not wanted <= page.forms:
            continue
        seen: set[tuple[int, int]] = set()
        for view in page.views:
            for found in _in_order(view, asked.pieces):
                ends = [(view.numbers[first], view.numbers[stop - 1] + 1) for first, stop in found]
                place = Place(page, ends[0][0], ends[-1][1])
                if (place.first, place.stop) in seen:
                    continue
                seen.add((place.first, place.stop))
                if not _is_one_utterance(page, ends, attribution_of):
                    apart.append(place)
                elif dropped := _clipped(page, ends, asked):
                    clipped.append(Finding("altered", (place,), dropped))
                else:
                    yield place
                    count += 1
                if count >= _PLACES:
                    return


def _in_order(view: View, pieces: Sequence[Words]) -> Iterator[list[tuple[int, int]]]:
    """Yield the places of all pieces, each the next one behind the piece before."""
    for count, first in enumerate(view.find(pieces[0].forms)):
        if count >= _PLACES:
            return
        found = [(first, first + len(pieces[0]))]
        for piece in pieces[1:]:
            place = next(view.find(piece.forms, found[-1][1]), None)
            if place is None:
                return
            found.append((place, place + len(piece)))
        yield found


def _is_one_utterance(
    page: Page, ends: Sequence[tuple[int, int]], attribution_of: Callable[[Page], Attribution]
) -> bool:
    """Return whether pieces between which something is left out stand in one utterance."""
    for (_, stop), (first, _) in pairwise(ends):
        one, other = page.quotation_at(stop - 1), page.quotation_at(first)
        if one is not None and other is not None and one.utterance == other.utterance:
            continue
        if one is None and other is None:
            if "\n" in page.text[page.words.ends[stop - 1] : page.words.starts[first]]:
                return False
            continue
        if one is not None and other is not None and one.paragraph != other.paragraph:
            return False
        if one is not None and other is not None:
            attribution = attribution_of(page)
            before, after = attribution.speaker(one.span), attribution.speaker(other.span)
            if before is None or after is None or before.name != after.name:
                return False
    return True


def _clipped(page: Page, ends: Sequence[tuple[int, int]], asked: Asked) -> tuple[Difference, ...]:
    """Return the one or two words that are gone beside an ellipsis of the article's own.

    An ellipsis that was copied from the article does not stand for words that were dropped next to it.
    """
    found = []
    for number, ((_, stop), (first, _)) in enumerate(pairwise(ends), start=1):
        if 0 < first - stop <= 2 and any(
            page.words.ends[stop - 1] <= p < page.words.starts[first] for p in page.ellipses
        ):
            at = asked.pieces[number].starts[0]
            gone = page.words.span(stop, first).of(page.text)
            kind = _kind(page.words.forms[stop:first], (), gone, page.quoting.words)
            found.append(Difference(gone, "", kind, at, at))
    return tuple(found)


def _put_in(reading: Asked, lists: WordLists) -> tuple[Difference, ...]:
    """Return those brackets of a reading that say something of their own: a number or a denial."""
    found = ((span, _kind((), words_of(span.of(reading.text)).forms, "", lists)) for span in reading.put_in)
    return tuple(
        Difference("", span.of(reading.text), kind, span.start, span.end)
        for span, kind in found
        if kind in ("number", "negation")
    )


def _is_bracketed(place: Place) -> bool:
    """Return whether the article has brackets of its own where those asked were left out, at either end."""
    text, span = place.page.text, place.span
    before, behind = text[max(0, span.start - 80) : span.start], text[span.end : span.end + 80]
    return _BRACKET_BEFORE.search(before) is not None or _BRACKET_BEHIND.match(behind) is not None


def _foremost(
    places: Sequence[Place], speaker: str | None, attribution_of: Callable[[Page], Attribution]
) -> tuple[Place, Speaker | None]:
    """Return the place that speaks most for the speaker asked about, then one between quotation marks."""
    said = [(place, attribution_of(place.page).speaker(place.span)) for place in places[: _PLACES if speaker else 3]]
    if speaker:
        for place, who in said:
            if attribution_of(place.page).is_said_by(who, speaker, place.span):
                return place, who
    quoted = [entry for entry in said if entry[0].is_quoted]
    return next((entry for entry in quoted if entry[1] is not None), (quoted or said)[0])


def _nearly(
    readings: Sequence[Asked],
    pages: Sequence[Page],
    attribution_of: Callable[[Page], Attribution],
    apart: Sequence[Place],
) -> Finding:
    near = _nearest(readings, pages)
    if near is not None and near.is_sure:
        return _altered(near, attribution_of)
    if apart:
        return _joined(tuple(_ends(apart[0])), attribution_of)
    if (places := _pieced(readings, pages)) is not None:
        return _joined(places, attribution_of)
    if near is not None and near.is_likely:
        return _altered(near, attribution_of)
    return Finding("absent")


def _ends(place: Place) -> Iterator[Place]:
    """Yield the two quotations in which the first and the last words stand."""
    for first in (place.first, place.stop - 1):
        yield Place(place.page, first, first + 1)


@dataclass(frozen=True, slots=True)
class _Near:
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


def _nearest(readings: Sequence[Asked], pages: Sequence[Page]) -> _Near | None:
    best: _Near | None = None
    wanted = frozenset(readings[-1].words.forms)
    shared = sorted(range(len(pages)), key=lambda n: (-len(wanted & pages[n].forms), n))
    for number in shared[:_NEAREST]:
        page = pages[number]
        for reading in dict.fromkeys((readings[0], *readings[-2:])):
            for view in dict.fromkeys((page.apart, page.views[0])):
                found = [aligned(view, piece.forms) for piece in reading.pieces]
                if any(one is None for one in found):
                    continue
                near = _Near(reading, page, view, tuple(one for one in found if one is not None))
                if best is None or _rank(near) < _rank(best):
                    best = near
    return best


def _rank(near: _Near) -> tuple[float, bool, bool]:
    # Of brackets, half of whose words the article has, nobody put in anything.
    put_in = sum(len(words_of(span.of(near.asked.text))) for span in near.asked.put_in)
    return near.cost + put_in / 2, near.is_over, not near.place.is_quoted


def _altered(near: _Near, attribution_of: Callable[[Page], Attribution]) -> Finding:
    place = near.place
    return Finding("altered", (place,), near.differences(), attribution_of(near.page).speaker(place.span))


def _pieced(readings: Sequence[Asked], pages: Sequence[Page]) -> tuple[Place, ...] | None:
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


def _joined(places: tuple[Place, ...], attribution_of: Callable[[Page], Attribution]) -> Finding:
    said = [attribution_of(place.page).speaker(place.span) for place in places]
    names = {who.name for who in said if who is not None}
    return Finding("joined", places, (), said[0] if len(names) == 1 and None not in said else None)


def _differences(one: Alignment, piece: Words, near: _Near) -> Iterator[Difference]:
    page, view = near.page, near.view
    lists = page.quoting.words
    for edit in one.edits:
        numbers = [n for n in view.numbers[edit.first : edit.stop] if n >= 0]
        here = page.words.span(numbers[0], numbers[-1] + 1).of(page.text) if numbers else ""
        at = piece.starts[edit.begin] if edit.begin < len(piece) else piece.ends[-1]
        span = piece.span(edit.begin, edit.end) if edit.end > edit.begin else Span(at, at)
        asked = span.of(near.asked.text)
        forms = [page.words.forms[n] for n in numbers]
        kind = _kind(forms, piece.forms[edit.begin : edit.end], f"{here} {asked}", lists)
        yield Difference(here, asked, kind, span.start, span.end)


def _kind(article: Sequence[str], asked: Sequence[str], surface: str, lists: WordLists) -> DifferenceKind:
    forms = (*article, *asked)
    if any(form in lists.numbers or any(c.isdigit() for c in form) for form in forms):
        return "number"
    if any(map(lists.is_negation, forms)):
        return "negation"
    words = surface.split()
    if any(word[:1].isupper() and not lists.is_grammar(word.lower()) for word in words):
        return "name"
    return "word"

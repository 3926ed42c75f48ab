"""What the articles hold of a quote: the verdict, the places, and every word that differs."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final, Literal

import regex

from retrieval.quotes.asked import Asked
from retrieval.quotes.attribution import Attribution, Speaker
from retrieval.quotes.nearly import Near, nearest, pieced
from retrieval.quotes.places import Difference, Place, kind_of
from retrieval.quotes.views import Page, View
from retrieval.quotes.wordlists import WordLists
from retrieval.quotes.words import Words, words_of

Verdict = Literal["exact", "altered", "joined", "other_speaker", "absent"]

# Places of the same words that are looked at.
_PLACES: Final = 24
_BRACKET_BEFORE: Final = regex.compile(r"\[[^\[\]]*\p{L}[^\[\]]*\]\s*(?:\S+\s+){0,2}$")
_BRACKET_BEHIND: Final = regex.compile(r"\s*\[[^\[\]]*\p{L}")


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
            place = page.words.span(stop, first)
            gone = place.of(page.text)
            kind = kind_of(page.words.forms[stop:first], (), gone, page.quoting.words)
            found.append(Difference(gone, "", kind, at, at, place))
    return tuple(found)


def _put_in(reading: Asked, lists: WordLists) -> tuple[Difference, ...]:
    """Return those brackets of a reading that say something of their own: a number or a denial."""
    found = ((span, kind_of((), words_of(span.of(reading.text)).forms, "", lists)) for span in reading.put_in)
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
    near = nearest(readings, pages)
    if near is not None and near.is_sure:
        return _altered(near, attribution_of)
    if apart:
        return _joined(tuple(_ends(apart[0])), attribution_of)
    if (places := pieced(readings, pages)) is not None:
        return _joined(places, attribution_of)
    if near is not None and near.is_likely:
        return _altered(near, attribution_of)
    return Finding("absent")


def _ends(place: Place) -> Iterator[Place]:
    """Yield the two quotations in which the first and the last words stand."""
    for first in (place.first, place.stop - 1):
        yield Place(place.page, first, first + 1)


def _altered(near: Near, attribution_of: Callable[[Page], Attribution]) -> Finding:
    place = near.place
    return Finding("altered", (place,), near.differences(), attribution_of(near.page).speaker(place.span))


def _joined(places: tuple[Place, ...], attribution_of: Callable[[Page], Attribution]) -> Finding:
    said = [attribution_of(place.page).speaker(place.span) for place in places]
    names = {who.name for who in said if who is not None}
    return Finding("joined", places, (), said[0] if len(names) == 1 and None not in said else None)

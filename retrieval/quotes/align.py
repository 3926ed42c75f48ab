"""Words aligned with words: where a quote stands, and what differs where it nearly does."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Final

from retrieval.quotes.views import BARRIER, View

# The prices of a word changed, left out and put in, and of running over the end of an utterance. Two words left out are
# cheaper than one changed, so that the first word of a quote is found in front of what was dropped behind it.
_CHANGED: Final = 7
_LEFT_OUT: Final = 2
_PUT_IN: Final = 5
_OVER: Final = 16
# Words up to which the cheapest alignment is worked out; longer quotes are compared by their longest common runs.
_MOST: Final = 160
# A run of fewer words may stand anywhere by chance.
SHORTEST_RUN: Final = 3


@dataclass(frozen=True, slots=True)
class Edit:
    """Words that differ: `article[first:stop]` of a view against `asked[begin:end]`; one side may be empty."""

    first: int
    stop: int
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Alignment:
    """The place in a view that comes nearest to a quote.

    Attributes:
        first, stop: its words in the view.
        cost: words changed, left out or put in.
        is_over: whether it runs over the end of an utterance.
    """

    first: int
    stop: int
    cost: int
    edits: tuple[Edit, ...]
    is_over: bool


def aligned(view: View, asked: Sequence[str]) -> Alignment | None:
    """Return the cheapest alignment of a quote with a stretch of a view; None where they share no word.

    Two words that changed places count as two changed words. So does a word put in at either end of the quote where the
    utterance has another one there.
    """
    region = _region(view.forms, asked)
    if region is None:
        return None
    start, end = region
    here = view.forms[start:end]
    pairs = _cheapest(here, asked) if len(asked) <= _MOST else _by_runs(here, asked)
    pairs = _with_swaps(_with_ends(_with_swaps(pairs, here, asked), here), here, asked)
    used = [place for place, _ in pairs if place is not None]
    matched = [place for place, other in pairs if place is not None and other is not None]
    if not matched:
        return None
    edits = tuple(_edits(pairs, here, asked, start))
    barriers = sum(here[place] == BARRIER for place in used)
    cost = sum(max(edit.stop - edit.first, edit.end - edit.begin) for edit in edits)
    return Alignment(start + used[0], start + used[-1] + 1, cost, edits, barriers > 0)


def _region(forms: Sequence[str], asked: Sequence[str]) -> tuple[int, int] | None:
    """Return the stretch that shares most words with the quote, rare ones counting more, with room at both ends."""
    held = Counter(forms)
    wanted = {form: 1 / held[form] for form in set(asked) if held[form]}
    places = [place for place, form in enumerate(forms) if form in wanted]
    if not places:
        return None
    width = len(asked) + max(4, len(asked) // 4)
    best, best_mass, mass, left = places[0], 0.0, 0.0, 0
    inside: defaultdict[str, int] = defaultdict(int)
    for place in places:
        form = forms[place]
        inside[form] += 1
        mass += wanted[form] if inside[form] == 1 else 0.0
        while places[left] <= place - width:
            gone = forms[places[left]]
            inside[gone] -= 1
            mass -= wanted[gone] if not inside[gone] else 0.0
            left += 1
        if mass > best_mass + 1e-9:
            best, best_mass = places[left], mass
    return max(0, best - width // 2), min(len(forms), best + width + width // 2)


Pairs = list[tuple[int | None, int | None]]


def _cheapest(here: Sequence[str], asked: Sequence[str]) -> Pairs:
    """Return the pairs of the cheapest alignment; what lies before and behind it in `here` costs nothing."""
    width = len(here) + 1
    changed = [_OVER if form == BARRIER else _CHANGED for form in here]
    left_out = [_OVER if form == BARRIER else _LEFT_OUT for form in here]
    rows = [[0] * width]
    for count, form in enumerate(asked, start=1):
        above, left = rows[-1], count * _PUT_IN
        row = [left]
        for place, other in enumerate(here):
            cost = above[place] + (0 if form == other else changed[place])
            if above[place + 1] + _PUT_IN < cost:
                cost = above[place + 1] + _PUT_IN
            if left + left_out[place] < cost:
                cost = left + left_out[place]
            left = cost
            row.append(cost)
        rows.append(row)
    last = rows[-1]
    place, count = last.index(min(last)), len(asked)
    pairs: Pairs = []
    while count:
        cost, diagonal = rows[count][place], rows[count - 1][place - 1] if place else -1
        is_same = place > 0 and asked[count - 1] == here[place - 1]
        if place and diagonal + (0 if is_same else changed[place - 1]) == cost:
            count, place = count - 1, place - 1
            pairs.append((place, count))
        elif rows[count - 1][place] + _PUT_IN == cost:
            count -= 1
            pairs.append((None, count))
        else:
            place -= 1
            pairs.append((place, None))
    return pairs[::-1]


def _with_ends(pairs: Pairs, here: Sequence[str]) -> Pairs:
    """Return the pairs with words put in at either end set against those that the utterance has there."""
    for step in (1, -1):
        row = pairs if step > 0 else pairs[::-1]
        put_in = next((n for n, (place, _) in enumerate(row) if place is not None), len(row))
        if put_in == len(row):
            return pairs
        at, paired = row[put_in][0], row[put_in:]
        for _, other in reversed(row[:put_in]):
            at = None if at is None else at - step
            if at is None or not 0 <= at < len(here) or here[at] == BARRIER:
                at = None
            paired = [(at, other), *paired]
        pairs = paired if step > 0 else paired[::-1]
    return pairs


def _with_swaps(pairs: Pairs, here: Sequence[str], asked: Sequence[str]) -> Pairs:
    """Return the pairs with two neighbours that changed places as two changed words.

    An alignment has one of them in its place, and the other left out on one side of it and put in on the other.
    """
    found = list(pairs)
    for n in range(len(found)):
        place, other = found[n]
        if place is None or other is None or here[place] != asked[other]:
            continue
        before = found[n - 1] if n else (place - 1 if place else None, None)
        behind = found[n + 1] if n + 1 < len(found) else (place + 1 if place + 1 < len(here) else None, None)
        left, put = (before, behind) if behind[0] is None else (behind, before)
        if left[0] is None or left[1] is not None or put[0] is not None or put[1] is None:
            continue
        if here[left[0]] != asked[put[1]]:
            continue
        two: Pairs = [(place, put[1]), (left[0], other)]
        two.sort(key=lambda pair: pair[0] or 0)
        start = n - 1 if n and found[n - 1] in (left, put) else n
        stop = n + 2 if n + 1 < len(found) and found[n + 1] in (left, put) else n + 1
        return _with_swaps([*found[:start], *two, *found[stop:]], here, asked)
    return found


def _by_runs(here: Sequence[str], asked: Sequence[str]) -> Pairs:
    pairs: Pairs = []
    matcher = SequenceMatcher(None, here, asked, autojunk=False)
    blocks = [block for block in matcher.get_matching_blocks() if block.size]
    for number, block in enumerate(blocks):
        if number:
            before = blocks[number - 1]
            gone = list(range(before.a + before.size, block.a))
            new = list(range(before.b + before.size, block.b))
        else:
            gone, new = [], list(range(block.b))
        shared = min(len(gone), len(new))
        pairs += zip(gone[:shared], new[:shared], strict=True)
        pairs += [(place, None) for place in gone[shared:]]
        pairs += [(None, place) for place in new[shared:]]
        pairs += [(block.a + step, block.b + step) for step in range(block.size)]
    end = blocks[-1].b + blocks[-1].size if blocks else 0
    return [*pairs, *((None, place) for place in range(end, len(asked)))]


def _edits(pairs: Pairs, here: Sequence[str], asked: Sequence[str], start: int) -> Iterator[Edit]:
    """Yield what differs: each changed word, and each run of words left out or put in."""
    first = stop = begin = end = 0
    open_kind = ""
    at, by = (next((p for p, _ in pairs if p is not None), 0)), 0
    for place, other in [*pairs, (-1, -1)]:
        kind = _kind(place, other, here, asked)
        if open_kind and kind != open_kind:
            yield Edit(start + first, start + stop, begin, end)
            open_kind = ""
        if kind == "changed" and place is not None and other is not None:
            yield Edit(start + place, start + place + 1, other, other + 1)
        elif kind and not open_kind:
            open_kind, first, stop, begin, end = kind, at, at, by, by
        if kind in ("left out", "put in"):
            stop, end = stop + (kind == "left out"), end + (kind == "put in")
        at = at if place is None else place + 1
        by = by if other is None else other + 1


def _kind(place: int | None, other: int | None, here: Sequence[str], asked: Sequence[str]) -> str:
    if place == -1:
        return "end"
    if place is None:
        return "put in"
    if other is None:
        return "" if here[place] == BARRIER else "left out"
    return "" if here[place] == asked[other] else "changed"


@dataclass(frozen=True, slots=True)
class Run:
    """Words of a quote, from `begin` to `end`, that stand in a row in a view at the place `first`."""

    view: int
    first: int
    begin: int
    end: int

    def __len__(self) -> int:
        return self.end - self.begin


def cover(views: Sequence[View], asked: Sequence[str], ends: Collection[int], most: int = 4) -> tuple[Run, ...]:
    """Return the fewest runs, none too short, that together are the quote; empty where there are none.

    The longest run from the front is taken first, which gives the fewest, or the longest from the back where that
    leaves one too short. Where two runs meet is open as far as both can be longer: at the end of a sentence, if there
    is one.

    Parameters:
        ends: the words behind which a sentence of the quote ends.
        most: runs.
    """
    front, back = _from_front(views, asked, most), _from_back(views, asked, most)
    if len(front) != len(back) or not front:
        return ()
    # From the front the cuts lie as late as they can, from the back as early.
    cuts = [
        next((cut for cut in range(late, early - 1, -1) if cut in ends), late)
        for (_, late), (_, early) in zip(front[:-1], back[:-1], strict=True)
    ]
    for borders in ([0, *cuts, len(asked)], [0, *(end for _, end in back)]):
        pairs = list(pairwise(borders))
        if all(end - begin >= SHORTEST_RUN and _held(views, asked[begin:end]) for begin, end in pairs):
            return tuple(_run(views, asked, begin, end) for begin, end in pairs)
    return ()


def _held(views: Sequence[View], forms: Sequence[str]) -> bool:
    return any(view.holds(forms) for view in views)


def _from_front(views: Sequence[View], asked: Sequence[str], most: int) -> list[tuple[int, int]]:
    cut: list[tuple[int, int]] = []
    begin = 0
    while begin < len(asked):
        low, high = begin, len(asked)
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if _held(views, asked[begin:middle]) else (low, middle - 1)
        if low == begin or len(cut) == most:
            return []
        cut.append((begin, low))
        begin = low
    return cut


def _from_back(views: Sequence[View], asked: Sequence[str], most: int) -> list[tuple[int, int]]:
    cut: list[tuple[int, int]] = []
    end = len(asked)
    while end:
        low, high = 0, end
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if _held(views, asked[middle:end]) else (middle + 1, high)
        if low == end or len(cut) == most:
            return []
        cut.append((low, end))
        end = low
    return cut[::-1]


def _run(views: Sequence[View], asked: Sequence[str], begin: int, end: int) -> Run:
    number = next(number for number, view in enumerate(views) if view.holds(asked[begin:end]))
    return Run(number, next(views[number].find(asked[begin:end])), begin, end)

"""The classifier's features of each line of a page: its form, its words, and the lines around it.

Of the words of a line the vocabulary weighs terms: words, pairs, and those that begin, end or make up the line.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from index.clutter import characters as kinds
from index.clutter.characters import HEAD, TAIL, count_kinds

# The words at the beginning and end of a line that are looked up.
FIRST: Final = 12
LAST: Final = 3
# A line of no more words is looked up as a whole, and each word of a line of no more than SHORT as one of a short line.
WHOLE: Final = 6
SHORT: Final = 8
_LAST_CHARACTERS: Final = 48
# The characters of the longest line that may be known as a whole.
LONGEST_KNOWN: Final = 160

WORD: Final = re.compile(r"[^\W\d_]+")
UNSPACED: Final = re.compile(r"[\u3041-\u9fff\uf900-\ufaff]+")


def terms(line: str, words: Sequence[str]) -> list[str]:
    """Return the terms of a line.

    Parameters:
        line: in lower case.
        words: those of its beginning, as WORD finds them; more than FIRST are passed over.

    Returns:
        A word, 'a b' for two in a row, '^a' for the first word and 'a$' for one of the last; '_a' for each word of a
        short line and '=a b' for all words of a very short one. Of scripts without spaces, pairs of characters take
        the place of words.
    """
    head = list(words[:FIRST])
    if not head:
        return []
    found = [*head, *map(" ".join, pairwise(head)), "^" + head[0]]
    count = len(words)
    tail = words[-LAST:]
    if count > FIRST:
        tail = WORD.findall(line[-_LAST_CHARACTERS:])[-LAST:]
    found += [word + "$" for word in tail]
    if count <= SHORT:
        found += ["_" + word for word in head]
        if count <= WHOLE:
            found.append("=" + " ".join(head))
    return found


def pairs(line: str) -> list[str]:
    """Return the pairs of neighbouring characters of what a line writes without spaces."""
    runs = UNSPACED.findall(line)
    return [run[place : place + 2] for run in runs for place in range(max(1, len(run) - 1))]


def unspaced_terms(couples: Sequence[str]) -> list[str]:
    """Return the terms of a line that is written without spaces, from its pairs of characters; not none."""
    found = [*couples[: 2 * FIRST], "^" + couples[0], couples[-1] + "$"]
    return found + ["_" + one for one in couples] if len(couples) < SHORT else found


def normalized(line: str) -> str:
    """Return the words of a line in lower case with a space between: '12 Comments!' is 'comments'."""
    return " ".join(WORD.findall(line.casefold())) if len(line) <= LONGEST_KNOWN else ""


Floats = NDArray[np.float32]

# Characters of a script without spaces that say about as much as a word.
CHARACTERS_A_WORD: Final = 2.5
# Words of a line that is prose if it ends as a sentence, and of one that is prose in any case.
PROSE: Final = 10
LONG_PROSE: Final = 25
# The most words of a line that are compared with the rest of the page.
COMPARED: Final = 16

_CLOSING: Final = "\"'”’»)]』」*_ "
_ENDS: Final = frozenset(".!?…。！？؟।۔")

OWN: Final = (
    "characters", "words", "ends", "last is a stop", "last is a bracket", "last is a letter",
    "first is a capital", "first is lower case", "first is a mark", "first is a digit", "first is a symbol", "capitals",
    "all capitals", "short words", "digits", "commas", "stops", "quotes", "bars", "handles", "brackets",
    "symbols", "glued words", "letters a word", "unspaced", "repeated", "shared words", "weight", "weight a word",
    "heaviest", "lightest",
)  # fmt: skip
AROUND: Final = (
    "place", "lines after", "after first prose", "before last prose", "prose after", "words -2", "words -1",
    "words +1", "words +2", "ends -1", "ends +1", "goes on +1", "goes on +2", "likeness -1", "likeness +1",
    "weight -2", "weight -1", "weight +1", "weight +2", "weight before", "weight behind", "heaviest near",
    "prose in 3 before", "prose in 3 after", "prose in 8 around", "run", "place in run", "prose share", "lines",
    "end share", "page weight", "going on share",
)  # fmt: skip
FEATURES: Final = (*OWN, *AROUND)


def page_terms(lines: Sequence[str]) -> list[list[str]]:
    """Return the vocabulary's terms of every line, for fitting."""
    return [_worded(_cut(line).casefold())[1] for line in lines]


def features(lines: Sequence[str], weights: Mapping[str, float]) -> Floats:
    """Return what FEATURES names of every line of a page, of shape (lines, features).

    Parameters:
        lines: without white space around them, none empty.
        weights: of the vocabulary's terms.
    """
    cut = [_cut(line) for line in lines]
    own, words, ends = _form(lines, cut)
    prose = ((words >= PROSE) & ends) | (words >= LONG_PROSE)
    own[:, _OF["repeated"] : _OF["lightest"] + 1] = _wording([line.casefold() for line in cut], prose, weights)
    return np.concatenate([own, _around(own, words, ends, prose)], axis=1)


def _cut(line: str) -> str:
    return line if len(line) <= HEAD + TAIL else line[:HEAD] + line[-TAIL:]


_OF: Final = {name: place for place, name in enumerate(FEATURES)}


def _form(lines: Sequence[str], cut: Sequence[str]) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Return the features of the lines' characters, their sizes in words, and which end as sentences do."""
    by_kind, by_word, edges = count_kinds(cut)
    count = len(lines)
    full = np.fromiter(map(len, lines), np.float32, count)
    sizes = np.fromiter(map(len, cut), np.float32, count)

    def get(kind: int) -> Floats:
        return by_kind[:, kind.bit_length() - 1]

    unspaced = get(kinds.WHOLE)
    there = by_word[:, 0]
    ends = np.fromiter((line.rstrip(_CLOSING)[-1:] in _ENDS for line in cut), np.bool_, count)
    letters = get(kinds.UPPER) + get(kinds.LOWER)
    scale = full / sizes
    words = (there + unspaced / CHARACTERS_A_WORD) * scale
    last, first = edges[:, 0], edges[:, 1]
    own = np.zeros((count, len(OWN)), np.float32)
    columns = {
        "characters": np.log1p(full),
        "words": np.minimum(words, 60),
        "ends": ends,
        "last is a stop": last == kinds.STOP,
        "last is a bracket": last == kinds.BRACKET,
        "last is a letter": (last & (kinds.LOWER | kinds.UPPER | kinds.WHOLE)) > 0,
        "first is a capital": first == kinds.UPPER,
        "first is lower case": first == kinds.LOWER,
        "first is a mark": (first & (kinds.COMMA | kinds.STOP)) > 0,
        "first is a digit": first == kinds.DIGIT,
        "first is a symbol": (first & (kinds.SYMBOL | kinds.BAR | kinds.HANDLE)) > 0,
        "capitals": (by_word[:, 1] - (first == kinds.UPPER)) / there,
        "all capitals": by_word[:, 2] / there,
        "short words": by_word[:, 3] / there,
        "digits": get(kinds.DIGIT) / sizes,
        "commas": get(kinds.COMMA) / (there + unspaced / CHARACTERS_A_WORD),
        "stops": np.minimum(get(kinds.STOP), 8),
        "quotes": np.minimum(get(kinds.QUOTE), 4),
        "bars": np.minimum(get(kinds.BAR), 8),
        "handles": np.minimum(get(kinds.HANDLE), 4),
        "brackets": np.minimum(get(kinds.BRACKET), 6),
        "symbols": get(kinds.SYMBOL) / sizes,
        "glued words": np.minimum(by_word[:, 4], 6),
        "letters a word": np.minimum(letters / there, 20),
        "unspaced": unspaced / sizes,
    }
    for name, values in columns.items():
        own[:, _OF[name]] = values
    return own, words, ends


def _wording(low: Sequence[str], prose: NDArray[np.bool_], weights: Mapping[str, float]) -> Floats:
    """Return each line's count on the page, the share of its words that the prose has, and its terms' weights."""
    times = Counter(low)
    found = [_worded(line) for line in low]
    compared = [set(words[:COMPARED]) for words, _ in found]
    told: Counter[str] = Counter()
    for place in np.flatnonzero(prose).tolist():
        told.update(compared[place])
    by_line = []
    for line, (words, line_terms), mine, own in zip(low, found, compared, prose.tolist(), strict=True):
        # A line of prose shares all its words with itself, which does not count.
        shared = sum([told[word] > own for word in mine]) / len(mine) if mine else 0
        heavy = [weights[term] for term in line_terms if term in weights]
        heard = (sum(heavy), sum(heavy) / max(len(words), 1), max(heavy), min(heavy)) if heavy else (0, 0, 0, 0)
        by_line.append((min(times[line], 5), shared, *heard))
    return np.array(by_line, np.float32)


def _worded(low: str) -> tuple[list[str], list[str]]:
    """Return the words of a line (pairs of characters in a script without spaces) and its terms."""
    if not low.isascii() and UNSPACED.search(low):
        couples = pairs(low)
        return couples, unspaced_terms(couples)
    words = WORD.findall(low)
    return words, terms(low, words)


def _around(own: Floats, words: Floats, ends: NDArray[np.bool_], prose: NDArray[np.bool_]) -> Floats:
    """Return the features of each line's surroundings, of shape (lines, AROUND)."""
    count = len(words)
    here = np.arange(count, dtype=np.float32)
    places = np.flatnonzero(prose)
    first, last = (places[0], places[-1]) if len(places) else (count, -1)
    before = np.concatenate([[0], np.cumsum(prose)]).astype(np.float32)
    size = np.minimum(words, 40)
    height = own[:, _OF["characters"]]
    weight = np.clip(own[:, _OF["weight"]], -8, 8)
    heaviest = own[:, _OF["heaviest"]]
    # Where a link is a line of its own, the rest of its sentence is the next line.
    goes_on = own[:, _OF["first is lower case"]] + own[:, _OF["first is a mark"]]

    def near(start: int, end: int) -> Floats:
        rows = np.arange(count)
        return before[np.clip(rows + end, 0, count)] - before[np.clip(rows + start, 0, count)]

    run_start = np.concatenate([[True], prose[1:] != prose[:-1]])
    runs = np.cumsum(run_start) - 1
    begin = np.flatnonzero(run_start)
    length = np.diff(np.append(begin, count))[runs]
    return np.stack(
        [
            here / max(count - 1, 1),
            np.minimum(count - 1 - here, 100),
            np.clip(here - first, -50, 50),
            np.clip(last - here, -50, 50),
            np.minimum(before[-1] - before[1:], 50),
            *(_moved(size, step, -1) for step in (-2, -1, 1, 2)),
            *(_moved(ends, step, -1) for step in (-1, 1)),
            *(_moved(goes_on, step, 0) for step in (1, 2)),
            *(np.abs(_moved(height, step, 0) - height) for step in (-1, 1)),
            *(_moved(weight, step, 0) for step in (-2, -1, 1, 2)),
            _faded(weight),
            _faded(weight[::-1])[::-1],
            np.maximum(_moved(heaviest, -1, 0), _moved(heaviest, 1, 0)),
            near(-3, 0),
            near(1, 4),
            near(-8, 9),
            np.clip(np.where(prose, -length, length), -30, 60),
            np.minimum(np.arange(count) - begin[runs], 40),
            np.full(count, prose.mean()),
            np.full(count, np.log1p(count)),
            np.full(count, ends.mean()),
            np.full(count, weight.mean()),
            np.full(count, goes_on.mean()),
        ],
        axis=1,
    ).astype(np.float32)


def _moved(values: NDArray[np.generic], step: int, missing: float) -> Floats:
    """Return the value of the line `step` lines further on, for each line."""
    moved = np.full(len(values), missing, np.float32)
    if step > 0:
        moved[:-step] = values[step:]
    else:
        moved[-step:] = values[:step]
    return moved


_FADES: Final = 0.7 ** np.arange(1, 10)


def _faded(values: Floats) -> Floats:
    """Return for each line the mean of the values before it, the nearest weighed most."""
    padded = np.convolve(values, _FADES)[: len(values)]
    return np.concatenate([[0.0], padded[:-1]]).astype(np.float32) / np.float32(_FADES.sum())

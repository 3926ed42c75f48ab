"""Groups to learn from: a question with one window that answers, and others that look as if they did.

Negatives are the other windows of the passage and those that the project's own index serves for the question and that
hold no answer. A contrast is a question that looks like the group's, and that its right window does not answer.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from index.article import Span
from index.engines.bm25 import stems, tokens
from index.sentences import sentences
from retrieval.reader.reading import QUESTION, Ids, Pieces, Window
from training.contrasts import YEAR, contrast, names_in, pairs
from training.served import Pool, Served, served
from training.sets import Example, examples, sets_in

# Windows that do not answer, for each that does.
NEGATIVES: Final = 3
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
# How often a question is asked carelessly, a title is missing, a day is given, a contrast is made.
_CARELESS: Final = 0.3
_UNTITLED: Final = 0.25
_DATED: Final = 0.4
_CONTRASTED: Final = 0.5
# How often the title of a window that does not answer holds the answer.
_REVEALED: Final = 0.1


@dataclass(frozen=True, slots=True)
class Choice:
    """A window as an answer to a question.

    Attributes:
        answers: whether it is one.
        places: first and last wordpiece of each answer in the window; empty where it is no answer or none is known.
        exact: whether `places` are the answer itself; else it lies somewhere within one of them.
    """

    front: Ids
    window: Ids
    answers: bool
    places: tuple[tuple[int, int], ...] = ()
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Group:
    """A question with windows; the one that answers, if any does, stands first.

    Attributes:
        contrast: another question, that the first window does not answer.
    """

    set: str
    question: Ids
    choices: tuple[Choice, ...]
    contrast: Ids | None = None


class GroupMaker:
    """A maker of the groups of an epoch; each seed draws other questions, negatives and contrasts."""

    def __init__(self, folder: Path, work: Path, pieces: Pieces) -> None:
        self._folder, self._work, self._pieces = folder, work, pieces
        self._pool = Pool(folder)
        asked = (example.question for name in sets_in(folder) for example in examples(folder, name))
        self._names = names_in(asked)
        self._windows: dict[tuple[int, int, int], list[Window]] = {}

    def training(self, seed: int) -> list[Group]:
        """Return the groups of one epoch, in random order."""
        rng = random.Random(seed)
        groups: list[Group] = []
        for name, wanted in sets_in(self._folder).items():
            taught = [example for example in examples(self._folder, name) if not example.held_out]
            found, paired = served(self._work, name), pairs(taught)
            rounds = [example for _ in range(-(-wanted // len(taught))) for example in rng.sample(taught, len(taught))]
            for example in rounds[:wanted]:
                groups += self._groups(example, found[example.id], rng, self._contrast(example, paired, rng))
        rng.shuffle(groups)
        return groups

    def validation(self, most: int) -> list[Group]:
        """Return at most so many groups of each set, of what is held out: always the same."""
        groups: list[Group] = []
        for name in sets_in(self._folder):
            rng = random.Random(name)
            kept = [example for example in examples(self._folder, name) if example.held_out]
            found = served(self._work, name)
            for example in rng.sample(kept, min(most, len(kept))):
                groups += self._groups(example, found[example.id], rng, None)
        return groups

    def _contrast(self, example: Example, paired: Mapping[str, str], rng: random.Random) -> str | None:
        """Return a question like the example's that its passage does not answer: a person's, or one made of it."""
        if example.id in paired:
            return paired[example.id]
        if not example.answerable or rng.random() >= _CONTRASTED:
            return None
        return contrast(example.question, example.passage, self._names, rng)

    def _groups(
        self, example: Example, hits: Sequence[Served], rng: random.Random, other: str | None
    ) -> Iterator[Group]:
        number = self._pool.number_of(example.passage)
        own = self._cut(number, Span(0, len(example.passage)))
        right = self._right(example, own)
        if example.answerable and not right:
            return
        wrong = self._wrong(example, own, hits, rng)
        if len(wrong) < 2:
            return
        titled, dated = rng.random() >= _UNTITLED, rng.random() < _DATED

        def front_of(passage: int, years: Sequence[str] = ()) -> Ids:
            return self._pieces.prefix(self._pool.titles[passage] if titled else "", _day(rng, years) if dated else "")

        front = front_of(number, YEAR.findall(example.question))
        chosen = [rng.choice(right)] if right else []
        first = [Choice(front, window.ids, True, places, example.exact) for window, places in chosen]
        rest = [
            Choice(front if passage == number else front_of(passage), window.ids, False) for passage, window in wrong
        ]
        if example.answers and rest and rng.random() < _REVEALED:
            title = self._pieces.prefix(_revealing(example, rng))
            rest[-1] = Choice(title, rest[-1].window, False)
        careless = rng.random() < _CARELESS

        def asked(question: str) -> Ids:
            return self._pieces.of(question.lower().rstrip("?") if careless else question, QUESTION)

        tempted = asked(other) if other and first else None
        yield Group(example.set, asked(example.question), (*first, *rest), tempted)

    def _right(self, example: Example, own: Sequence[Window]) -> list[tuple[Window, tuple[tuple[int, int], ...]]]:
        """Return the windows of the passage that answer, and where."""
        if not example.answerable:
            return []
        if not example.answers:
            # It is known that the passage answers, not where: the window that the question's words fit best.
            nearest = max(own, key=lambda window: _shared(example.question, window.span.of(example.passage)))
            return [(nearest, ())]
        found = []
        for window in own:
            places = tuple(place for answer in example.answers if (place := _place(window, answer)) is not None)
            if places:
                found.append((window, places))
        return found

    def _wrong(
        self, example: Example, own: Sequence[Window], hits: Sequence[Served], rng: random.Random
    ) -> list[tuple[int, Window]]:
        """Yield windows that do not answer, each with the number of its passage: this one's first, then served ones."""
        number = self._pool.number_of(example.passage)
        texts = [answer.of(example.passage).casefold() for answer in example.answers]
        here = [
            (number, window)
            for window in own
            if not example.answerable or (texts and not any(window.span.meets(answer) for answer in example.answers))
        ]
        here.sort(key=lambda entry: -_shared(example.question, entry[1].span.of(example.passage)))
        there = []
        for hit in hits:
            text = self._pool.texts[hit.passage]
            known = texts or not example.answerable or self._pool.documents[hit.passage] != example.document
            if hit.passage == number or not known or any(answer in text.casefold() for answer in texts):
                continue
            cut = self._cut(hit.passage, hit.span)
            there.append((hit.passage, max(cut, key=lambda window: _shared(example.question, window.span.of(text)))))
            if len(there) == 10:
                break
        # What is served first tempts most.
        own_taken = 1 if example.answerable else 2
        taken, left = here[:own_taken] + there[:1], here[own_taken:] + there[1:]
        return taken + rng.sample(left, min(len(left), max(0, NEGATIVES - len(taken))))

    def _cut(self, passage: int, span: Span) -> list[Window]:
        key = (passage, span.start, span.end)
        if key not in self._windows:
            text = self._pool.texts[passage]
            self._windows[key] = self._pieces.windows(text, sentences(text, span, "en"))
        return self._windows[key]


def _place(window: Window, answer: Span) -> tuple[int, int] | None:
    """Return the first and the last wordpiece of an answer that stands in the window whole."""
    if not window.span.holds(answer):
        return None
    inside = np.flatnonzero((window.offsets[:, 1] > answer.start) & (window.offsets[:, 0] < answer.end))
    return (int(inside[0]), int(inside[-1])) if len(inside) else None


def _revealing(example: Example, rng: random.Random) -> str:
    """Make a title that holds the answer: the words around it."""
    answer = rng.choice(example.answers)
    around = example.passage[max(0, answer.start - 40) : answer.end + 20]
    return " ".join(around.split()[1:-1]) or answer.of(example.passage)


def _shared(question: str, text: str) -> float:
    """Count the question's words that stand in a text, longer ones for more."""
    held = set(stems(tokens(text), "en"))
    return sum(len(word) for word in set(stems(tokens(question), "en")) if word in held)


def _day(rng: random.Random, years: Sequence[str]) -> str:
    """Make a day as it is written in front of a window: in one of these years, or in any."""
    year = rng.choice(years) if years else str(rng.randint(2005, 2026))
    return f"{rng.randint(1, 28)} {rng.choice(_MONTHS)} {year}"

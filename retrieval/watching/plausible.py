"""The waiting questions that new articles may answer, found without answering each: an answer takes some 40 ms.

1. Every pair of a question and a new passage gets the confidence that the passage would have if nobody read it: from
   the cosine, the share of the question's words that it holds, and the question's length. That takes a microsecond.
2. A question that is left is ranked, which takes 2 ms. Of a new article must be one of the passages that would be read.
3. The most promising window of that passage is read, which takes 8 ms, and where that is not hopeless, what else of new
   articles would be read. The reader remembers both for the answer.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from index.engines.bm25 import stems, tokens
from index.passage_rules import prefixed
from retrieval.answer import Hit
from retrieval.confidence import Evidence, WordsEvidence, coefficients, confidence, fit_of
from retrieval.question.filters import matching_passages
from retrieval.question.terms import coverage, model_knows, weights
from retrieval.ranking.ranking import Ranking, rank
from retrieval.reader.passages import DEPTH, WINDOWS, read_passages
from retrieval.snapshot import Snapshot
from retrieval.watching.waiting import Waiting

# The least confidence without reading. See docs/watching.md for what it loses.
PLAUSIBLE: Final = 0.45
# The share of the confidence of news that one window must reach.
_PROMISING: Final = 0.6
# What rounding a question's vector may take from a confidence.
_ROUNDING: Final = 0.01
# Passages that are held in memory at a time, and questions of one product of matrices.
_PASSAGES: Final = 1_000
_QUESTIONS: Final = 500


def plausible(questions: Sequence[Waiting], numbers: NDArray[np.int64], snapshot: Snapshot) -> NDArray[np.bool_]:
    """Return which questions one of these passages may answer, bool of shape (questions,).

    Parameters:
        numbers: of the passages, int64.
    """
    may = np.zeros(len(questions), np.bool_)
    for start in range(0, len(numbers), _PASSAGES):
        passages = _Passages(numbers[start : start + _PASSAGES], snapshot)
        left = np.flatnonzero(~may).tolist()
        for place, likely in zip(left, passages.likelihoods([questions[place] for place in left]), strict=True):
            may[place] = likely
    return may


def promising(
    waiting: Waiting,
    wanted: NDArray[np.bool_],
    asked: date,
    sure: float,
    snapshot: Snapshot,
    only: NDArray[np.int64] | None = None,
) -> bool:
    """Return whether one of the wanted articles may answer a question best, and with confidence.

    Parameters:
        wanted: which articles, bool of shape (articles,).
        asked: the day of the question.
        sure: the least confidence that counts.
        only: numbers of the passages that may be found; None for all.

    Raises:
        FilterError: if no article fits the question's filters.
        CitationError: if a text is not the one that the index was built from.
    """
    among = matching_passages(snapshot.generation.catalog, snapshot.layout, waiting.filters, only)
    ranking = rank(snapshot, waiting.words, DEPTH, asked=asked, among=among, encoded=waiting.read)
    new = [hit for hit in ranking.hits if wanted[hit.passage.article]]
    reader = snapshot.reader
    if not new or not ranking.trusted or reader is None:
        return bool(new)
    if not model_knows(ranking.own, snapshot.all_languages, reader):
        return True
    if not all(reader.knows(hit.article.language) and snapshot.encoder.card.knows(hit.article.language) for hit in new):
        return True
    unread = {hit.passage.number: _evidence(hit, ranking, snapshot) for hit in new}
    likely = [hit for hit in new if confidence(unread[hit.passage.number]) >= PLAUSIBLE]
    likely.sort(key=lambda hit: -confidence(unread[hit.passage.number]))
    if not likely:
        return False

    def reaches(bound: float, hits: Sequence[Hit], most: int) -> bool:
        quotes = [ranking.quote(snapshot, hit) for hit in hits]
        found = read_passages(
            reader, ranking.question, ranking.query, ranking.weights, quotes, thorough=True, most=most
        )
        return any(confidence(replace(unread[number], finding=one)) >= bound for number, one in found.items())

    return reaches(_PROMISING * sure, likely[:1], 1) and reaches(sure - _ROUNDING, likely, WINDOWS)


def _evidence(hit: Hit, ranking: Ranking, snapshot: Snapshot) -> Evidence:
    """Return the evidence for a hit that nobody has read."""
    text = snapshot.texts.of(hit.article).text
    covered = coverage(ranking.query, ranking.weights, hit.passage.span.of(text), hit.article.language)
    return Evidence(hit.cosine, covered, len(ranking.read.ids), family=snapshot.encoder.card.family)


class _Passages:
    """Some passages with their vectors and words."""

    def __init__(self, numbers: NDArray[np.int64], snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        generation = snapshot.generation
        passages = generation.catalog.passages(numbers.tolist())
        heads = generation.catalog.heads_of({passage.article for passage in passages.values()})
        self._vectors = generation.vectors.rows(numbers)
        self._languages = [heads[passages[number].article].language for number in numbers.tolist()]
        self._known = np.array([snapshot.encoder.card.knows(language) for language in self._languages], np.bool_)
        # Without the title and heading in front, and with them.
        self._inside, self._anywhere = _Held(), _Held()
        for row, number in enumerate(numbers.tolist()):
            passage, head = passages[number], heads[passages[number].article]
            quote = passage.span.of(snapshot.texts.of(head).text)
            self._inside.add(row, quote, head.language)
            self._anywhere.add(row, prefixed(head.title, passage.heading, quote), head.language)
        self._idf: dict[tuple[str, ...], float] = {}

    def likelihoods(self, questions: Sequence[Waiting]) -> Iterator[bool]:
        """Yield whether each question may be answered by one of the passages."""
        for start in range(0, len(questions), _QUESTIONS):
            some = questions[start : start + _QUESTIONS]
            likely = self._confidences(some)
            for one, best in zip(some, likely.max(axis=1, initial=0.0).tolist(), strict=True):
                yield best >= PLAUSIBLE or self._may_hold(one)

    def _confidences(self, questions: Sequence[Waiting]) -> NDArray[np.float64]:
        """Return the confidence of each passage, float64 of shape (questions, passages); 0 where no vector tells."""
        shape = (len(questions), len(self._vectors))
        covered, foreign, length = np.zeros(shape), np.zeros(shape, np.bool_), np.zeros((shape[0], 1))
        for row, one in enumerate(questions):
            covered[row] = self._coverage(one, self._inside)
            if one.own:
                foreign[row] = [language not in (None, *one.own) for language in self._languages]
            length[row] = math.log1p(one.tokens)
        cosines = np.array([one.vector for one in questions], np.float32) @ self._vectors.T
        total = np.zeros(shape)
        for kind in (False, True):
            fit = coefficients(fit_of(Evidence(0.0, 0.0, 0, family=self._snapshot.encoder.card.family, foreign=kind)))
            there = fit["intercept"] + fit["cosine"] * cosines + fit["length"] * length
            total = np.where(foreign == kind, there + fit.get("coverage", 0.0) * covered, total)
        trusted = np.array([one.trusted for one in questions], np.bool_)
        return np.where(trusted[:, np.newaxis] & self._known, 1 / (1 + np.exp(-total)), 0.0)

    def _may_hold(self, one: Waiting) -> bool:
        """Return whether the words alone of a passage may answer, where no vector tells."""
        if one.trusted and self._known.all():
            return False
        unknown = np.ones(len(self._vectors), np.bool_) if not one.trusted else ~self._known
        share = float(self._coverage(one, self._anywhere)[unknown].max(initial=0.0))
        # At best one sentence holds all that the passage holds.
        return confidence(WordsEvidence(share, share, len(one.query))) >= PLAUSIBLE

    def _coverage(self, one: Waiting, held: "_Held") -> NDArray[np.float64]:
        """Return the share of the weight of a question's words that each passage holds, float64."""
        found = np.zeros(len(self._vectors))
        mass = 0.0
        for forms in one.query:
            weight = self._weight(forms)
            mass += weight
            found[held.rows(forms)] += weight
        return found / mass if mass else found

    def _weight(self, forms: tuple[str, ...]) -> float:
        if forms not in self._idf:
            self._idf |= weights((forms,), self._snapshot.generation.bm25)
        return self._idf[forms]


class _Held:
    """The passages that hold a word, by the word's form."""

    def __init__(self) -> None:
        self._of: dict[str, list[int]] = {}
        self._rows: dict[tuple[str, ...], NDArray[np.int64]] = {}

    def add(self, row: int, text: str, language: str | None) -> None:
        """Add a passage's words."""
        for form in set(stems(tokens(text), language)):
            self._of.setdefault(form, []).append(row)

    def rows(self, forms: tuple[str, ...]) -> NDArray[np.int64]:
        """Return the passages that hold one of these forms, int64."""
        if forms not in self._rows:
            self._rows[forms] = np.array(sorted({row for form in forms for row in self._of.get(form, ())}), np.int64)
        return self._rows[forms]

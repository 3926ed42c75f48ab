"""The look for news after a build: which waiting questions do new articles answer?

A question is told only what the whole index answers it best with, and with confidence. An article is new if it was not
there at the last look, or if its text was another one. What an older article says in the same words is no news, and a
story is told once, however many papers print it.
"""

import logging
import os
from collections.abc import Collection, Hashable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from index.errors import IndexingError
from retrieval.answer import Answer, Citation
from retrieval.citation import CitationError
from retrieval.confidence import UNSURE
from retrieval.errors import QuestionError
from retrieval.question.conversation import standing_alone
from retrieval.question.filters import without
from retrieval.ranking.recency import day_of, times_asked_for
from retrieval.retriever import Retriever
from retrieval.snapshot import Snapshot
from retrieval.watching.plausible import plausible, promising
from retrieval.watching.waiting import Waiting, WaitingQuestions

# Silent unless a program sets up logging.
log = logging.getLogger("verbatim.retrieval")

# The least confidence of news: docs/watching.md has the precision at other bounds.
SURE: Final = 0.87
# Citations of an answer.
_SHOWN: Final = 5
# Questions that are looked at side by side.
_SIDE_BY_SIDE: Final = len(os.sched_getaffinity(0))


@dataclass(frozen=True, slots=True)
class Watched:
    """A question that waits.

    Attributes:
        key: whose it is; handed back.
        question: as it was asked, perhaps with filters.
        asked: the day it was asked, ISO 8601, from which "last month" is reckoned.
        told: the ids of the articles of earlier answers and news, and of their copies.
    """

    key: Hashable
    question: str
    asked: str
    told: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class News:
    """A waiting question that a new article answers.

    Attributes:
        answer: as `Retriever.ask` gives it; its first citation is of a new article.
        story: the ids of that article and of its copies, for `Watched.told` from now on.
        before: the best citation among the articles known before, where that answers with confidence.
    """

    key: Hashable
    answer: Answer
    story: frozenset[str]
    before: Citation | None


class Watching:
    """Looks for news in the generation that a retriever serves.

    Articles that come while a look goes on must count as new at the next one, so take the marks first:

    >>> marks = retriever.article_marks()
    >>> for news in Watching(retriever).look(watched, known): ...
    >>> known |= marks

    Parameters:
        folder: for a file of the questions' vectors; None to encode them anew in every process.
        sure: the least confidence of news, which must be 'confident' too.
    """

    def __init__(self, retriever: Retriever, folder: Path | None = None, *, sure: float = SURE) -> None:
        self._retriever = retriever
        self._sure = sure
        self._questions = WaitingQuestions(folder)

    def look(
        self, watched: Sequence[Watched], known: Collection[bytes], *, today: date | str | None = None
    ) -> Iterator[News]:
        """Yield the news of these questions, one at most of each, in their order.

        Nothing is stored here. A caller that ends in the middle looks again with the same `known`, and with `told`
        as far as it came. A question that cannot be answered, such as one whose filters fit no article, waits on.

        Parameters:
            known: the marks of the articles that were there at the last look: see `Retriever.article_marks`.
            today: the day of the look; None for that of this machine's clock.
        """
        if not watched:
            return
        day, seen = day_of(today), frozenset(known)
        with self._retriever.pinned() as snapshot:
            fresh = np.array([mark not in seen for mark in snapshot.marks()], np.bool_)
            # What was taken out is not looked at.
            fresh[list(snapshot.withdrawn)] = False
            numbers = _passages_of(fresh, snapshot)
            if not len(numbers):
                return
            waiting = self._questions.prepared((one.question for one in watched), snapshot)
            texts = list(waiting)
            may = plausible([waiting[text] for text in texts], numbers, snapshot)
            left = {text for text, likely in zip(texts, may, strict=True) if likely}

            def found(one: Watched) -> News | None:
                try:
                    return self._news(snapshot, one, waiting[one.question], fresh, day)
                except (QuestionError, CitationError, IndexingError) as error:
                    log.info("a waiting question was not answered", extra={"reason": str(error)})
                    return None

            pool = ThreadPoolExecutor(_SIDE_BY_SIDE, thread_name_prefix="watching")
            try:
                for news in pool.map(found, [one for one in watched if one.question in left]):
                    if news is not None:
                        yield news
            finally:
                pool.shutdown(cancel_futures=True)

    def prepare(self, questions: Sequence[str]) -> None:
        """Read and encode questions ahead of a look, so that it need not; those left out are encoded anew for it."""
        with self._retriever.pinned() as snapshot:
            self._questions.prepared(questions, snapshot)

    def _news(
        self, snapshot: Snapshot, one: Watched, waiting: Waiting, fresh: NDArray[np.bool_], day: date
    ) -> News | None:
        """Return what a new article answers a question with; None where none does."""
        asked = _day_for(one, day)
        if not promising(waiting, fresh, asked, self._sure, snapshot):
            return None
        answer = self._retriever.answer(snapshot, one.question, _SHOWN, (), asked)
        if answer.tier != "confident" or answer.confidence < self._sure:
            return None
        catalog = snapshot.generation.catalog
        first = answer.citations[0]
        number = catalog.number_of(first.article_id)
        if number is None or not fresh[number]:
            return None
        # Copies as a whole may differ in the passage that answers.
        if any(not fresh[head.number] for head in first.also_in):
            return None
        story = frozenset(head.id for head in catalog.copies(number))
        if not story.isdisjoint(one.told):
            return None
        return News(one.key, answer, story, self._before(snapshot, one, waiting, fresh, asked))

    def _before(
        self, snapshot: Snapshot, one: Watched, waiting: Waiting, fresh: NDArray[np.bool_], asked: date
    ) -> Citation | None:
        """Return the best citation among the articles that are not new, where it answers with confidence."""
        older = _passages_of(~fresh, snapshot)
        if not len(older):
            return None
        try:
            if not promising(waiting, ~fresh, asked, UNSURE, snapshot, older):
                return None
            answer = self._retriever.answer(snapshot, one.question, 1, (), asked, only=older)
        except QuestionError:  # its filters fit no older article
            return None
        return answer.citations[0] if answer.tier == "confident" else None


def _passages_of(articles: NDArray[np.bool_], snapshot: Snapshot) -> NDArray[np.int64]:
    """Return the numbers of the passages of these articles, int64."""
    return np.flatnonzero(np.repeat(articles, np.diff(snapshot.layout.starts)))


def _day_for(one: Watched, today: date) -> date:
    """Return the day a question counts as asked: "last month" means that before it was asked, all else is about now."""
    then = day_of(one.asked)
    words = without(one.question)
    return then if times_asked_for(words, then) != times_asked_for(words, today) else today


def alone(answer: Answer) -> str:
    """Return the question of an answer so that it can wait by itself: as it was understood, with its filters."""
    return standing_alone(answer.interpreted_as, answer.follows, answer.filters)

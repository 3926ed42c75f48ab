"""The retriever, which answers a question with passages that can be cited, or finds no answer."""

import logging
import os
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

import numpy as np
from numpy.typing import NDArray

from index.article import Article, Span
from index.engines.embedded import engine_at
from index.engines.protocol import EMBEDDED
from index.errors import EngineError
from index.generation.catalog import ArticleHead
from index.generation.generation import Generation
from index.generation.manifest import Counts
from retrieval.answer import Answer, Citation, Hit, Stages
from retrieval.answer_cache import CACHE_SIZE
from retrieval.answering import Stopwatch, answered, ranked, split_question
from retrieval.articles import AskedArticles, asked_articles, neighbours
from retrieval.calibration import given_thresholds
from retrieval.citation import check_text
from retrieval.confidence import UNSURE, Thresholds, Tiers
from retrieval.listing import Excerpts, Listed
from retrieval.question.conversation import Turn, turns_of
from retrieval.question.intents import Intent
from retrieval.question.spelling import Correction, corrected
from retrieval.question.terms import question_languages
from retrieval.ranking.recency import day_of
from retrieval.snapshot import CurrentSnapshot, Snapshot
from retrieval.whole import WholeArticle, whole_article

if TYPE_CHECKING:
    from retrieval.quotes.check import QuoteCheck

# The confidence from which a question counts as answered.
THRESHOLD: Final = 0.5

# Questions answered at a time: one a core, and one more, so that no core is idle while another question waits for
# Python's lock. With 16 asking on two cores, three at a time are answered 1.8 times as fast as one at a time, and all
# 16 at once only 1.3 times.
_CONCURRENT: Final = len(os.sched_getaffinity(0)) + 1

# Silent unless a program sets up logging.
log = logging.getLogger("verbatim.retrieval")


class Retriever:
    """Answers questions over one data folder. Made by `open`.

    >>> from retrieval import Retriever
    >>> r = Retriever.open("var")
    >>> r.ask("What did Blinken ask Russia to do?").citations[0].quote

    A new generation is opened between two questions. A retriever may be used from several threads: questions are then
    answered side by side, each by the generation it began with.
    """

    def __init__(self, current: CurrentSnapshot, thresholds: Thresholds) -> None:
        self._current = current
        self._tiers = Tiers(thresholds)
        self._slots = threading.Semaphore(_CONCURRENT)

    @classmethod
    def open(
        cls,
        data: str | Path = "var",
        *,
        model: str | None = None,
        threshold: float = THRESHOLD,
        unsure: float = UNSURE,
        wrong_at_most: float | None = None,
        reader: bool = True,
        kept: int = CACHE_SIZE,
        engine: str = EMBEDDED,
    ) -> Self:
        """Open the index in the folder `data`.

        Parameters:
            model: the model to use, None or 'auto' for the one that the index was built with.
            threshold: the confidence from which a question counts as answered.
            unsure: the confidence from which an answer's tier is 'not sure' and not 'none'.
            wrong_at_most: in place of `threshold`, the share, between 0 and 1, of wrong questions, whose first passage
                does not answer, that may be answered; by the calibration in `data`, or the one that ships.
            reader: whether the best passages are read together with the question: see retrieval/reader.
            kept: the number of cached answers, 0 for none; they take some 10 MB at most.
            engine: keeps vectors and words: 'embedded', or a server's address, see `engine_at`.

        Raises:
            NoIndexError: if nothing has been built there yet.
            GenerationError: if the index is damaged, or was built with another model than is wanted.
            ModelError: if the converted model is missing or damaged.
            AddressError, EngineError: if `engine` names none, or its server cannot be reached.
            CalibrationError: if a calibration cannot be used, or is too small for `wrong_at_most`.
        """
        snapshot = Snapshot.open(Path(data), model, kept, read=reader, engine=engine_at(engine, Path(data)))
        try:
            given = given_thresholds(Path(data), threshold, unsure, wrong_at_most, snapshot)
        except BaseException:
            snapshot.close()
            raise
        return cls(CurrentSnapshot(Path(data) / "index", snapshot), given)

    def __repr__(self) -> str:
        counts = self.counts
        return (
            f"<Retriever of {self._current.index.parent}: {counts.articles:,} articles, {counts.passages:,} passages, "
            f"{self._generation.manifest.model.name}, generation {self._generation.folder.name}>"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the index when the questions in hand have been answered."""
        self._current.close()

    @property
    def generation(self) -> str:
        """Return the name of the generation in use."""
        return self._generation.folder.name

    @property
    def model(self) -> str:
        """Return the name of the model that the index was built with."""
        return self._generation.manifest.model.name

    @property
    def judge(self) -> str:
        """Return what its confidences come from: see `confidence.judge`."""
        return self._current.snapshot.judge

    @property
    def languages(self) -> tuple[str | None, ...]:
        """Return the languages of its articles as ISO 639-1 codes, the commonest first; None for an unknown one."""
        return self._current.snapshot.all_languages

    @property
    def counts(self) -> Counts:
        """Return how many files, articles and passages it holds."""
        return self._generation.manifest.counts

    @property
    def refusal(self) -> str:
        """Return why a newer generation is not in use, in one line; '' where there is none or it is."""
        return self._current.refusal

    def unreachable(self) -> str:
        """Return why the server that keeps the index cannot be reached, in one line; '' where it can be, or is none."""
        try:
            self._current.snapshot.engine.names()
        except EngineError as error:
            return str(error)
        return ""

    def refresh(self) -> None:
        """Open a new generation now, if there is one, instead of at the next question."""
        self._current.refresh()

    @property
    def _generation(self) -> Generation:
        return self._current.snapshot.generation

    def article(self, article_id: str) -> Article:
        """Return the article of that id, with its text and where each piece of metadata was found.

        Raises:
            UnknownArticleError: if there is none.
            CitationError: if its text is not the one that was read.
        """
        with self._current.pinned() as snapshot:
            catalog = snapshot.generation.catalog
            number = snapshot.number_of(article_id)
            article = catalog.article(number)
            check_text(article.id, article.text, catalog.text(number)[1])
            return article

    def around(self, citation: Citation, reach: int = 1) -> tuple[Citation, ...]:
        """Return a citation among its neighbours: the passages before and after it in its article, in order.

        Passages overlap; each neighbour is cut to what no other holds, so that no text stands twice.

        Parameters:
            citation: perhaps of an earlier generation.
            reach: how many passages on either side.

        Raises:
            UnknownArticleError: if its article is no longer there.
            ChangedArticleError: if the quote no longer stands at its place.
            CitationError: if the text is not the one that was read.
        """
        with self._current.pinned() as snapshot:
            number = snapshot.number_of(citation.article_id)
            return neighbours(snapshot.generation.catalog, number, citation, reach)

    def excerpts(self, article_id: str, *spans: Span) -> Excerpts:
        """Return parts of an article, however long it is; unlike `article`, without checking its whole text.

        Raises:
            UnknownArticleError: if there is no such article.
        """
        with self._current.pinned() as snapshot:
            return Excerpts(*snapshot.generation.catalog.excerpts(snapshot.number_of(article_id), spans))

    def sources(self, words: str = "") -> list[ArticleHead]:
        """Return the articles whose title, source, author or file holds every one of these words, the newest first."""
        with self._current.pinned() as snapshot:
            return snapshot.listing.heads(snapshot.listing.found(words))

    def listed(self, words: str = "", page: int = 0, size: int = 50) -> Listed:
        """Return a page of `sources` without reading the others; the last or the first where `page` lies outside."""
        with self._current.pinned() as snapshot:
            return Listed.of(snapshot, snapshot.listing.found(words), page, size)

    def titled(self, title: str) -> list[ArticleHead]:
        """Return the articles that have this title, in whatever case, the newest first."""
        with self._current.pinned() as snapshot:
            return snapshot.listing.heads(snapshot.listing.titled(title))

    def named(self, name: bytes) -> ArticleHead | None:
        """Return the article whose id has this name, see `listing.name_of`; None where there is none."""
        with self._current.pinned() as snapshot:
            number = snapshot.listing.named(name)
            return None if number is None else snapshot.generation.catalog.head(number)

    def whole(self, name: bytes) -> WholeArticle | None:
        """Return the article of that name with everything that a page about it shows: see `whole.whole_article`."""
        with self._current.pinned() as snapshot:
            return whole_article(snapshot, name)

    def asked_articles(
        self, intent: Intent, page: int = 0, size: int = 50, *, asked: date | str | None = None
    ) -> AskedArticles | None:
        """Return a page of the articles that somebody asks for: see `articles.asked_articles`."""
        with self._current.pinned() as snapshot:
            return asked_articles(intent, snapshot, day_of(asked), page, size)

    def corrected(self, question: str) -> Correction | None:
        """Return a question with its misspelt words corrected, None where none is found: see `spelling.corrected`."""
        with self._current.pinned() as snapshot:
            return corrected(question, snapshot)

    def foreign_language(self, question: str) -> str | None:
        """Return the language of a question, ISO 639-1, that the model does not know; None for one that it may know."""
        with self._current.pinned() as snapshot:
            own = question_languages(question, snapshot.all_languages)
            return own[0] if own and not any(map(snapshot.encoder.card.knows, own)) else None

    def search(
        self,
        question: str,
        k: int = 10,
        history: Sequence[Turn | Mapping[str, str]] = (),
        *,
        asked: date | str | None = None,
        source: str | None = None,
        after: str | None = None,
        before: str | None = None,
        title: str | None = None,
    ) -> list[Hit]:
        """Return the `k` best passages for a question, best first; fewer where not as many are found.

        Parameters:
            history: the turns before it, oldest first.
            asked, source, after, before, title: as for `ask`.

        Raises:
            QuestionError: if the question is empty, far too long, or holds no word, or `asked` is no day.
            FilterError: as for `ask`.
            ValueError: if `k` is less than 1.
        """
        if k < 1:
            raise ValueError(f"k is {k}: at least one passage must be asked for")
        day = day_of(asked)
        self._current.refresh_if_changed()
        with self._slots, self._current.pinned() as snapshot:
            words, filters = split_question(question, source, after, before, title)
            _, ranking = ranked(snapshot, words, filters, k, turns_of(history), day)
            return ranking.hits

    def ask(
        self,
        question: str,
        k: int = 5,
        history: Sequence[Turn | Mapping[str, str]] = (),
        *,
        asked: date | str | None = None,
        source: str | None = None,
        after: str | None = None,
        before: str | None = None,
        title: str | None = None,
    ) -> Answer:
        """Answer a question with up to `k` citations, or find that the articles do not hold the answer.

        Filters say which articles are asked; they may stand in the question as well: see `filters`.

        Parameters:
            history: the turns before it, oldest first; their filters are left out.
            asked: the day of the question, today if None, from which "recent" and "last month" are reckoned.
            source: words that the article's source must hold, such as 'reuters'.
            after, before: the first and the last day on which it may have been published; of '2022-01' and '2022' the
                whole month and the whole year belong to it.
            title: words that its title must hold.

        Raises:
            QuestionError: if the question is empty, far too long, or holds no word, or `asked` is no day.
            FilterError: if a filter cannot be read, or no article fits.
            CitationError: if a quote does not stand where the index says it does.
            ValueError: if `k` is less than 1.
        """
        if k < 1:
            raise ValueError(f"k is {k}: at least one passage must be asked for")
        started = time.perf_counter()
        day = day_of(asked)
        self._current.refresh_if_changed()
        turns = turns_of(history)
        # Everything that an answer of one generation depends on.
        all_asked = (question, k, turns, day, source, after, before, title)
        with self._current.pinned() as snapshot:
            answer = snapshot.answers.of(all_asked)
            if answer is None:
                answer = self.answer(snapshot, question, k, turns, day, (source, after, before, title))
                snapshot.answers.keep(all_asked, answer)
            else:
                # A cached answer goes through no stage.
                answer = replace(answer, stages=Stages())
        answer = replace(answer, elapsed_ms=(time.perf_counter() - started) * 1000)
        facts = {"confidence": round(answer.confidence, 3), "milliseconds": round(answer.elapsed_ms, 1)}
        log.info("asked", extra={**facts, "citations": len(answer.citations)})
        return answer

    def pinned(self) -> AbstractContextManager[Snapshot]:
        """Hold the generation in use open, for several questions to one and the same."""
        return self._current.pinned()

    def answer(
        self,
        snapshot: Snapshot,
        question: str,
        k: int,
        turns: Sequence[Turn],
        day: date,
        given: tuple[str | None, str | None, str | None, str | None] = (None, None, None, None),
        only: NDArray[np.int64] | None = None,
    ) -> Answer:
        """Answer a question from a pinned snapshot: `ask` without its cache and its log.

        Parameters:
            given: the filters of `ask`.
            only: numbers of the passages that may answer; None for all.
        """
        watch = Stopwatch()
        words, filters = split_question(question, *given)
        watch.lap("understanding")
        with self._slots:
            watch.lap("waiting")
            answer, fit = answered(snapshot, question, words, filters, k, turns, day, watch, only)
        tier = self._tiers.of(answer.confidence, fit, snapshot.judge) if answer.citations else "none"
        stages = watch.stages()
        spent = sum(stages.by_name().values())
        return replace(answer, answered=tier == "confident", unsure=tier == "not sure", stages=stages, elapsed_ms=spent)

    def article_marks(self) -> frozenset[bytes]:
        """Return 8 bytes for each article, of its id and text; what a later look lacks among them is new to it.

        An article that was taken out has none, so that it is new when it is back.
        """
        self._current.refresh_if_changed()
        with self._current.pinned() as snapshot:
            return frozenset(mark for number, mark in enumerate(snapshot.marks()) if number not in snapshot.withdrawn)

    def check(self, quote: str, speaker: str | None = None) -> "QuoteCheck":
        """Return whether the articles hold a quote, word for word, and whom they name as its speaker.

        Parameters:
            speaker: who is said to have said it, a full name or a surname; None where nobody is checked.

        Raises:
            QuoteError: if the quote holds no word, or is too long.
            CitationError: if a quote does not stand where the index says it does.
        """
        from retrieval.quotes.check import check  # slow to import

        self._current.refresh_if_changed()
        with self._slots, self._current.pinned() as snapshot:
            return check(snapshot, quote, speaker)

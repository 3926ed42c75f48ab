"""The retriever: from a question to passages that can be cited, and to an answer or to none."""

import logging
import os
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from index.article import Article, Span
from index.generation.catalog import ArticleHead, Catalog, StoredPassage
from index.generation.generation import Generation
from index.generation.manifest import Counts
from retrieval.answer import Answer, Citation, Hit, Nearest, Tier
from retrieval.answer_cache import KEPT, asked_as
from retrieval.calibration import UNSURE, Thresholds, judge, thresholds
from retrieval.citation import check_text, cite
from retrieval.confidence import FITS, confidence, fit_of, fits_of
from retrieval.errors import ChangedArticleError, UnknownArticleError
from retrieval.handover import Handover
from retrieval.listing import Listed
from retrieval.question.conversation import RECALLED, Turn
from retrieval.question.filters import Filters, split, unfiltered
from retrieval.question.follow_ups import Understood, understand
from retrieval.question.narrowing import passages_left
from retrieval.question.question import checked
from retrieval.quoted import Quoted
from retrieval.ranking.ranking import Ranking, evidence, rank, taken_whole
from retrieval.ranking.recency import day_of
from retrieval.reader.passages import SURE
from retrieval.snapshot import Serving
from retrieval.snippet.highlight import answering_sentence
from retrieval.snippet.neighbours import neighbours
from retrieval.snippet.trimming import brief
from retrieval.timing import Stages, Stopwatch

# The confidence from which a question counts as answered.
THRESHOLD: Final = 0.5
_NEAREST: Final = 3
# Hits looked through for them: the best few may all be of one article.
_NEAREST_DEPTH: Final = 10

# Questions answered at a time: one a core, and one more, so that no core is idle while another question waits for
# Python's lock. The rest wait for their turn: measured on two cores with 16 asking, three at a time are answered 1.8
# times as fast as one at a time, all 16 only 1.3 times.
_SIDE_BY_SIDE: Final = len(os.sched_getaffinity(0)) + 1

# SQLite bounds how many values a query may have.
_HEADS_AT_ONCE: Final = 1000

# Silent where a program does not set logging up, as at a Python prompt.
log = logging.getLogger("verbatim.retrieval")


@dataclass(frozen=True, slots=True)
class Excerpts:
    """Some of the words of an article.

    Attributes:
        sha256: of its whole text.
    """

    head: ArticleHead
    sha256: str
    words: tuple[str, ...]


class Retriever:
    """Answers questions over one data folder. Make one with `open`.

    >>> from retrieval import Retriever
    >>> r = Retriever.open("var")
    >>> r.ask("What did Blinken ask Russia to do?").citations[0].quote

    It takes up a new generation between two questions. It may be used from several threads; questions are then
    answered side by side, each by the one generation that it began with.
    """

    def __init__(self, handover: Handover, thresholds: Thresholds) -> None:
        self._handover = handover
        self._thresholds = thresholds
        self._mistrusted = ""
        self._turns = threading.Semaphore(_SIDE_BY_SIDE)

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
        kept: int = KEPT,
    ) -> Self:
        """Open the index in the folder `data`.

        Parameters:
            model: the model that is wanted, None or 'auto' for the one that the index was built with.
            threshold: the confidence from which a question counts as answered.
            unsure: the confidence from which an answer's tier is 'not sure' and not 'none'.
            wrong_at_most: in place of `threshold`: the share, between 0 and 1, of the questions that the first passage
                does not answer which may be answered all the same; by the calibration in `data`, or the one that ships.
            reader: whether the best passages are read together with the question: see retrieval/reader.
            kept: how many answers are kept for when the same is asked again, 0 for none; they take some 10 MB at most.

        Raises:
            NoIndexError: if nothing has been built there yet.
            GenerationError: if the index is damaged, or was built with another model than is wanted.
            ModelError: if the converted model is missing or damaged.
            CalibrationError: if a calibration cannot be used, or is too small for `wrong_at_most`.
        """
        serving = Serving.open(Path(data), model, kept, read=reader)
        try:
            if wrong_at_most is None:
                bounds = Thresholds(dict.fromkeys(FITS, threshold), unsure)
            else:
                bounds = thresholds(
                    Path(data), wrong_at_most, unsure, _judge(serving), fits_of(serving.encoder.card.family)
                )
        except BaseException:
            serving.close()
            raise
        return cls(Handover(Path(data) / "index", serving), bounds)

    def __repr__(self) -> str:
        counts = self.counts
        return (
            f"<Retriever of {self._handover.index.parent}: {counts.articles:,} articles, {counts.passages:,} passages, "
            f"{self._generation.manifest.model.name}, generation {self._generation.folder.name}>"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the index's files, when the questions in hand have been answered."""
        self._handover.close()

    @property
    def generation(self) -> str:
        """The name of the generation that is served."""
        return self._generation.folder.name

    @property
    def model(self) -> str:
        """The name of the model that it was built with."""
        return self._generation.manifest.model.name

    @property
    def judge(self) -> str:
        """What its confidences come from: see `calibration.judge`."""
        return _judge(self._handover.serving)

    @property
    def counts(self) -> Counts:
        """How many files, articles and passages it holds."""
        return self._generation.manifest.counts

    @property
    def refusal(self) -> str:
        """Why a newer generation is not served, in one line; '' where there is none or it is served."""
        return self._handover.refusal

    def refresh(self) -> None:
        """Take up a new generation now, if there is one, instead of at the next question."""
        self._handover.take_up_new()

    def rest(self) -> None:
        """Give back what memory can be had again from the files: for programs that run for months."""
        with self._handover.held() as serving:
            serving.rest()

    @property
    def _generation(self) -> Generation:
        return self._handover.serving.generation

    def article(self, article_id: str) -> Article:
        """The article of that id, with its text and where each piece of metadata was found.

        Raises:
            UnknownArticleError: if there is none.
            CitationError: if its text is not the one that was read.
        """
        with self._handover.held() as serving:
            catalog = serving.generation.catalog
            number = _number(catalog, article_id)
            article = catalog.article(number)
            check_text(article.id, article.text, catalog.text(number)[1])
            return article

    def around(self, citation: Citation, reach: int = 1) -> tuple[Citation, ...]:
        """A citation with its neighbours: the passages before and after it in its article, in order, itself among them.

        Passages overlap; of each neighbour only what none of the others holds is there, so that the text goes on.

        Parameters:
            citation: perhaps of an earlier generation.
            reach: how many passages on either side.

        Raises:
            UnknownArticleError: if its article is no longer there.
            ChangedArticleError: if the quote no longer stands at its place.
            CitationError: if the text is not the one that was read.
        """
        with self._handover.held() as serving:
            catalog = serving.generation.catalog
            number = _number(catalog, citation.article_id)
            text, sha256 = catalog.text(number)
            if text[citation.start : citation.end] != citation.quote:
                raise ChangedArticleError(f"the article {citation.article_id!r} has changed: ask again")
            checked = check_text(citation.article_id, text, sha256)
            head, span = catalog.head(number), Span(citation.start, citation.end)
            before, after = neighbours(text, catalog.passages_of(number), span, reach)

            def cited(passage: StoredPassage) -> Citation:
                return cite(Hit(citation.rank, passage, head, 0.0, 0.0, 0.0), checked, ())

            return (*map(cited, before), citation, *map(cited, after))

    def excerpts(self, article_id: str, *spans: Span) -> Excerpts:
        """Some of the words of an article, however long it is; its text as a whole is not checked, as `article` does.

        Raises:
            UnknownArticleError: if there is no such article.
        """
        with self._handover.held() as serving:
            catalog = serving.generation.catalog
            return Excerpts(*catalog.excerpts(_number(catalog, article_id), spans))

    def sources(self, words: str = "") -> list[ArticleHead]:
        """The articles whose title, source, author or file holds every one of these words, the newest first."""
        with self._handover.held() as serving:
            return _heads(serving, serving.listing.found(words))

    def listed(self, words: str = "", page: int = 0, size: int = 50) -> Listed:
        """A page of `sources`, without reading the others; the last or the first page where `page` lies outside."""
        with self._handover.held() as serving:
            numbers = serving.listing.found(words)
            page = max(0, min(page, (len(numbers) - 1) // size))
            return Listed(len(numbers), page, tuple(_heads(serving, numbers[page * size : (page + 1) * size])))

    def titled(self, title: str) -> list[ArticleHead]:
        """The articles that have this title, in whatever case, the newest first."""
        with self._handover.held() as serving:
            return _heads(serving, serving.listing.titled(title))

    def named(self, name: bytes) -> ArticleHead | None:
        """The article whose id has this name, see `listing.name_of`; None where there is none."""
        with self._handover.held() as serving:
            number = serving.listing.named(name)
            return None if number is None else serving.generation.catalog.head(number)

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
        """The `k` best passages for a question, best first; fewer where not as many are found.

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
        self._handover.look()
        with self._turns, self._handover.held() as serving:
            words, filters = _split(question, source, after, before, title)
            among = passages_left(serving.generation.catalog, filters)
            understood = _understood(serving, words, history)
            return rank(serving, understood.question, k, asked=day, context=understood.context, among=among).hits

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
            asked: the day of the question, today if None: what is recent and what "last month" means hang on it.
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
        self._handover.look()
        all_asked = asked_as(question, k, history, day, (source, after, before, title))
        with self._handover.held() as serving:
            answer = serving.repeated.of(all_asked)
            if answer is None:
                watch = Stopwatch()
                words, filters = _split(question, source, after, before, title)
                watch.lap("understanding")
                with self._turns:
                    watch.lap("waiting")
                    answer = self._answered(serving, question, words, k, history, day, filters, watch)
                answer = replace(answer, stages=watch.stages(), elapsed_ms=(time.perf_counter() - started) * 1000)
                serving.repeated.keep(all_asked, answer)
            else:
                # It went through no stage this time.
                answer = replace(answer, stages=Stages(), elapsed_ms=(time.perf_counter() - started) * 1000)
        facts = {
            "confidence": round(answer.confidence, 3),
            "citations": len(answer.citations),
            "milliseconds": round(answer.elapsed_ms, 1),
        }
        log.info("asked", extra=facts)
        return answer

    def _answered(
        self,
        serving: Serving,
        question: str,
        words: str,
        k: int,
        history: Sequence[Turn | Mapping[str, str]],
        asked: date,
        filters: Filters,
        watch: Stopwatch,
    ) -> Answer:
        """The answer, but for how long it took."""
        among = passages_left(serving.generation.catalog, filters)
        understood = _understood(serving, words, history)
        depth = max(k, _NEAREST_DEPTH)
        ranking = rank(
            serving,
            understood.question,
            depth,
            asked=asked,
            context=understood.context,
            among=among,
            watch=watch,
        )
        citations = tuple(_cited(ranking, ranking.quote(serving, hit)) for hit in ranking.hits[:k])
        watch.lap("citations")
        certainty, fit = _certainty(serving, understood, ranking)
        tier = self._tier(serving, certainty, fit) if citations else "none"
        nearest = {hit.article.id: Nearest(hit.article.id, hit.article.title) for hit in ranking.hits}
        watch.lap("confidence")
        return Answer(
            question=question,
            interpreted_as=understood.text,
            answered=tier == "confident",
            confidence=certainty,
            citations=citations,
            nearest=tuple(nearest.values())[:_NEAREST],
            elapsed_ms=0.0,
            filters=filters,
            generation=serving.generation.folder.name,
            unsure=tier == "not sure",
        )

    def _tier(self, serving: Serving, certainty: float, fit: str) -> Tier:
        """The tier of an answer; the log says once if a rebuild with another model has made the thresholds void."""
        by = _judge(serving)
        if not self._thresholds.holds_for(by) and self._mistrusted != by:
            self._mistrusted = by
            log.warning(
                "nothing counts as answered: the index is of another model than when this program was started; start "
                "it again, and calibrate again if you did"
            )
        return self._thresholds.tier(certainty, fit, by)


def _split(
    question: str, source: str | None, after: str | None, before: str | None, title: str | None
) -> tuple[str, Filters]:
    """The words of a question, and all filters that it was asked with."""
    words, filters = split(checked(question))
    return words, filters.both(Filters.of(source=source, after=after, before=before, title=title))


def _understood(serving: Serving, question: str, history: Sequence[Turn | Mapping[str, str]]) -> Understood:
    turns = unfiltered(history[-RECALLED:])
    return understand(checked(question), turns, serving.generation.bm25, serving.languages)


def _judge(serving: Serving) -> str:
    return judge(serving.encoder.card.sha256, read=serving.reader is not None)


def _certainty(serving: Serving, understood: Understood, ranking: Ranking) -> tuple[float, str]:
    """How likely the best passage answers the question, by its own words or by all that was understood; and the fit."""
    found = evidence(serving, ranking)
    if found is None:
        return 0.0, "words"
    own = confidence(found), fit_of(found)
    if understood.context is None:
        return own
    whole = evidence(serving, taken_whole(serving, ranking, understood.text, read=understood.leaning))
    return own if whole is None else max(own, (confidence(whole), fit_of(whole)))


def _cited(ranking: Ranking, quote: Quoted) -> Citation:
    """The citation of a hit, with the sentences that answer marked, and the answer in them."""
    text, span, language = quote.checked.text, quote.hit.passage.span, quote.hit.article.language
    found = ranking.findings.get(quote.hit.passage.number)
    if found is None:
        highlights = [
            answering_sentence(
                ranking.question, ranking.query, ranking.weights, text, span, language, found=quote.sentences
            )
        ]
    else:
        highlights = [found.sentence]
    answer = found.place if found is not None and found.sure >= SURE else None
    return cite(quote.hit, quote.checked, highlights, brief(text, span, highlights, language, quote.sentences), answer)


def _number(catalog: Catalog, article_id: str) -> int:
    number = catalog.number_of(article_id)
    if number is None:
        raise UnknownArticleError(f"there is no article {article_id!r}")
    return number


def _heads(serving: Serving, numbers: Sequence[int]) -> list[ArticleHead]:
    """The articles of these numbers, in this order."""
    heads: dict[int, ArticleHead] = {}
    for start in range(0, len(numbers), _HEADS_AT_ONCE):
        heads |= serving.generation.catalog.heads_of(numbers[start : start + _HEADS_AT_ONCE])
    return [heads[number] for number in numbers]

"""The articles as the bot asks them: off the event loop, several questions at once, of whatever index is there."""

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Concatenate, Final, ParamSpec, TypeVar

from bot.cards import AnswerCard, ArticleCard
from bot.errors import NotReadyError
from bot.messages.articles import LISTED, ArticlePage, ArticlePages
from bot.state.usage import Limits
from index.errors import IndexingError
from index.generation.catalog import ArticleHead
from index.withdrawn import Stamp, Withdrawals, stamp
from retrieval import Answer, Citation, Retriever
from retrieval.answer import Stages
from retrieval.articles import ArticlesOfFile, AskedArticles, articles_beside
from retrieval.confidence import UNSURE
from retrieval.errors import CalibrationError
from retrieval.examples import Candidate, candidates
from retrieval.listing import Listed
from retrieval.question.conversation import Turn
from retrieval.question.intents import Intent
from retrieval.question.spelling import Correction
from retrieval.quotes.check import QuoteCheck
from retrieval.standing import Standing, standing

_LOOKED_FOR_EVERY: Final = 2.0
# A look whether there is another index reads one line: 0.1 ms.
_REFRESHED_EVERY: Final = 0.5
_EXAMPLES: Final = 3
# Candidates tried for the examples: each is a question asked.
_TRIED: Final = 40
# Questions in hand at once: the retriever has a few of them answered side by side, and what was asked before answers at
# once meanwhile.
_AT_ONCE: Final = 16

P = ParamSpec("P")
T = TypeVar("T")

log = logging.getLogger("verbatim.bot")


@dataclass(frozen=True, slots=True)
class Options:
    """Configuration of the bot, as plain values.

    Attributes:
        data: the folder of the index, which may be read only.
        state: the folder of the bot's own state.
        admins, people, groups: Telegram's ids; everybody and every group where those are empty.
        passages: in an answer, where a person did not choose.
        keep_days: how long answers, conversations and feedback are kept.
        log_questions: whether the log holds what people ask.
        size_limit: larger seed files are skipped, bytes.
        reader: whether the best passages are read together with the question.
        follow_links: whether links that lead out of the seeds folder are followed.
        unsure, wrong_at_most: as for `Retriever.open`.
        feedback_buttons: whether answers have buttons 👍 and 👎.
        silent_in_groups: whether nothing is said in a group where there is no answer.
        reindex_every: seconds between two looks for changed article files; 0: nobody looks.
        feeds: addresses of feeds that are followed.
    """

    data: Path
    state: Path
    seeds: Path
    model: str
    threshold: float
    admins: frozenset[int] = frozenset()
    people: frozenset[int] = frozenset()
    groups: frozenset[int] = frozenset()
    passages: int = 5
    limits: Limits = field(default_factory=Limits)
    keep_days: int = 90
    log_questions: bool = False
    size_limit: int = 20_000_000
    reader: bool = True
    follow_links: bool = False
    unsure: float = UNSURE
    wrong_at_most: float | None = None
    feedback_buttons: bool = True
    silent_in_groups: bool = False
    reindex_every: float = 0.0
    feeds: tuple[str, ...] = ()

    def invites(self, person: int) -> bool:
        """Return whether the bot answers a person in private, unless they are banned."""
        return person in self.admins or not self.people or person in self.people


class Library:
    """A retriever that comes up when its index is there, and takes up a new one between two questions."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._changed: list[Callable[[], None]] = []
        self._asking = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="library")
        # One look at a time; questions go on meanwhile.
        self._looking = ThreadPoolExecutor(1, thread_name_prefix="library-look")
        self._pages = ArticlePages()
        self._retriever: Retriever | None = None
        self._missing = ""
        self._withdrawals = Withdrawals()
        self._looked = asyncio.Event()
        self._told = ("", "", "")
        # By what answers them, a generation without what was taken out, and the language of the reader.
        self._examples: dict[tuple[str, Stamp, str], tuple[str, ...]] = {}

    @property
    def is_open(self) -> bool:
        """Return whether questions can be answered."""
        return self._retriever is not None

    @property
    def missing(self) -> str:
        """Return why there is no index; '' if there is one, or nobody has looked yet."""
        return "" if self._retriever else self._missing

    @property
    def refusal(self) -> str:
        """Return why a newer index is not served; '' if none is refused."""
        return self._retriever.refusal if self._retriever else ""

    @property
    def generation(self) -> str:
        """Return the name of the generation that is served; '' if there is none."""
        return self._retriever.generation if self._retriever else ""

    @property
    def languages(self) -> tuple[str | None, ...]:
        """Return the languages of the articles as ISO 639-1 codes, the commonest first; none if there is no index."""
        return self._retriever.languages if self._retriever else ()

    @property
    def articles(self) -> int:
        """Return the number of articles."""
        return self._retriever.counts.articles if self._retriever else 0

    @property
    def passages(self) -> int:
        """Return the number of passages."""
        return self._retriever.counts.passages if self._retriever else 0

    def on_change(self, changed: Callable[[], None]) -> None:
        """Tell this one when the index, or what is wrong with it, has become another; now too, if one has looked."""
        self._changed.append(changed)
        if self._looked.is_set():
            changed()

    async def watch(self) -> None:
        """Open the index as soon as it is there, and take up new ones; until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(_REFRESHED_EVERY if self._retriever else _LOOKED_FOR_EVERY)

    async def look(self) -> None:
        """Look once whether there is an index, or a new one."""
        await asyncio.get_running_loop().run_in_executor(self._looking, self._look)
        self._looked.set()
        now = (self.generation, self.missing, self.refusal)
        if now != self._told:
            self._told = now
            for changed in self._changed:
                changed()

    async def ask(self, question: str, passages: int, history: Sequence[Turn]) -> tuple[Answer, str]:
        """Return an answer, and the name of the generation it is from.

        Raises:
            NotReadyError: if there is no index.
            QuestionError: if the question cannot be searched for.
        """
        answer = await self.run(Retriever.ask, question, passages, history)
        return answer, answer.generation

    async def answer(
        self, question: str, passages: int, history: tuple[Turn, ...] = (), *, on_behalf: bool = False
    ) -> tuple[AnswerCard, Stages]:
        """Return an answer as it is shown, misspelt words corrected, and where the time of it went.

        Raises:
            NotReadyError, QuestionError: as for `ask`.
        """
        answer, generation = await self.ask(question, passages, history)
        correction = await self.corrected(question)
        if correction is not None and correction.certain:
            # A word that the articles lack may be right all the same: the surer answer is shown.
            meant = await self.ask(correction.question, passages, history)
            answer, generation = max((answer, generation), meant, key=lambda one: one[0].confidence)
        card = AnswerCard.of(answer, history, generation, on_behalf=on_behalf)
        if correction is not None:
            card = _corrected(card, question, correction)
        if card.tier == "none":
            card = replace(card, foreign=await self.foreign_language(question) or "")
        return card, answer.stages

    async def check(self, quote: str, speaker: str | None) -> QuoteCheck:
        """Return what the articles hold of a quote.

        Raises:
            NotReadyError: if there is no index.
            QuoteError: if the quote holds no word, or is too long.
        """
        return await self.run(Retriever.check, quote, speaker)

    async def page(self, card: ArticleCard) -> ArticlePage:
        """Return the page of an article that a card shows.

        Raises:
            NotReadyError, UnknownArticleError, ChangedArticleError
        """
        return await self.run(self._pages.page, card)

    async def around(self, citation: Citation) -> tuple[Citation, ...]:
        """Return a citation among its neighbours.

        Raises:
            NotReadyError, UnknownArticleError, ChangedArticleError
        """
        return await self.run(Retriever.around, citation)

    async def listed(self, words: str, page: int, size: int) -> Listed:
        """Return a page of the articles that name these words, newest first; the nearest page if there is no such one.

        Raises:
            NotReadyError
        """
        return await self.run(Retriever.listed, words, page, size)

    async def asked_articles(self, intent: Intent, page: int, day: str) -> AskedArticles | None:
        """Return a page of the articles that somebody asks for; None if no article fits.

        Parameters:
            day: of the question, ISO 8601.

        Raises:
            NotReadyError
        """
        return await self.run(Retriever.asked_articles, intent, page, LISTED, asked=day)

    async def corrected(self, question: str) -> Correction | None:
        """Return a question with its misspelt words corrected; None where none is found.

        Raises:
            NotReadyError: if there is no index.
            FilterError: if a filter cannot be read.
        """
        return await self.run(Retriever.corrected, question)

    async def foreign_language(self, question: str) -> str | None:
        """Return the language of a question that the model does not know; None for any other.

        Raises:
            NotReadyError
        """
        return await self.run(Retriever.foreign_language, question)

    async def titled(self, title: str) -> list[ArticleHead]:
        """Return the articles that have this title.

        Raises:
            NotReadyError
        """
        return await self.run(Retriever.titled, title)

    async def named(self, name: bytes) -> ArticleHead | None:
        """Return the article of that name, see `listing.name_of`.

        Raises:
            NotReadyError
        """
        return await self.run(Retriever.named, name)

    async def beside(self, article_id: str) -> ArticlesOfFile:
        """Return the file that an article came in, with all articles of it.

        Raises:
            NotReadyError, UnknownArticleError
        """
        return await self.run(_beside, article_id)

    async def standing(self, citation: Citation) -> Standing:
        """Return what became of a quote since it was cited.

        Raises:
            NotReadyError, UnknownArticleError
        """
        return await self.run(_standing, citation)

    async def taken_out(self, articles: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
        """Return those of some articles, by id and path, that were taken out; '' for any path."""
        seen = stamp(self._options.data)
        if seen != self._withdrawals.stamp:
            self._withdrawals = await asyncio.to_thread(Withdrawals.read, self._options.data)
        return {article for article in articles if self._withdrawals.holds(*article)}

    async def examples(self, language: str = "") -> tuple[str, ...]:
        """Return up to three questions that the articles answer; none if none could be made.

        Parameters:
            language: the reader's; questions in it come first.

        Raises:
            NotReadyError
        """
        key = (self.generation, stamp(self._options.data), language)
        if key not in self._examples or not self.generation:
            found = await self._make_examples(language)
            self._examples = {known: made for known, made in self._examples.items() if known[:2] == key[:2]}
            self._examples[key] = found
        return self._examples[key]

    async def _make_examples(self, language: str) -> tuple[str, ...]:
        found: list[Candidate] = []
        for candidate in (await self.run(candidates, language))[:_TRIED]:
            if any(
                one.question == candidate.question
                or (one.article_id, one.span) == (candidate.article_id, candidate.span)
                for one in found
            ):
                continue
            # An example is worth showing only if the sentence it was made from answers it.
            answer, _ = await self.ask(candidate.question, 1, ())
            if answer.answered and candidate.answers(answer.citations[0]):
                found.append(candidate)
            if len(found) == _EXAMPLES:
                break
        return tuple(candidate.question for candidate in found)

    async def run(self, work: Callable[Concatenate[Retriever, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do some work with the retriever, off the event loop; it waits while the index is opened for the first time.

        Raises:
            NotReadyError: if there is no index.
        """
        await self._looked.wait()
        if self._retriever is None:
            raise NotReadyError(self._missing)
        retriever = self._retriever
        return await asyncio.get_running_loop().run_in_executor(self._asking, lambda: work(retriever, *args, **kwargs))

    def _look(self) -> None:
        try:
            if self._retriever is not None:
                self._retriever.refresh()
                return
            options = self._options
            self._retriever = Retriever.open(
                options.data,
                model=options.model,
                threshold=options.threshold,
                unsure=options.unsure,
                wrong_at_most=options.wrong_at_most,
                reader=options.reader,
            )
        except (IndexingError, CalibrationError) as error:
            self._missing = str(error)
        except Exception as error:
            # Any error of a disk or a file may pass: there is another look in a moment.
            if (reason := f"it cannot be opened ({error})") != self._missing:
                log.warning("the index cannot be looked at", exc_info=True)
            self._missing = reason
        else:
            log.info("the index is open", extra={"generation": self._retriever.generation})

    def close(self) -> None:
        """Let go of the index."""
        self._looking.shutdown(wait=True)
        self._asking.shutdown(wait=True)
        if self._retriever is not None:
            self._retriever.close()


def _corrected(card: AnswerCard, asked: str, correction: Correction) -> AnswerCard:
    """Return the card of a misspelt question: it says which words are meant, and not the whole question again."""
    understood = asked if card.interpreted_as == card.question else card.interpreted_as
    meant = tuple(misspelt.meant for misspelt in correction.changed)
    return replace(card, question=asked, interpreted_as=understood, meant=meant)


def _standing(retriever: Retriever, citation: Citation) -> Standing:
    with retriever.pinned() as snapshot:
        return standing(snapshot, citation)


def _beside(retriever: Retriever, article_id: str) -> ArticlesOfFile:
    with retriever.pinned() as snapshot:
        return articles_beside(snapshot, article_id)

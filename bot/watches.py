"""Questions that wait: kept, looked at whenever there are new articles, and their news written down to be told.

A new watch waits for what comes after the articles of its day. Where the index changed between the answer under which
somebody asked to be told and their asking, the question is asked again, so that nothing slips through in between.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Collection
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bot.cards import AnswerCard
from bot.cited import StoredBefore
from bot.errors import DamagedError, NotReadyError
from bot.lookout import Lookout
from bot.services import Place, Services, Visitor
from bot.state import cards, watches
from bot.state.watches import Added, Watch
from retrieval.answer import Answer, Citation
from retrieval.errors import FilterError, QuestionError
from retrieval.question.conversation import standing_alone
from retrieval.question.filters import Filters, split, without
from retrieval.sanitize import one_line

if TYPE_CHECKING:
    import sqlite3

    from retrieval.watching import News

# Pieces of news that are written down in one transaction: others wait meanwhile.
_WRITTEN_AT_ONCE: Final = 200
# After a look that went wrong, seconds.
_AGAIN_AFTER: Final = 60.0

log = logging.getLogger("verbatim.bot")


class Watches:
    """The watches of everybody.

    Parameters:
        lookout: looks at the articles.
        written: is called when news has been written down that is to be told.
    """

    def __init__(self, services: Services, lookout: Lookout, written: Callable[[], None]) -> None:
        self._services = services
        self._lookout = lookout
        self._written = written
        self._due = asyncio.Event()
        # New watches, with the answer under which each was asked for.
        self._new: deque[tuple[Watch, AnswerCard]] = deque()

    def wake(self) -> None:
        """Look at what is new, in the background."""
        self._due.set()

    async def keep(
        self, visitor: Visitor, place: Place, message: int | None, card: AnswerCard, authors: Collection[int]
    ) -> Added:
        """Keep the question of an answer for somebody.

        Parameters:
            message: the message of theirs that asked it.
            authors: the people whose words the answer holds.
        """
        services = self._services
        watch = Watch(
            id=0,
            person=visitor.id,
            chat=place.chat,
            thread=place.thread,
            message=message,
            question=plain_question(card, services.options.limits.characters),
            asked=services.today().isoformat(),
            language=visitor.phrases.code,
        )
        told = [one.article_id for one in card.citations[:1] if card.answered]
        added = await services.state.run(watches.add, watch, set(authors) - {visitor.id}, told, services.now())
        if added.outcome == "new" and added.watch is not None:
            self._new.append((added.watch, card))
            self.wake()
        services.metrics.watches.set(await services.state.run(watches.how_many))
        return added

    async def forget(self) -> None:
        """Let nothing on the disk that was worked out of questions outlive them."""
        await asyncio.to_thread(self._lookout.forget)

    async def run(self) -> None:
        """Look whenever there is something new to look at, until cancelled."""
        while True:
            await self._due.wait()
            self._due.clear()
            try:
                await self._look()
                await self._look_again()
                await self._prepare()
            except NotReadyError:
                log.debug("watches wait for an index")
            except DamagedError:
                raise
            except Exception:
                log.exception("the questions that wait could not be looked at; trying again")
                asyncio.get_running_loop().call_later(_AGAIN_AFTER, self._due.set)

    async def _look(self) -> None:
        """Look at the articles that have come since the last look."""
        services, state = self._services, self._services.state
        waiting = await state.run(watches.how_many)
        services.metrics.watches.set(waiting)
        if not waiting:
            await state.run(watches.forget_known)
            return
        # Before the marks: should a newer one come in between, it is looked at once more.
        generation = services.library.generation
        if not generation or generation == await state.run(watches.looked_at):
            return
        marks = await self._lookout.marks()
        known = await state.run(watches.known)
        if known is not None and not marks <= known.marks:
            with services.metrics.watch_seconds.time():
                found = await self._find(known.marks)
            log.info("looked at new articles for questions that wait", extra={"watches": waiting, "news": found})
        await state.run(watches.note_known, generation, marks, known.marks if known is not None else frozenset())

    async def _prepare(self) -> None:
        """Have every question that waits encoded before it is looked at, which takes longer than to look."""
        services = self._services
        awake = await services.state.run(watches.awake, services.options.limits.characters)
        if awake:
            await self._lookout.prepare(list(dict.fromkeys(watch.question for watch, _ in awake)))

    async def _find(self, known: frozenset[bytes]) -> int:
        # Loaded when somebody waits for the first time.
        from retrieval.watching import Watched

        services, found = self._services, 0
        awake = await services.state.run(watches.awake, services.options.limits.characters)
        # What many wait for is looked at once.
        together: dict[tuple[str, str, frozenset[str]], list[Watch]] = {}
        for watch, told in awake:
            together.setdefault((watch.question, watch.asked, told), []).append(watch)
        # First, since the bot can stop in the middle of that, and in the middle of a look only where news is found.
        await self._lookout.prepare(list(dict.fromkeys(question for question, _, _ in together)))
        waiting = list(together.values())
        watched = [Watched(number, *asked) for number, asked in enumerate(together)]
        async with aclosing(self._lookout.news(watched, known)) as looking:
            async for some in looking:
                told_now = [(watch, news) for news in some if isinstance(news.key, int) for watch in waiting[news.key]]
                for start in range(0, len(told_now), _WRITTEN_AT_ONCE):
                    found += await services.state.run(self._write, told_now[start : start + _WRITTEN_AT_ONCE])
                    self._written()
        return found

    def _write(self, db: "sqlite3.Connection", found: "list[tuple[Watch, News]]") -> int:
        now = self._services.now()
        return sum(
            watches.put_news(
                db,
                watch.id,
                cards.new_id(),
                cards.answer_written(news_card(watch, news.answer, news.story, news.before)),
                news.story,
                now,
            )
            for watch, news in found
        )

    async def _look_again(self) -> None:
        """Ask the questions of new watches again that were answered from another index than there is by now."""
        if not self._new:
            return
        # Loaded when somebody waits for the first time.
        from retrieval.watching.look import SURE

        services = self._services
        while self._new:
            watch, card = self._new[0]
            if card.generation != services.library.generation:
                try:
                    answer, _ = await services.library.ask(watch.question, 1, ())
                except QuestionError:
                    answer = None
                if answer is not None and answer.answered and answer.confidence >= SURE:
                    await self._write_again(watch, card, answer)
            self._new.popleft()

    async def _write_again(self, watch: Watch, card: AnswerCard, answer: Answer) -> None:
        first = answer.citations[0]
        story = {first.article_id, *(head.id for head in first.also_in)}
        if card.answered and story & {one.article_id for one in card.citations}:
            return
        body = cards.answer_written(news_card(watch, answer, story, None))
        services = self._services
        await services.state.run(watches.put_news, watch.id, cards.new_id(), body, story, services.now())
        self._written()


def news_card(watch: Watch, answer: Answer, story: Collection[str], before: Citation | None) -> AnswerCard:
    """Return the card of news: the passages of its story alone, since all others are old."""
    card = AnswerCard.of(answer, (), answer.generation, on_behalf=True)
    return replace(
        card,
        question=watch.question,
        interpreted_as=watch.question,
        follows="",
        citations=tuple(one for one in card.citations if one.article_id in story) or card.citations[:1],
        nearest=(),
        watch="news",
        before=StoredBefore(before.title, before.published, before.link) if before is not None else None,
    )


def plain_question(card: AnswerCard, longest: int) -> str:
    """Return the question of an answer as one that can be asked alone: as it was understood, with its filters.

    Parameters:
        longest: characters; where a follow-up is longer together with the question before it, it stands alone.
    """
    if not card.follows and one_line(card.interpreted_as) == one_line(without(card.question)):
        return card.question
    try:
        _, filters = split(card.question)
    except FilterError:
        filters = Filters()
    return standing_alone(card.interpreted_as, card.follows, filters, longest)

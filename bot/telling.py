"""News on its way to the people who wait for it: one message after another, so that a kill repeats one at most.

A message that takes long, since Telegram lets its chat wait, is left to itself and holds up no other. News is sent more
slowly than Telegram allows altogether, so that answers to questions go out meanwhile.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Final

from aiolimiter import AsyncLimiter
from telegram import ChatMember
from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError

from bot.cards import AnswerCard
from bot.errors import DamagedError, NotReadyError
from bot.language.phrases import Phrases, phrases_for
from bot.lookout import Lookout
from bot.messages.markup import plain
from bot.messages.watches import short
from bot.services import Services
from bot.state import cards, people, turns, usage, watches
from bot.state.cards import StoredCard
from bot.state.watches import Piece, Watch
from retrieval.errors import QuestionError

# Messages a second; Telegram lets a bot send about 30 altogether.
_PACE: Final = 20
# Seconds after which a message is left to itself, and how many may be.
_SLOW: Final = 1.0
_SLOW_AT_ONCE: Final = 32
# Seconds between looks for what nobody announced, and while there is no index.
_LOOKED_FOR_EVERY: Final = 600.0
_NOT_READY: Final = 1.0
# Seconds until news is tried again that could not be sent for half an hour.
_OUT_OF_REACH: Final = 60.0
# Seconds that messages in hand have at the end of the bot.
_FINISHES_WITHIN: Final = 5.0

log = logging.getLogger("verbatim.bot")


class Telling:
    """The sender of news.

    Parameters:
        admits: returns whether a person, by their id, may still ask in a chat.
    """

    def __init__(self, services: Services, lookout: Lookout, admits: Callable[[int, int], bool]) -> None:
        self._services = services
        self._lookout = lookout
        self._admits = admits
        self._due = asyncio.Event()
        self._pace = AsyncLimiter(_PACE, 1.0)
        self._in_hand: dict[asyncio.Task[None], Piece] = {}

    def wake(self) -> None:
        """Send what is written down, in the background."""
        self._due.set()

    async def run(self) -> None:
        """Send whatever is written down, until cancelled; what is in hand then is finished."""
        try:
            while True:
                self._due.clear()
                if not await self._send_next():
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._due.wait(), _LOOKED_FOR_EVERY)
        finally:
            if self._in_hand:
                _, left = await asyncio.wait(self._in_hand, timeout=_FINISHES_WITHIN)
                for task in left:
                    task.cancel()

    async def _send_next(self) -> bool:
        """Send the next piece; return whether there was one."""
        numbers = [piece.id for piece in self._in_hand.values()]
        chats = [piece.watch.chat for piece in self._in_hand.values()]
        piece = await self._services.state.run(watches.next_piece, numbers, chats)
        if piece is None:
            return False
        await self._pace.acquire()
        task = asyncio.create_task(self._send(piece), name="telling of news")
        self._in_hand[task] = piece
        task.add_done_callback(self._ended)
        await asyncio.wait({task}, timeout=_SLOW)
        if len(self._in_hand) >= _SLOW_AT_ONCE:
            await asyncio.wait(self._in_hand, return_when=asyncio.FIRST_COMPLETED)
        return True

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._in_hand[task]
        self.wake()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("news could not be told", exc_info=error)

    async def _send(self, piece: Piece) -> None:
        services = self._services
        outcome = "dropped"
        try:
            if await self._may_be_told(piece):
                outcome = await (self._tell(piece) if piece.card else self._say_ended(piece))
        except NotReadyError:
            await asyncio.sleep(_NOT_READY)
            return
        except TelegramError as error:
            log.warning("news did not reach somebody", extra={"reason": str(error)})
            if isinstance(error, RetryAfter | NetworkError) and not isinstance(error, BadRequest):
                # Telegram cannot be reached: nothing of it is the message's fault.
                await asyncio.sleep(_OUT_OF_REACH)
                return
            outcome = "failed"
        except DamagedError:
            raise
        except Exception:
            log.exception("news could not be told")
            outcome = "failed"
        services.metrics.news.labels(outcome).inc()
        if outcome != "told":
            await services.state.run(watches.settle, piece.id)

    async def _may_be_told(self, piece: Piece) -> bool:
        """Return whether somebody may still be told; a watch in a group that its person has left is ended."""
        services, watch = self._services, piece.watch
        if not await services.state.run(watches.may_be_told, piece) or not self._admits(watch.person, watch.chat):
            return False
        # A chat that somebody writes in the name of, such as an anonymous admin's, is no member.
        if watch.chat > 0 or watch.person < 0:
            return True
        try:
            member = await services.bot.get_chat_member(watch.chat, watch.person)
        except TelegramError as error:
            log.debug("a member could not be asked for", extra={"reason": str(error)})
            return True
        if member.status in (ChatMember.LEFT, ChatMember.BANNED):
            await services.state.run(watches.stop, watch.person, [watch.id])
            return False
        return True

    async def _phrases(self, watch: Watch) -> Phrases:
        """Return the language of a message about a watch: in private what its person has chosen by now."""
        chosen = (await self._services.state.run(people.look_up, watch.person)).language if watch.chat > 0 else None
        return phrases_for(chosen or watch.language, None)

    async def _say_ended(self, piece: Piece) -> str:
        watch, phrases = piece.watch, await self._phrases(piece.watch)
        said = plain(phrases.watch_ended.format(question=short(watch.question)))
        await self._services.courier.say(watch.chat, said, thread=watch.thread, reply_to=watch.message)
        return "ended"

    async def _tell(self, piece: Piece) -> str:
        services, watch, phrases = self._services, piece.watch, await self._phrases(piece.watch)
        card = await self._still_true(piece)
        if card is None:
            await services.state.run(watches.untell, piece, await self._lookout.marks())
            return "withdrawn"
        stored = StoredCard(
            id=piece.card,
            chat=watch.chat,
            thread=watch.thread,
            message=None,
            question_message=None,
            owner=watch.person,
            card=card,
            language=phrases.code,
        )
        await services.state.run(_put, stored, piece, services.now())
        screen = services.answer_screen(stored.id, card, phrases, chat=stored.chat)
        message = await services.courier.send(watch.chat, screen, thread=watch.thread, reply_to=watch.message)
        if message is None:
            await services.state.run(cards.remove, stored.id)
            return "blocked"
        await services.state.run(_note_told, replace(stored, message=message), piece, services)
        return "told"

    async def _still_true(self, piece: Piece) -> AnswerCard | None:
        """Return the card to send: the passage if it still stands, else what tells the same; None if nothing does."""
        card = cards.answer_read(piece.body)
        if await self._lookout.still_says(card.citations[0].citation()):
            return card
        try:
            answer, _ = await self._services.library.ask(piece.watch.question, 1, ())
        except QuestionError:
            return None
        now = AnswerCard.of(answer, (), answer.generation, on_behalf=True)
        if not answer.answered or now.citations[0].article_id not in piece.story:
            return None
        return replace(card, citations=now.citations[:1], confidence=now.confidence, generation=now.generation)


def _put(db: sqlite3.Connection, stored: StoredCard, piece: Piece, now: float) -> None:
    cards.put(db, stored, now)
    watches.note_words(db, piece.watch.id, stored.id)


def _note_told(db: sqlite3.Connection, stored: StoredCard, piece: Piece, services: Services) -> None:
    """Strike news off that was sent; somebody may go on asking from it."""
    assert isinstance(stored.card, AnswerCard)
    watches.settle(db, piece.id)
    usage.count(db, services.today(), "told")
    # A conversation that was forgotten while its news was on the way stays forgotten.
    if cards.show(db, stored):
        turns.note_exchange(
            db,
            stored.chat,
            stored.thread,
            stored.owner,
            None,
            stored.id,
            stored.card.question,
            stored.card.citations[0].answering,
            services.now(),
        )

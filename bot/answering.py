"""A question in a chat, all the way to its answer there."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from telegram.constants import ChatAction
from telegram.error import TelegramError

from bot.cards import AnswerCard
from bot.errors import AwayError, NotReadyError
from bot.language.phrases import Phrases, counted, duration, number
from bot.sender import Edited
from bot.services import Place, Services, Visitor
from bot.state import cards, turns, usage
from bot.state.cards import StoredCard
from bot.state.connection import Connection
from bot.state.turns import Exchange
from bot.updates.wording import Quoted
from retrieval.answer import Tier
from retrieval.errors import FilterError, QuestionError
from retrieval.question.conversation import Turn

# Telegram shows "typing…" for five seconds.
_TYPING_EVERY: Final = 4.0
# Seconds that an answer waits for "typing…", which would be shown after it otherwise.
_TYPING_WAITED_FOR: Final = 0.3
# Names of what became of a question, in counts and metrics.
OUTCOMES: Final[dict[Tier, str]] = {"confident": "answered", "not sure": "unsure", "none": "unanswered"}

log = logging.getLogger("verbatim.bot")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and where it came from.

    Attributes:
        message: of the person's that asks; None where a button asked on their behalf.
        reply_to: the message that the answer replies to, where that is another.
        update: the update's number, by which a repetition is known.
        at: Telegram's time of it, seconds since 1970.
        edited: whether it is an earlier question put in other words.
        follows: the id of the card it replies to, '' where it replies to none.
        author: the id of the person who worded it, if that is somebody else.
        about: the part of another message that it quotes, in whose light it is understood.
    """

    text: str
    place: Place
    message: int | None
    update: int
    at: int
    edited: bool = False
    follows: str = ""
    reply_to: int | None = None
    author: int | None = None
    about: Quoted | None = None


class Answering:
    """The way of questions to their answers. Of one person, one question at a time is searched for."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._people = services.peers.turns
        self._typing_tasks: set[asyncio.Task[None]] = set()

    def turn(self, person: int) -> AbstractAsyncContextManager[None]:
        """Wait until no question of a person's is in hand, and let none begin meanwhile."""
        return self._people(person)

    async def answer(self, asked: Asked, visitor: Visitor) -> None:
        """Answer a question, or say why not; the update may be handled again after a kill."""
        before = None
        if asked.message is not None:
            before = await self._services.state.run(cards.of_question, asked.place.chat, asked.message)
        if before is not None and before.message is not None and not self._is_new(asked, before):
            return
        if await self.refused(asked, visitor, self._services.options.limits.characters):
            return
        try:
            # Shown outside of the turn: where Telegram lets one chat wait for long, the person can ask in others.
            async with self._people(visitor.id), self.typing(asked.place):
                stored = await self._search(asked, visitor, before)
        except QuestionError as error:
            await self.say(asked, refusal(error, visitor.phrases))
            self._services.metrics.questions.labels("refused").inc()
        except NotReadyError as error:
            await self.say(asked, unready(error, visitor.phrases))
        else:
            await self._show(asked, visitor, stored)

    @staticmethod
    def _is_new(asked: Asked, before: StoredCard) -> bool:
        """Return whether a question that has an answer was edited into another one: a repeated update was not."""
        return asked.edited and not (isinstance(before.card, AnswerCard) and before.card.question == asked.text)

    async def refused(self, asked: Asked, visitor: Visitor, most: int) -> bool:
        """Return whether something is refused that is too long or one too many, and say so; else count it.

        Parameters:
            most: characters it may have.
        """
        services, phrases = self._services, visitor.phrases
        limits = services.options.limits
        if len(asked.text) > most:
            await self.say(asked, too_long(asked.text, most, phrases))
        else:
            over = await services.state.run(usage.ask, asked.update, visitor.id, asked.place.chat, asked.at, limits)
            if over is None:
                return False
            if not over.told:
                await self.say(asked, phrases.wait.format(time=duration(over.seconds, phrases)))
        services.metrics.questions.labels("refused").inc()
        await services.state.run(usage.count, services.today(), "refused")
        return True

    async def _search(self, asked: Asked, visitor: Visitor, before: StoredCard | None) -> StoredCard:
        """Ask the articles, and keep what they say before anything is shown."""
        services = self._services
        card_id = before.id if before and isinstance(before.card, AnswerCard) else cards.new_id()
        led = await services.state.run(_history, asked, visitor.id, card_id, services.now())
        history = turns.as_turns(led) if asked.about is None else (Turn("user", asked.about.text),)
        started = time.monotonic()
        card, stages = await services.library.answer(
            asked.text, visitor.passages, history, on_behalf=asked.message is None
        )
        services.metrics.search_seconds.observe(time.monotonic() - started)
        services.metrics.record_stages(stages)
        stored = StoredCard(
            id=card_id,
            chat=asked.place.chat,
            thread=asked.place.thread,
            message=before.message if before else None,
            question_message=asked.message,
            owner=visitor.id,
            card=card,
            language=visitor.phrases.code,
        )
        if before is not None and before.id != card_id:
            await services.state.run(cards.give_way, before)
        await services.state.run(_store, stored, asked, led, services.now())
        facts: dict[str, object] = {
            "answered": card.answered,
            "tier": card.tier,
            "confidence": round(card.confidence, 3),
        }
        if services.options.log_questions:
            facts["question"] = asked.text
        log.info("answered a question", extra=facts)
        return stored

    async def _show(self, asked: Asked, visitor: Visitor, stored: StoredCard) -> None:
        services = self._services
        assert isinstance(stored.card, AnswerCard)
        screen = services.answer_screen(stored.id, stored.card, visitor.phrases, chat=stored.chat)
        message = stored.message
        if message is not None and await services.courier.edit(stored.chat, message, screen) is Edited.GONE:
            message = None
        if message is None and not self._is_kept_silent(asked, stored.card):
            reply_to = asked.message if asked.message is not None else asked.reply_to
            message = await services.courier.send(stored.chat, screen, thread=asked.place.thread, reply_to=reply_to)
        seconds = services.waited(asked.update)
        outcome = outcome_of(stored.card)
        await services.state.run(_note_shown, replace(stored, message=message), services.today(), seconds)
        services.metrics.questions.labels(outcome).inc()
        services.metrics.answer_seconds.observe(seconds)

    def _is_kept_silent(self, asked: Asked, card: AnswerCard) -> bool:
        """Return whether a group is not told that there is no answer. Whoever pressed a button is told in any case."""
        silent = self._services.options.silent_in_groups and not asked.place.private
        return silent and card.tier == "none" and asked.message is not None

    async def say(self, asked: Asked, words: str) -> None:
        """Reply with a line in place of an answer."""
        reply_to = asked.message if asked.message is not None else asked.reply_to
        await self._services.reply(asked.place, words, reply_to)

    @asynccontextmanager
    async def typing(self, place: Place) -> AsyncIterator[None]:
        """Show "typing…" meanwhile. That it is shown is worth no error and no waiting."""

        first, over = asyncio.Event(), asyncio.Event()

        async def show() -> None:
            while not over.is_set():
                try:
                    await self._services.bot.send_chat_action(
                        place.chat, ChatAction.TYPING, message_thread_id=place.thread
                    )
                except TelegramError as error:
                    log.debug("typing is not shown", extra={"reason": str(error)})
                first.set()
                with suppress(TimeoutError):
                    await asyncio.wait_for(over.wait(), _TYPING_EVERY)

        # Never cancelled: that would close the connection, and the answer would have to open another.
        task = asyncio.create_task(show())
        self._typing_tasks.add(task)
        task.add_done_callback(self._typing_tasks.discard)
        try:
            yield
            with suppress(TimeoutError):
                await asyncio.wait_for(first.wait(), _TYPING_WAITED_FOR)
        finally:
            over.set()


def too_long(words: str, most: int, phrases: Phrases) -> str:
    """Return the reply to more characters than may be asked at once."""
    return phrases.too_long.format(length=counted("characters", len(words), phrases), limit=number(most, phrases))


def outcome_of(card: AnswerCard) -> str:
    """Return what became of a question, as counts and metrics name it."""
    return OUTCOMES[card.tier]


def unready(error: NotReadyError, phrases: Phrases) -> str:
    """Return the reply to whatever needs the articles while they are not there."""
    return phrases.away if isinstance(error, AwayError) else phrases.not_ready


def refusal(error: QuestionError, phrases: Phrases) -> str:
    """Return the reply to a question that cannot be searched for."""
    if not isinstance(error, FilterError):
        return phrases.no_words
    known = phrases.filter_known.format(known=error.known) if error.known else ""
    said = phrases.filter_refused[error.reason].format(name=error.name, value=error.value)
    return f"{said} {known}".rstrip()


def _history(db: Connection, asked: Asked, person: int, card_id: str, now: float) -> tuple[Exchange, ...]:
    """Return the conversation that is replied to, else this person's own conversation here."""
    if asked.follows and asked.follows != card_id:
        return turns.leading_to(db, asked.follows)
    if asked.about is not None:
        return ()
    return turns.history(db, asked.place.chat, asked.place.thread, person, now, before=card_id)


def _store(db: Connection, stored: StoredCard, asked: Asked, led: tuple[Exchange, ...], now: float) -> None:
    # An answer is as old as the oldest words it holds.
    cards.put(db, stored, min((now, *(one.created for one in led))))
    authors = cards.speakers(db, [asked.follows, *(one.card for one in led)]) | {one.person for one in led}
    if asked.about is not None and asked.about.author is not None:
        authors.add(asked.about.author)
    cards.note_words(db, stored.id, authors - {stored.owner}, asked.author if asked.author != stored.owner else None)
    assert isinstance(stored.card, AnswerCard)
    # Where no passage was shown there is no reply, and a follow-up does not go on from it.
    reply = stored.card.citations[0].answering if stored.card.citations else ""
    turns.note_exchange(
        db,
        stored.chat,
        stored.thread,
        stored.owner,
        stored.question_message,
        stored.id,
        stored.card.question,
        reply,
        now,
    )


def _note_shown(db: Connection, stored: StoredCard, today: date, seconds: float) -> None:
    assert isinstance(stored.card, AnswerCard)
    # A conversation that was forgotten while its answer was on the way stays forgotten.
    if stored.message is not None:
        cards.show(db, stored)
    usage.count(db, today, outcome_of(stored.card), stored.owner, seconds * 1000)

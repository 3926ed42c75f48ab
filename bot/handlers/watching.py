"""/watch and /watches, and the buttons by which people wait for news of a question, or stop."""

from typing import Final, Literal

from telegram import Message, Update
from telegram.ext import BaseHandler, CommandHandler, filters

from bot.answering import Answering, Asked, refusal, unready
from bot.asides import aside
from bot.cards import AnswerCard, WatchesCard
from bot.errors import NotReadyError
from bot.handlers.buttons import Press
from bot.language.phrases import Phrases, counted
from bot.messages.watches import short, watches_screen
from bot.services import Context, Place, Services, Visitor
from bot.state import cards, turns, watches
from bot.state.cards import StoredCard
from bot.state.connection import Connection
from bot.state.watches import MOST_OF_A_PERSON, Added
from bot.updates.origin import author_of
from bot.updates.wording import Quoted, replied_to, without_command
from bot.watches import Watches, plain_question
from retrieval.errors import QuestionError

_NEW: Final = filters.UpdateType.MESSAGE


class Watching:
    """Commands and buttons about watches."""

    def __init__(self, services: Services, answering: Answering, kept: Watches) -> None:
        self._services = services
        self._answering = answering
        self._kept = kept

    def handlers(self) -> list[BaseHandler[Update, Context, None]]:
        """Return the handlers of the commands; an edited command is not given again."""
        return [
            CommandHandler("watch", self.watch, filters=_NEW),
            CommandHandler("watches", self.list, filters=_NEW),
        ]

    async def watch(self, update: Update, context: Context) -> None:
        """Watch for the question behind the command, else that which it replies to, else the last one asked here."""
        message, visitor, place = await self._services.incoming(update)
        words, said = without_command(message), replied_to(message)
        if words:
            await self._watch_words(update, Quoted(words, author_of(message), message.message_id), visitor)
            return
        stored = await self._card_meant(message, visitor, place)
        if stored is not None and isinstance(stored.card, AnswerCard):
            added, question = await self._keep(stored, visitor, place, message.message_id)
            await self._services.reply(place, _said(added, question, visitor.phrases), message.message_id)
        elif said is not None and said.author != self._services.bot.id:
            await self._watch_words(update, said, visitor)
        else:
            await self._services.reply(place, visitor.phrases.watch_usage, message.message_id)

    async def _card_meant(self, message: Message, visitor: Visitor, place: Place) -> StoredCard | None:
        """Return the answer that a message replies to; where it replies to nothing, the last one to its sender here."""
        run, replied = self._services.state.run, message.reply_to_message
        # In a topic every message replies to the one that opened it (Bot API, Message.message_thread_id).
        if replied is None or replied.message_id == place.thread:
            return await run(_last, place, visitor.id, self._services.now())
        return await run(cards.by_message, place.chat, replied.message_id)

    async def _keep(
        self, stored: StoredCard, visitor: Visitor, place: Place, asked: int | None = None
    ) -> tuple[Added, str]:
        """Keep the question of an answer.

        Parameters:
            asked: the message that asks for it, to which news replies where the question stands in no message of
                theirs here.
        """
        assert isinstance(stored.card, AnswerCard)
        authors = await self._services.state.run(cards.speakers, [stored.id])
        own = stored.owner == visitor.id and stored.chat == place.chat and stored.question_message is not None
        message = stored.question_message if own else asked
        added = await self._kept.keep(visitor, place, message, stored.card, authors)
        return added, plain_question(stored.card, self._services.options.limits.characters)

    async def _watch_words(self, update: Update, said: Quoted, visitor: Visitor) -> None:
        """Watch for a question that no answer has been given to yet; what the articles hold already is shown."""
        message, services, phrases = update.effective_message, self._services, visitor.phrases
        assert message is not None  # the filters let nothing else through
        place = Place.of(message)
        asked = Asked(
            text=said.text,
            place=place,
            message=message.message_id,
            update=update.update_id,
            at=int(message.date.timestamp()),
            author=said.author,
        )
        if aside(said.text, phrases, services.library) is not None:
            await self._answering.say(asked, phrases.watch_usage)
            return
        if await self._answering.refused(asked, visitor, services.options.limits.characters):
            return
        led = await services.state.run(turns.history, place.chat, place.thread, visitor.id, services.now())
        try:
            async with self._answering.turn(visitor.id), self._answering.typing(place):
                answer, generation = await services.library.ask(said.text, visitor.passages, turns.as_turns(led))
        except QuestionError as error:
            await self._answering.say(asked, refusal(error, phrases))
            return
        except NotReadyError as error:
            await self._answering.say(asked, unready(error, phrases))
            return
        card = AnswerCard.of(answer, (), generation, on_behalf=False)
        # A question that stands alone holds no words of those before it.
        authors = await services.state.run(cards.speakers, [one.card for one in led]) if _leans(card) else set[int]()
        authors |= {said.author} if said.author is not None else set()
        added = await self._kept.keep(visitor, place, message.message_id, card, authors)
        line = _said(added, plain_question(card, services.options.limits.characters), phrases)
        if added.outcome == "new" and card.answered:
            await self._answering.say(asked, f"{line}\n{phrases.watch_answered_now}")
            await self._answering.answer(asked, visitor)
        else:
            await self._answering.say(asked, line)

    async def pressed(self, press: Press) -> tuple[str, Literal["", "kept", "news", "stopped"]]:
        """Watch for the question of an answer, or stop; return the line to show, and how its button stands now."""
        card, phrases = press.stored.card, press.visitor.phrases
        assert isinstance(card, AnswerCard)
        services = self._services
        if press.action == "s":
            watch = await services.state.run(watches.find, press.visitor.id, card.question)
            ended = await services.state.run(watches.stop, press.visitor.id, [watch.id]) if watch is not None else 0
            return phrases.watch_stopped if ended else phrases.watch_stopped_already, "stopped"
        added, _ = await self._keep(press.stored, press.visitor, press.place)
        if added.watch is None:
            return _refused(added, phrases), card.watch
        said = phrases.watch_kept_pressed if added.outcome == "new" else phrases.watch_already
        return said, "kept" if press.visitor.id == press.stored.owner else card.watch

    async def list(self, update: Update, context: Context) -> None:
        """List what a person waits for: in a group only what they asked for there."""
        message, visitor, place = await self._services.incoming(update)
        alive = await self._services.state.run(watches.of_person, visitor.id, None if place.private else place.chat)
        card = WatchesCard(tuple(watch.id for watch in alive))
        stored = place.new_card(visitor, card)
        screen = watches_screen(stored.id, card, alive, visitor.phrases)
        await self._services.send_card(stored, screen, message.message_id)

    async def pressed_list(self, press: Press) -> str:
        """End one of the listed watches, or all of them, and show those that are left."""
        card, services, phrases = press.stored.card, self._services, press.visitor.phrases
        assert isinstance(card, WatchesCard)
        if press.action == "z":
            chosen = card.watches
        elif press.action == "x" and 0 < press.number <= len(card.watches):
            chosen = (card.watches[press.number - 1],)
        else:
            return ""
        ended = await services.state.run(watches.stop, press.stored.owner, chosen)
        alive = await services.state.run(watches.of_person, press.stored.owner)
        await services.courier.edit(
            press.place.chat, press.message, watches_screen(press.stored.id, card, alive, phrases)
        )
        return phrases.watch_stopped if ended else phrases.watch_stopped_already


def _leans(card: AnswerCard) -> bool:
    """Return whether a question was understood in the light of those before it."""
    return bool(card.follows) or card.interpreted_as != card.question


def _said(added: Added, question: str, phrases: Phrases) -> str:
    """Return the reply to somebody who asked to be told."""
    match added.outcome:
        case "new":
            return phrases.watch_kept.format(question=short(question))
        case "already":
            return phrases.watch_already
        case _:
            return _refused(added, phrases)


def _refused(added: Added, phrases: Phrases) -> str:
    if added.outcome == "full":
        return phrases.watch_full
    return phrases.watch_too_many.format(questions=counted("questions", MOST_OF_A_PERSON, phrases))


def _last(db: Connection, place: Place, person: int, now: float) -> StoredCard | None:
    """Return the answer to a person's last question in a chat; None if there is none."""
    led = turns.history(db, place.chat, place.thread, person, now)
    return cards.by_id(db, led[-1].card) if led else None

"""Presses of buttons: by whom, of which card; each is acknowledged."""

import asyncio
import logging
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from telegram import CallbackQuery, Chat, ChatMember, Message, Update
from telegram.error import TelegramError
from telegram.ext import BaseHandler, CallbackQueryHandler

from bot.answering import Answering, Asked, unready
from bot.background import BackgroundTasks
from bot.cards import Card
from bot.errors import NotReadyError
from bot.language.phrases import phrases_for
from bot.messages.markup import button, keyboard, shortened
from bot.services import Context, Place, Services, Visitor
from bot.state import cards, people
from bot.state.cards import StoredCard
from bot.updates.origin import Sender, author_of
from bot.updates.wording import words_in
from retrieval.errors import ChangedArticleError, UnknownArticleError

# A card's id, then a letter and perhaps a number. Any other data was not made by this bot.
_DATA: Final = re.compile(r"(?P<card>[A-Za-z0-9_-]{16}):(?P<action>[a-z-])(?P<number>\d{0,6})")
_COMMAND: Final = re.compile(r"/(?P<name>\w+)(?:@\w+)?\s*")
ASK_AGAIN: Final = "again-again-agai"
# Bot API, answerCallbackQuery: 0-200 characters.
_SAID_LONGEST: Final = 200
# Seconds after which a press that is not handled yet is looked at, is acknowledged where its chat waits for Telegram,
# and is acknowledged in any case: a press mostly has a reply to show, and an old one cannot be acknowledged.
_LOOKED_AFTER: Final = 0.3
_EARLIEST: Final = 1.5
_LATEST: Final = 8.0
_REMEMBERED: Final = 10_000

log = logging.getLogger("verbatim.bot")


@dataclass(frozen=True, slots=True)
class Press:
    """A press of a card's button by somebody who may press it.

    Attributes:
        number: that the button's action came with, 0 where it came without.
        language: that the person's Telegram speaks, as an IETF tag.
    """

    stored: StoredCard
    action: str
    number: int
    visitor: Visitor
    place: Place
    message: int
    update: int
    language: str | None


# A handler of presses returns a line that is shown for a moment at the top of the screen; '' shows nothing. It may
# raise NotReadyError, ChangedArticleError or UnknownArticleError, of which the person is told there.
Pressed = Callable[[Press], Awaitable[str]]


class Buttons:
    """The handler of presses, which passes each on by its kind of card.

    Parameters:
        by_kind: handlers of presses, by the type of card.
    """

    def __init__(
        self, services: Services, answering: Answering, tasks: BackgroundTasks, by_kind: Mapping[type[Card], Pressed]
    ) -> None:
        self._services = services
        self._answering = answering
        self._tasks = tasks
        self._by_kind = by_kind
        # The ids of presses that came and are not acknowledged, and of those that were before they were handled.
        self._open: set[str] = set()
        self._early: set[str] = set()

    def handlers(self) -> list[BaseHandler[Update, Context, None]]:
        """Return the handler of every press."""
        return [CallbackQueryHandler(self.press)]

    def expect(self, update: Update) -> None:
        """See to it that a press is acknowledged in time, however long its chat has to wait to be handled.

        Telegram may let nothing be written into a group for minutes, and refuses to acknowledge a press that is older.
        """
        if update.callback_query is not None:
            self._open.add(update.callback_query.id)
            self._tasks.start(
                self._acknowledge_in_time(update.callback_query, update.update_id), "acknowledging a press"
            )

    async def press(self, update: Update, context: Context) -> None:
        """Do what a button says, and say so."""
        query = update.callback_query
        assert query is not None
        message = query.message
        if not isinstance(message, Message):
            # Telegram no longer shows the button's message.
            visitor = await self._services.visitor(Sender.of(query.from_user), private=False)
            await self._acknowledge(query, visitor.phrases.expired, alert=True)
            return
        private = message.chat.type == Chat.PRIVATE
        visitor = await self._services.visitor(Sender.of(query.from_user), private=private)
        found = _DATA.fullmatch(query.data or "")
        if found and found["card"] == ASK_AGAIN:
            await self._ask_again(query, message, visitor, update.update_id)
            return
        stored = await self._pressed_card(query, message)
        if found is None or stored is None:
            await self._expired(query, message, visitor)
            return
        acting = await self._acting_as(stored, query, visitor)
        if acting is None:
            await self._acknowledge(query, visitor.phrases.not_yours, alert=True)
            return
        if not private and stored.language is not None:
            # A group's message stays in its language, whoever turns its pages.
            acting = replace(acting, phrases=phrases_for(stored.language, None))
        press = Press(
            stored=stored,
            action=found["action"],
            number=int(found["number"] or 0),
            visitor=acting,
            place=Place.of(message),
            message=message.message_id,
            update=update.update_id,
            language=query.from_user.language_code,
        )
        try:
            said = await self._by_kind[type(stored.card)](press)
        except ChangedArticleError:
            said = acting.phrases.article_changed
        except UnknownArticleError:
            said = acting.phrases.article_gone
        except NotReadyError as error:
            said = unready(error, acting.phrases)
        await self._acknowledge(query, said)

    async def _acting_as(self, stored: StoredCard, query: CallbackQuery, visitor: Visitor) -> Visitor | None:
        """Return the person a press counts for; None if the button is not theirs to press.

        Presses are never anonymous. A question in the name of a chat belongs to the admins of the group it was asked
        in, or of that chat if the bot may know them. Their press counts as the chat's, so that it stays apart from what
        they do as themselves.
        """
        if visitor.id == stored.owner or self._services.is_admin(visitor.id):
            return visitor
        who = Sender(stored.owner, query.from_user.language_code)
        if not who.is_chat or await self._services.state.run(people.is_banned, who.id):
            return None
        if await self._is_admin_of(stored.chat, visitor.id) or (
            stored.owner != stored.chat and await self._is_admin_of(stored.owner, visitor.id)
        ):
            return await self._services.visitor(who, private=False)
        return None

    async def _is_admin_of(self, chat: int, person: int) -> bool:
        try:
            member = await self._services.bot.get_chat_member(chat, person)
        except TelegramError as error:
            # The bot is not in that chat, or Telegram cannot be asked.
            log.debug("an admin could not be told from others", extra={"reason": str(error)})
            return False
        return member.status in (ChatMember.ADMINISTRATOR, ChatMember.OWNER)

    async def _pressed_card(self, query: CallbackQuery, message: Message) -> StoredCard | None:
        """Return the card behind a button; None if it is gone, or never was."""
        found = _DATA.fullmatch(query.data or "")
        stored = await self._services.state.run(cards.by_id, found["card"]) if found else None
        return stored if stored is not None and await self._shows(stored, message) else None

    async def _acknowledge_in_time(self, query: CallbackQuery, update: int) -> None:
        message, began = query.message, time.monotonic()
        await asyncio.sleep(_LOOKED_AFTER)
        if not await self._is_open(query, update):
            return
        visitor = await self._services.visitor(Sender.of(query.from_user), private=False)
        stored = await self._pressed_card(query, message) if isinstance(message, Message) else None
        if stored is not None and await self._acting_as(stored, query, visitor) is None:
            await self._acknowledge_early(query, visitor.phrases.not_yours, alert=True)
            return
        chat = message.chat.id if message is not None else 0
        while (waited := time.monotonic() - began) < _LATEST:
            if waited > _EARLIEST and self._services.held_up(chat):
                break
            await asyncio.sleep(_LOOKED_AFTER)
            if not await self._is_open(query, update):
                return
        await self._acknowledge_early(query, "")

    async def _is_open(self, query: CallbackQuery, update: int) -> bool:
        """Return whether a press is still to be acknowledged; another worker may have done it."""
        if query.id in self._open and await self._services.peers.is_finished(update):
            self._open.discard(query.id)
        return query.id in self._open

    async def _acknowledge_early(self, query: CallbackQuery, said: str, *, alert: bool = False) -> None:
        """Acknowledge a press that has not been handled yet, unless it has been meanwhile."""
        if query.id not in self._open:
            return
        if len(self._early) >= _REMEMBERED:
            self._early.clear()
        self._open.discard(query.id)
        self._early.add(query.id)
        await self._answer(query, said, alert=alert)

    async def _expired(self, query: CallbackQuery, message: Message, visitor: Visitor) -> None:
        """Say that the button's card is gone, and offer to ask the question again."""
        await self._acknowledge(query, visitor.phrases.expired, alert=True)
        if not _hangs_on(query, message):
            return
        again = keyboard([button(visitor.phrases.ask_again, ASK_AGAIN, "q")]) if _question(message) else None
        await self._services.courier.set_keyboard(message.chat.id, message.message_id, again)

    async def _ask_again(self, query: CallbackQuery, message: Message, visitor: Visitor, update: int) -> None:
        asked, words = message.reply_to_message, _question(message)
        if asked is None or not words or not _hangs_on(query, message):
            await self._acknowledge(query, visitor.phrases.expired, alert=True)
            return
        await self._acknowledge(query, "")
        await self._services.courier.set_keyboard(message.chat.id, message.message_id, None)
        await self._answering.answer(
            Asked(
                text=words,
                place=Place.of(message),
                message=None,
                update=update,
                at=int(self._services.now()),
                reply_to=asked.message_id,
                author=author_of(asked),
            ),
            visitor,
        )

    async def _shows(self, stored: StoredCard, message: Message) -> bool:
        """Return whether the pressed message is the card's own.

        A card without a known message fits any of its chat. So does a message of a group that has become the
        supergroup of the card: it stays in the old one under a number that the supergroup may use for another.
        """
        if stored.chat == message.chat.id:
            return stored.message is None or stored.message == message.message_id
        return stored.chat == await self._services.state.run(people.group_now, message.chat.id)

    async def _acknowledge(self, query: CallbackQuery, said: str, *, alert: bool = False) -> None:
        self._open.discard(query.id)
        if query.id in self._early:
            self._early.discard(query.id)
        else:
            await self._answer(query, said, alert=alert)

    async def _answer(self, query: CallbackQuery, said: str, *, alert: bool) -> None:
        try:
            await query.answer(shortened(said, _SAID_LONGEST) or None, show_alert=alert)
        except TelegramError as error:
            # Too old by now; the button's work is done all the same.
            log.debug("a press could not be acknowledged", extra={"reason": str(error)})


def _hangs_on(query: CallbackQuery, message: Message) -> bool:
    """Return whether the message has the button that was pressed. Some apps send any data they are made to send.

    Telegram shows the message as it is, whoever pressed.
    """
    rows = message.reply_markup.inline_keyboard if message.reply_markup is not None else ()
    return any(one.callback_data == query.data for row in rows for one in row)


def _question(message: Message) -> str:
    """Return the question that a message replies to; '' if it replies to none, such as a link or a command."""
    text = words_in(message.reply_to_message)
    command = _COMMAND.match(text)
    if command is None:
        return text
    return text[command.end() :] if command["name"].casefold() == "ask" else ""

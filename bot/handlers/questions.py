"""Questions: text or a caption in private; /ask, a mention or a reply in groups; and questions that were edited."""

from typing import Final

from telegram import Chat, ForceReply, Message, Update
from telegram.ext import BaseHandler, CommandHandler, MessageHandler, filters

from bot.answering import Answering, Asked
from bot.asides import Asides
from bot.cards import AnswerCard
from bot.handlers.checks import Checks
from bot.messages.markup import Screen, plain
from bot.quotations import asks, only_quotation
from bot.services import Context, Place, Services, Visitor
from bot.state import cards
from bot.updates.origin import author_of, sender
from bot.updates.wording import (
    Quoted,
    command_in_caption,
    part_quoted,
    replied_to,
    without_command,
    without_mention,
    words_in,
)

_NEW: Final = filters.UpdateType.MESSAGE
_EDITED: Final = filters.UpdateType.EDITED_MESSAGE
_SERVICE: Final = filters.StatusUpdate.ALL


class Questions:
    """Questions in chats."""

    def __init__(self, services: Services, answering: Answering, checks: Checks, asides: Asides) -> None:
        self._services = services
        self._answering = answering
        self._checks = checks
        self._asides = asides

    def handlers(self) -> list[BaseHandler[Update, Context, None]]:
        """Return the handlers of questions; those of commands must come before them."""
        worded = (filters.TEXT & ~filters.COMMAND) | filters.CAPTION
        return [
            CommandHandler("ask", self.command, filters=_NEW | _EDITED),
            MessageHandler(worded & (_NEW | _EDITED), self.text),
            MessageHandler(filters.ChatType.PRIVATE & _NEW & filters.COMMAND, self.unknown_command),
            MessageHandler(filters.ChatType.PRIVATE & _NEW & ~filters.TEXT & ~_SERVICE, self.anything_else),
        ]

    async def command(self, update: Update, context: Context) -> None:
        """Answer `/ask …`; without words ask back, since tapping the command in the menu sends it bare."""
        message = _message(update)
        words, visitor = without_command(message), await self._visitor(update)
        if words:
            await self._ask(update, words, visitor, about=part_quoted(message))
        elif (asked := replied_to(message)) is not None:
            # "/ask" as a reply to somebody's question asks that.
            await self._ask(update, asked.text, visitor, author=asked.author)
        elif update.edited_message is None:
            await self.ask_back(message, visitor)

    async def ask_back(self, message: Message, visitor: Visitor) -> None:
        """Ask what the person wants to know; their reply to that is the question."""
        place = Place.of(message)
        await self._services.courier.send(
            place.chat,
            Screen(plain(visitor.phrases.ask_what)),
            thread=place.thread,
            reply_to=message.message_id,
            force_reply=ForceReply(selective=True, input_field_placeholder=visitor.phrases.ask_placeholder),
        )

    async def text(self, update: Update, context: Context) -> None:
        """Answer text or a caption: always a question in private, in groups only if it is meant for the bot."""
        message = _message(update)
        if message.via_bot is not None and message.via_bot.id == self._services.bot.id:
            # A passage picked inline in this chat, which is no question.
            return
        if (message.caption or "").startswith("/"):
            await self._command_in_caption(update, context)
            return
        words = words_in(message)
        if message.chat.type != Chat.PRIVATE:
            mentioned = without_mention(message, self._services.username)
            if mentioned is None and not self._replies_to_me(message):
                return
            words = words if mentioned is None else mentioned
            if not words and update.edited_message is None:
                # The bot's name alone, as a reply to somebody's question, asks that.
                asked = replied_to(message) if not self._replies_to_me(message) else part_quoted(message)
                if asked is not None:
                    await self._ask(update, asked.text, await self._visitor(update), author=asked.author)
                else:
                    await self.ask_back(message, await self._visitor(update))
                return
        visitor = await self._visitor(update)
        if (found := only_quotation(words)) is not None:
            await self._checks.check(update, message, *found, visitor)
        elif message.forward_origin is not None and not self._asks(words, visitor):
            await self._checks.offer(message, words, visitor)
        else:
            await self._ask(update, words, visitor, about=part_quoted(message))

    def _asks(self, words: str, visitor: Visitor) -> bool:
        return asks(words, (visitor.phrases.code, *self._services.library.languages))

    async def unknown_command(self, update: Update, context: Context) -> None:
        """Reply to an unknown command in private; in groups it may be meant for another bot."""
        message, visitor = _message(update), await self._visitor(update)
        await self._services.reply(Place.of(message), visitor.phrases.unknown_command, message.message_id)

    async def anything_else(self, update: Update, context: Context) -> None:
        """Say, to a voice message, a photo or a sticker without a caption, that only text can be read."""
        message, visitor, place = await self._services.incoming(update)
        # Of an album every picture is a message, and mostly one of them has the caption.
        if message.media_group_id is None:
            await self._services.reply(place, visitor.phrases.not_text, message.message_id)

    async def _command_in_caption(self, update: Update, context: Context) -> None:
        message = _message(update)
        named = command_in_caption(message, self._services.username)
        if named == "ask":
            await self.command(update, context)
        elif named == "check":
            await self._checks.command(update, context)
        elif message.chat.type == Chat.PRIVATE and update.edited_message is None:
            await self.unknown_command(update, context)

    async def _ask(
        self, update: Update, words: str, visitor: Visitor, *, about: Quoted | None = None, author: int | None = None
    ) -> None:
        """Answer a question, or what asks for no passage.

        Parameters:
            about: the part of another message that it quotes, and so is about.
            author: who worded it, where that may be somebody else than who sent it.
        """
        message = _message(update)
        asked = Asked(
            text=words,
            place=Place.of(message),
            message=message.message_id,
            update=update.update_id,
            at=int((message.edit_date or message.date).timestamp()),
            edited=update.edited_message is not None,
            follows=await self._card_replied_to(message),
            author=author if author is not None else author_of(message),
            about=about,
        )
        if not await self._asides.taken(asked, visitor):
            await self._answering.answer(asked, visitor)

    async def _card_replied_to(self, message: Message) -> str:
        if message.reply_to_message is None or not self._replies_to_me(message):
            return ""
        stored = await self._services.state.run(cards.by_message, message.chat.id, message.reply_to_message.message_id)
        return stored.id if stored is not None and isinstance(stored.card, AnswerCard) else ""

    async def _visitor(self, update: Update) -> Visitor:
        return await self._services.visitor(sender(update), private=_message(update).chat.type == Chat.PRIVATE)

    def _replies_to_me(self, message: Message) -> bool:
        replied = message.reply_to_message
        return replied is not None and replied.from_user is not None and replied.from_user.id == self._services.bot.id


def _message(update: Update) -> Message:
    message = update.message or update.edited_message
    assert message is not None  # the filters let nothing else through
    return message

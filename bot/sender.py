"""Sending and editing of messages: as HTML, plain if Telegram refuses the markup, and never into a closed chat."""

import logging
import time
from collections.abc import Awaitable
from enum import Enum, auto
from typing import BinaryIO, Final, TypeVar

from telegram import (
    Bot,
    ForceReply,
    InlineKeyboardMarkup,
    InputFile,
    LinkPreviewOptions,
    ReplyParameters,
)
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest, ChatMigrated, Forbidden, TelegramError

from bot.messages.markup import Piece, Screen
from bot.state import people
from bot.state.connection import Connection
from bot.state.state import State
from bot.state.usage import Limit, Recent

_NO_PREVIEW: Final = LinkPreviewOptions(is_disabled=True)
# Telegram's words (Bot API errors are told apart by their text alone).
_BAD_MARKUP: Final = "can't parse entities"
_UNCHANGED: Final = "message is not modified"
_NO_QUOTE: Final = ("quote_text_invalid", "quote not found")
_QUOTE_LONGEST: Final = 1024
_NO_TOPIC: Final = ("message thread not found", "topic_deleted")
# Log lines that a chat refuses messages; a group can bring them about every second.
_LOGGED: Final = Limit(1, 3600)
# Telegram answers once it has stored a file, within so many seconds; giving up before would send it twice.
_FILE_TAKEN_WITHIN: Final = 120.0
# Refusals whose reason is the chat. The texts are TDLib's and those of "Possible errors" of messages.sendMessage
# (https://core.telegram.org/method/messages.sendMessage).
_MAY_NOT_WRITE: Final = (
    "not enough rights",
    "have no rights",
    "need administrator rights",
    "chat_admin_required",
    "chat_write_forbidden",
    "chat_guest_send_forbidden",
    "chat_restricted",
    "chat_send_",
    "topic_closed",
    "payment_required",
    "privacy_premium_required",
)
_NOBODY_THERE: Final = (
    "chat not found",
    "user not found",
    "chat_id_invalid",
    "peer_id_invalid",
    "channel_private",
    "chat was deactivated",
    "chat was deleted",
    "user is deactivated",
    "user_deactivated",
    "user_is_blocked",
)

T = TypeVar("T")

log = logging.getLogger("verbatim.bot")


class Edited(Enum):
    """Outcome of an edit."""

    DONE = auto()
    GONE = auto()


class Courier:
    """The bot's way to write into chats.

    Parameters:
        state: where it is noted that a person has blocked the bot, or a group has moved.
    """

    def __init__(self, bot: Bot, state: State) -> None:
        self._bot = bot
        self._state = state
        self._logged = Recent(_LOGGED)

    async def send(
        self,
        chat: int,
        screen: Screen,
        *,
        thread: int | None = None,
        reply_to: int | None = None,
        quote: str | None = None,
        force_reply: ForceReply | None = None,
    ) -> int | None:
        """Send a message; return its id, or None where the chat does not let the bot write.

        Parameters:
            thread: the topic's, None outside of one.
            reply_to: the message it answers; it is sent also where that has been deleted.
            quote: the part of that message that is shown above, unless it has been edited meanwhile.

        Raises:
            TelegramError: where it can be sent neither as HTML nor plain, or trouble outlasts our patience.
        """
        markup = force_reply or screen.keyboard

        async def sent(text: str, mode: str | None, topic: int | None = thread, part: str | None = quote) -> int:
            message = await self._bot.send_message(
                chat,
                text,
                parse_mode=mode,
                link_preview_options=_NO_PREVIEW,
                reply_parameters=_reply_to(reply_to, part),
                message_thread_id=topic,
                reply_markup=markup,
            )
            return message.message_id

        async def tried() -> int | None:
            html = screen.piece.html
            try:
                return await sent(html, ParseMode.HTML)
            except ChatMigrated as error:
                await self._state.run(people.migrate_group, chat, error.new_chat_id)
                return await self.send(error.new_chat_id, screen, thread=thread, force_reply=force_reply)
            except BadRequest as error:
                if _says(error, (_BAD_MARKUP,)):
                    log.warning("Telegram refused the markup", extra={"reason": str(error)})
                    return await sent(screen.piece.text, None)
                if thread is not None and _says(error, _NO_TOPIC):
                    # The topic was deleted: the group itself is still there.
                    return await sent(html, ParseMode.HTML, topic=None)
                if quote is not None and _says(error, _NO_QUOTE):
                    return await sent(html, ParseMode.HTML, part=None)
                raise

        return await self._unless_closed(chat, tried())

    async def say(
        self, chat: int, piece: Piece, *, thread: int | None = None, reply_to: int | None = None
    ) -> int | None:
        """Send a message without buttons; see `send`."""
        return await self.send(chat, Screen(piece), thread=thread, reply_to=reply_to)

    async def can_reach(self, chat: int) -> bool:
        """Show that a file is on its way; False where the chat is closed to the bot, or was never opened."""
        try:
            await self._bot.send_chat_action(chat, ChatAction.UPLOAD_DOCUMENT)
        except (Forbidden, BadRequest):
            return False
        except TelegramError as error:
            log.debug("a file is not announced", extra={"reason": str(error)})
        return True

    async def send_file(self, chat: int, file: BinaryIO, name: str, caption: str) -> bool:
        """Send a file, read as it goes; False where the chat does not let the bot write."""
        document = InputFile(file, filename=name, read_file_handle=False)
        sending = self._bot.send_document(chat, document, caption=caption, read_timeout=_FILE_TAKEN_WITHIN)
        return await self._unless_closed(chat, sending) is not None

    async def send_picture(
        self, chat: int, picture: bytes, caption: Piece, *, thread: int | None, reply_to: int
    ) -> None:
        """Send a PNG with a caption of at most 1,024 UTF-16 units."""

        async def sent(to: int, topic: int | None, answered: int | None) -> None:
            await self._bot.send_photo(
                to,
                picture,
                caption=caption.html,
                parse_mode=ParseMode.HTML,
                message_thread_id=topic,
                reply_parameters=_reply_to(answered),
            )

        async def tried() -> None:
            try:
                await sent(chat, thread, reply_to)
            except ChatMigrated as error:
                await self._state.run(people.migrate_group, chat, error.new_chat_id)
                await sent(error.new_chat_id, thread, None)

        await self._unless_closed(chat, tried())

    async def edit(self, chat: int, message: int, screen: Screen) -> Edited:
        """Change a message's content.

        Returns:
            `Edited.GONE` where it is no longer there or can no longer be edited.

        Raises:
            TelegramError: as for `send`.
        """

        async def edited(text: str, mode: str | None) -> None:
            await self._bot.edit_message_text(
                text,
                chat_id=chat,
                message_id=message,
                parse_mode=mode,
                link_preview_options=_NO_PREVIEW,
                reply_markup=screen.keyboard,
            )

        async def tried() -> Edited:
            try:
                await edited(screen.piece.html, ParseMode.HTML)
            except ChatMigrated as error:
                # The old group's messages stay where they are, and can no longer be edited.
                await self._state.run(people.migrate_group, chat, error.new_chat_id)
                return Edited.GONE
            except BadRequest as error:
                if is_of_the_chat(error):
                    raise
                if _UNCHANGED in str(error).lower():
                    return Edited.DONE
                if _BAD_MARKUP not in str(error).lower():
                    log.info("a message cannot be edited", extra={"reason": str(error)})
                    return Edited.GONE
                log.warning("Telegram refused the markup", extra={"reason": str(error)})
                await edited(screen.piece.text, None)
            return Edited.DONE

        return await self._unless_closed(chat, tried()) or Edited.GONE

    async def edit_or_send(self, chat: int, message: int, screen: Screen, *, thread: int | None = None) -> int | None:
        """Change a message's content, in a new message if it can no longer be edited.

        Returns:
            the id of the message that shows it now; None where the chat does not let the bot write.
        """
        if await self.edit(chat, message, screen) is Edited.DONE:
            return message
        return await self.send(chat, screen, thread=thread, reply_to=message)

    async def set_keyboard(self, chat: int, message: int, keyboard: InlineKeyboardMarkup | None) -> None:
        """Give a message other buttons; one that cannot be edited keeps its own."""
        try:
            await self._bot.edit_message_reply_markup(chat_id=chat, message_id=message, reply_markup=keyboard)
        except (BadRequest, ChatMigrated, Forbidden) as error:
            log.debug("buttons cannot be changed", extra={"reason": str(error)})

    def note_refusal(self, chat: int, error: TelegramError) -> None:
        """Log that a chat did not let the bot write: rarely, since anybody can have that happen all the time."""
        if not self._logged.is_over(chat, time.monotonic()):
            log.info("a chat does not let the bot write", extra={"reason": str(error)})

    async def _unless_closed(self, chat: int, sending: Awaitable[T]) -> T | None:
        try:
            return await sending
        except (BadRequest, Forbidden) as error:
            if not is_of_the_chat(error):
                raise
            self.note_refusal(chat, error)
            # A private chat has no settings that keep the bot out only for a while.
            if is_closed(error) or chat > 0:
                await self._closed(chat)
            return None

    async def _closed(self, chat: int) -> None:
        def note(db: Connection) -> None:
            if chat > 0:
                people.set_blocked(db, chat, blocked=True)
            else:
                people.leave(db, chat)

        await self._state.run(note)


def _reply_to(message: int | None, quote: str | None = None) -> ReplyParameters | None:
    if message is None:
        return None
    # Bot API, ReplyParameters: a quote has 1-1024 characters, and must be a part of the message letter for letter.
    part = quote if quote and len(quote) <= _QUOTE_LONGEST else None
    return ReplyParameters(message, allow_sending_without_reply=True, quote=part)


def is_closed(error: TelegramError) -> bool:
    """Return whether the bot is not in the chat: it was removed or blocked, or the chat never began."""
    return isinstance(error, Forbidden) and not _says(error, _MAY_NOT_WRITE)


def is_of_the_chat(error: BaseException | None) -> bool:
    """Return whether the chat, and not the message, is the reason of a refusal."""
    return isinstance(error, Forbidden) or (
        isinstance(error, BadRequest) and _says(error, (*_MAY_NOT_WRITE, *_NOBODY_THERE))
    )


def _says(error: TelegramError, words: tuple[str, ...]) -> bool:
    said = str(error).lower()
    return any(word in said for word in words)

"""What people do in Telegram's apps: they write, press, react, forward, block. Nothing here waits for the bot."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from tests.telegram.server.entities import Formatted, Json, settled
from tests.telegram.server.formatting import CAPTION_LIMIT, TEXT_LIMIT, text_of
from tests.telegram.server.keyboards import checked_inline
from tests.telegram.server.links import typed_entities
from tests.telegram.server.media import media
from tests.telegram.server.mini_apps import opened_at
from tests.telegram.server.shown import chat_json, member_json, message_json, origin_json, user_json
from tests.telegram.server.world import ADMINS, ANONYMOUS, AS_CHANNEL, PRESENT, Chat, Message, Query, User

if TYPE_CHECKING:
    from tests.telegram.server.bot_api import BotApiServer

QUERY_LIMIT: Final = 256


@dataclass(frozen=True, slots=True)
class Press:
    """A pressed button."""

    server: "BotApiServer"
    query: Query

    def answer(self, timeout: float = 10.0) -> Json | None:
        """What the bot answered the press with, or nothing if it does not in this many seconds."""
        try:
            return self.server.wait(lambda: self.query.answer, timeout)
        except TimeoutError:
            return None


@dataclass(frozen=True, slots=True)
class Inline:
    """An inline query."""

    server: "BotApiServer"
    query: Query

    def answer(self, timeout: float = 10.0) -> Json:
        """What the bot answered: `results`, `next_offset`, `cache_time`, `is_personal`, `button`.

        Raises:
            TimeoutError: if it does not in this many seconds.
        """
        answer = self.server.wait(lambda: self.query.answer, timeout)
        if answer is None:
            raise TimeoutError
        return answer


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a Telegram account. A `date` is in Unix seconds, and now unless it is given."""

    server: "BotApiServer"
    user: User

    @property
    def id(self) -> int:
        """The account's number."""
        return self.user.id

    @property
    def first_name(self) -> str:
        """What people call them."""
        return self.user.first_name

    def writes(
        self,
        chat: Chat,
        text: str,
        reply_to: Message | None = None,
        thread: int | None = None,
        entities: Sequence[Json] | None = None,
        date: float | None = None,
        quote: str | None = None,
    ) -> Message:
        """Write a message. Commands, mentions and links in it are marked unless `entities` are given.

        Args:
            reply_to: a message of the chat, or of another one.
            quote: the part of it that is quoted.
        """
        if quote is not None and (reply_to is None or quote not in reply_to.text):
            raise ValueError("people quote what a message says")
        return self._posts(chat, _typed(text, entities, TEXT_LIMIT), reply_to, thread, date=date, quote=quote)

    def writes_as(self, speaker: Chat, chat: Chat, text: str, reply_to: Message | None = None) -> Message:
        """Write in the name of a channel, or as an admin of a group in its own: bots are not told who it is."""
        if speaker is chat and chat.members.get(self.id) not in ADMINS:
            raise ValueError("only admins are anonymous")
        return self._posts(chat, _typed(text, None, TEXT_LIMIT), reply_to, sender_chat=speaker)

    def edits(self, message: Message, text: str, date: float | None = None) -> None:
        """Change the text or the caption of their own message."""
        if message.sender != self.user or message.deleted:
            raise ValueError("people edit their own messages")
        with self.server.world.lock:
            formatted = _typed(text, None, TEXT_LIMIT if message.kind == "text" else CAPTION_LIMIT)
            message.text, message.entities = formatted.text, list(formatted.entities)
            message.edit_date = int(time.time() if date is None else date)
            self.server.world.changed()
            self.server.announce("edited_message", message)

    def deletes(self, message: Message) -> None:
        """Delete a message for everybody. Bots are not told."""
        with self.server.world.lock:
            message.deleted = True
            self.server.world.changed()

    def presses(self, message: Message, label: str) -> Press:
        """Press the button with this label.

        Raises:
            LookupError: if there is none.
            ValueError: if it sends nothing to the bot.
        """
        button = message.button(label)
        if "callback_data" not in button:
            raise ValueError(f"the button {label!r} sends nothing to the bot")
        return self.presses_data(message, button["callback_data"])

    def presses_data(self, message: Message, data: str) -> Press:
        """Press a button with these data, whether or not the message has one: some apps can be made to."""
        world = self.server.world
        with world.lock:
            if message.deleted:
                raise ValueError("the message is deleted")
            query = world.ask()
            pressed: Json = {
                "id": query.id,
                "from": user_json(self.user),
                "chat_instance": str(-message.chat.id * 7919),
                "data": data,
            }
            if message.inline_id:
                pressed["inline_message_id"] = message.inline_id
            else:
                pressed["message"] = message_json(message)
            world.updates.add("callback_query", pressed)
        return Press(self.server, query)

    def opens(self, message: Message, label: str, made: float | None = None) -> str:
        """Open the Mini App of a button; return its address as the app opens it, with what it says of this person.

        Args:
            made: seconds since 1970; None for now.

        Raises:
            LookupError: if there is no such button.
            ValueError: if it opens none.
        """
        button = message.button(label)
        if "web_app" not in button:
            raise ValueError(f"the button {label!r} opens no Mini App")
        return opened_at(button["web_app"]["url"], self.server.token, user_json(self.user), made)

    def reacts(self, message: Message, *emoji: str, date: float | None = None, speaker: Chat | None = None) -> None:
        """React to a message with these emoji instead of those before; with none, take them back.

        Args:
            speaker: the chat in whose name; None as oneself.
        """
        world, chat = self.server.world, message.chat
        with world.lock:
            by = self.id if speaker is None else speaker.id
            before = message.reactions.get(by, [])
            message.reactions[by] = list(emoji)
            world.changed()
            if chat.type != "private" and chat.members.get(world.bot.id) not in ADMINS:
                return
            reaction: Json = {
                "chat": chat_json(chat),
                "message_id": message.id,
                **({"actor_chat": chat_json(speaker)} if speaker is not None else {"user": user_json(self.user)}),
                "date": int(time.time() if date is None else date),
                "old_reaction": [{"type": "emoji", "emoji": one} for one in before],
                "new_reaction": [{"type": "emoji", "emoji": one} for one in emoji],
            }
            world.updates.add("message_reaction", reaction)

    def asks_inline(self, query: str, offset: str = "", chat_type: str = "sender") -> Inline:
        """Type `@bot query` in any chat. The bot is told the first 256 characters."""
        world = self.server.world
        with world.lock:
            asked = world.ask()
            told = {
                "id": asked.id,
                "from": user_json(self.user),
                "query": query[:QUERY_LIMIT],
                "offset": offset,
                "chat_type": chat_type,
            }
            world.updates.add("inline_query", told)
        return Inline(self.server, asked)

    def calls_bot(self, chat: Chat, text: str, reply_to: Message | None = None, quote: str | None = None) -> Message:
        """Write a message that names the bot into a chat that it is no member of: it is told of that one alone.

        Source: https://core.telegram.org/api/bots/guest-mode
        """
        world = self.server.world
        with world.lock:
            named = any(entity["type"] == "mention" for entity in typed_entities(text))
            if not world.guest_mode or not named or chat.members.get(world.bot.id) in PRESENT:
                raise ValueError("the bot is no guest there")
            query = world.ask()
            fields = {"quote": quote, "guest_query_id": query.id}
            message = world.post(chat, self.user, _typed(text, None, TEXT_LIMIT), reply_to=reply_to, **fields)
            world.guest_messages[query.id] = message
            world.updates.add("guest_message", message_json(message))
            return message

    def picks(self, inline: Inline, result_id: str, chat: Chat) -> Message:
        """Send an inline result into a chat. One with a keyboard can be edited by the bot afterwards."""
        result = next(found for found in inline.answer()["results"] if found["id"] == result_id)
        content = result["input_message_content"]
        formatted = text_of(content["message_text"], content.get("parse_mode"), content.get("entities"))
        markup = checked_inline(result["reply_markup"]) if result.get("reply_markup") else None
        world = self.server.world
        with world.lock:
            sent = self._posts(chat, formatted, via_bot=world.bot, markup=markup)
            if markup:
                sent.inline_id = f"AQAAAPick{len(world.inline_messages)}"
                world.inline_messages[sent.inline_id] = sent
            return sent

    def sends(
        self,
        chat: Chat,
        kind: str,
        caption: str | None = None,
        reply_to: Message | None = None,
        thread: int | None = None,
        date: float | None = None,
    ) -> Message:
        """Send a voice, photo, sticker, poll, location, contact or video."""
        with self.server.world.lock:
            file, extra = media(self.server.world.files, kind, self.user)
            fields = {"kind": kind, "file": file, "extra": extra, "date": date}
            return self._posts(chat, _typed(caption or "", None, CAPTION_LIMIT), reply_to, thread, **fields)

    def sends_file(
        self,
        chat: Chat,
        name: str,
        content: bytes,
        caption: str | None = None,
        mime_type: str | None = None,
        size: int | None = None,
        reply_to: Message | None = None,
        thread: int | None = None,
        date: float | None = None,
    ) -> Message:
        """Send a document. `size` in bytes makes it look larger than `content` is."""
        with self.server.world.lock:
            file = self.server.world.files.add("documents", name, content, mime_type=mime_type, size=size)
            extra = file.identity() | {"file_name": name} | ({"mime_type": mime_type} if mime_type else {})
            fields = {"kind": "document", "file": file, "extra": extra, "date": date}
            return self._posts(chat, _typed(caption or "", None, CAPTION_LIMIT), reply_to, thread, **fields)

    def forwards(self, message: Message, chat: Chat, thread: int | None = None, date: float | None = None) -> Message:
        """Forward a message into a chat."""
        origin = message.forward_origin or origin_json(message)
        formatted = Formatted(message.text, tuple(message.entities))
        fields = {"kind": message.kind, "file": message.file, "extra": message.extra, "date": date}
        return self._posts(chat, formatted, None, thread, forward_origin=origin, **fields)

    def blocks(self, date: float | None = None) -> None:
        """Block the bot."""
        self._changes_bot("kicked", date)

    def unblocks(self, date: float | None = None) -> None:
        """Let the bot write again."""
        self._changes_bot("member", date)

    def _changes_bot(self, status: str, date: float | None) -> None:
        world = self.server.world
        with world.lock:
            chat = world.private(self.user)
            before = "kicked" if chat.blocked else "member"
            chat.blocked = status == "kicked"
            change = {
                "chat": chat_json(chat),
                "from": user_json(self.user),
                "date": int(time.time() if date is None else date),
                "old_chat_member": member_json(world.bot, before),
                "new_chat_member": member_json(world.bot, status),
            }
            world.updates.add("my_chat_member", change)

    def _posts(
        self,
        chat: Chat,
        formatted: Formatted,
        reply_to: Message | None = None,
        thread: int | None = None,
        **fields: Any,
    ) -> Message:
        world = self.server.world
        with world.lock:
            if chat.members.get(self.id) not in PRESENT or chat.migrated_to is not None:
                raise ValueError(f"{self.first_name} cannot write to {chat.title or chat.id}")
            if chat.blocked:
                raise ValueError(f"{self.first_name} has blocked the bot")
            if thread is None and reply_to is not None and reply_to.chat is chat:
                thread = reply_to.thread
            if thread is not None and thread not in chat.topics:
                raise ValueError(f"there is no topic {thread}")
            chat.started = True
            speaker: Chat | None = fields.get("sender_chat")
            sender = self.user if speaker is None else ANONYMOUS if speaker is chat else AS_CHANNEL
            message = world.post(chat, sender, formatted, reply_to=reply_to, thread=thread, **fields)
            self.server.announce("message", message)
            return message


def _typed(text: str, entities: Sequence[Json] | None, limit: int) -> Formatted:
    """A text as an app sends it: trimmed, with what it finds in it."""
    formatted = settled(text, entities or ())
    if formatted.length > limit:
        raise ValueError(f"apps do not send more than {limit} UTF-16 code units in one message")
    if entities is None:
        return replace(formatted, entities=tuple(typed_entities(formatted.text)))
    return formatted

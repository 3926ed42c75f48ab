"""Where a call points to: the chat, the topic, the message replied to, the message to be edited."""

import time

from tests.telegram.server.entities import Json
from tests.telegram.server.errors import BadRequest, Forbidden
from tests.telegram.server.parameters import Parameters
from tests.telegram.server.world import PRESENT, Chat, Message, World


def known_chat(world: World, parameters: Parameters) -> Chat:
    """The chat that `chat_id` names.

    Raises:
        BadRequest: if there is none, or it has become a supergroup.
    """
    if not parameters.text("chat_id"):
        raise BadRequest("chat_id is empty")
    number = parameters.integer("chat_id")
    chat = world.chats.get(number) if number is not None else None
    if chat is None and number in world.users:
        user = world.users[number]
        if user.is_bot:
            raise Forbidden("bot can't send messages to bots")
        chat = world.private(user)
    if chat is None:
        raise BadRequest("chat not found")
    if chat.migrated_to is not None:
        raise BadRequest("group chat was upgraded to a supergroup chat", {"migrate_to_chat_id": chat.migrated_to})
    return chat


def joined_chat(world: World, parameters: Parameters) -> Chat:
    """The chat, if the bot is in it.

    Raises:
        BadRequest, Forbidden
    """
    chat = known_chat(world, parameters)
    if chat.type != "private":
        status = chat.members.get(world.bot.id)
        if status == "kicked":
            raise Forbidden(f"bot was kicked from the {_kind(chat)} chat")
        if status not in PRESENT:
            raise Forbidden(f"bot is not a member of the {_kind(chat)} chat")
    return chat


def writable_chat(world: World, parameters: Parameters) -> Chat:
    """The chat, if the bot may write there.

    Raises:
        BadRequest, Forbidden
    """
    chat = joined_chat(world, parameters)
    if chat.type == "private" and not chat.started:
        raise Forbidden("bot can't initiate conversation with a user")
    if chat.blocked:
        raise Forbidden("bot was blocked by the user")
    if chat.members.get(world.bot.id) == "restricted":
        raise BadRequest("not enough rights to send text messages to the chat")
    if chat.refusal is not None:
        raise chat.refusal
    return chat


def _kind(chat: Chat) -> str:
    return chat.type


def spend(world: World, chat_id: int) -> None:
    """Count a message or an edit against the flood limits.

    Raises:
        TooManyRequests
    """
    if world.flood:
        world.flood.count(chat_id, time.monotonic())


def thread_of(chat: Chat, parameters: Parameters) -> int | None:
    """The topic that `message_thread_id` names. The General topic has no number to send to.

    Raises:
        BadRequest
    """
    thread = parameters.integer("message_thread_id")
    if not thread:
        return None
    if thread not in chat.topics:
        raise BadRequest("message thread not found")
    return thread


def replied_message(world: World, chat: Chat, parameters: Parameters) -> Message | None:
    """The message that `reply_parameters` names, or nothing if it is gone and that is allowed.

    Raises:
        BadRequest
    """
    reply: Json | None = parameters.parsed("reply_parameters", dict, "reply parameters")
    if not reply:
        return None
    number = reply.get("message_id")
    if not isinstance(number, int):
        raise BadRequest("can't parse reply parameters: Can't find field \"message_id\"")
    place = world.chats.get(reply["chat_id"]) if "chat_id" in reply else chat
    message = place.messages.get(number) if place else None
    if message is None or message.deleted:
        if reply.get("allow_sending_without_reply"):
            return None
        raise BadRequest("message to be replied not found")
    quote = reply.get("quote")
    if quote is not None and quote not in message.text:
        raise BadRequest("QUOTE_TEXT_INVALID")
    return message


def edited_message(world: World, parameters: Parameters) -> Message:
    """The message of the bot that a call edits, in a chat or sent inline.

    Raises:
        BadRequest, Forbidden
    """
    inline = parameters.text("inline_message_id")
    if inline:
        if inline not in world.inline_messages or world.inline_messages[inline].deleted:
            raise BadRequest("MESSAGE_ID_INVALID")
        spend(world, 0)
        return world.inline_messages[inline]
    number = parameters.integer("message_id")
    if not number:
        raise BadRequest("message identifier is not specified")
    chat = writable_chat(world, parameters)
    spend(world, chat.id)
    message = chat.messages.get(number)
    if message is None or message.deleted:
        raise BadRequest("message to edit not found")
    # Only messages with an inline keyboard or without markup can be edited.
    other_markup = message.markup is not None and not message.keyboard
    if message.sender != world.bot or message.fixed or other_markup:
        raise BadRequest("message can't be edited")
    return message

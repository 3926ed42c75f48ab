"""Changing and deleting messages, and reacting to them."""

import json
import time
from typing import Any, Final

from tests.telegram.server.entities import Formatted, Json
from tests.telegram.server.errors import BadRequest
from tests.telegram.server.formatting import caption_of, message_caption, message_text
from tests.telegram.server.keyboards import check_place, inline_markup
from tests.telegram.server.parameters import Parameters
from tests.telegram.server.registry import EDITING, method
from tests.telegram.server.shown import message_json
from tests.telegram.server.targets import edited_message, joined_chat, writable_chat
from tests.telegram.server.uploads import sent_file
from tests.telegram.server.world import ADMINS, Message, World

DELETABLE_FOR: Final = 48 * 3600
"""Seconds within which a message can be deleted. Source: Bot API, "deleteMessage"."""
_REACTIONS: Final = frozenset(
    """
👍 👎 ❤ 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤‍🔥
🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 👨‍💻 👀 🎃 🙈 😇 😨
🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀ 😡
""".split()
)
"""The emoji that can be reactions. Source: Bot API, "ReactionTypeEmoji"."""
_NOT_MODIFIED: Final = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current content "
    "and reply markup of the message"
)


@method("editMessageText", *EDITING, "text", "parse_mode", "entities", "link_preview_options")
def edit_message_text(world: World, parameters: Parameters) -> Json | bool:
    """Change a text and its keyboard."""
    formatted = message_text(parameters)
    markup = inline_markup(parameters)
    preview = parameters.parsed("link_preview_options", dict, "link preview options")
    message = edited_message(world, parameters)
    if message.kind != "text":
        raise BadRequest("there is no text in the message to edit")
    message.link_preview_options = preview
    return _edited(world, parameters, message, formatted, markup)


@method("editMessageCaption", *EDITING, "caption", "parse_mode", "caption_entities", "show_caption_above_media")
def edit_message_caption(world: World, parameters: Parameters) -> Json | bool:
    """Change a caption and the keyboard."""
    formatted = message_caption(parameters)
    markup = inline_markup(parameters)
    message = edited_message(world, parameters)
    if message.file is None:
        raise BadRequest("there is no caption in the message to edit")
    return _edited(world, parameters, message, formatted, markup)


@method("editMessageMedia", *EDITING, "media")
def edit_message_media(world: World, parameters: Parameters) -> Json | bool:
    """Put another photo or document, with its caption, in the place of a message's."""
    media: Json | None = parameters.parsed("media", dict, "media")
    if not media or media.get("type") not in ("photo", "document"):
        raise BadRequest("can't parse media JSON object")
    formatted = caption_of(media)
    markup = inline_markup(parameters)
    message = edited_message(world, parameters)
    kind = media["type"]
    file, shown = sent_file(world, parameters, kind, str(media.get("media", "")))
    changed = file != message.file
    message.kind, message.file, message.extra = kind, file, shown
    return _edited(world, parameters, message, formatted, markup, changed=changed)


@method("editMessageReplyMarkup", *EDITING)
def edit_message_reply_markup(world: World, parameters: Parameters) -> Json | bool:
    """Change the keyboard alone."""
    markup = inline_markup(parameters)
    message = edited_message(world, parameters)
    return _edited(world, parameters, message, Formatted(message.text, tuple(message.entities)), markup)


def _edited(
    world: World,
    parameters: Parameters,
    message: Message,
    formatted: Formatted,
    markup: Json | None,
    *,
    changed: bool = False,
) -> Json | bool:
    check_place(markup, private=message.chat.type == "private" and not parameters.text("inline_message_id"))
    before = (message.text, message.entities, _canonical(message.markup))
    if not changed and before == (formatted.text, list(formatted.entities), _canonical(markup)):
        raise BadRequest(_NOT_MODIFIED)
    message.text, message.entities, message.markup = formatted.text, list(formatted.entities), markup
    message.edit_date = int(time.time())
    world.changed()
    return True if parameters.text("inline_message_id") else message_json(message)


def _canonical(markup: Json | None) -> str:
    return json.dumps(markup, sort_keys=True)


@method("deleteMessage", "chat_id", "message_id")
def delete_message(world: World, parameters: Parameters) -> bool:
    """Delete a message: the bot's own, any in a private chat, and others' in a group if the bot is an admin."""
    chat = joined_chat(world, parameters)
    message = chat.messages.get(parameters.integer("message_id") or 0)
    if message is None or message.deleted:
        raise BadRequest("message to delete not found")
    own = message.sender == world.bot
    if not own and chat.type != "private" and chat.members.get(world.bot.id) not in ADMINS:
        raise BadRequest("message can't be deleted")
    if time.time() - message.date > DELETABLE_FOR:
        raise BadRequest("message can't be deleted for everyone")
    message.deleted = True
    world.changed()
    return True


@method("setMessageReaction", "chat_id", "message_id", "reaction", "is_big")
def set_message_reaction(world: World, parameters: Parameters) -> bool:
    """React to a message with one emoji of those there are, or take the reaction back."""
    chat = writable_chat(world, parameters)
    message = chat.messages.get(parameters.integer("message_id") or 0)
    if message is None or message.deleted:
        raise BadRequest("message to react not found")
    chosen: list[Any] = parameters.parsed("reaction", list, "reaction types") or []
    if len(chosen) > 1:
        raise BadRequest("REACTIONS_TOO_MANY")
    if any(reaction.get("type") != "emoji" or reaction.get("emoji") not in _REACTIONS for reaction in chosen):
        raise BadRequest("REACTION_INVALID")
    message.reactions[world.bot.id] = [reaction["emoji"] for reaction in chosen]
    world.changed()
    return True

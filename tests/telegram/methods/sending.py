"""Sending messages, and showing that one is on its way."""

from typing import Any, Final

from tests.telegram.entities import Formatted, Json
from tests.telegram.errors import BadRequest
from tests.telegram.formatting import message_caption, message_text
from tests.telegram.keyboards import reply_markup
from tests.telegram.parameters import Parameters
from tests.telegram.registry import SENDING, method
from tests.telegram.shown import message_json
from tests.telegram.targets import replied_message, spend, thread_of, writable_chat
from tests.telegram.uploads import sent_file
from tests.telegram.world import World

_ACTIONS: Final = frozenset(
    {
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    }
)
_CAPTION: Final = ("caption", "parse_mode", "caption_entities")


@method("sendMessage", *SENDING, "text", "parse_mode", "entities", "link_preview_options")
def send_message(world: World, parameters: Parameters) -> Json:
    """Send a text."""
    formatted = message_text(parameters)
    preview = parameters.parsed("link_preview_options", dict, "link preview options")
    return _send(world, parameters, formatted, link_preview_options=preview)


@method("sendPhoto", *SENDING, *_CAPTION, "photo", "has_spoiler", "show_caption_above_media")
def send_photo(world: World, parameters: Parameters) -> Json:
    """Send a photo."""
    return _send_file(world, parameters, "photo")


@method("sendDocument", *SENDING, *_CAPTION, "document", "thumbnail", "disable_content_type_detection")
def send_document(world: World, parameters: Parameters) -> Json:
    """Send a file of any kind."""
    return _send_file(world, parameters, "document")


@method("sendChatAction", "business_connection_id", "chat_id", "message_thread_id", "action")
def send_chat_action(world: World, parameters: Parameters) -> bool:
    """Show that the bot is doing something."""
    action = parameters.text("action")
    if action not in _ACTIONS:
        raise BadRequest("wrong parameter action in request")
    chat = writable_chat(world, parameters)
    thread_of(chat, parameters)
    world.chat_actions.append((chat.id, action))
    return True


def _send_file(world: World, parameters: Parameters, kind: str) -> Json:
    formatted = message_caption(parameters)
    writable_chat(world, parameters)
    file, shown = sent_file(world, parameters, kind, parameters.text(kind))
    return _send(world, parameters, formatted, kind=kind, extra=shown, file=file)


def _send(world: World, parameters: Parameters, formatted: Formatted, **fields: Any) -> Json:
    markup = reply_markup(parameters)
    chat = writable_chat(world, parameters)
    thread = thread_of(chat, parameters)
    replied = replied_message(world, chat, parameters)
    if thread is None and replied is not None and replied.chat is chat:
        thread = replied.thread
    spend(world, chat.id)
    message = world.post(chat, world.bot, formatted, markup=markup, thread=thread, reply_to=replied, **fields)
    return message_json(message)

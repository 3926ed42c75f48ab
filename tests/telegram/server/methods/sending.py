"""Sending messages, showing that one is on its way, and files to be downloaded."""

from typing import Any, Final

from tests.telegram.server.entities import Formatted, Json
from tests.telegram.server.errors import BadRequest
from tests.telegram.server.formatting import message_caption, message_text
from tests.telegram.server.keyboards import check_place, reply_markup
from tests.telegram.server.parameters import Parameters
from tests.telegram.server.registry import SENDING, method
from tests.telegram.server.shown import message_json
from tests.telegram.server.stored_files import DOWNLOAD_LIMIT
from tests.telegram.server.targets import replied_message, spend, thread_of, writable_chat
from tests.telegram.server.uploads import sent_file
from tests.telegram.server.world import World

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
    check_place(markup, private=chat.type == "private")
    thread = thread_of(chat, parameters)
    replied = replied_message(world, chat, parameters)
    if thread is None and replied is not None and replied.chat is chat:
        thread = replied.thread
    spend(world, chat.id)
    if replied is not None:
        fields["quote"] = (parameters.parsed("reply_parameters", dict, "reply parameters") or {}).get("quote")
    message = world.post(chat, world.bot, formatted, markup=markup, thread=thread, reply_to=replied, **fields)
    return message_json(message)


@method("getFile", "file_id")
def get_file(world: World, parameters: Parameters) -> Json:
    """Where a file can be downloaded, if it is not too large."""
    file = world.files.by_id(parameters.text("file_id"))
    if file is None:
        raise BadRequest("wrong file_id or the file is temporarily unavailable")
    if file.size > DOWNLOAD_LIMIT:
        raise BadRequest("file is too big")
    return file.identity() | {"file_path": file.path}

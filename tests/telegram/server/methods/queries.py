"""Answering presses of buttons, inline queries, and messages that call the bot into a chat as a guest.

Sources: Bot API, "answerCallbackQuery", "Inline mode", "answerGuestQuery".
"""

import re
from typing import Any, Final

from tests.telegram.server.entities import Json
from tests.telegram.server.errors import BadRequest
from tests.telegram.server.formatting import caption_of, text_of
from tests.telegram.server.keyboards import check_place, checked_inline, checked_web_app
from tests.telegram.server.parameters import Parameters
from tests.telegram.server.registry import method
from tests.telegram.server.world import World

ANSWER_LIMIT: Final = 200
RESULTS_LIMIT: Final = 50
RESULT_ID_LIMIT: Final = 64
OFFSET_LIMIT: Final = 64
_START_PARAMETER: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_RESULT_TYPES: Final = frozenset(
    {"article", "audio", "contact", "game", "document", "gif", "location", "mpeg4_gif", "photo", "venue", "video"}
    | {"voice", "sticker"}
)


@method("answerCallbackQuery", "callback_query_id", "text", "show_alert", "url", "cache_time")
def answer_callback_query(world: World, parameters: Parameters) -> bool:
    """Answer the press of a button, once and in time."""
    text = parameters.text("text")
    if len(text) > ANSWER_LIMIT:
        raise BadRequest("MESSAGE_TOO_LONG")
    url = parameters.text("url")
    if url and not url.startswith(
        (f"https://t.me/{world.bot.username}?start=", f"tg://resolve?domain={world.bot.username}")
    ):
        raise BadRequest("URL_INVALID")
    answer = {
        "callback_query_id": parameters.text("callback_query_id"),
        "text": text,
        "show_alert": parameters.flag("show_alert"),
        "url": url,
        "cache_time": parameters.integer("cache_time") or 0,
    }
    world.answer(str(answer["callback_query_id"]), answer)
    world.callback_answers.append(answer)
    return True


@method("answerInlineQuery", "inline_query_id", "results", "cache_time", "is_personal", "next_offset", "button")
def answer_inline_query(world: World, parameters: Parameters) -> bool:
    """Answer an inline query, once and in time."""
    results: list[Any] = parameters.parsed("results", list, "inline query results") or []
    if len(results) > RESULTS_LIMIT:
        raise BadRequest("RESULTS_TOO_MUCH")
    for result in results:
        _check_result(result)
    if len({result["id"] for result in results}) < len(results):
        raise BadRequest("RESULT_ID_DUPLICATE")
    if len(parameters.text("next_offset").encode()) > OFFSET_LIMIT:
        raise BadRequest("NEXT_OFFSET_INVALID")
    button: Json | None = parameters.parsed("button", dict, "inline query results button")
    if button:
        _check_button(button)
    answer = {
        "inline_query_id": parameters.text("inline_query_id"),
        "results": results,
        "cache_time": 300 if parameters.integer("cache_time") is None else parameters.integer("cache_time"),
        "is_personal": parameters.flag("is_personal"),
        "next_offset": parameters.text("next_offset"),
        "button": button,
    }
    world.answer(str(answer["inline_query_id"]), answer)
    world.inline_answers.append(answer)
    return True


@method("answerGuestQuery", "guest_query_id", "result")
def answer_guest_query(world: World, parameters: Parameters) -> Json:
    """Answer a message that called the bot into a chat, once and in time: the answer is a message of the bot there."""
    result: Json = parameters.parsed("result", dict, "inline query result") or {}
    _check_result(result)
    content = result.get("input_message_content") or {}
    formatted = text_of(content.get("message_text", ""), content.get("parse_mode"), content.get("entities"))
    markup = checked_inline(result["reply_markup"]) if result.get("reply_markup") else None
    check_place(markup, private=False)
    query = parameters.text("guest_query_id")
    world.answer(query, result)
    called = world.guest_messages[query]
    sent = world.post(called.chat, world.bot, formatted, markup=markup, reply_to=called)
    sent.inline_id = f"AQAAAGuest{query}"
    world.inline_messages[sent.inline_id] = sent
    return {"inline_message_id": sent.inline_id}


def _check_result(result: Any) -> None:
    if not isinstance(result, dict) or result.get("type") not in _RESULT_TYPES:
        raise BadRequest("can't parse inline query result: invalid inline query result type specified")
    identifier = result.get("id")
    if not isinstance(identifier, str) or not 1 <= len(identifier.encode()) <= RESULT_ID_LIMIT:
        raise BadRequest("RESULT_ID_INVALID")
    content: Json = result.get("input_message_content") or {}
    if result["type"] == "article":
        if not result.get("title"):
            raise BadRequest("ARTICLE_TITLE_EMPTY")
        if not content:
            raise BadRequest("can't parse inline query result: Can't find field \"input_message_content\"")
    if "message_text" in content:
        text_of(content["message_text"], content.get("parse_mode"), content.get("entities"))
    elif result["type"] == "article" and not content.keys() & {"latitude", "phone_number", "payload"}:
        raise BadRequest("message text is empty")
    caption_of(result)
    if result.get("reply_markup"):
        # It may be sent anywhere.
        check_place(checked_inline(result["reply_markup"]), private=False)


def _check_button(button: Json) -> None:
    if not button.get("text"):
        raise BadRequest("can't parse inline query results button: text must be non-empty")
    if "web_app" in button:
        checked_web_app(button["web_app"], "inline query results button")
        return
    if not _START_PARAMETER.fullmatch(str(button.get("start_parameter", ""))):
        raise BadRequest("START_PARAM_INVALID")

"""Reply markup: inline keyboards, reply keyboards, force reply. Source: Bot API, "InlineKeyboardMarkup" and the
types after it; that a keyboard holds 100 buttons and a row 8 is what Telegram's servers keep to."""

from typing import Any, Final

from tests.telegram.server.entities import Json
from tests.telegram.server.errors import BadRequest
from tests.telegram.server.links import checked_link
from tests.telegram.server.parameters import Parameters

BUTTONS_LIMIT: Final = 100
ROW_LIMIT: Final = 8
DATA_LIMIT: Final = 64
"""Bytes of `callback_data`."""
COPY_LIMIT: Final = 256
PLACEHOLDER_LIMIT: Final = 64
_ACTIONS: Final = frozenset(
    {
        "url",
        "callback_data",
        "web_app",
        "login_url",
        "switch_inline_query",
        "switch_inline_query_current_chat",
        "switch_inline_query_chosen_chat",
        "copy_text",
        "callback_game",
        "pay",
    }
)
_DECORATION: Final = frozenset({"text", "icon_custom_emoji_id", "style"})
_STYLES: Final = frozenset({"primary", "success", "danger"})


def reply_markup(parameters: Parameters) -> Json | None:
    """The markup of a message to be sent, of any kind.

    Raises:
        BadRequest
    """
    markup: Json | None = parameters.parsed("reply_markup", dict, "reply keyboard markup")
    if not markup:
        return None
    if "inline_keyboard" in markup:
        return checked_inline(markup)
    if "keyboard" in markup:
        _check_rows(markup["keyboard"], "keyboard")
    if "keyboard" in markup or markup.get("force_reply"):
        placeholder = markup.get("input_field_placeholder")
        if placeholder is not None and not 1 <= len(placeholder) <= PLACEHOLDER_LIMIT:
            raise BadRequest("input field placeholder must be 1 to 64 characters long")
        return markup
    return markup if markup.get("remove_keyboard") else None


def inline_markup(parameters: Parameters) -> Json | None:
    """The markup of a message to be edited, which can only be an inline keyboard.

    Raises:
        BadRequest
    """
    markup: Json | None = parameters.parsed("reply_markup", dict, "inline keyboard markup")
    if not markup:
        return None
    if "inline_keyboard" not in markup:
        raise BadRequest("inline keyboard expected")
    return checked_inline(markup)


def checked_inline(markup: Json) -> Json | None:
    """An inline keyboard as Telegram keeps it: without empty rows, and none at all if nothing is left.

    Raises:
        BadRequest
    """
    rows = [
        [_checked_button(button) for button in row]
        for row in _check_rows(markup.get("inline_keyboard"), "inline keyboard")
        if row
    ]
    return {"inline_keyboard": rows} if rows else None


def check_place(markup: Json | None, *, private: bool) -> None:
    """Refuse buttons that Telegram takes in private chats with the bot alone.

    Source: Bot API, "InlineKeyboardButton": `web_app` is "available only in private chats between a user and the bot".

    Raises:
        BadRequest
    """
    rows = (markup or {}).get("inline_keyboard", [])
    if not private and any("web_app" in button for row in rows for button in row):
        raise BadRequest("BUTTON_TYPE_INVALID")


def checked_web_app(info: Any, where: str) -> Json:
    """A `WebAppInfo` as it is kept: "an HTTPS URL of a Web App".

    Raises:
        BadRequest
    """
    url = info.get("url") if isinstance(info, dict) else None
    if not isinstance(url, str) or not url:
        raise BadRequest(f"{where} Web App URL '{url or ''}' is invalid: URL must be non-empty")
    checked = checked_link(url)
    if checked is None or not checked.startswith("https://"):
        raise BadRequest(f"{where} Web App URL '{url}' is invalid: Only HTTPS links are allowed")
    return {"url": checked}


def _check_rows(rows: Any, what: str) -> list[list[Any]]:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise BadRequest(f"can't parse {what}: expected an Array of Arrays of buttons")
    if sum(len(row) for row in rows) > BUTTONS_LIMIT or any(len(row) > ROW_LIMIT for row in rows):
        raise BadRequest("reply markup is too long")
    return rows


def _checked_button(button: Any) -> Json:
    if not isinstance(button, dict) or not isinstance(button.get("text"), str):
        raise BadRequest("can't parse inline keyboard button: Can't find field \"text\"")
    if not button["text"].strip():
        raise BadRequest("BUTTON_TEXT_INVALID")
    actions = sorted(button.keys() & _ACTIONS)
    if not actions:
        raise BadRequest("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        raise BadRequest(f"can't parse inline keyboard button: only one action is allowed, not {', '.join(actions)}")
    strange = button.keys() - _ACTIONS - _DECORATION
    if strange:
        raise BadRequest(f"can't parse inline keyboard button: unknown field {min(strange)}")
    if button.get("style", "primary") not in _STYLES:
        raise BadRequest("can't parse inline keyboard button: unsupported style")
    return dict(button) | _checked_action(actions[0], button[actions[0]])


def _checked_action(action: str, value: Any) -> Json:
    """The action as it is kept.

    Raises:
        BadRequest
    """
    match action:
        case "callback_data":
            if not isinstance(value, str) or not 1 <= len(value.encode(errors="surrogatepass")) <= DATA_LIMIT:
                raise BadRequest("BUTTON_DATA_INVALID")
        case "url":
            return {"url": _checked_url(value)}
        case "web_app":
            return {"web_app": checked_web_app(value, "inline keyboard button")}
        case "copy_text":
            copied = value.get("text") if isinstance(value, dict) else None
            if not isinstance(copied, str) or not 1 <= len(copied) <= COPY_LIMIT:
                raise BadRequest("BUTTON_COPY_TEXT_INVALID")
        case "switch_inline_query" | "switch_inline_query_current_chat":
            if not isinstance(value, str) or len(value) > COPY_LIMIT:
                raise BadRequest("BUTTON_INVALID")
    return {action: value}


def _checked_url(url: Any) -> str:
    if not isinstance(url, str) or not url:
        raise BadRequest("BUTTON_URL_INVALID")
    scheme = url.partition(":")[0].lower() if "://" in url else "http"
    if scheme not in ("http", "https", "tg"):
        raise BadRequest(f"inline keyboard button URL '{url}' is invalid: Unsupported URL protocol")
    checked = checked_link(url)
    if checked is None or checked.startswith("mailto:"):
        raise BadRequest(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
    return checked

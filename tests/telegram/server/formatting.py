"""The text of a call with its markup, checked as Telegram checks it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from tests.telegram.server.entities import Formatted, Json, settled, utf16_length
from tests.telegram.server.errors import BadRequest
from tests.telegram.server.html_parse_mode import MarkupError, parse_html
from tests.telegram.server.links import checked_link
from tests.telegram.server.parameters import Parameters

TEXT_LIMIT: Final = 4096
CAPTION_LIMIT: Final = 1024
_SENDABLE: Final = frozenset(
    {
        "bold",
        "italic",
        "underline",
        "strikethrough",
        "spoiler",
        "blockquote",
        "expandable_blockquote",
        "code",
        "pre",
        "text_link",
    }
)
# Telegram finds these by itself and ignores them when they are sent.
_FOUND: Final = frozenset(
    {"mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number", "text_mention", "custom_emoji"}
)


def message_text(parameters: Parameters) -> Formatted:
    """The `text` of a call: 1 to 4096 UTF-16 code units once its markup is read.

    Raises:
        BadRequest
    """
    entities = parameters.parsed("entities", list, "entities")
    return text_of(parameters.text("text"), parameters.text("parse_mode"), entities)


def text_of(text: str, parse_mode: str | None, entities: Sequence[Json] | None) -> Formatted:
    """A message's text, wherever it stands.

    Raises:
        BadRequest
    """
    formatted = _formatted(text, parse_mode, entities)
    if not formatted.text:
        raise BadRequest("message text is empty")
    if formatted.length > TEXT_LIMIT:
        raise BadRequest("message is too long")
    return formatted


def caption_of(source: Mapping[str, Any]) -> Formatted:
    """The caption that an object or a call carries: at most 1024 UTF-16 code units.

    Raises:
        BadRequest
    """
    formatted = _formatted(source.get("caption", ""), source.get("parse_mode"), source.get("caption_entities"))
    if formatted.length > CAPTION_LIMIT:
        raise BadRequest("message caption is too long")
    return formatted


def message_caption(parameters: Parameters) -> Formatted:
    """The `caption` of a call.

    Raises:
        BadRequest
    """
    return caption_of(
        {
            "caption": parameters.text("caption"),
            "parse_mode": parameters.text("parse_mode"),
            "caption_entities": parameters.parsed("caption_entities", list, "entities"),
        }
    )


def _formatted(text: str, parse_mode: str | None, entities: Sequence[Json] | None) -> Formatted:
    if not isinstance(text, str):
        raise BadRequest('can\'t parse field "text": expected String')
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise BadRequest("strings must be encoded in UTF-8")
    if not parse_mode:
        return settled(text, [_sent_entity(entity, text) for entity in entities or () if _counts(entity)])
    if parse_mode.lower() != "html":
        raise BadRequest("unsupported parse_mode")
    try:
        plain, found = parse_html(text)
    except MarkupError as error:
        raise BadRequest(f"can't parse entities: {error}") from error
    return settled(plain, found)


def _counts(entity: Json) -> bool:
    if not isinstance(entity, dict) or entity.get("type") not in _SENDABLE | _FOUND:
        raise BadRequest("can't parse entities: can't parse MessageEntity")
    return entity["type"] in _SENDABLE


def _sent_entity(entity: Json, text: str) -> Json:
    offset, length = entity.get("offset"), entity.get("length")
    if not isinstance(offset, int) or not isinstance(length, int) or offset < 0 or length <= 0:
        raise BadRequest("can't parse entities: can't parse MessageEntity")
    total = utf16_length(text)
    if offset + length > total:
        raise BadRequest(f"entity beginning at UTF-16 offset {offset} ends after the end of the text")
    for edge in (offset, offset + length):
        if _splits_pair(text, edge):
            raise BadRequest(f"entity begins or ends in a middle of a UTF-16 symbol at byte offset {edge}")
    kept = {"type": entity["type"], "offset": offset, "length": length}
    if entity["type"] == "text_link":
        url = checked_link(str(entity.get("url", "")))
        if url is None:
            raise BadRequest("can't parse entities: wrong HTTP URL")
        kept["url"] = url
    if entity["type"] == "pre" and entity.get("language"):
        kept["language"] = str(entity["language"])
    return kept


def _splits_pair(text: str, unit: int) -> bool:
    units = text.encode("utf-16-le")
    return 2 * unit < len(units) and 0xDC <= units[2 * unit + 1] <= 0xDF

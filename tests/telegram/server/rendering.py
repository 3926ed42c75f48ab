"""A text and its entities written as HTML again, so that tests can read what people see."""

from collections.abc import Iterable
from html import escape
from itertools import pairwise
from typing import Final

from tests.telegram.server.entities import Json, utf16_slice

_TAGS: Final = {
    "bold": ("<b>", "</b>"),
    "italic": ("<i>", "</i>"),
    "underline": ("<u>", "</u>"),
    "strikethrough": ("<s>", "</s>"),
    "spoiler": ("<tg-spoiler>", "</tg-spoiler>"),
    "code": ("<code>", "</code>"),
    "blockquote": ("<blockquote>", "</blockquote>"),
    "expandable_blockquote": ("<blockquote expandable>", "</blockquote>"),
}


def without_answer(html: str) -> str:
    """HTML without the line under the shortest answer."""
    return html.replace("<u>", "").replace("</u>", "")


def render_html(text: str, entities: Iterable[Json]) -> str:
    """The HTML that stands for the text. Entities without a tag, such as bot commands, are left plain."""
    spans = [entity for entity in entities if _tags(entity) is not None]
    bounds = {0, len(text.encode("utf-16-le")) // 2}
    for entity in spans:
        bounds |= {entity["offset"], entity["offset"] + entity["length"]}
    cuts = sorted(bounds)
    pieces: list[str] = []
    open_now: list[Json] = []
    for start, end in pairwise(cuts):
        wanted = [entity for entity in spans if entity["offset"] <= start < entity["offset"] + entity["length"]]
        while open_now and any(entity not in wanted for entity in open_now):
            pieces.append(_closing(open_now.pop()))
        for entity in wanted:
            if entity not in open_now:
                pieces.append(_opening(entity))
                open_now.append(entity)
        pieces.append(escape(utf16_slice(text, start, end - start), quote=False))
    pieces += [_closing(entity) for entity in reversed(open_now)]
    return "".join(pieces)


def _tags(entity: Json) -> tuple[str, str] | None:
    if entity["type"] == "text_link":
        return f'<a href="{escape(entity["url"])}">', "</a>"
    if entity["type"] == "pre":
        if "language" in entity:
            return f'<pre><code class="language-{escape(entity["language"])}">', "</code></pre>"
        return "<pre>", "</pre>"
    return _TAGS.get(entity["type"])


def _opening(entity: Json) -> str:
    tags = _tags(entity)
    return tags[0] if tags else ""


def _closing(entity: Json) -> str:
    tags = _tags(entity)
    return tags[1] if tags else ""

"""Formatted text: a text and its entities, whose offsets count UTF-16 code units.

What Telegram does to a text it is sent: control characters and overrides of the writing direction go, entities that
may not overlap are dropped, white space at the ends is cut off, and at most 100 entities are kept.
Source: Bot API, "Formatting options" and "MessageEntity".
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

Json = dict[str, Any]

ENTITIES_LIMIT: Final = 100
QUOTES: Final = frozenset({"blockquote", "expandable_blockquote"})
CODE: Final = frozenset({"code", "pre"})
# Parallel entities are ordered from the outermost kind to the innermost.
_OUTER_FIRST: Final = (
    "blockquote",
    "expandable_blockquote",
    "text_link",
    "text_mention",
    "bold",
    "italic",
    "underline",
    "strikethrough",
    "spoiler",
    "pre",
    "code",
)
_REMOVED: Final = re.compile(r"[\r\u2028-\u202e]")
_BLANKED: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_BLANK: Final = " \n\t"


@dataclass(frozen=True, slots=True)
class Formatted:
    """A text as Telegram keeps it, and its entities in order."""

    text: str
    entities: tuple[Json, ...] = ()

    @property
    def length(self) -> int:
        """The text's length in UTF-16 code units."""
        return utf16_length(self.text)


def utf16_length(text: str) -> int:
    """How many UTF-16 code units a text takes."""
    return len(text) + sum(1 for character in text if character > "\uffff")


def utf16_slice(text: str, offset: int, length: int) -> str:
    """The part of a text that an entity covers.

    Args:
        offset: where it starts, in UTF-16 code units.
        length: how long it is, in UTF-16 code units.
    """
    units = text.encode("utf-16-le")[2 * offset : 2 * (offset + length)]
    return units.decode("utf-16-le", errors="replace")


def settled(text: str, entities: Sequence[Mapping[str, Any]]) -> Formatted:
    """The text and entities that Telegram keeps of those it was sent."""
    text, spans = _cleaned(text, [dict(entity) for entity in entities])
    spans = _compatible(text, spans)
    text, spans = _trimmed(text, spans)
    return Formatted(text, tuple(spans[:ENTITIES_LIMIT]))


def _order(entity: Json) -> tuple[int, int, int]:
    kind = entity["type"]
    rank = _OUTER_FIRST.index(kind) if kind in _OUTER_FIRST else len(_OUTER_FIRST)
    return entity["offset"], -entity["length"], rank


def _end(entity: Json) -> int:
    return int(entity["offset"] + entity["length"])


def _cleaned(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    """Without control characters and direction overrides; entities moved accordingly."""
    text = _BLANKED.sub(" ", text)
    if not _REMOVED.search(text):
        return text, entities
    # All that goes lies in the basic plane: one code unit each.
    gone = [utf16_length(text[: match.start()]) for match in _REMOVED.finditer(text)]
    for entity in entities:
        start, end = entity["offset"], _end(entity)
        entity["offset"] = start - sum(1 for unit in gone if unit < start)
        entity["length"] = end - sum(1 for unit in gone if unit < end) - entity["offset"]
    return _REMOVED.sub("", text), [entity for entity in entities if entity["length"] > 0]


def _compatible(text: str, entities: list[Json]) -> list[Json]:
    """Without entities of white space alone and those that another one rules out."""
    kept: list[Json] = []
    for entity in sorted(entities, key=_order):
        blank = not utf16_slice(text, entity["offset"], entity["length"]).strip(_BLANK)
        if (blank and entity["type"] not in CODE) or any(_rules_out(other, entity) for other in kept):
            continue
        kept.append(entity)
    return kept


def _rules_out(outer: Json, inner: Json) -> bool:
    """Whether the entity before forbids this one: the same kind again, quotes in quotes, anything within code."""
    if inner["offset"] >= _end(outer):
        return False
    if outer["type"] in CODE and inner["type"] not in QUOTES:
        return True
    if outer["type"] in QUOTES and inner["type"] in QUOTES:
        return True
    return bool(outer["type"] == inner["type"])


def _trimmed(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    """Without white space at the ends. At the start it stays from the first entity on."""
    text = text.rstrip(_BLANK)
    total = utf16_length(text)
    for entity in entities:
        entity["length"] = min(_end(entity), total) - entity["offset"]
    entities = [entity for entity in entities if entity["length"] > 0]
    leading = len(text) - len(text.lstrip(_BLANK))
    cut = min([leading, *(entity["offset"] for entity in entities)])
    for entity in entities:
        entity["offset"] -= cut
    return text[cut:], entities

"""The entities that Telegram's apps find in what a person types: commands, mentions, links."""

import re
from typing import Final

from tests.telegram.entities import Json, utf16_length

_PATTERNS: Final = {
    "bot_command": re.compile(r"(?<![\w/@<>])/[A-Za-z0-9_]{1,64}(@[A-Za-z0-9_]{3,32})?(?![\w/])"),
    "mention": re.compile(r"(?<![\w/@])@[A-Za-z0-9_]{3,32}(?!\w)"),
    "url": re.compile(
        r"(?<![\w@.])(https?://[^\s<>\"]+[^\s<>\".,;:!?)»”]|([a-z0-9-]+\.)+(com|org|net|io|info|dev)(?![\w@.-])(/\S*)?)",
        re.IGNORECASE,
    ),
}


def typed_entities(text: str) -> list[Json]:
    """What an app marks in a text, in order, with offsets in UTF-16 code units."""
    found: list[Json] = [
        {"type": kind, "offset": utf16_length(text[: match.start()]), "length": utf16_length(match[0])}
        for kind, pattern in _PATTERNS.items()
        for match in pattern.finditer(text)
    ]
    entities: list[Json] = []
    for entity in sorted(found, key=lambda span: (span["offset"], -span["length"])):
        if not entities or entity["offset"] >= entities[-1]["offset"] + entities[-1]["length"]:
            entities.append(entity)
    return entities

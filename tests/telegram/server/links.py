"""Links, commands and mentions: the links that Telegram takes, and what its apps mark in a text that a person types."""

import re
from typing import Final
from urllib.parse import urlsplit

from tests.telegram.server.entities import Json, utf16_length

_SCHEME: Final = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*):")
_HOST: Final = re.compile(r"[^\s/?#<>\"@]+\.[^\s/?#<>\"@.]{2,}|\d{1,3}(\.\d{1,3}){3}|\[[0-9a-fA-F:]+\]")
_PATTERNS: Final = {
    "bot_command": re.compile(r"(?<![\w/@<>])/[A-Za-z0-9_]{1,64}(@[A-Za-z0-9_]{3,32})?(?![\w/])"),
    "mention": re.compile(r"(?<![\w/@])@[A-Za-z0-9_]{3,32}(?!\w)"),
    "url": re.compile(
        r"(?<![\w@.])(https?://[^\s<>\"]+[^\s<>\".,;:!?)»”]|([a-z0-9-]+\.)+(com|org|net|io|info|dev)(?![\w@.-])(/\S*)?)",
        re.IGNORECASE,
    ),
}


def checked_link(url: str) -> str | None:
    """The link as Telegram keeps it, or nothing if Telegram drops it.

    Only `http`, `https`, `tg` and `mailto` are links. A link without a scheme is taken for `http`, a host needs a dot,
    and a host alone gets a slash.
    """
    url = url.strip()
    scheme = _SCHEME.match(url)
    if scheme and scheme[1].lower() in ("tg", "mailto"):
        return url if len(url) > len(scheme[0]) else None
    if "://" not in url:
        if scheme and not re.match(r"[^/]+:\d+(/|$)", url):
            return None
        url = f"http://{url}"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or re.search(r"\s", url):
        return None
    host = (parts.hostname or "").lower()
    bracketed = f"[{host}]" if ":" in host else host
    if not _HOST.fullmatch(bracketed):
        return None
    rest = url.split("://", 1)[1][len(parts.netloc) :]
    netloc = bracketed if port is None else f"{bracketed}:{port}"
    return f"{parts.scheme.lower()}://{netloc}{rest if rest.startswith('/') else '/' + rest}"


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

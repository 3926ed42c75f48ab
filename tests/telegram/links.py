"""Which links Telegram takes, and how it writes them."""

import re
from typing import Final
from urllib.parse import urlsplit

_SCHEME: Final = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*):")
_HOST: Final = re.compile(r"[^\s/?#<>\"@]+\.[^\s/?#<>\"@.]{2,}|\d{1,3}(\.\d{1,3}){3}|\[[0-9a-fA-F:]+\]")


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

"""Redaction: no secret leaves the program in a text, however it was written there."""

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote, quote_plus

REDACTED: Final = "[redacted]"

# A bot token is the bot's id, a colon and a secret (https://core.telegram.org/bots/api#authorizing-your-bot). In a URL
# the colon may be percent-encoded, once or oftener. Possessive, so that hostile texts are read in linear time.
_TOKEN: Final = re.compile(r"(?<![0-9])[0-9]{5,}+(?::|%(?:25)*+3[Aa])[A-Za-z0-9_-]{30,}+")
# Shorter parts of a token could be words of their own.
_LEAST_PART: Final = 16
_ESCAPE: Final = re.compile(r"%[0-9A-F]{2}")


class Redactor:
    """A filter that takes secrets, and all that looks like a bot token, out of texts.

    Safe to use from several threads.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        """Know these secrets from the start.

        Raises:
            ValueError: if one of them is empty.
        """
        self._forms: tuple[str, ...] = ()
        for secret in secrets:
            self.add(secret)

    def __repr__(self) -> str:
        return "Redactor()"

    def add(self, secret: str) -> None:
        """Know one more secret.

        Raises:
            ValueError: if it is empty.
        """
        if not secret:
            raise ValueError("a secret to redact must not be empty")
        _, _, part = secret.partition(":")
        added = _spellings(secret) | (_spellings(part) if len(part) >= _LEAST_PART else set())
        self._forms = tuple({*self._forms, *added})

    def clean(self, text: str) -> str:
        """Replace every secret, and everything that looks like a bot token, by `[redacted]`.

        A secret's percent-encoded forms count as it, and so does its part behind the colon.
        """
        spans = sorted([match.span() for match in _TOKEN.finditer(text)] + self._found(text))
        if not spans:
            return text
        # Overlapping secrets are covered as one, so that nothing of either is left over.
        pieces, end = [], 0
        for start, stop in spans:
            if start >= end:
                pieces += [text[end:start], REDACTED]
            end = max(end, stop)
        return "".join([*pieces, text[end:]])

    def _found(self, text: str) -> list[tuple[int, int]]:
        spans = []
        for form in self._forms:
            start = text.find(form)
            while start >= 0:
                spans.append((start, start + len(form)))
                start = text.find(form, start + 1)
        return spans


def _spellings(secret: str) -> set[str]:
    """Return the secret as it is and as URLs spell it."""
    encoded = {quote(secret, safe=""), quote(secret), quote_plus(secret)}
    return {secret, *encoded, *(_ESCAPE.sub(lambda escape: escape[0].lower(), form) for form in encoded)}

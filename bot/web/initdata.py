"""Check of what Telegram says of a Mini App's user: `initData` (https://core.telegram.org/bots/webapps).

Telegram signs it with a key that is made of the bot's token, and puts it behind the '#' of the page's address, which no
browser sends to a server. The page's own script posts it once, as the body of a form, and gets a pass for a day in
return. A body stands in no log, no history and no `Referer`, as an address does, and no cookie is needed: in Telegram's
web clients a page is in a frame of another site, where browsers drop cookies.

InitDataError
├── ForgedInitDataError  nobody with the token made it, or it says nothing of a user
└── OldInitDataError     it was made too long ago
"""

import hmac
import json
import logging
import re
import time
from collections.abc import Callable
from typing import Final
from urllib.parse import parse_qsl

# Seconds for which it lets somebody in: it is posted as soon as the page is open. Telegram's apps give the same again
# where a page is loaded anew.
_LIFETIME: Final = 3600
# Seconds by which Telegram's clock may be ahead of this machine's.
_AHEAD: Final = 60
_LONGEST: Final = 8_192
_FIELDS: Final = 40
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_TIME: Final = re.compile(r"[0-9]{1,12}")
# Bot API, User: an id has at most 52 significant bits.
_LARGEST_ID: Final = 2**52

log = logging.getLogger("verbatim.bot.web")


class InitDataError(Exception):
    """Raised for data that lets nobody in."""


class ForgedInitDataError(InitDataError):
    """Raised for data that Telegram did not make for this bot, or that names no user."""


class OldInitDataError(InitDataError):
    """Raised for data that was made too long ago."""


class MiniAppUsers:
    """Tells who opened a Mini App of one bot.

    Parameters:
        token: the bot's; only a key that is made of it is kept.
        now: seconds since 1970.
    """

    def __init__(self, token: str, now: Callable[[], float] = time.time) -> None:
        self._key = hmac.digest(b"WebAppData", token.encode(), "sha256")
        self._now = now

    async def enter(self, written: str) -> int | None:
        """Return the id of the user that data is of; None for data that lets nobody in."""
        try:
            return self.user(written)
        except InitDataError as error:
            log.info("nobody is let in from a Mini App", extra={"reason": str(error)})
            return None

    def user(self, written: str) -> int:
        """Return the id of the user that data is of.

        Parameters:
            written: `initData` as Telegram gave it, a query string.

        Raises:
            InitDataError: if it is forged, or too old.
        """
        fields = _fields(written)
        given = fields.pop("hash", "")
        signed = "\n".join(f"{name}={value}" for name, value in sorted(fields.items()))
        right = hmac.digest(self._key, signed.encode(errors="surrogatepass"), "sha256").hex()
        if not _HASH.fullmatch(given) or not hmac.compare_digest(given, right):
            raise ForgedInitDataError("the hash does not fit")
        self._check_age(fields.get("auth_date", ""))
        return _user_id(fields.get("user", ""))

    def _check_age(self, made: str) -> None:
        if not _TIME.fullmatch(made):
            raise ForgedInitDataError("it does not say when it was made")
        age = self._now() - int(made)
        if age < -_AHEAD:
            raise ForgedInitDataError("it was made in the future")
        if age > _LIFETIME:
            raise OldInitDataError("it is too old")


def _fields(written: str) -> dict[str, str]:
    """Return the fields of a query string, each of which may stand there once."""
    if len(written) > _LONGEST:
        raise ForgedInitDataError("it is too long")
    try:
        found = parse_qsl(written, keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=_FIELDS)
    except ValueError as error:
        raise ForgedInitDataError("it is no query string") from error
    fields = dict(found)
    if len(fields) != len(found):
        raise ForgedInitDataError("a field stands there twice")
    # What is signed has a field a line, and must not be cut into other fields than Telegram's.
    if "\n" in "".join((*fields, *fields.values())):
        raise ForgedInitDataError("a field has several lines")
    return fields


def _user_id(written: str) -> int:
    try:
        user = json.loads(written)
    except (ValueError, RecursionError) as error:
        raise ForgedInitDataError("its user is no JSON") from error
    number = user.get("id") if isinstance(user, dict) else None
    if not isinstance(number, int) or isinstance(number, bool) or not 0 < number < _LARGEST_ID:
        raise ForgedInitDataError("its user has no id")
    if user.get("is_bot"):
        raise ForgedInitDataError("its user is a bot")
    return number

"""Pace of the bot's requests, and retries when Telegram or the network refuses them.

Telegram asks for about 30 messages a second overall, one a second in a chat (a short burst is let pass) and 20 a minute
in a group (Bots FAQ, "My bot is hitting limits"). Where it answers 429 all the same, only that chat waits. Trouble on
the way is waited out with growing pauses, and a message is given up after half an hour.
"""

import asyncio
import json
import logging
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Final, Protocol

from aiolimiter import AsyncLimiter
from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError
from telegram.ext import AIORateLimiter
from telegram.request import HTTPXRequest

# Methods that count as messages; questions to Telegram and acknowledgements do not.
MESSAGES: Final = frozenset(
    {
        "sendMessage",
        "sendPhoto",
        "sendDocument",
        "editMessageText",
        "editMessageReplyMarkup",
    }
)
# Seconds of trouble that are waited out. A callback or inline query that old is refused anyway, and "typing…" is stale.
# The callers of getMe and of the webhook's methods ask again themselves.
_PATIENCE: Final = {
    "sendChatAction": 0.0,
    "answerCallbackQuery": 8.0,
    "answerInlineQuery": 8.0,
    "getMe": 0.0,
    "getWebhookInfo": 0.0,
    "setWebhook": 0.0,
}
_PATIENCE_MESSAGE: Final = 1800.0
_PATIENCE_ELSE: Final = 60.0
_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 15.0
# Telegram's seconds are whole, and a retry on the dot is often a moment early.
_SLACK: Final = 0.2

_BURST: Final = 2
_IN_A_GROUP: Final = (20, 60.0)
_CHATS_REMEMBERED: Final = 1000

Call = Callable[..., Coroutine[Any, Any, "bool | dict[str, Any] | list[dict[str, Any]]"]]


class Pace(Protocol):
    """A pace that several workers keep together."""

    async def wait(self, chat: int | str) -> None:
        """Wait until a message may be sent to a chat."""

    async def hold(self, chat: int | str, seconds: float) -> None:
        """Let nobody write to a chat for so long."""


class RateLimiter(AIORateLimiter):
    """A limiter of every request of the bot but the fetching of updates.

    Parameters:
        heard: is called after every request, with its method and its error, None if there was none.
        waits: is told in the context of a request that it waits out what Telegram or the network said (True), and when
            it has its end (False).
        pace: of all workers together; None where the bot is alone.
    """

    def __init__(
        self,
        heard: Callable[[str, TelegramError | None], None] = lambda method, error: None,
        waits: Callable[[bool], Awaitable[None]] | None = None,
        pace: Pace | None = None,
    ) -> None:
        # Groups are paced here, so that `holds` knows which one somebody waits for.
        super().__init__(group_max_rate=0, max_retries=0)
        # It logs a traceback for every 429, which is waited out here.
        logging.getLogger("telegram.ext.AIORateLimiter").setLevel(logging.CRITICAL)
        self._heard = heard
        self._chats: dict[int | str, AsyncLimiter] = {}
        self._groups: dict[int | str, AsyncLimiter] = {}
        self._held: dict[int | str, float] = {}
        self._waits = waits
        self._pace = pace
        self._waiting: Counter[int | str] = Counter()
        self._freed: dict[int | str, float] = {}

    def is_waiting_for(self, chat: int | str) -> bool:
        """Return whether something waits until it may be written to a chat."""
        return self._waiting[chat] > 0

    def free_since(self, chat: int | str) -> float:
        """Return since when Telegram lets the bot write to a chat, by `time.monotonic`: now, while something waits.

        A file on its way up counts as waiting: it takes as long as the line lets it.
        """
        return time.monotonic() if self.is_waiting_for(chat) else self._freed.get(chat, 0.0)

    async def process_request(
        self,
        callback: Call,
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: int | None,
    ) -> "bool | dict[str, Any] | list[dict[str, Any]]":
        """Make one request, at its time, and again where that helps.

        Raises:
            TelegramError: where Telegram refuses it for good, or trouble outlasted our patience.
        """
        chat = data.get("chat_id") if endpoint in MESSAGES else None
        patience = _PATIENCE.get(endpoint, _PATIENCE_MESSAGE if endpoint in MESSAGES else _PATIENCE_ELSE)
        # The library paces whatever names a chat; typing and acknowledging are not to use up a group's messages.
        paced = data if chat is not None else {}
        deadline = time.monotonic() + patience
        pause, waits = _FIRST_PAUSE, False
        try:
            while True:
                if chat is not None:
                    async with self._wait_for(chat):
                        await self._wait_turn(chat)
                try:
                    async with self._wait_for(chat if endpoint == "sendDocument" else None):
                        done = await super().process_request(callback, args, kwargs, endpoint, paced, rate_limit_args)
                except TelegramError as error:
                    self._heard(endpoint, error)
                    wait = _wait_after(error, pause)
                    if wait is None or time.monotonic() + wait > deadline:
                        raise
                    flooded = isinstance(error, RetryAfter)
                else:
                    self._heard(endpoint, None)
                    return done
                if self._waits is not None and not waits:
                    waits = True
                    await self._waits(True)
                if chat is not None and flooded:
                    self._held[chat] = max(self._held.get(chat, 0.0), time.monotonic() + wait)
                    if self._pace is not None:
                        await self._pace.hold(chat, wait)
                else:
                    await asyncio.sleep(wait)
                if not flooded:
                    pause = min(pause * 2, _LONGEST_PAUSE)
        finally:
            if self._waits is not None and waits:
                await self._waits(False)

    async def _wait_turn(self, chat: int | str) -> None:
        """Wait until another message may be sent to the chat."""
        if self._pace is not None:
            await self._pace.wait(chat)
        else:
            await self._wait_alone(chat)
        while (left := self._held.get(chat, 0.0) - time.monotonic()) > 0:
            await asyncio.sleep(left)

    async def _wait_alone(self, chat: int | str) -> None:
        if chat not in self._chats:
            self._tidy()
            self._chats[chat] = AsyncLimiter(_BURST, _BURST)
        if isinstance(chat, str) or chat < 0:
            await self._groups.setdefault(chat, AsyncLimiter(*_IN_A_GROUP)).acquire()
        await self._chats[chat].acquire()

    def _tidy(self) -> None:
        """Forget the chats that have been quiet, before there are too many."""
        if len(self._chats) < _CHATS_REMEMBERED:
            return
        now = time.monotonic()
        self._held = {chat: until for chat, until in self._held.items() if until > now}
        self._chats = {chat: limiter for chat, limiter in self._chats.items() if not limiter.has_capacity(_BURST)}
        most, _ = _IN_A_GROUP
        self._groups = {chat: limiter for chat, limiter in self._groups.items() if not limiter.has_capacity(most)}
        self._freed = {chat: since for chat, since in self._freed.items() if now - since < _PATIENCE_MESSAGE}

    @asynccontextmanager
    async def _wait_for(self, chat: int | str | None) -> AsyncIterator[None]:
        """Count something as waiting for a chat meanwhile; None: for none."""
        if chat is None:
            yield
            return
        self._waiting[chat] += 1
        try:
            yield
        finally:
            self._freed[chat] = time.monotonic()
            self._waiting[chat] -= 1
            if not self._waiting[chat]:
                del self._waiting[chat]


class Requests(HTTPXRequest):
    """Requests to Telegram. A proxy's answer in its place, such as a page about a bad gateway, is a network error.

    The library logs all of such a page with a traceback, at each try.
    """

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Return the JSON object that was answered.

        Raises:
            NetworkError: where it is none.
        """
        try:
            answer = json.loads(payload.decode("utf-8", "replace"))
        except ValueError as error:
            raise NetworkError("what answered is not the Bot API") from error
        if not isinstance(answer, dict):
            raise NetworkError("what answered is not the Bot API")
        return answer


def _wait_after(error: TelegramError, pause: float) -> float | None:
    """Return the seconds after which a refused request is tried again; None where that would not help.

    Parameters:
        pause: about how long trouble on the way is waited out this time.
    """
    if isinstance(error, RetryAfter):
        wait = error.retry_after
        return _SLACK + (wait if isinstance(wait, int | float) else wait.total_seconds())
    # A refusal for good is a kind of network error to the library.
    if isinstance(error, NetworkError) and not isinstance(error, BadRequest):
        return pause * random.uniform(0.7, 1.3)
    return None

"""How fast the bot may talk, and what it does when Telegram or the network says no.

Telegram asks for about 30 messages a second overall, one a second in a chat (a short burst is let pass) and 20 a minute
in a group (Bots FAQ, "My bot is hitting limits"). Where it answers 429 all the same, only that chat waits. Trouble on
the way is waited out with growing pauses: what could not be sent for half an hour is given up.
"""

import asyncio
import logging
import random
import time
from collections.abc import Callable, Coroutine
from typing import Any, Final

from aiolimiter import AsyncLimiter
from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError
from telegram.ext import AIORateLimiter

# What counts as a message; asking and acknowledging does not.
MESSAGES: Final = frozenset(
    {
        "sendMessage",
        "sendPhoto",
        "sendDocument",
        "editMessageText",
        "editMessageReplyMarkup",
        "editMessageCaption",
        "copyMessage",
    }
)
# Seconds of trouble that are waited out. A callback or inline query that old is refused anyway, and "typing…" is stale.
# Who the bot is, and whether the webhook is known, is asked again by whoever asks.
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
_CHATS_REMEMBERED: Final = 1000

Call = Callable[..., Coroutine[Any, Any, "bool | dict[str, Any] | list[dict[str, Any]]"]]


class Pacing(AIORateLimiter):
    """Paces every request of the bot but the fetching of updates.

    Parameters:
        heard: is told of every request how it ended: its method, and 'ok' or the error.
    """

    def __init__(self, heard: Callable[[str, TelegramError | None], None] = lambda method, error: None) -> None:
        super().__init__(max_retries=0)
        # It logs a traceback for every 429, which is waited out here.
        logging.getLogger("telegram.ext.AIORateLimiter").setLevel(logging.CRITICAL)
        self._heard = heard
        self._chats: dict[int | str, AsyncLimiter] = {}
        self._held: dict[int | str, float] = {}

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
        pause = _FIRST_PAUSE
        while True:
            if chat is not None:
                await self._turn(chat)
            try:
                done = await super().process_request(callback, args, kwargs, endpoint, paced, rate_limit_args)
            except RetryAfter as error:
                self._heard(endpoint, error)
                wait = _seconds(error) + _SLACK
                if time.monotonic() + wait > deadline:
                    raise
                if chat is None:
                    await asyncio.sleep(wait)
                else:
                    self._held[chat] = max(self._held.get(chat, 0.0), time.monotonic() + wait)
            except BadRequest as error:  # a kind of NetworkError to the library, and none that passes
                self._heard(endpoint, error)
                raise
            except NetworkError as error:
                self._heard(endpoint, error)
                if time.monotonic() + pause > deadline:
                    raise
                await asyncio.sleep(pause * random.uniform(0.7, 1.3))
                pause = min(pause * 2, _LONGEST_PAUSE)
            except TelegramError as error:
                self._heard(endpoint, error)
                raise
            else:
                self._heard(endpoint, None)
                return done

    async def _turn(self, chat: int | str) -> None:
        """Wait until another message may be sent to the chat."""
        if chat not in self._chats:
            self._tidy()
            self._chats[chat] = AsyncLimiter(_BURST, _BURST)
        async with self._chats[chat]:
            pass
        while (left := self._held.get(chat, 0.0) - time.monotonic()) > 0:
            await asyncio.sleep(left)

    def _tidy(self) -> None:
        """Forget the chats that have been quiet, before there are too many."""
        if len(self._chats) < _CHATS_REMEMBERED:
            return
        now = time.monotonic()
        self._held = {chat: until for chat, until in self._held.items() if until > now}
        self._chats = {chat: limiter for chat, limiter in self._chats.items() if not limiter.has_capacity(_BURST)}


def _seconds(error: RetryAfter) -> float:
    wait = error.retry_after
    return float(wait) if isinstance(wait, int | float) else wait.total_seconds()

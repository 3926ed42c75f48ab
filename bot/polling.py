"""Fetching updates from Telegram, each kept before it is confirmed by the next fetch.

The library's own loop ends for good at a 401 or 404, which a server in trouble gives too, and would go on for ever at a
409. Here trouble is waited out, and a second fetcher is an alarm and, if it stays, the end.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Final

from telegram import Bot, Update
from telegram.error import Conflict, InvalidToken, NetworkError, RetryAfter, TelegramError, TimedOut

from bot.errors import ConflictError, StartError
from bot.health import Pulse

# What the bot handles. Telegram leaves reactions out unless they are asked for.
ALLOWED: Final = (
    Update.MESSAGE,
    Update.EDITED_MESSAGE,
    Update.CALLBACK_QUERY,
    Update.INLINE_QUERY,
    Update.MESSAGE_REACTION,
    Update.MY_CHAT_MEMBER,
)
# Seconds that Telegram may hold a fetch until there is something.
HELD: Final = 25
# A bot that is being replaced by its successor stops fetching well within this.
CONFLICT_LASTS: Final = 60.0
_REFUSED_LASTS: Final = 60.0
_FIRST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 30.0

log = logging.getLogger("verbatim.bot")


class Poller:
    """Fetches until it is cancelled.

    Parameters:
        accept: keeps updates; what it does not take is fetched again.
        conflict: is told once when somebody else turns out to fetch too.
    """

    def __init__(
        self,
        bot: Bot,
        accept: Callable[[list[Any]], Awaitable[None]],
        pulse: Pulse,
        conflict: Callable[[], Awaitable[None]],
        conflict_lasts: float = CONFLICT_LASTS,
    ) -> None:
        self._bot = bot
        self._accept = accept
        self._pulse = pulse
        self._conflict = conflict
        self._conflict_lasts = conflict_lasts
        self._offset: int | None = None
        self._trouble_since: float | None = None
        self._pause = _FIRST_PAUSE

    async def run(self) -> None:
        """Fetch and hand over, for ever.

        Raises:
            ConflictError: if somebody else goes on fetching the updates of the same token.
            StartError: if Telegram goes on refusing the token.
        """
        while True:
            try:
                updates = await self._bot.get_updates(
                    offset=self._offset,
                    timeout=timedelta(seconds=HELD),
                    allowed_updates=ALLOWED,
                    read_timeout=10,  # beyond the time that Telegram holds the fetch
                )
            except TelegramError as error:
                await self._wait_out(error)
                continue
            if self._trouble_since is not None:
                log.info("Telegram is heard again")
                self._trouble_since = None
                self._pulse.clear()
            self._pause = _FIRST_PAUSE
            self._pulse.heard()
            if updates:
                await self._accept([update.to_dict() for update in updates])
                self._offset = updates[-1].update_id + 1

    async def stop(self) -> None:
        """At the end, tell Telegram what has been kept, so that it is not sent again, if it can be reached."""
        if self._offset is not None:
            try:
                await self._bot.get_updates(
                    offset=self._offset, timeout=timedelta(0), limit=1, read_timeout=3, connect_timeout=3
                )
            except TelegramError as error:
                log.info("what was kept could not be confirmed", extra={"reason": str(error)})

    async def _wait_out(self, error: TelegramError) -> None:
        now = time.monotonic()
        first = self._trouble_since is None
        if self._trouble_since is None:
            self._trouble_since = now
        lasted = now - self._trouble_since
        if isinstance(error, RetryAfter):
            wait = error.retry_after
            await asyncio.sleep(wait.total_seconds() if isinstance(wait, timedelta) else wait)
            return
        if isinstance(error, Conflict):
            if first:
                log.error("somebody else fetches the updates of this token", extra={"reason": str(error)})
                self._pulse.alarm("somebody else fetches the updates of this token")
                await self._conflict()
            elif lasted > self._conflict_lasts:
                raise ConflictError(
                    "another process fetches this bot's updates with the same token: stop it, or get another token "
                    "from @BotFather"
                )
        elif isinstance(error, InvalidToken) and lasted > _REFUSED_LASTS:
            raise StartError(refused_token())
        elif isinstance(error, TimedOut | NetworkError | InvalidToken):
            log.warning("Telegram is not heard", extra={"reason": str(error)}) if first else log.debug(
                "Telegram is still not heard", extra={"reason": str(error)}
            )
        else:
            log.error("Telegram refuses to give updates", extra={"reason": str(error)})
        await asyncio.sleep(self._pause)
        self._pause = min(self._pause * 1.5, _LONGEST_PAUSE)


def refused_token() -> str:
    """What to do where Telegram does not know the token."""
    return (
        "Telegram does not know this token: copy it again from @BotFather (/mybots, API Token), and check "
        "VERBATIM_TELEGRAM_API_URL if you set it"
    )

"""Polling: updates fetched from Telegram, each stored before the next fetch confirms it.

The library's own loop (PTB 22.8, `Updater`) would need as much around it as this takes. It parses a batch as a whole,
so one update that it cannot parse is fetched for ever; it queues updates one by one, each of which would be a write to
the disk; it ends for good at a 401 or 404, which a server in trouble gives too, and goes on for ever at a 409. Its
webhook reads a body before it looks at the secret. Here trouble is waited out, and a second fetcher is an alarm and, if
it stays, the end.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Final

from telegram import Bot, Update
from telegram.error import Conflict, InvalidToken, NetworkError, RetryAfter, TelegramError, TimedOut
from telegram.request import BaseRequest

from bot.errors import BotError, StartError
from bot.health import Pulse

# Kinds of updates that the bot handles. Telegram leaves reactions out unless they are asked for.
ALLOWED: Final = (
    Update.MESSAGE,
    Update.EDITED_MESSAGE,
    Update.CALLBACK_QUERY,
    Update.INLINE_QUERY,
    Update.MESSAGE_REACTION,
    Update.MY_CHAT_MEMBER,
    Update.GUEST_MESSAGE,
)
# Seconds that Telegram may hold a fetch until there is something.
HELD: Final = 25
# A bot that is being replaced by its successor stops fetching well within this.
CONFLICT_LASTS: Final = 60.0
# Two that fetch in turn both succeed now and then: only after so long without a clash has the other one gone.
CONFLICT_OVER: Final = 20.0
_REFUSED_LASTS: Final = 60.0
# Telegram's words for the conflict with a webhook that was left behind (errors are told apart by their text alone).
_WEBHOOK: Final = "webhook is active"
# Seconds for an answer beyond the time that Telegram holds the fetch; and for the last one, when the bot stops.
_READ_WITHIN: Final = 10.0
_LAST_WORD: Final = 3.0
# Seconds between two fetches that bring nothing new: a server that does not hold them is not asked without pause.
_LEAST_BETWEEN: Final = 1.0
_FIRST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 30.0

log = logging.getLogger("verbatim.bot")


class Poller:
    """A source of updates that fetches until it is cancelled.

    Parameters:
        accept: stores updates; those that it does not store are fetched again.
        conflict: is called once when somebody else turns out to fetch too.
        conflict_lasts: seconds after which such a conflict is the end.
        conflict_over: seconds without a clash after which it is over.
    """

    def __init__(
        self,
        bot: Bot,
        accept: Callable[[list[Any]], Awaitable[None]],
        pulse: Pulse,
        conflict: Callable[[], Awaitable[None]],
        conflict_lasts: float = CONFLICT_LASTS,
        conflict_over: float = CONFLICT_OVER,
    ) -> None:
        self._bot = bot
        self._accept = accept
        self._pulse = pulse
        self._conflict = conflict
        self._conflict_lasts = conflict_lasts
        self._conflict_over = conflict_over
        self._offset: int | None = None
        self._silent = False
        self._refused_since: float | None = None
        self._conflict_since: float | None = None
        self._clashed = 0.0
        self._webhook_removed = False
        self._pause = _FIRST_PAUSE

    async def run(self) -> None:
        """Fetch and hand over, for ever.

        Raises:
            BotError: if somebody else goes on fetching the updates of the same token.
            StartError: if Telegram goes on refusing the token.
        """
        while True:
            began, before = time.monotonic(), self._offset
            try:
                bodies = await self._fetch(HELD)
            except TelegramError as error:
                await self._handle_error(error)
                continue
            self._note_success()
            self._pause = _FIRST_PAUSE
            self._pulse.heard()
            if bodies:
                await self._accept(bodies)
                self._offset = int(bodies[-1]["update_id"]) + 1
            if self._offset == before:
                await asyncio.sleep(_LEAST_BETWEEN - (time.monotonic() - began))

    async def stop(self) -> None:
        """Tell Telegram, if it can be reached, what has been stored, so that it is not sent again."""
        if self._offset is not None:
            try:
                await self._fetch(0, limit=1)
            except TelegramError as error:
                log.info("what was kept could not be confirmed", extra={"reason": str(error)})

    async def _fetch(self, held: int, limit: int | None = None) -> list[dict[str, Any]]:
        """Return updates as Telegram sends them: the library's own call fails for a batch with one it cannot parse.

        Parameters:
            held: seconds that Telegram may wait until there is something.
        """
        wanted = {"offset": self._offset, "timeout": held, "limit": limit, "allowed_updates": ALLOWED}
        fetched: list[dict[str, Any]] = await self._bot._post(
            "getUpdates",
            wanted,
            read_timeout=held + _READ_WITHIN if held else _LAST_WORD,
            connect_timeout=BaseRequest.DEFAULT_NONE if held else _LAST_WORD,
        )
        return fetched

    def _note_success(self) -> None:
        if self._silent:
            log.info("Telegram is heard again")
        self._silent, self._refused_since = False, None
        if self._conflict_since is not None and time.monotonic() - self._clashed >= self._conflict_over:
            log.info("nobody else fetches the updates of this token any more")
            self._conflict_since = None
            self._pulse.clear()

    async def _handle_error(self, error: TelegramError) -> None:
        if isinstance(error, RetryAfter):
            wait = error.retry_after
            await asyncio.sleep(wait.total_seconds() if isinstance(wait, timedelta) else wait)
            return
        if isinstance(error, Conflict):
            if _WEBHOOK in str(error) and not self._webhook_removed:
                await self._remove_webhook()
                return
            await self._note_conflict(error)
        elif isinstance(error, InvalidToken | TimedOut | NetworkError):
            self._refused(isinstance(error, InvalidToken))
            log.log(
                logging.DEBUG if self._silent else logging.WARNING,
                "Telegram is not heard",
                extra={"reason": str(error)},
            )
            self._silent = True
        else:
            log.error("Telegram refuses to give updates", extra={"reason": str(error)})
        await asyncio.sleep(self._pause)
        self._pause = min(self._pause * 1.5, _LONGEST_PAUSE)

    def _refused(self, token: bool) -> None:
        """Note whether it was the token that was refused: what a server in trouble says now and then does not count."""
        if not token:
            self._refused_since = None
        elif self._refused_since is None:
            self._refused_since = time.monotonic()
        elif time.monotonic() - self._refused_since > _REFUSED_LASTS:
            raise StartError(refused_token())

    async def _note_conflict(self, error: Conflict) -> None:
        self._clashed = time.monotonic()
        if self._conflict_since is None:
            self._conflict_since = self._clashed
            log.error("somebody else fetches the updates of this token", extra={"reason": str(error)})
            self._pulse.alarm("somebody else fetches the updates of this token")
            await self._conflict()
        elif self._clashed - self._conflict_since > self._conflict_lasts:
            raise BotError(
                "another process fetches this bot's updates with the same token: stop it, or get another token "
                "from @BotFather"
            )

    async def _remove_webhook(self) -> None:
        """Remove the webhook of an earlier run; if one is set again, somebody else uses the token."""
        try:
            await self._bot.delete_webhook(drop_pending_updates=False)
        except TelegramError as error:
            log.warning("the webhook is not removed", extra={"reason": str(error)})
            await asyncio.sleep(self._pause)
        else:
            self._webhook_removed = True
            log.info("a webhook that was set before is removed")


def refused_token() -> str:
    """Return what to do if Telegram does not know the token."""
    return (
        "Telegram does not know this token: copy it again from @BotFather (/mybots, API Token), and check "
        "VERBATIM_TELEGRAM_API_URL if you set it"
    )

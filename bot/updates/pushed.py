"""Updates that Telegram brings: listening for them, and seeing to it that Telegram knows where."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from telegram import Bot
from telegram.error import BadRequest, TelegramError

from bot.errors import StartError
from bot.health import Pulse
from bot.updates.inbox import Body
from bot.updates.polling import ALLOWED
from bot.updates.webhook import WebhookServer

# Often enough that the bot counts as hearing where nobody writes.
_LOOKED_AT_EVERY: Final = 30.0
_TRIED_AGAIN_AFTER: Final = 1.0

log = logging.getLogger("verbatim.bot")


@dataclass(frozen=True, slots=True)
class Webhook:
    """How Telegram reaches the bot, where it does not poll."""

    url: str
    secret: str = field(repr=False)
    listen: str
    port: int


class Pushed:
    """Takes updates until it is stopped.

    Parameters:
        accept: keeps updates; Telegram is told that they arrived when it has returned.
    """

    def __init__(
        self, bot: Bot, webhook: Webhook, accept: Callable[[list[Body]], Awaitable[None]], pulse: Pulse
    ) -> None:
        self._bot = bot
        self._webhook = webhook
        self._pulse = pulse

        async def taken(body: dict[str, Any]) -> None:
            await accept([body])
            pulse.heard()

        path = urlsplit(webhook.url).path or "/"
        self._server = WebhookServer(webhook.listen, webhook.port, path, webhook.secret, taken)

    async def run(self) -> None:
        """Listen, tell Telegram where, and see every now and then that it still knows."""
        try:
            self._server.start()
        except OSError as error:
            raise StartError(
                f"{self._webhook.listen}:{self._webhook.port} cannot be listened on ({error.strerror}): set another "
                "VERBATIM_TELEGRAM_WEBHOOK_LISTEN or VERBATIM_TELEGRAM_WEBHOOK_PORT"
            ) from error
        told = False
        while True:
            try:
                told = told and (await self._bot.get_webhook_info()).url == self._webhook.url
                if not told:
                    await self._tell()
                    told = True
                self._pulse.heard()
            except BadRequest as error:
                raise StartError(
                    f"Telegram refuses the webhook ({error}): check VERBATIM_TELEGRAM_WEBHOOK_URL and its secret"
                ) from error
            except TelegramError as error:
                log.warning("Telegram is not heard", extra={"reason": str(error)})
            await asyncio.sleep(_LOOKED_AT_EVERY if told else _TRIED_AGAIN_AFTER)

    async def _tell(self) -> None:
        await self._bot.set_webhook(
            self._webhook.url, allowed_updates=ALLOWED, secret_token=self._webhook.secret, drop_pending_updates=False
        )

    async def stop(self) -> None:
        """Listen no longer; what has been brought is kept and answered first."""
        await self._server.stop()

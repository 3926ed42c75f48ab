"""The webhook, at which Telegram delivers updates; each is answered only once it is stored.

Checks come in this order: the path (404), the method (405), the secret (403), the content type (415), the size
(413), and that the body is an update at all (400). Telegram delivers again what was not
answered with 200: https://core.telegram.org/bots/api#setwebhook
"""

import asyncio
import hmac
import json
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from telegram import Bot
from telegram.error import BadRequest, TelegramError
from tornado.web import HTTPError, stream_request_body

from bot.errors import StartError
from bot.health import Pulse
from bot.http_server import Listening, QuietHandler
from bot.state.inbox import Body
from bot.updates.polling import ALLOWED

SECRET_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"
# A sender that takes longer to bring a body is cut off.
_BODY_SECONDS: Final = 30.0
# A connection that brings nothing for so long is closed.
_IDLE_SECONDS: Final = 60.0
# Telegram opens 40 at most unless it is told otherwise (setWebhook, max_connections); strangers may knock too.
_CONNECTIONS: Final = 200
# A body over the limit is read to its end and dropped, so that its sender gets to read the refusal.
_READ_AT_MOST: Final = 1 << 40
_LARGEST_ID: Final = 2**63
# Often enough that the bot counts as ready while nobody writes.
_CHECKED_EVERY: Final = 30.0
_RETRIED_AFTER: Final = 1.0

Accept = Callable[[dict[str, Any]], Awaitable[None]]

log = logging.getLogger("verbatim.bot")


class WebhookServer(Listening):
    """The HTTP server of the webhook, in the running asyncio loop.

    Parameters:
        listen: the address to listen on.
        port: the port; 0 picks a free one.
        path: the path of the address that Telegram was given, beginning with "/".
        secret: by which Telegram proves itself, as it was given to setWebhook.
        accept: stores an update; Telegram is told that it arrived when this has returned.
        body_limit: bytes of the longest body that is read.

    Raises:
        ValueError: if the secret is empty, or the path does not begin with "/".
    """

    def __init__(
        self, listen: str, port: int, path: str, secret: str, accept: Accept, body_limit: int = 1_000_000
    ) -> None:
        if not secret:
            raise ValueError("a webhook needs a secret: without one anybody may bring updates")
        if not path.startswith("/"):
            raise ValueError(f"the webhook's path is {path!r}: it must begin with '/'")
        self.secret = secret.encode()
        self.accept = accept
        self.body_limit = body_limit
        self.closing = False
        # Deliveries in hand.
        self.in_hand = 0
        self._idle = asyncio.Condition()
        super().__init__(
            [(re.escape(path), _Delivery, {"server": self})],
            listen,
            port,
            _CONNECTIONS,
            max_body_size=_READ_AT_MOST,
            body_timeout=_BODY_SECONDS,
            idle_connection_timeout=_IDLE_SECONDS,
        )

    @asynccontextmanager
    async def delivery(self) -> AsyncIterator[None]:
        """Have `stop` wait meanwhile."""
        self.in_hand += 1
        try:
            yield
        finally:
            self.in_hand -= 1
            async with self._idle:
                self._idle.notify_all()

    async def stop(self) -> None:
        """Listen no longer; return when every update in hand is kept and answered."""
        self.closing = True
        self._server.stop()
        async with self._idle:
            await self._idle.wait_for(lambda: not self.in_hand)
        await super().stop()


@dataclass(frozen=True, slots=True)
class Webhook:
    """The address of the webhook, its secret, and where the bot listens."""

    url: str
    secret: str = field(repr=False)
    listen: str
    port: int


class WebhookReceiver:
    """A source of updates that Telegram delivers, until it is stopped.

    Parameters:
        accept: stores updates; Telegram is told that they arrived when it has returned.
        tells: tells whether it is for this bot to set the webhook: of several workers one does.
    """

    def __init__(
        self,
        bot: Bot,
        webhook: Webhook,
        accept: Callable[[list[Body]], Awaitable[None]],
        pulse: Pulse,
        tells: Callable[[], bool] = lambda: True,
    ) -> None:
        self._bot = bot
        self._webhook = webhook
        self._pulse = pulse
        self._tells = tells

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
                tells = self._tells()
                told = (told or not tells) and (await self._bot.get_webhook_info()).url == self._webhook.url
                if not told and tells:
                    await self._tell()
                    told = True
                if told:
                    self._pulse.heard()
            except BadRequest as error:
                raise StartError(
                    f"Telegram refuses the webhook ({error}): check VERBATIM_TELEGRAM_WEBHOOK_URL and its secret"
                ) from error
            except TelegramError as error:
                log.warning("Telegram is not heard", extra={"reason": str(error)})
            await asyncio.sleep(_CHECKED_EVERY if told else _RETRIED_AFTER)

    async def _tell(self) -> None:
        await self._bot.set_webhook(
            self._webhook.url, allowed_updates=ALLOWED, secret_token=self._webhook.secret, drop_pending_updates=False
        )

    async def stop(self) -> None:
        """Listen no longer; store and answer what has been delivered first."""
        await self._server.stop()


@stream_request_body
class _Delivery(QuietHandler):
    """One update, brought by a POST. The body is not read before the secret was."""

    SUPPORTED_METHODS = ("POST",)

    def initialize(self, server: WebhookServer) -> None:
        self._server = server
        self._body = bytearray()
        self._size = 0

    def prepare(self) -> None:
        given = self.request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode(), self._server.secret):
            log.info("a request without the webhook's secret was refused", extra={"from": self.request.remote_ip})
            raise HTTPError(403)
        if self.request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != "application/json":
            raise HTTPError(415)

    def data_received(self, chunk: bytes) -> None:
        self._size += len(chunk)
        if self._size <= self._server.body_limit:
            self._body += chunk

    async def post(self) -> None:
        if self._server.closing:
            raise HTTPError(503)
        if self._size > self._server.body_limit:
            raise HTTPError(413)
        update = _update(bytes(self._body))
        async with self._server.delivery():
            try:
                await self._server.accept(update)
            except Exception:
                # Telegram must hear of any error and bring the update again.
                log.exception("an update could not be kept", extra={"update_id": update["update_id"]})
                await self._answer(500)
            else:
                await self._answer(200)

    async def _answer(self, status: int) -> None:
        self.set_status(status)
        await self.finish({"ok": status == 200})


def _update(body: bytes) -> dict[str, Any]:
    """Return the update in a body.

    Raises:
        HTTPError: 400, if it is no JSON object with an integer `update_id`.
    """
    try:
        update = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise HTTPError(400) from error
    if not isinstance(update, dict):
        raise HTTPError(400)
    number = update.get("update_id")
    # True is an integer to Python; over 64 bits no table can hold it.
    if type(number) is not int or not 0 <= number < _LARGEST_ID:
        raise HTTPError(400)
    return update

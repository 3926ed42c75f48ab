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
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from telegram import Bot
from telegram.error import BadRequest, TelegramError
from tornado.httpserver import HTTPServer
from tornado.web import Application, HTTPError, stream_request_body

from bot.errors import StartError
from bot.health import Pulse
from bot.state.inbox import Body
from bot.updates.listener import Listener, NotFound, QuietHandler, log_nothing
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


@dataclass(slots=True)
class _Shared:
    """State that the requests of one server share."""

    secret: bytes
    accept: Accept
    body_limit: int
    closing: bool = False
    in_hand: int = 0
    idle: asyncio.Event = field(default_factory=asyncio.Event)


class WebhookServer:
    """The HTTP server of the webhook, in the running asyncio loop."""

    def __init__(
        self, listen: str, port: int, path: str, secret: str, accept: Accept, body_limit: int = 1_000_000
    ) -> None:
        """Prepare the server; `start` makes it listen.

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
        if not secret:
            raise ValueError("a webhook needs a secret: without one anybody may bring updates")
        if not path.startswith("/"):
            raise ValueError(f"the webhook's path is {path!r}: it must begin with '/'")
        self._shared = _Shared(secret.encode(), accept, body_limit)
        application = Application(
            [(re.escape(path), _Delivery, {"shared": self._shared})],
            default_handler_class=NotFound,
            log_function=log_nothing,
        )
        self._server = HTTPServer(
            application,
            max_body_size=_READ_AT_MOST,
            body_timeout=_BODY_SECONDS,
            idle_connection_timeout=_IDLE_SECONDS,
        )
        self._listener = Listener(self._server, listen, port, "webhook", most=_CONNECTIONS)

    @property
    def port(self) -> int:
        """Return the port it listens on.

        Raises:
            RuntimeError: before `start`.
        """
        return self._listener.port

    def start(self) -> None:
        """Listen.

        Raises:
            OSError: if the address cannot be listened on.
        """
        self._listener.open()

    async def stop(self) -> None:
        """Listen no longer; return when every update in hand is kept and answered."""
        self._shared.closing = True
        self._listener.close()
        while self._shared.in_hand:
            self._shared.idle.clear()
            await self._shared.idle.wait()
        await self._server.close_all_connections()


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

    def initialize(self, shared: _Shared) -> None:
        self._shared = shared
        self._body = bytearray()
        self._size = 0

    def prepare(self) -> None:
        given = self.request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode(), self._shared.secret):
            log.info("a request without the webhook's secret was refused", extra={"from": self.request.remote_ip})
            raise HTTPError(403)
        if self.request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != "application/json":
            raise HTTPError(415)

    def data_received(self, chunk: bytes) -> None:
        self._size += len(chunk)
        if self._size <= self._shared.body_limit:
            self._body += chunk

    async def post(self) -> None:
        shared = self._shared
        if shared.closing:
            raise HTTPError(503)
        if self._size > shared.body_limit:
            raise HTTPError(413)
        update = _update(bytes(self._body))
        shared.in_hand += 1
        try:
            await self._hand_on(update)
        finally:
            shared.in_hand -= 1
            if not shared.in_hand:
                shared.idle.set()

    async def _hand_on(self, update: dict[str, Any]) -> None:
        try:
            await self._shared.accept(update)
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

"""Health of the bot, and the loopback address where a supervisor may ask about it.

A bot that is deaf looks well from outside: its process runs and its log is quiet. So it counts as ready only while
Telegram was heard lately, an index is open, and nothing waits for long.
"""

import time
from collections.abc import Callable
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from bot.http_server import Listening, QuietHandler

# Longer than getUpdates ever waits for somebody to write. Behind a webhook, getWebhookInfo has to be asked as often.
DEAF_AFTER: Final = 90.0
# Longer than a full lane of a group takes at Telegram's pace (see updates/origin.py), and than any answer.
STALE_AFTER: Final = 300.0
_NO_INDEX: Final = "no index is open"
_LOOPBACK: Final = "127.0.0.1"
_BODY_LIMIT: Final = 1024
# A supervisor opens a connection, asks, and goes: a few at a time, and not for long.
_CONNECTIONS: Final = 32
_IDLE_SECONDS: Final = 10.0


class Pulse:
    """The bot's knowledge of its own health."""

    def __init__(
        self,
        limit: float = DEAF_AFTER,
        clock: Callable[[], float] = time.monotonic,
        waits: Callable[[], float] = lambda: 0.0,
    ) -> None:
        """Begin with nothing heard and no index open.

        Parameters:
            limit: seconds of silence after which the bot counts as deaf.
            clock: gives seconds that never go back.
            waits: seconds that the oldest update in hand has waited.
        """
        self._limit = limit
        self._clock = clock
        self._waits = waits
        self._heard: float | None = None
        self._no_index = _NO_INDEX
        self._alarm: str | None = None

    def heard(self) -> None:
        """Note that getUpdates or the webhook has just succeeded."""
        self._heard = self._clock()

    def index_open(self, is_open: bool, reason: str = "") -> None:
        """Note whether an index is open, and why not where that is known."""
        self._no_index = "" if is_open else reason or _NO_INDEX

    def alarm(self, reason: str) -> None:
        """Note that something needs a person, such as a second bot with the same token: not ready until `clear`."""
        self._alarm = reason

    def clear(self) -> None:
        """Note that the reason for the alarm is over."""
        self._alarm = None

    def reason(self) -> str | None:
        """Return why the bot is not ready, in one line; None if it is."""
        if self._alarm is not None:
            return self._alarm
        if self._heard is None:
            return "Telegram has not been heard yet"
        silence = self._clock() - self._heard
        if silence > self._limit:
            return f"Telegram has not been heard for {silence:.0f} s"
        if self._no_index:
            return self._no_index
        waited = self._waits()
        return f"an update has waited for {waited:.0f} s" if waited > STALE_AFTER else None


class HealthServer(Listening):
    """The server of `/healthz` and `/metrics` on loopback, in the running asyncio loop.

    Parameters:
        port: where to listen on 127.0.0.1; 0 picks a free one.
        registry: the metrics of `/metrics`.
    """

    def __init__(self, port: int, pulse: Pulse, registry: CollectorRegistry) -> None:
        routes = [(r"/healthz", _Health, {"pulse": pulse}), (r"/metrics", _Metrics, {"registry": registry})]
        super().__init__(
            routes,
            _LOOPBACK,
            port,
            _CONNECTIONS,
            max_body_size=_BODY_LIMIT,
            body_timeout=5,
            idle_connection_timeout=_IDLE_SECONDS,
        )


class _Readable(QuietHandler):
    """A handler that answers GET and HEAD."""

    SUPPORTED_METHODS = ("GET", "HEAD")

    def head(self) -> None:
        self.get()


class _Health(_Readable):
    def initialize(self, pulse: Pulse) -> None:
        self._pulse = pulse

    def get(self) -> None:
        reason = self._pulse.reason()
        if reason is None:
            self.finish({"ready": True})
        else:
            self.set_status(503)
            self.finish({"ready": False, "reason": reason})


class _Metrics(_Readable):
    def initialize(self, registry: CollectorRegistry) -> None:
        self._registry = registry

    def get(self) -> None:
        self.set_header("Content-Type", CONTENT_TYPE_LATEST)
        self.finish(generate_latest(self._registry))

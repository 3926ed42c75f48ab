"""The thread the server runs in, and its listening socket."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any, Final

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application

from tests.telegram.server.api import ApiHandler, ElsewhereHandler, FileHandler, Service
from tests.telegram.server.delivery import Delivery

_BODY_LIMIT: Final = 64 * 1024 * 1024
_STARTED_WITHIN: Final = 10.0


class Listener:
    """Listens on loopback, in a thread with a loop of its own.

    Args:
        service: what answers.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self.port = 0
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None

    def start(self) -> None:
        """Listen, on the same port as before if it has been started before.

        Raises:
            RuntimeError: if it does not come up.
        """
        ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(ready)), name="bot-api", daemon=True)
        self._thread.start()
        if not ready.wait(_STARTED_WITHIN):
            raise RuntimeError("the Bot API server did not start")

    def stop(self) -> None:
        """Close every connection and stop listening."""
        if self._thread and self._loop and self._stopping:
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join()
            self._thread = self._loop = None

    async def _serve(self, ready: threading.Event) -> None:
        service = self._service
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        delivery = Delivery(service.world, service.faults)

        def wake() -> None:
            service.poller.wake()
            delivery.wake()

        service.world.updates.on_change = lambda: self._on_loop(wake)
        service.faults.on_down = lambda: self._on_loop(self._drop_all)
        handlers: list[Any] = [
            (r"/bot([^/]+)/(\w+)", ApiHandler, {"service": service}),
            (r"/file/bot([^/]+)/(.+)", FileHandler, {"service": service}),
            (r".*", ElsewhereHandler),
        ]
        http = HTTPServer(Application(handlers, log_function=lambda handler: None), max_body_size=_BODY_LIMIT)
        sockets = bind_sockets(self.port, "127.0.0.1")
        self.port = sockets[0].getsockname()[1]
        http.add_sockets(sockets)
        deliveries = asyncio.create_task(delivery.run())
        ready.set()
        await self._stopping.wait()
        http.stop()
        deliveries.cancel()
        await asyncio.gather(deliveries, return_exceptions=True)
        self._drop_all()
        await http.close_all_connections()

    def _on_loop(self, function: Callable[[], None]) -> None:
        loop = self._loop
        if loop and loop.is_running():
            loop.call_soon_threadsafe(function)

    def _drop_all(self) -> None:
        for handler in list(self._service.live):
            handler.drop()

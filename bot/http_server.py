"""The base of the bot's HTTP servers, the webhook and the health check."""

import socket
from collections import deque
from typing import Any, Final

from tornado.httpserver import HTTPServer
from tornado.iostream import IOStream
from tornado.web import Application, HTTPError, RequestHandler, stream_request_body

# Of connections that wait to be accepted.
_BACKLOG: Final = 128


class QuietHandler(RequestHandler):
    """A handler whose answers do not tell what serves them."""

    def set_default_headers(self) -> None:
        self.clear_header("Server")
        self.set_header("Cache-Control", "no-store")

    def write_error(self, status_code: int, **_: object) -> None:
        if status_code == 405:
            self.set_header("Allow", ", ".join(self.SUPPORTED_METHODS))
        self.finish({"error": self._reason})


@stream_request_body
class _NotFound(QuietHandler):
    """Any other path, refused before a body could fill the memory: a streamed body is read piece by piece."""

    def prepare(self) -> None:
        raise HTTPError(404)


class _BoundedServer(HTTPServer):
    """A server of so many connections at a time that strangers cannot use up the process's file descriptors.

    One more, and the oldest is closed: it idles, or is slow on purpose.
    """

    def bound(self, most: int) -> None:
        """Set how many connections may be open at a time."""
        self._most = most
        self._streams: deque[IOStream] = deque()

    def handle_stream(self, stream: IOStream, address: tuple[Any, ...]) -> None:
        self._streams = deque(open_ for open_ in self._streams if not open_.closed())
        while len(self._streams) >= self._most:
            self._streams.popleft().close()
        self._streams.append(stream)
        super().handle_stream(stream, address)


class Listening:
    """An HTTP server in the running asyncio loop. `start` makes it listen.

    Parameters:
        routes: tornado's, of the paths that are served.
        listen: the address.
        port: 0 picks a free one.
        most: connections that are open at a time.
        limits: tornado's, of bodies and idle connections.
    """

    def __init__(self, routes: list[Any], listen: str, port: int, most: int, **limits: Any) -> None:
        # No request is logged: a supervisor asks every few seconds, and strangers knock at an internet address all day.
        application = Application(routes, default_handler_class=_NotFound, log_function=lambda handler: None)
        self._server = _BoundedServer(application, **limits)
        self._server.bound(most)
        self._listen, self._asked_port = listen, port
        self._port: int | None = None

    @property
    def port(self) -> int:
        """Return the port it listens on.

        Raises:
            RuntimeError: before `start`.
        """
        if self._port is None:
            raise RuntimeError("the server does not listen yet: call start() first")
        return self._port

    def start(self) -> None:
        """Listen.

        Raises:
            OSError: if the address cannot be listened on.
        """
        family = socket.AF_INET6 if ":" in self._listen else socket.AF_INET
        # Tornado's own function leaves a socket open where the port is taken.
        listening = socket.create_server((self._listen, self._asked_port), family=family, backlog=_BACKLOG)
        listening.setblocking(False)
        self._server.add_socket(listening)
        self._port = listening.getsockname()[1]

    async def stop(self) -> None:
        """Listen no longer and close what is open."""
        self._server.stop()
        await self._server.close_all_connections()

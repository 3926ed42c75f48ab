"""A place to listen at, with a bound on who may stand in it: shared by the webhook and the health check."""

import asyncio
import logging
import socket
from collections import deque
from typing import Final

from tornado.httpserver import HTTPServer
from tornado.iostream import IOStream
from tornado.web import HTTPError, RequestHandler, stream_request_body

# Connections accepted before anything else has its turn.
_AT_ONCE: Final = 64
# Seconds without accepting after the system gave no more file descriptors.
_PAUSE: Final = 1.0

log = logging.getLogger("verbatim.bot")


def log_nothing(handler: RequestHandler) -> None:
    """Log no request: a supervisor asks every few seconds, and strangers knock at an internet address all day."""


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
class NotFound(QuietHandler):
    """Any other path, refused before a body could fill the memory: a streamed body is read piece by piece."""

    def prepare(self) -> None:
        raise HTTPError(404)


class Listener:
    """A listening socket of an HTTP server, in the running asyncio loop.

    Tornado's own loop over a listening socket has no bound; out of file descriptors it is called again at once, for
    ever, and logs a traceback each time.

    Parameters:
        listen: the address.
        port: 0 picks a free one.
        name: of the server, for its errors.
        most: connections that are open at a time; one more, and the oldest is closed.
    """

    def __init__(self, server: HTTPServer, listen: str, port: int, name: str, most: int) -> None:
        self._server = server
        self._listen = listen
        self._asked_port = port
        self._name = name
        self._most = most
        self._socket: socket.socket | None = None
        self._port: int | None = None
        self._streams: deque[IOStream] = deque()
        self._crowded = False

    @property
    def port(self) -> int:
        """Return the port it listens on.

        Raises:
            RuntimeError: before it is open.
        """
        if self._port is None:
            raise RuntimeError(f"the {self._name} does not listen yet: call start() first")
        return self._port

    def open(self) -> None:
        """Listen.

        Raises:
            OSError: if the address cannot be listened on.
        """
        family = socket.AF_INET6 if ":" in self._listen else socket.AF_INET
        self._socket = socket.create_server((self._listen, self._asked_port), family=family, backlog=128)
        self._socket.setblocking(False)
        self._port = self._socket.getsockname()[1]
        self._watch()

    def close(self) -> None:
        """Listen no longer. Connections stay as they are."""
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            self._socket = None

    def _watch(self) -> None:
        if self._socket is not None:
            asyncio.get_running_loop().add_reader(self._socket, self._accept)

    def _accept(self) -> None:
        assert self._socket is not None
        for _ in range(_AT_ONCE):
            try:
                connection, address = self._socket.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return
            except OSError as error:
                self._pause(self._socket, error)
                return
            self._crowded = False
            self._make_room()
            stream = IOStream(connection)
            self._streams.append(stream)
            self._server.handle_stream(stream, address)

    def _pause(self, listening: socket.socket, error: OSError) -> None:
        """Pause, since nothing can be accepted for now; log that once."""
        if not self._crowded:
            self._crowded = True
            log.warning(f"the {self._name} cannot take connections in", extra={"reason": str(error)})
        asyncio.get_running_loop().remove_reader(listening)
        asyncio.get_running_loop().call_later(_PAUSE, self._watch)

    def _make_room(self) -> None:
        if len(self._streams) >= self._most:
            self._streams = deque(stream for stream in self._streams if not stream.closed())
        # The oldest connection goes: it idles, or is slow on purpose.
        while len(self._streams) >= self._most:
            self._streams.popleft().close()

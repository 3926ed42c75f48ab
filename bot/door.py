"""A place to listen at: shared by the webhook and the health check."""

import socket

from tornado.httpserver import HTTPServer


class Door:
    """Where an HTTP server listens, in the running asyncio loop.

    Parameters:
        listen: the address.
        port: 0 picks a free one.
        name: of the server, for its errors.
    """

    def __init__(self, server: HTTPServer, listen: str, port: int, name: str) -> None:
        self._server = server
        self._listen = listen
        self._asked_port = port
        self._name = name
        self._port: int | None = None

    @property
    def port(self) -> int:
        """The port it listens on.

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
        door = socket.create_server((self._listen, self._asked_port), family=family)
        door.setblocking(False)
        self._server.add_socket(door)
        self._port = door.getsockname()[1]

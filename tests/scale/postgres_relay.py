"""A relay between the bot and its database that breaks connections off where a test wants it."""

import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

_CHUNK: Final = 65_536


class Relay:
    """A port of loopback that leads to another one; connections end with the context.

    Attributes:
        broken: how many connections it has broken off.
    """

    def __init__(self, port: int) -> None:
        self._to = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self._at = b""
        self._arrives = False
        self._open: list[socket.socket] = []
        self.broken = 0

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listening.close()
        for one in self._open:
            _close(one)

    def through(self, address: str) -> str:
        """Return an address of the server as one that leads through the relay."""
        return address.replace(f":{self._to}/", f":{self.port}/")

    def break_off_at(self, words: bytes, *, arrives: bool) -> None:
        """Break a connection off, once, where the client sends these words.

        Parameters:
            arrives: whether the server still gets them, and only its answer is lost.
        """
        self._at, self._arrives = words, arrives

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = socket.create_connection(("127.0.0.1", self._to))
                self._open += [client, server]
                threading.Thread(target=self._pass_on, args=(client, server, True), daemon=True).start()
                threading.Thread(target=self._pass_on, args=(server, client, False), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket, asks: bool) -> None:
        with suppress(OSError):
            while sent := source.recv(_CHUNK):
                if asks and self._at and self._at in sent:
                    self._at = b""
                    self.broken += 1
                    _close(source)
                    if self._arrives:
                        # The server does it, answers nobody, and finds that nothing more comes.
                        target.sendall(sent)
                        target.shutdown(socket.SHUT_WR)
                        return
                    break
                target.sendall(sent)
        _close(target)


def _close(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()

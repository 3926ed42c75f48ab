"""A client that writes and reads lines, so that it can be as rude as it likes."""

import json
import os
import selectors
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from tests.forked import Forked
from tests.retrieval.conftest import environment

_PATIENCE: Final = 60.0
VERSION: Final = "2025-06-18"


class RawClient:
    """`python -m retrieval mcp` as a process, with both ends of its standard streams.

    Parameters:
        data: the folder with the index.
        log: the file that takes its standard error.
    """

    def __init__(self, data: Path, log: Path) -> None:
        given, self._write = os.pipe()
        self._read, told = os.pipe()
        self._held = b""
        self._number = 0
        self.log = log
        with log.open("wb") as errors:
            arguments = ["retrieval", "--data", str(data), "mcp"]
            self.process = Forked(arguments, cwd=log.parent, env=environment(), stdin=given, stdout=told, stderr=errors)
        os.close(given)
        os.close(told)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.wait()
        self.hang_up()
        self.stop_reading()

    def write(self, line: bytes) -> None:
        """Write bytes as they are."""
        while line:
            line = line[os.write(self._write, line) :]

    def send(self, message: object) -> None:
        """Write a message as a line."""
        self.write(json.dumps(message).encode() + b"\n")

    def hang_up(self) -> None:
        """Close the input of the server."""
        if self._write >= 0:
            os.close(self._write)
        self._write = -1

    def stop_reading(self) -> None:
        """Close the output of the server."""
        if self._read >= 0:
            os.close(self._read)
        self._read = -1

    def line(self) -> bytes:
        """Return the next line that the server writes, b'' at the end."""
        end = time.monotonic() + _PATIENCE
        with selectors.DefaultSelector() as ready:
            ready.register(self._read, selectors.EVENT_READ)
            while b"\n" not in self._held:
                if not ready.select(end - time.monotonic()):
                    raise TimeoutError(self.log.read_text())
                chunk = os.read(self._read, 1 << 16)
                if not chunk:
                    return self._held
                self._held += chunk
        line, _, self._held = self._held.partition(b"\n")
        return line

    def receive(self) -> dict[str, Any]:
        """Return the next message of the server."""
        message: dict[str, Any] = json.loads(self.line())
        return message

    def request(self, method: str, **parameters: object) -> int:
        """Send a request, and return its id."""
        self._number += 1
        self.send({"jsonrpc": "2.0", "id": self._number, "method": method, "params": parameters})
        return self._number

    def begin(self) -> None:
        """Open the session."""
        client = {"name": "tests", "version": "1"}
        number = self.request("initialize", protocolVersion=VERSION, capabilities={}, clientInfo=client)
        assert self.receive()["id"] == number
        self.send({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def call(self, tool: str, **arguments: object) -> dict[str, Any]:
        """Call a tool, and return its result."""
        number = self.request("tools/call", name=tool, arguments=arguments)
        reply = self.receive()
        assert reply["id"] == number
        result: dict[str, Any] = reply["result"]
        return result

    def refused(self, tool: str, **arguments: object) -> str:
        """Call a tool that cannot do it, and return the one line that says why."""
        result = self.call(tool, **arguments)
        assert result["isError"]
        (content,) = result["content"]
        text: str = content["text"]
        assert text == " ".join(text.split())
        assert len(text) < 300
        return text

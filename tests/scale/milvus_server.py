"""A Milvus server for tests: milvus-lite's, on loopback, which ends with its context."""

import importlib.util
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self

_STARTS_WITHIN: Final = 60.0
_STOPS_WITHIN: Final = 10.0


def missing() -> str:
    """Return why there is no server here; '' where there is one."""
    for module in ("pymilvus", "milvus_lite"):
        if importlib.util.find_spec(module) is None:
            return f"{module} is not installed: `make test-scale` installs what tests of servers need"
    return ""


def free_port() -> int:
    """Return a port of loopback that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


class MilvusServer:
    """A server in a process of its own.

    Parameters:
        folder: for its data, which another server may go on with later.
        largest_file: bytes that it can write into one file, as on a disk that is full; None for any number.
    """

    def __init__(self, folder: Path, port: int | None = None, largest_file: int | None = None) -> None:
        self._folder = folder
        self._limit = [] if largest_file is None else ["prlimit", f"--fsize={largest_file}"]
        self.port = port or free_port()

    @property
    def address(self) -> str:
        """Return the address as VERBATIM_INDEX takes it."""
        return f"milvus://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        command = [*self._limit, sys.executable, "-m", "milvus_lite", "server", "--data-dir", str(self._folder)]
        self._process = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(self.port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": str(self._folder.parent)},
        )
        until = time.monotonic() + _STARTS_WITHIN
        while time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                assert self._process.poll() is None, "the server ended before it listened"
                time.sleep(0.1)
            else:
                return self
        raise AssertionError(f"the server does not listen after {_STARTS_WITHIN:g} s")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def kill(self) -> None:
        """End the server as a power cut would."""
        self._process.kill()
        self._process.wait(_STOPS_WITHIN)

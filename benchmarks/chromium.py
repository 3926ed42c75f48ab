"""A headless Chromium, driven through a pipe by the DevTools protocol (https://chromedevtools.github.io/devtools-protocol/)."""

import json
import os
import shutil
import subprocess
import tempfile
from types import TracebackType
from typing import Any, Final, Self

_FROM_US, _TO_US = 3, 4
_SECONDS_TO_END: Final = 10


def program() -> str | None:
    """Return the path of the browser; None where there is none."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class Chromium:
    """One page of a browser, as a context manager.

    Raises:
        RuntimeError: if the browser refuses a command, or ends.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._count = 0
        self._session: str | None = None

    def __enter__(self) -> Self:
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        theirs, ours = os.pipe()
        back, out = os.pipe()
        # A shell puts the pipes where the browser looks for them, whatever numbers they have here.
        arguments = [
            self._path, "--headless=new", "--disable-gpu", "--remote-debugging-pipe", "--window-size=800,600",
            "--no-first-run", "--disable-background-networking", f"--user-data-dir={self._profile.name}", "about:blank",
        ]  # fmt: skip
        if os.geteuid() == 0:
            arguments.insert(1, "--no-sandbox")
        shell = f'exec "$@" {_FROM_US}<&{theirs} {_TO_US}>&{out}'
        self._process = subprocess.Popen(
            ["bash", "-c", shell, "bash", *arguments],
            pass_fds=(theirs, out),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs)
        os.close(out)
        self._writer, self._reader = os.fdopen(ours, "wb", 0), os.fdopen(back, "rb")
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()
        self._process.terminate()
        try:
            self._process.wait(_SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.close()
        self._profile.cleanup()

    def call(self, method: str, **parameters: object) -> dict[str, Any]:
        """Return the browser's answer to a command."""
        self._count += 1
        message = {"id": self._count, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        self._writer.write(json.dumps(message).encode() + b"\0")
        while True:
            answer = self._received()
            if answer.get("id") == self._count:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                result: dict[str, Any] = answer["result"]
                return result

    def value(self, expression: str) -> Any:
        """Return what JavaScript makes of an expression, which may be a promise."""
        found = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in found:
            raise RuntimeError(str(found["exceptionDetails"]))
        return found["result"].get("value")

    def _received(self) -> dict[str, Any]:
        message = bytearray()
        while (byte := self._reader.read(1)) != b"\0":
            if not byte:
                raise RuntimeError("the browser has ended")
            message += byte
        found: dict[str, Any] = json.loads(message)
        return found

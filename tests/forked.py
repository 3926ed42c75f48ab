"""The programs in processes of their own, forked from one that has imported everything already.

Importing what a program needs takes a second of a processor, and the tests start hundreds of them. `Forked` and `run`
stand in for `subprocess.Popen` and `subprocess.run`: the process has a folder, an environment, arguments and standard
streams of its own and ends as Python does, with what it has to write flushed. What Python reads before its first line
(`PYTHONIOENCODING`, `-W`, `sitecustomize`) is of no effect: a test of that starts Python itself.
"""

import atexit
import fcntl
import functools
import gc
import importlib
import json
import os
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import termios
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, Final

from index.sandbox import limits

ROOT: Final = Path(__file__).resolve().parents[1]
# What the programs import at their start or at their first question, file or answer.
_IMPORTED: Final = (
    "bot.__main__",
    "bot.app",
    "bot.updates.webhook",
    "index.__main__",
    "index.encoder.encoder",
    "index.engines.bm25",
    "index.engines.dense",
    "ir_measures",
    "matplotlib.figure",
    "retrieval.__main__",
    "retrieval.evaluation.evaluate",
    "retrieval.evaluation.folder",
    "retrieval.retriever",
    "retrieval.cli.tables",
    "retrieval.cli.repl",
    "retrieval.mcp.server",
)
_WORKER: Final = "index.sandbox.worker"
_SENTENCE: Final = "The first ferry left for the islands at noon with forty passengers on board."
_LARGEST_REQUEST: Final = 1 << 20


def environment(**more: str) -> dict[str, str]:
    """The environment of a person without settings of their own, in which the programs are found.

    Streams are buffered as everywhere: unbuffered ones hide output that fails only when a program ends.
    """
    ours = ("VERBATIM_", "PYTHONUNBUFFERED")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**kept, "PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1", **more}


# In the process that is forked from.


def serve(requests: socket.socket, modules: Sequence[str] = _IMPORTED) -> list[str]:
    """Fork a process, which has these modules, for every request until there are no more.

    Returns:
        In a process that was forked: its arguments. The one that is forked from does not return.
    """
    for module in modules:
        importlib.import_module(module)
        if module.endswith(".__main__"):
            # It is to be run as the program, and what it imports is there all the same.
            del sys.modules[module]
    if _WORKER in modules:
        from index.parsers import read

        # What a parser imports at its first file, and the model that detects languages.
        for path, content in (("a.txt", _SENTENCE), ("a.md", _SENTENCE), ("a.jsonl", json.dumps({"text": _SENTENCE}))):
            read(path, content.encode())
        del sys.modules[_WORKER]
    # A collection would write to every page of what is shared, and so take a copy of it: that is .3 s a process.
    gc.collect()
    gc.freeze()
    ends = selectors.DefaultSelector()
    ends.register(requests, selectors.EVENT_READ)
    while True:
        for key, _ in ends.select():
            if key.fileobj is not requests:
                ends.unregister(key.fd)
                _report_end(*key.data, handle=key.fd)
                continue
            request, streams, _, _ = socket.recv_fds(requests, _LARGEST_REQUEST, 4)
            if not request:
                os._exit(0)
            process = os.fork()
            if not process:
                # Finalized later, they would close whatever has their numbers by then.
                ends.close()
                requests.close()
                return _settled(json.loads(request), streams)
            *standard, report = streams
            for stream in standard:
                os.close(stream)
            with suppress(BrokenPipeError):
                os.write(report, b"%d\n" % process)
            ends.register(os.pidfd_open(process), selectors.EVENT_READ, (process, report))


def _report_end(process: int, report: int, *, handle: int) -> None:
    os.close(handle)
    _, status = os.waitpid(process, 0)
    with suppress(BrokenPipeError):
        os.write(report, b"%d\n" % os.waitstatus_to_exitcode(status))
    os.close(report)


def _settled(request: dict[str, Any], streams: list[int]) -> list[str]:
    """Give this process what was asked for, take away what it would not have had, and return its arguments."""
    for standard, stream in enumerate(streams[:3]):
        os.dup2(stream, standard)
    os.closerange(3, max(int(entry.name) for entry in Path("/proc/self/fd").iterdir()) + 1)
    if request["terminal"]:
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    # As Python makes them at its start; those of before believe that they can seek.
    for stream, name in enumerate(("stdin", "stdout", "stderr")):
        before = getattr(sys, name)
        how: dict[str, Any] = {"encoding": before.encoding, "errors": before.errors, "closefd": False}
        anew = open(stream, "w" if stream else "r", buffering=1 if name == "stderr" else -1, **how)  # noqa: PTH123, SIM115
        setattr(sys, name, anew)
        setattr(sys, f"__{name}__", anew)
    # Another program that was started in the background may ignore Ctrl-C, and so would this one.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    arguments: list[str] = request["arguments"]
    return arguments


# In the process that asks for one.


class Forked:
    """`python -m MODULE …` as a process, with the methods of `subprocess.Popen` that the tests need.

    Args:
        arguments: the module's name and its arguments.
        stdin, stdout, stderr: files that are open.
        terminal: whether standard input is the terminal that controls it.
        modules: those that are imported already.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        stdin: BinaryIO | int,
        stdout: BinaryIO | int,
        stderr: BinaryIO | int,
        terminal: bool = False,
        modules: tuple[str, ...] = _IMPORTED,
    ) -> None:
        self.args = list(arguments)
        self.returncode: int | None = None
        reports, report = os.pipe()
        request = {"arguments": self.args, "cwd": str(cwd), "env": dict(env), "terminal": terminal}
        try:
            streams = [one if isinstance(one, int) else one.fileno() for one in (stdin, stdout, stderr)]
            socket.send_fds(_server(modules), [json.dumps(request).encode()], [*streams, report])
        finally:
            os.close(report)
        self._reports = os.fdopen(reports, "rb", buffering=0)
        self.pid = int(self._reports.readline())

    def poll(self) -> int | None:
        """Return its exit status, negative for the signal that ended it, or None while it runs."""
        with suppress(subprocess.TimeoutExpired):
            return self.wait(0)
        return None

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended.

        Raises:
            subprocess.TimeoutExpired: where it has not within so many seconds.
        """
        if self.returncode is None:
            with selectors.DefaultSelector() as ends:
                ends.register(self._reports, selectors.EVENT_READ)
                if not ends.select(timeout):
                    raise subprocess.TimeoutExpired(self.args, timeout or 0)
            self.returncode = int(self._reports.readline())
            self._reports.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            # It may end between the two, and the server has reaped it before it reports so.
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """Send SIGKILL."""
        self.send_signal(signal.SIGKILL)


class ForkedWorker(Forked):
    """The process that parses files for a build, as `index.sandbox.read_ahead` would start it."""

    def __init__(self, memory: int) -> None:
        (given, asked), (answered, told) = os.pipe(), os.pipe()
        nowhere = os.open(os.devnull, os.O_RDWR)
        try:
            super().__init__(
                [_WORKER, str(memory)],
                cwd=ROOT,
                env=limits.environment(TOKENIZERS_PARALLELISM="false"),
                stdin=given,
                stdout=told,
                stderr=nowhere,
                modules=(_WORKER,),
            )
        finally:
            for handle in (given, told, nowhere):
                os.close(handle)
        self.stdin, self.stdout = os.fdopen(asked, "wb"), os.fdopen(answered, "rb")


def run(
    *arguments: str | Path, cwd: Path, env: Mapping[str, str], stdin: bytes = b"", timeout: float = 60.0
) -> subprocess.CompletedProcess[bytes]:
    """Run `python -m MODULE …` to its end, with these bytes on its standard input.

    Raises:
        subprocess.TimeoutExpired: where it has not ended in time; it is ended.
    """
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        given.write(stdin)
        given.seek(0)
        process = Forked([str(one) for one in arguments], cwd=cwd, env=env, stdin=given, stdout=out, stderr=err)
        try:
            code = process.wait(timeout)
        finally:
            process.kill()
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(process.args, code, out.read(), err.read())


@functools.cache
def _server(modules: tuple[str, ...]) -> socket.socket:
    """Return the process to fork from, started at the first need in an environment without our settings."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [
                sys.executable,
                "-W",
                "ignore::DeprecationWarning:__main__",
                "-m",
                "tests.forked",
                str(theirs.fileno()),
                *modules,
            ],
            cwd=ROOT,
            env=limits.environment() if _WORKER in modules else environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
        )

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours


if __name__ == "__main__":
    module, *rest = serve(socket.socket(fileno=int(sys.argv[1])), sys.argv[2:])
    sys.argv[1:] = rest
    runpy.run_module(module, run_name="__main__", alter_sys=True)

"""Runs index commands, each in a process of its own that can be made to die, or to find its disk full, midway.

Reads one JSON object a line on standard input: the command's arguments and, if wanted, a fault, and a file to keep a
recording in of what it does to its data folder. Forks, runs the command as `python -m index` would, and answers with
one JSON object: exit status (negative: the signal it died of), standard output, standard error, and how many processes
it left behind. Everything slow to import is imported before the forks, so that a command takes no longer than its work.
"""

import errno
import functools
import importlib
import json
import os
import pickle
import resource
import select
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any

from tokenizers import Tokenizer

import index
import index.sandbox.read_ahead
from index.__main__ import main
from index.article import Article
from index.encoder.model import DEFAULT_MODEL, locate
from index.near_duplicates import signature
from index.parsers import read
from index.sandbox.worker import serve as serve_reading
from tests.index.file_operations import Operation, watch
from tests.index.power_loss import Recording

_ROOM = str(Path(index.__file__).parent)
_SENTENCE = "The first ferry left for the islands at noon with forty passengers on board."
# What works for a command may take a moment to notice that the command is gone.
_PATIENCE = 10.0


def serve() -> None:
    """Answer requests until standard input ends."""
    for path, content in (("a.txt", _SENTENCE), ("a.md", _SENTENCE), ("a.jsonl", json.dumps({"text": _SENTENCE}))):
        read(path, content.encode())
    signature(Article("a", "a", _SENTENCE), ())
    # What the library sets up when first used is set up here: a fork while another thread is about it waits forever.
    Tokenizer.from_file(str(locate(DEFAULT_MODEL) / "tokenizer.json")).encode(_SENTENCE)
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_answered(json.loads(line))) + "\n")
        sys.stdout.flush()


def _answered(request: dict[str, Any]) -> dict[str, Any]:
    out, err = os.pipe(), os.pipe()
    process = os.fork()
    if not process:
        # A session of its own, so that whatever it starts can be told from others.
        os.setsid()
        for (_, sink), standard in ((out, 1), (err, 2)):
            os.dup2(sink, standard)
        _work(request)
    for _, sink in (out, err):
        os.close(sink)
    status, told = _read_until_it_ends(process, [out[0], err[0]])
    return {
        "code": os.waitstatus_to_exitcode(status),
        "out": told[0].decode(errors="backslashreplace"),
        "err": told[1].decode(errors="backslashreplace"),
        "left": _left_of(process),
    }


def _read_until_it_ends(process: int, sources: list[int]) -> tuple[int, list[bytes]]:
    """The process's status, and what it wrote; another that holds the pipe open is not waited for."""
    told = dict.fromkeys(sources, b"")
    open_ = set(sources)
    ended, status = 0, 0
    while not ended or open_:
        ready, _, _ = select.select(list(open_), [], [], 0 if ended else 0.05)
        for source in ready:
            part = os.read(source, 1 << 16)
            told[source] += part
            if not part:
                open_.discard(source)
        if not ended:
            ended, status = os.waitpid(process, 0 if not open_ else os.WNOHANG)
        elif not ready:
            break
    for source in sources:
        os.close(source)
    return status, list(told.values())


def _left_of(session: int) -> int:
    """How many processes of a session are still there after a while; they are ended."""
    until = time.monotonic() + _PATIENCE
    while (left := _members(session)) and time.monotonic() < until:
        time.sleep(0.05)
    for process in left:
        os.kill(process, signal.SIGKILL)
    return len(left)


def _members(session: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The name, in brackets, may hold anything. After it: state, parent, group, session.
            state, _, _, its_session = stat.read_text().rpartition(")")[2].split()[:4]
        except (OSError, ValueError):
            continue
        if int(its_session) == session and state != "Z":
            found.append(int(stat.parent.name))
    return found


def _work(request: dict[str, Any]) -> None:
    """Run the command and end this process; whatever is raised past `main` is seen as a traceback."""
    code = 70
    setattr(index.sandbox.read_ahead, "_spawned", _forked)  # noqa: B010
    try:
        if kept := request.get("recording"):
            _record(Path(kept), _data(request["arguments"]))
        if fault := request.get("fault"):
            _arm(**fault, arguments=request["arguments"])
        code = main(request["arguments"])
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        _at_the_end()
        sys.stdout.flush()
        os._exit(code)


def _close_all_but(*kept: int) -> None:
    """What a process that was started anew would not have: the builder's lock, most of all."""
    for handle in [int(entry.name) for entry in Path("/proc/self/fd").iterdir()]:
        if handle not in kept:
            with suppress(OSError):
                os.close(handle)


class _Reader:
    """A process that reads files, forked from one that has imported everything; it has no limits of its own."""

    def __init__(self) -> None:
        asked, answered = os.pipe(), os.pipe()
        self._process = os.fork()
        if not self._process:
            sys.setprofile(None)
            nobody = os.open(os.devnull, os.O_RDWR)
            for standard in (1, 2):
                os.dup2(nobody, standard)
            _close_all_but(0, 1, 2, asked[0], answered[1])
            os._exit(serve_reading(asked[0], answered[1]))
        os.close(asked[0])
        os.close(answered[1])
        self.stdin, self.stdout = os.fdopen(asked[1], "wb"), os.fdopen(answered[0], "rb")

    def kill(self) -> None:
        os.kill(self._process, signal.SIGKILL)

    def wait(self) -> int:
        return os.waitstatus_to_exitcode(os.waitpid(self._process, 0)[1])


def _forked(_: int) -> _Reader:
    return _Reader()


def _data(arguments: list[str]) -> Path:
    return Path(arguments[arguments.index("--data") + 1])


def _record(kept: Path, data: Path) -> None:
    """Record what is done to the data folder, where a recording is kept already from its end on."""
    global _at_the_end
    recording = pickle.loads(kept.read_bytes()) if kept.exists() else Recording(data)

    def keep() -> None:
        recording.take()
        kept.write_bytes(pickle.dumps(recording))

    recording.start()
    _at_the_end = keep


def _nothing() -> None: ...


_at_the_end: Callable[[], None] = _nothing


def _arm(action: str, when: str, target: str, nth: int, arguments: list[str]) -> None:
    """Have `action` happen right before or after the nth call of `target`, a dotted name."""
    strike = functools.partial(_ACTIONS[action.split(":")[0]], *map(int, action.split(":")[1:]))
    if target == "file operation":
        _at_file_operation(nth, strike, _data(arguments))
        return
    if target == "any call":
        _at_call(nth, strike)
        return
    owner, name = _resolved(target)
    original = getattr(owner, name)
    calls = 0

    @functools.wraps(original)
    def wrapped(*arguments: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        due = calls == nth
        if due and when == "before":
            strike()
        result = original(*arguments, **named)
        if due and when == "after":
            strike()
        return result

    setattr(owner, name, wrapped)


def _at_call(nth: int, strike: Callable[[], None]) -> None:
    """Strike at the nth call of a function of the room, whichever that is."""
    left = nth

    def watch(frame: FrameType, event: str, _: Any) -> None:
        nonlocal left
        if event == "call" and frame.f_code.co_filename.startswith(_ROOM):
            left -= 1
            if left == 0:
                strike()

    sys.setprofile(watch)


def _at_file_operation(nth: int, strike: Callable[[], None], data: Path) -> None:
    """Strike right before the nth thing that is done to a file or folder of the data folder."""
    left = nth

    def told(_: Operation) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            strike()

    watch(data, told)


def _resolved(target: str) -> tuple[Any, str]:
    parts = target.split(".")
    for end in range(len(parts) - 1, 0, -1):
        try:
            owner: Any = importlib.import_module(".".join(parts[:end]))
        except ModuleNotFoundError:
            continue
        for part in parts[end:-1]:
            owner = getattr(owner, part)
        return owner, parts[-1]
    raise LookupError(target)


def _die() -> None:
    _at_the_end()
    os.kill(os.getpid(), signal.SIGKILL)


def _find_disk_full() -> None:
    _refuse(errno.ENOSPC)


def _refuse(code: int) -> None:
    raise OSError(code, os.strerror(code))


def _limit_files(size: int) -> None:
    """From here on the system refuses to let any file grow past that many bytes."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def _interrupt() -> None:
    raise KeyboardInterrupt


_ACTIONS: dict[str, Callable[..., None]] = {
    "kill": _die,
    "full disk": _find_disk_full,
    "error": _refuse,
    "limit": _limit_files,
    "interrupt": _interrupt,
}


if __name__ == "__main__":
    serve()

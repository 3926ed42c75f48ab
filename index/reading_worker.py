"""The process that reads files for a build: it may take its share of time and memory for each, and no more.

    python -m index.reading_worker MEMORY

may take so many bytes of address space. It takes messages on standard input and answers on standard output, each with
its length in front: first its `Orders`, which it acknowledges, then one message for each file, answered by what is in
it. It ends when its standard input does, however the builder ended; when nothing was asked of it for a while; and, by
its own limits, in the middle of a file that takes too much. Which file that was its builder knows, who starts another.
"""

import json
import os
import resource
import select
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from tokenizers import Tokenizer

from index.article import Article
from index.catalog import StoredArticle
from index.file_read import FileRead, cut, read_file, written
from index.passages import PassageRules
from index.readers import SeedFile
from index.wordpieces import WordpieceCounter

OUT_OF_MEMORY: Final = 3
# How long it waits for another build of the same process.
IDLE: Final = 30.0
_HEADER: Final = 8
# A clock on the wall stops what sleeps; it is generous, since other programs may keep the processor busy.
_PATIENCE: Final = 10
# The library that detects languages unpacks its model into a temporary file of 70 MB.
_FILE: Final = 256 << 20


@dataclass(frozen=True, slots=True)
class Orders:
    """How files are to be read and cut.

    Attributes:
        tokenizer: the file of the model's tokenizer.
        seconds: of processor time that a file may take.
        memory: how much the process may take, bytes of address space; it is started with that limit.
    """

    tokenizer: str
    rules: PassageRules
    seconds: float
    memory: int

    def written(self) -> bytes:
        """These orders, as JSON."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def parsed(cls, raw: bytes) -> "Orders":
        """What `written` wrote."""
        fields = json.loads(raw)
        return cls(**{**fields, "rules": PassageRules(**fields["rules"])})


def request(file: SeedFile) -> bytes:
    """The message that asks for a file."""
    return json.dumps([file.path, str(file.location), file.size]).encode("utf-8", "surrogatepass")


def framed(message: bytes) -> bytes:
    """A message with its length in front."""
    return len(message).to_bytes(_HEADER, "big") + message


def serve(source: int, sink: int) -> int:
    """Answer messages from one file descriptor on another until there are no more; returns the exit status."""
    first = _received(source)
    if first is None:
        return 0
    orders = Orders.parsed(first)
    count = WordpieceCounter(Tokenizer.from_file(orders.tokenizer))

    def prepare(article: Article) -> StoredArticle:
        return cut(article, count, orders.rules)

    _send(sink, b"ready")
    while select.select([source], [], [], IDLE)[0]:
        message = _received(source)
        if message is None:
            break
        path, location, size = json.loads(message.decode("utf-8", "surrogatepass"))
        _allow(orders.seconds)
        try:
            answer = written(_read(SeedFile(path, Path(location), size), prepare))
        except MemoryError:
            return OUT_OF_MEMORY
        _allow(0)
        _send(sink, answer)
    return 0


def _read(file: SeedFile, prepare: Callable[[Article], StoredArticle]) -> FileRead:
    done = read_file(file, prepare)
    # A reader that may not end a build, whatever happens, reports this as a fault of the file.
    if not done.articles and any(skip.reason.endswith(MemoryError.__name__) for skip in done.skipped):
        raise MemoryError
    return done


def _confine(memory: int) -> None:
    for limited, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_FSIZE, _FILE), (resource.RLIMIT_CORE, 0)):
        _, hard = resource.getrlimit(limited)
        resource.setrlimit(limited, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _allow(seconds: float) -> None:
    """Let the system end this process after so many seconds from now, whatever it is doing then; 0: do not."""
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.setitimer(signal.ITIMER_REAL, seconds * _PATIENCE)


def _received(source: int) -> bytes | None:
    """The next message; None where there are no more."""
    header = _exactly(source, _HEADER)
    return None if header is None else _exactly(source, int.from_bytes(header, "big"))


def _exactly(source: int, length: int) -> bytes | None:
    parts = bytearray()
    while len(parts) < length:
        part = os.read(source, length - len(parts))
        if not part:
            return None
        parts += part
    return bytes(parts)


def _send(sink: int, message: bytes) -> None:
    left = memoryview(framed(message))
    while left:
        left = left[os.write(sink, left) :]


def main() -> int:
    """Serve standard input and output."""
    # Ending them is the builder's decision.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _confine(int(sys.argv[1]))
    try:
        return serve(0, 1)
    except BrokenPipeError:  # the builder is gone
        return 0


if __name__ == "__main__":
    raise SystemExit(main())

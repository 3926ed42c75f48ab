"""The process that reads files for a build: it may take its share of time and memory for each, and no more.

    python -m index.sandbox.worker MEMORY

may take so many bytes of address space. It takes messages on standard input and answers on standard output, each with
its length in front: first its `Orders`, which it acknowledges, then one message for each file, answered by what is in
it. It ends when its standard input does, however the builder ended; when nothing was asked of it for a while; and, by
its own limits, in the middle of a file that takes too much. Which file that was its builder knows, who starts another.
"""

import hashlib
import os
import resource
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator, Set
from dataclasses import replace
from typing import Final

from tokenizers import Tokenizer

from index.article import Article
from index.encoder.wordpieces import WordpieceCounter
from index.generation.catalog import StoredArticle
from index.near_duplicates import signature
from index.parsers import SeedFile, Skipped, read_parts
from index.parsers.registry import CONTAINERS, parser_of
from index.passage_rules import PassageRules
from index.passages import Counter, passages
from index.sandbox.child import LARGEST_FILE
from index.sandbox.messages import (
    HEADER,
    OUT_OF_MEMORY,
    SIZE_LIMIT,
    FileRead,
    Orders,
    framed,
    requested,
    unreadable,
    written,
)

# An archive has the time of so many files, each file in it that of one.
SHARES: Final = 10
NO_TIME: Final = "reading it takes too long: what stands behind is not read; unpack it into the folder"
# How long it waits for another build of the same process.
IDLE: Final = 30.0
# A clock on the wall stops what sleeps; it is generous, since other programs may keep the processor busy.
_PATIENCE: Final = 10


def cut(article: Article, count: Counter, rules: PassageRules, shared: Set[int] = frozenset()) -> StoredArticle:
    """An article with its passages and everything else that a catalog keeps of it."""
    cuts = passages(article, count, rules, shared)
    return StoredArticle(article, hashlib.sha256(article.text.encode()).hexdigest(), cuts, signature(article, cuts))


def read_file(
    file: SeedFile,
    prepare: Callable[[Article], StoredArticle],
    longest: int = SIZE_LIMIT,
    go_on: Callable[[], bool] = lambda: True,
) -> Iterator[FileRead]:
    """Read a file and prepare its articles to be stored, part by part where its format goes by lines or holds files.

    Parameters:
        longest: bytes that a line may have.
        go_on: asked after each part whether there is time for the next one.
    """
    try:
        with file.open() as stream:
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
            stream.seek(0)
            before: FileRead | None = None
            for reading in read_parts(file.path, stream, longest):
                if before:
                    yield replace(before, sha256=None, more=True)
                articles = tuple(prepare(article) for article in reading.articles)
                before = FileRead(file.path, sha256, articles, reading.skipped)
                if not go_on():
                    before = replace(before, skipped=(*before.skipped, Skipped(file.path, NO_TIME)))
                    break
            assert before
            yield before
    except OSError as error:
        yield FileRead(file.path, None, (), (unreadable(file, error),), there=False)


def serve(source: int, sink: int) -> int:
    """Answer messages from one file descriptor on another until there are no more; returns the exit status."""
    first = _received(source)
    if first is None:
        return 0
    orders = Orders.parsed(first)
    count = WordpieceCounter(Tokenizer.from_file(orders.tokenizer))
    shared = frozenset(orders.shared)

    def prepare(article: Article) -> StoredArticle:
        return cut(article, count, orders.rules, shared)

    _send(sink, b"ready")
    while select.select([source], [], [], IDLE)[0]:
        message = _received(source)
        if message is None:
            break
        file = requested(message)
        go_on = _share(orders.seconds) if parser_of(file.path) in CONTAINERS else _turn(orders.seconds)
        parts = read_file(file, prepare, orders.longest, go_on)
        more = True
        while more:
            go_on()
            try:
                part = _in_memory(next(parts))
                answer, more = written(part), part.more
            except MemoryError:
                return OUT_OF_MEMORY
            _allow(0)
            _send(sink, answer)
    return 0


def _turn(seconds: float) -> Callable[[], bool]:
    """What gives each part so much time, however many there are."""

    def go_on() -> bool:
        _allow(seconds)
        return True

    return go_on


def _share(seconds: float) -> Callable[[], bool]:
    """What gives each part so much time, and all of them together that of so many files."""
    until = time.process_time() + SHARES * seconds

    def go_on() -> bool:
        left = until - time.process_time()
        _allow(min(seconds, max(left, 1)))
        return left > 0

    return go_on


def _in_memory(done: FileRead) -> FileRead:
    # A reader that may not end a build, whatever happens, reports this as a fault of the file.
    # What it reports of a file in an archive is that file's.
    if not done.articles and any(
        skip.path == done.path and skip.reason.endswith(MemoryError.__name__) for skip in done.skipped
    ):
        raise MemoryError
    return done


def _confine(memory: int) -> None:
    for limited, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, LARGEST_FILE),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(limited)
        resource.setrlimit(limited, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _allow(seconds: float) -> None:
    """Let the system end this process after so many seconds from now, whatever it is doing then; 0: do not."""
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.setitimer(signal.ITIMER_REAL, seconds * _PATIENCE)


def _received(source: int) -> bytes | None:
    """The next message; None where there are no more."""
    header = _exactly(source, HEADER)
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

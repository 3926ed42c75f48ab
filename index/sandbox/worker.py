"""The process that parses files for a build, within limits of time and memory for each.

    python -m index.sandbox.worker MEMORY

takes at most so many bytes of address space. Messages on standard input are answered on standard output, each with its
length in front: first its `Orders`, which it acknowledges, then one request for each file, answered by the file's
content. The process ends when its standard input does, however its builder ended, and in the middle of a file that
takes more than it may. Its builder knows which file that was, and starts another process.
"""

import hashlib
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Set
from dataclasses import replace
from typing import Final

from tokenizers import Tokenizer

from index.article import Article
from index.encoder.tokenizer import WordpieceCounter
from index.generation.catalog import StoredArticle
from index.near_duplicates import signature
from index.parsers import SeedFile, Skipped, read_parts
from index.parsers.registry import CONTAINERS, parser_of
from index.passage_rules import PassageRules
from index.passages import Counter, passages
from index.sandbox.limits import OUT_OF_MEMORY, confine
from index.sandbox.messages import (
    HEADER,
    SIZE_LIMIT,
    FileRead,
    Orders,
    framed,
    raise_memory_error,
    requested,
    unreadable,
    written,
)

# An archive gets the time of so many files, and each file in it that of one.
SHARES: Final = 10
NO_TIME: Final = "reading it takes too long: what stands behind is not read; unpack it into the folder"
# Seconds of wall time for one of processor time: a limit on sleeping, generous since other programs may be busy.
_PATIENCE: Final = 10


def cut(article: Article, count: Counter, rules: PassageRules, shared: Set[int] = frozenset()) -> StoredArticle:
    """Return an article with its passages and everything else that a catalog stores of it."""
    cuts = passages(article, count, rules, shared)
    return StoredArticle(article, hashlib.sha256(article.text.encode()).hexdigest(), cuts, signature(article, cuts))


def read_file(
    file: SeedFile,
    prepare: Callable[[Article], StoredArticle],
    longest: int = SIZE_LIMIT,
    go_on: Callable[[], bool] = lambda: True,
) -> Iterator[FileRead]:
    """Parse a file and prepare its articles to be stored, part by part where its format goes by lines or holds files.

    Parameters:
        longest: bytes that a line may have.
        go_on: called after each part; returns whether there is time for the next one.
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
    """Answer messages from one file descriptor on another until there are no more; return the exit status."""
    first = _received(source)
    if first is None:
        return 0
    orders = Orders.parsed(first)
    count = WordpieceCounter(Tokenizer.from_file(orders.tokenizer))
    shared = frozenset(orders.shared)

    def prepare(article: Article) -> StoredArticle:
        return cut(article, count, orders.rules, shared)

    _send(sink, b"ready")
    while (message := _received(source)) is not None:
        file = requested(message)
        go_on = _share(orders.seconds) if parser_of(file.path) in CONTAINERS else _turn(orders.seconds)
        parts = read_file(file, prepare, orders.longest, go_on)
        more = True
        while more:
            go_on()
            try:
                part = next(parts)
                raise_memory_error(part.path, part.articles, part.skipped)
                answer, more = written(part), part.more
            except MemoryError:
                return OUT_OF_MEMORY
            _allow(0)
            _send(sink, answer)
    return 0


def _turn(seconds: float) -> Callable[[], bool]:
    """Return a function that gives each part so much time, however many there are."""

    def go_on() -> bool:
        _allow(seconds)
        return True

    return go_on


def _share(seconds: float) -> Callable[[], bool]:
    """Return a function that gives each part so much time, and all of them together that of `SHARES` files."""
    until = time.process_time() + SHARES * seconds

    def go_on() -> bool:
        left = until - time.process_time()
        _allow(min(seconds, max(left, 1)))
        return left > 0

    return go_on


def _allow(seconds: float) -> None:
    """Have the system end this process so many seconds from now, whatever it is doing then; 0: never."""
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.setitimer(signal.ITIMER_REAL, seconds * _PATIENCE)


def _received(source: int) -> bytes | None:
    """Return the next message, None where there are no more."""
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
    # An interrupt is the builder's to handle: it ends this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    confine(int(sys.argv[1]))
    try:
        return serve(0, 1)
    except BrokenPipeError:  # the builder is gone
        return 0


if __name__ == "__main__":
    raise SystemExit(main())

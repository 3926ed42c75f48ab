"""Hostile files for the parsers, many of them, and whether any crashes, hangs, or gives what it must not.

    python -m benchmarks.fuzz [--parser NAME] [--inputs 100000] [--seed 0] [--first 0] [--jobs 1] [--keep FOLDER]
        [--record]

Each file (see `mutation`) is read, cut into passages, and what comes of it is held against what is promised: text that
is sound, spans within it, passages in order, reasons in one line, the same every time. Workers of limited memory do so,
each file within a limit of time. Whatever fails is told by its number and, with --keep, written to a file, as is the
slowest. Leaves 1 behind if anything failed.
"""

import argparse
import multiprocessing
import resource
import signal
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from benchmarks.memory import peak
from benchmarks.mutation import hostile
from benchmarks.page import record
from benchmarks.reading import SUFFIXES, cut, limit_time, warm
from benchmarks.results import Figure, measured_now
from index.article import Article
from index.parsers import Parsed, read
from index.parsers.note_markup import ANY

LIMIT_SECONDS: Final = 10
LIMIT_BYTES: Final = 2_000_000_000
# Files between two reports of a worker.
BATCH: Final = 200
# One file in so many is read twice.
TWICE: Final = 20


class BrokenPromiseError(AssertionError):
    """What a parser gave is not what it promises; the message says which promise."""


@dataclass(slots=True)
class Tally:
    """What came of the files of one parser.

    Attributes:
        slowest: milliseconds and number of the file that took longest.
        memory: megabytes, the most that a worker had at any time.
        failures: number and reason of each file that crashed, hung or broke a promise.
    """

    tried: int = 0
    articles: int = 0
    length: int = 0
    slowest: tuple[float, int] = (0.0, -1)
    memory: float = 0.0
    failures: list[tuple[int, str]] = field(default_factory=list)


def check(parser: str, raw: bytes) -> int:
    """Read and cut one file, and how many articles it holds.

    Raises:
        BrokenPromiseError: if the result is not what every parser promises.
    """
    path = f"file.{SUFFIXES[parser]}"
    reading = read(path, raw)
    for promise in _broken(parser, raw, reading):
        raise BrokenPromiseError(promise)
    return len(reading.articles)


def check_twice(parser: str, raw: bytes) -> None:
    """Read and cut one file two times.

    Raises:
        BrokenPromiseError: if the results differ.
    """
    path = f"file.{SUFFIXES[parser]}"
    first, second = read(path, raw), read(path, raw)
    if first != second or [cut(one) for one in first.articles] != [cut(one) for one in second.articles]:
        raise BrokenPromiseError("read twice, it gave two results")


def _broken(parser: str, raw: bytes, reading: Parsed) -> Iterator[str]:
    """The promises that a result breaks."""
    if not reading.articles and not reading.skipped and parser != "jsonl":
        yield "neither an article nor a reason"
    for skipped in reading.skipped:
        if not skipped.reason.strip() or len(skipped.reason.splitlines()) != 1 or not _is_sound(skipped.reason):
            yield f"a reason that is no line: {skipped.reason!r}"
        if len(skipped.reason) > 1_000:
            yield f"a reason of {len(skipped.reason)} characters"
    if len({article.id for article in reading.articles}) != len(reading.articles):
        yield "two articles of one id"
    for article in reading.articles:
        yield from _broken_by(article)
    # Of Markdown, what only a program understands is taken out.
    is_file = parser == "text" or (parser == "markdown" and not ANY.search(raw.decode(errors="replace")))
    if is_file and reading.articles:
        yield from _not_the_file(raw, reading.articles[0].text)


def _broken_by(article: Article) -> Iterator[str]:
    text = article.text
    known = (article.title, article.url, article.source, article.author, article.published, article.language)
    if not text.strip() or not _is_sound(text):
        yield "a text that is blank or not sound"
    for value in (article.id, *(each.value or "" for each in known)):
        if not _is_sound(value) or len(value) > 2_100:
            yield f"metadata that are not sound: {value[:80]!r}"
    if not all((each.value is None) == (each.where == "unknown") for each in known):
        yield "metadata that come from nowhere"
    for spans in (article.headings, article.outside):
        if not all(span.end <= len(text) and span.of(text).strip() for span in spans):
            yield "a heading or a span outside that is blank or not within the text"
        if not all(one.end <= other.start for one, other in pairwise(spans)):
            yield "headings or spans outside that overlap"
    passages = cut(article)
    if not all(passage.span.end <= len(text) and passage.span.of(text).strip() for passage in passages):
        yield "a passage that is blank or not within the text"
    spans = tuple(passage.span for passage in passages)
    if not all(one.start < other.start and one.end < other.end for one, other in pairwise(spans)):
        yield "passages that are not in order"
    if any(wall.meets(span) for span in spans for wall in article.outside):
        yield "a passage that runs into what is outside"
    # One may begin with a heading that is a sentence.
    if any(wall.meets(span) and span.start < wall.start for span in spans for wall in article.headings):
        yield "a passage that runs into a heading"


def _not_the_file(raw: bytes, text: str) -> Iterator[str]:
    """Of valid UTF-8 the text is the file, but for its mark."""
    try:
        whole = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return
    if not raw.startswith((b"\xff\xfe", b"\xfe\xff")) and text != whole:
        yield "a text that is not the file"


def _is_sound(words: str) -> bool:
    return "\0" not in words and not any("\ud800" <= character <= "\udfff" for character in words)


def fuzz(parser: str, first: int, last: int, seed: int, jobs: int = 1) -> Tally:
    """Try the files from number `first` up to but not with `last`."""
    tally = Tally()
    lock = threading.Lock()
    shares = [range(first + share, last, jobs) for share in range(jobs)]
    threads = [threading.Thread(target=_oversee, args=(parser, share, seed, tally, lock)) for share in shares]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return tally


def _oversee(parser: str, numbers: range, seed: int, tally: Tally, lock: threading.Lock) -> None:
    """Have workers try the files, a new one going on after the file at which one ended."""
    context = multiprocessing.get_context("fork")
    while numbers:
        at = context.Value("q", 0)
        ours, theirs = context.Pipe(duplex=False)
        worker = context.Process(target=_work, args=(parser, numbers, seed, at, theirs))
        worker.start()
        theirs.close()
        told = 0
        while True:
            try:
                part: Tally = ours.recv()
            except EOFError:
                break
            told += part.tried
            with lock:
                _add(tally, part)
        worker.join()
        done = int(at.value)
        if done < len(numbers):
            hung = worker.exitcode in (-signal.SIGPROF, -signal.SIGALRM)
            reason = f"hung for {LIMIT_SECONDS} s" if hung else f"ended its process with {worker.exitcode}"
            with lock:
                tally.failures.append((numbers[done], reason))
                tally.tried += done - told + 1
        numbers = numbers[done + 1 :]


def _add(tally: Tally, part: Tally) -> None:
    tally.tried += part.tried
    tally.articles += part.articles
    tally.length += part.length
    tally.slowest = max(tally.slowest, part.slowest)
    tally.memory = max(tally.memory, part.memory)
    tally.failures += part.failures


def _work(
    parser: str, numbers: range, seed: int, at: "multiprocessing.sharedctypes.Synchronized[int]", parent: Connection
) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (LIMIT_BYTES, LIMIT_BYTES))
    part = Tally()
    for place, number in enumerate(numbers):
        at.value = place
        raw = hostile(parser, number, seed)
        limit_time(LIMIT_SECONDS)
        start = time.process_time()
        try:
            part.articles += check(parser, raw)
            part.slowest = max(part.slowest, (1000 * (time.process_time() - start), number))
            if number % TWICE == 0:
                check_twice(parser, raw)
        except Exception as error:  # whatever it is, it is a failure to be told
            where = traceback.extract_tb(error.__traceback__)[-1]
            reason = f"{type(error).__name__}: {str(error)[:200]} ({Path(where.filename).name}:{where.lineno})"
            part.failures.append((number, reason))
        limit_time(0)
        part.tried += 1
        part.length += len(raw)
        if part.tried == BATCH or part.failures:
            part.memory = peak()
            parent.send(part)
            part = Tally()
    part.memory = peak()
    parent.send(part)
    at.value = len(numbers)


def main() -> int:
    """Try as many files as the command line asks for; 1 if any of them failed."""
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=__doc__.partition("\n")[0])
    arguments.add_argument("--parser", choices=list(SUFFIXES), help="one of them; else each in turn")
    arguments.add_argument("--inputs", type=int, default=100_000, help="files for each parser")
    arguments.add_argument("--first", type=int, default=0, help="the number of the first file")
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--jobs", type=int, default=1, help="workers")
    arguments.add_argument("--keep", type=Path, help="a folder for the slowest file and for those that failed")
    arguments.add_argument("--record", action="store_true", help="keep the results, and write the page")
    chosen = arguments.parse_args()
    warm()
    failed = False
    figures: list[Figure] = []
    for parser in [chosen.parser] if chosen.parser else list(SUFFIXES):
        start = time.monotonic()
        tally = fuzz(parser, chosen.first, chosen.first + chosen.inputs, chosen.seed, chosen.jobs)
        took = time.monotonic() - start
        hung = sum(reason.startswith("hung") for _, reason in tally.failures)
        print(
            f"{parser}: {tally.tried:,} files ({tally.length / max(1, tally.tried):,.0f} bytes on average) in "
            f"{took:,.0f} s, {tally.articles:,} articles; slowest {tally.slowest[0]:,.0f} ms (number "
            f"{tally.slowest[1]}), most memory {tally.memory:,.0f} MB, crashes and broken promises "
            f"{len(tally.failures) - hung}, hangs {hung}",
            flush=True,
        )
        for number, reason in sorted(tally.failures)[:20]:
            print(f"  number {number}: {reason}")
        if chosen.keep:
            _keep(chosen.keep, parser, chosen.seed, tally)
        failed = failed or bool(tally.failures)
        how = f"{tally.length / max(1, tally.tried):,.0f} bytes on average; slowest {tally.slowest[0]:,.0f} ms"
        what = f"of {tally.tried:,} files read without crash, hang or broken promise"
        figures.append(Figure(parser, tally.tried - len(tally.failures), what, how))
    if chosen.record:
        record(measured_now("fuzz", figures))
    return 1 if failed else 0


def _keep(folder: Path, parser: str, seed: int, tally: Tally) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    kept = {number: "failed" for number, _ in tally.failures[:100]} | {tally.slowest[1]: "slowest"}
    for number, why in kept.items():
        if number >= 0:
            (folder / f"{why}-{seed}-{number}.{SUFFIXES[parser]}").write_bytes(hostile(parser, number, seed))


if __name__ == "__main__":
    sys.exit(main())

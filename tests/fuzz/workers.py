"""Parse hostile files in processes of limited time and memory, and find those that crash, hang or take too long."""

import multiprocessing
import resource
import signal
import time
import traceback
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from index.parsers import read
from tests.fuzz.mutation import hostile
from tests.fuzz.promises import SUFFIXES, check, check_twice, cut
from tests.fuzz.repetition import PROSE, Case

LIMIT_SECONDS: Final = 10
LIMIT_BYTES: Final = 2_000_000_000
# One file in so many is read twice.
TWICE: Final = 20


def failures(kind: str, numbers: range, seed: int) -> dict[int, str]:
    """Try hostile files of one kind.

    Returns:
        Why each file failed that crashed, hung or broke a promise, by its number.
    """
    context = multiprocessing.get_context("fork")
    found: dict[int, str] = {}
    while numbers:
        at = context.Value("q", 0)
        ours, theirs = context.Pipe(duplex=False)
        worker = context.Process(target=_try, args=(kind, numbers, seed, at, theirs))
        worker.start()
        theirs.close()
        with suppress(EOFError):
            while True:
                number, reason = ours.recv()
                found[number] = reason
        worker.join()
        done = int(at.value)
        if done < len(numbers):
            found[numbers[done]] = _ended(worker.exitcode)
        # The next worker goes on after the file that ended this one.
        numbers = numbers[done + 1 :]
    return found


def _try(
    kind: str, numbers: range, seed: int, at: "multiprocessing.sharedctypes.Synchronized[int]", parent: Connection
) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (LIMIT_BYTES, LIMIT_BYTES))
    for place, number in enumerate(numbers):
        at.value = place
        raw = hostile(kind, number, seed)
        _limit_time(LIMIT_SECONDS)
        try:
            check(kind, raw)
            if number % TWICE == 0:
                check_twice(kind, raw)
        except Exception as error:  # whatever it is, it is a failure to report
            where = traceback.extract_tb(error.__traceback__)[-1]
            reason = f"{type(error).__name__}: {str(error)[:200]} ({Path(where.filename).name}:{where.lineno})"
            parent.send((number, reason))
        _limit_time(0)
    at.value = len(numbers)


def seconds(case: Case, size: int) -> float:
    """Measure the processor time in which a file of about so many bytes is parsed and cut, in a process of its own.

    Raises:
        AssertionError: if it takes longer than LIMIT_SECONDS, or more than LIMIT_BYTES, or fails.
    """
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    worker = context.Process(target=_measure, args=(case, size, theirs))
    worker.start()
    theirs.close()
    try:
        taken: float | str = ours.recv()
    except EOFError:
        worker.join()
        taken = _ended(worker.exitcode)
    worker.join()
    assert isinstance(taken, float), f"{size:,} bytes: {taken}"
    return taken


def _measure(case: Case, size: int, parent: Connection) -> None:
    raw = case.make(size)
    resource.setrlimit(resource.RLIMIT_AS, (LIMIT_BYTES, LIMIT_BYTES))
    _limit_time(LIMIT_SECONDS)
    start = time.process_time()
    try:
        for article in read(f"file.{SUFFIXES[case.kind]}", raw).articles:
            cut(article)
    except Exception as error:  # whatever it is, it is a failure to report
        parent.send(f"{type(error).__name__}: {error}"[:200])
        return
    parent.send(time.process_time() - start)


def _ended(code: int | None) -> str:
    return f"hung for {LIMIT_SECONDS} s" if code in (-signal.SIGPROF, -signal.SIGALRM) else f"ended its process: {code}"


def _limit_time(limit: int) -> None:
    """End this process after so many seconds of its processor time, or twenty times as many of the clock; 0 for never.

    The default action of a signal does so, even where C code does not come back.
    """
    for timer, sign, share in ((signal.ITIMER_PROF, signal.SIGPROF, 1), (signal.ITIMER_REAL, signal.SIGALRM, 20)):
        signal.signal(sign, signal.SIG_DFL)
        signal.setitimer(timer, limit * share)


def warm() -> None:
    """Parse and cut a file of each format, so that no measured one pays for what is loaded once."""
    page = f"<html lang=en><body><article><p>{PROSE * 3}</p></article></body></html>".encode()
    feed = f"<rss><channel><item><description>{PROSE}</description></item></channel></rss>".encode()
    front = f"---\ntitle: A\n---\n{PROSE} 3 March 2021.".encode()
    files = {"a.txt": PROSE.encode(), "a.md": front, "a.html": page, "a.jsonl": b'{"text": "a"}', "a.xml": feed}
    records = {"a.json": b'[{"title": "a", "text": "a"}]', "a.csv": b"title,text\na,b\n"}
    for name, raw in {**files, **records, "b.txt": "Blåbær på øya i går".encode("cp1252")}.items():
        for article in read(name, raw).articles:
            cut(article)

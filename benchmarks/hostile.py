"""How long hostile files take to read and cut, and whether twice the size takes about twice the time.

    python -m benchmarks.hostile [--parser feed] [--sizes 250000 500000 1000000 2000000] [--only WORDS]

Every file is legal for its parser and made of one thing over and over: markup, punctuation, nesting, dates, entries.
Each is read in a process of its own with limits of time and memory; a line of the table gives the seconds at each size,
how many times longer the last took than the one before it, and the megabytes that the largest needed.
"""

import argparse
import multiprocessing
import resource
import signal
import sys
import time
from multiprocessing.connection import Connection
from typing import Final

from benchmarks.hostile_files import Case, cases
from benchmarks.memory import peak
from benchmarks.reading import SUFFIXES, cut, limit_time, warm
from index.parsers import read

LIMIT_SECONDS: Final = 60
LIMIT_BYTES: Final = 6_000_000_000


def measured(case: Case, size: int) -> tuple[float, float, float, str]:
    """Seconds for reading, seconds for cutting, megabytes, and how it ended, in a process of its own."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    child = multiprocessing.get_context("fork").Process(target=_measure, args=(case, size, theirs))
    child.start()
    theirs.close()
    try:
        result: tuple[float, float, float, str] = ours.recv()
    except EOFError:
        child.join()
        hung = child.exitcode in (-signal.SIGPROF, -signal.SIGALRM)
        result = (float(LIMIT_SECONDS), 0.0, 0.0, "too long" if hung else f"died: {child.exitcode}")
    child.join()
    return result


def _measure(case: Case, size: int, parent: Connection) -> None:
    raw = case.make(size)
    resource.setrlimit(resource.RLIMIT_AS, (LIMIT_BYTES, LIMIT_BYTES))
    before = peak()
    limit_time(LIMIT_SECONDS)
    try:
        start = time.process_time()
        reading = read(f"file.{SUFFIXES[case.parser]}", raw)
        middle = time.process_time()
        for article in reading.articles:
            cut(article)
        end = time.process_time()
    except Exception as error:  # whatever it is, it is what the table must show
        parent.send((0.0, 0.0, 0.0, f"{type(error).__name__}: {error}"[:80]))
        return
    memory = peak() - before
    how = f"{len(reading.articles)} articles" if reading.articles else reading.skipped[0].reason[:60]
    parent.send((middle - start, end - middle, memory, how))


def main() -> int:
    """Measure what the command line asks for; 1 where a file met the limits."""
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.hostile", description=__doc__.partition("\n")[0])
    arguments.add_argument("--parser", choices=list(SUFFIXES))
    arguments.add_argument("--sizes", type=int, nargs="+", default=[250_000, 500_000, 1_000_000, 2_000_000])
    arguments.add_argument("--only", help="kinds whose name holds these words")
    chosen = arguments.parse_args()
    warm()
    failed = 0
    for case in cases():
        if chosen.parser in (None, case.parser) and (chosen.only or "") in case.name:
            failed += _row(case, chosen.sizes)
    return 1 if failed else 0


def _row(case: Case, sizes: list[int]) -> int:
    """Measure a kind and print its line; 1 where a file met the limits."""
    results = []
    for size in sizes:
        results.append(measured(case, size))
        if results[-1][0] + results[-1][1] >= LIMIT_SECONDS / 2:
            break
    seconds = [read + cut for read, cut, _, _ in results]
    growth = seconds[-1] / seconds[-2] if len(seconds) > 1 and seconds[-2] > 0 else 1.0
    _, cutting, memory, how = results[-1]
    figures = " ".join(f"{each:7.2f}" for each in seconds)
    print(
        f"{case.parser:9}{case.name:32}{figures}  x{growth:4.1f} (cut {cutting:5.2f}) {memory:6.0f} MB  {how}",
        flush=True,
    )
    return int(how.startswith(("too long", "died")) or "Error" in how)


if __name__ == "__main__":
    sys.exit(main())

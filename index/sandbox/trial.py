"""One untrusted file parsed on trial, in a process of its own, to tell what a build would find in it.

    python -m index.sandbox.trial PATH SECONDS MEMORY

reads the file's bytes on standard input and prints one JSON object. The process may take so many seconds of processor
time and so many bytes of memory, and write no large file; its parent ends it when its time is over. It uses the same
parsers as a build.
"""

import json
import math
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Final

from index.errors import IndexingError
from index.parsers import Skipped, read
from index.parsers.parsed import UnreadableError
from index.sandbox.limits import OUT_OF_MEMORY, confine, started, too_long, too_much
from index.sandbox.messages import raise_memory_error

TITLES: Final = 20
# A file of garbage has one for each of its lines.
SKIPPED: Final = 100
_OUT_OF_TIME: Final = frozenset({-signal.SIGXCPU, -signal.SIGKILL})


class TrialError(IndexingError):
    """The file could not be parsed within the limits; the message says which, fit for a person."""


@dataclass(frozen=True, slots=True)
class Trial:
    """The articles that a build would find in a file.

    Attributes:
        titles: of the first 20 articles.
        articles: how many there are, at least one.
        skipped: the first 100 parts that would be left out, and why.
    """

    titles: tuple[str, ...]
    articles: int
    skipped: tuple[Skipped, ...]


def trial(path: str, raw: bytes, *, seconds: float = 20, memory: int = 1 << 30) -> Trial:
    """Parse a file as a build does, in a process of its own.

    Parameters:
        path: its suffix picks the format.
        raw: the whole file.
        seconds: how long it may take, the start of the process (about 0.5 s) included.
        memory: how much the process may take, bytes of address space; Python and the parsers alone take 300 MB.

    Raises:
        UnreadableError: if it holds no article; the message says why.
        TrialError: if it takes too long or too much memory, or ends the process.
    """
    return _parsed(answer_of("index.sandbox.trial", path, raw, seconds=seconds, memory=memory))


def answer_of(module: str, argument: str, raw: bytes, *, seconds: float, memory: int) -> Any:
    """Return the JSON that a module of this package prints, run in such a process.

    Parameters:
        module: called with `argument`, the seconds and the memory; it reads `raw` on standard input.

    Raises:
        TrialError: if it takes too long or too much memory, or ends the process.
    """
    with started(module, argument, str(math.ceil(seconds)), str(memory)) as child:
        try:
            printed, _ = child.communicate(raw, timeout=seconds)
        except subprocess.TimeoutExpired as error:
            raise TrialError(too_long(seconds)) from error
        finally:
            # Until it has been waited for, its number belongs to no other process.
            if child.returncode is None:
                os.killpg(child.pid, signal.SIGKILL)
    if child.returncode == OUT_OF_MEMORY:
        raise TrialError(too_much(memory))
    if child.returncode in _OUT_OF_TIME:
        raise TrialError(too_long(seconds))
    if child.returncode != 0:
        raise TrialError("it ends the program that reads it")
    return json.loads(printed)


def _parsed(fields: dict[str, Any]) -> Trial:
    skipped = tuple(Skipped(**skip) for skip in fields["skipped"])
    if not fields["articles"]:
        more = f" (and {fields['more']:,} more)" if fields["more"] else ""
        place = f"line {skipped[0].line}: " if skipped and skipped[0].line is not None else ""
        raise UnreadableError(f"{place}{skipped[0].reason}{more}" if skipped else "it holds no article")
    return Trial(tuple(fields["titles"]), fields["articles"], skipped)


def _found(path: str, raw: bytes) -> dict[str, Any]:
    reading = read(path, raw)
    raise_memory_error(path, reading.articles, reading.skipped)
    return {
        "titles": [article.title.value or path for article in reading.articles[:TITLES]],
        "articles": len(reading.articles),
        "skipped": [asdict(skip) for skip in reading.skipped[:SKIPPED]],
        "more": max(len(reading.skipped) - 1, 0),
    }


def answer(found: Callable[[str, bytes], object]) -> int:
    """Print as JSON what `found` makes of the first argument and standard input, within the limits of the others.

    Returns:
        The exit status: 0, or 3 where the memory does not suffice.
    """
    argument, seconds, memory = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    confine(memory, seconds)
    try:
        sys.stdout.write(json.dumps(found(argument, sys.stdin.buffer.read())))
        sys.stdout.flush()
    except MemoryError:
        return OUT_OF_MEMORY
    return 0


if __name__ == "__main__":
    raise SystemExit(answer(_found))

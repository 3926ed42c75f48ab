"""Limits of the processes that parse untrusted files, and the messages shown when a file exceeds them."""

import os
import resource
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from index.parsers import Skipped

# The library that detects languages unpacks its model into a temporary file of 70 MB.
LARGEST_FILE: Final = 256 << 20
# A process ends with this status where its memory does not suffice.
OUT_OF_MEMORY: Final = 3
# The part of the environment that Python and its libraries need. The rest may hold secrets.
_PASSED_ON: Final = ("PATH", "LANG", "LC_ALL", "TMPDIR")


def environment(**more: str) -> dict[str, str]:
    """Return the environment of such a process: it finds this program, and sees no setting or secret."""
    here = str(Path(__file__).resolve().parents[2])
    search_path = os.pathsep.join(filter(None, [here, os.environ.get("PYTHONPATH")]))
    passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    # With more threads, the linear algebra library that NumPy brings takes address space for each.
    return {**passed_on, "PYTHONPATH": search_path, "OPENBLAS_NUM_THREADS": "1", **more}


def confine(memory: int, seconds: int | None = None) -> None:
    """Limit the address space, bytes, and processor time of this process; let it write no large file or core dump."""
    limits = {resource.RLIMIT_AS: memory, resource.RLIMIT_FSIZE: LARGEST_FILE, resource.RLIMIT_CORE: 0}
    if seconds is not None:
        limits[resource.RLIMIT_CPU] = seconds
    for limited, most in limits.items():
        _, hard = resource.getrlimit(limited)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(limited, (most, most))


def raise_memory_error(path: str, articles: Sequence[object], skipped: Sequence[Skipped]) -> None:
    """Raise MemoryError where a parser that may not end a build has reported one as a fault of this file.

    What it reports of a file in an archive is that file's, and no error here.
    """
    if not articles and any(skip.path == path and skip.reason.endswith(MemoryError.__name__) for skip in skipped):
        raise MemoryError


def too_long(seconds: float) -> str:
    """Return the reason for a file that takes more time than it may."""
    return f"reading it takes too long: the limit is {seconds:g} s"


def too_much(memory: int) -> str:
    """Return the reason for a file that takes more memory than it may, bytes."""
    return f"reading it takes too much memory: the limit is {memory / 1e6:,.0f} MB"

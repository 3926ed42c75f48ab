"""Processes that work on what is not trusted: how they are started, what they may take, and the words that say so."""

import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Final

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


def started(module: str, *arguments: str, **more: str) -> "subprocess.Popen[bytes]":
    """Start a module of this package as such a process, with pipes to it.

    Parameters:
        more: added to its environment.
    """
    return subprocess.Popen(
        [sys.executable, "-P", "-m", module, *arguments],
        env=environment(**more),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def confine(memory: int, seconds: int | None = None) -> None:
    """Limit the address space, bytes, and processor time of this process; let it write no large file or core dump."""
    limits = {resource.RLIMIT_AS: memory, resource.RLIMIT_FSIZE: LARGEST_FILE, resource.RLIMIT_CORE: 0}
    if seconds is not None:
        limits[resource.RLIMIT_CPU] = seconds
    for limited, most in limits.items():
        _, hard = resource.getrlimit(limited)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(limited, (most, most))


def too_long(seconds: float) -> str:
    """Return the reason for a file that takes more time than it may."""
    return f"reading it takes too long: the limit is {seconds:g} s"


def too_much(memory: int) -> str:
    """Return the reason for a file that takes more memory than it may, bytes."""
    return f"reading it takes too much memory: the limit is {memory / 1e6:,.0f} MB"

"""What every process that reads files nobody has vouched for is given, and what is said where that does not suffice."""

import os
from pathlib import Path
from typing import Final

# The library that detects languages unpacks its model into a temporary file of 70 MB.
LARGEST_FILE: Final = 256 << 20
# What Python and its libraries need of the environment. The rest is not the child's business: it may hold secrets.
_KEPT: Final = ("PATH", "LANG", "LC_ALL", "TMPDIR")


def environment(**more: str) -> dict[str, str]:
    """The environment of such a process: it finds this program, and knows nothing else that is not needed."""
    here = str(Path(__file__).resolve().parents[2])
    search_path = os.pathsep.join(filter(None, [here, os.environ.get("PYTHONPATH")]))
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    # With more threads, the linear algebra library that NumPy brings takes address space for each.
    return {**kept, "PYTHONPATH": search_path, "OPENBLAS_NUM_THREADS": "1", **more}


def too_long(seconds: float) -> str:
    """That a file takes more time than it may."""
    return f"reading it takes too long: the limit is {seconds:g} s"


def too_much(memory: int) -> str:
    """That a file takes more memory than it may, bytes."""
    return f"reading it takes too much memory: the limit is {memory / 1e6:,.0f} MB"

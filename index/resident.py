"""Memory that a file's pages take in this process, given back where they will hardly be read again.

A graph's weights are mapped from their file and read once, to be laid out for the processor; the mapped pages would
stay resident beside the copies for as long as the process runs. madvise(2), MADV_DONTNEED: pages of a shared file
mapping are dropped, and read from the file again when they are touched, so that no content is ever lost.
"""

import ctypes
from pathlib import Path
from typing import Final

_MAPS: Final = Path("/proc/self/maps")
# Read only and shared: there is nothing in the mapping that is not in the file.
_SAFE: Final = "r--s"
_MADV_DONTNEED: Final = 4


def let_go(file: Path) -> int:
    """Drop the resident pages of every read-only mapping of a file; return the bytes mapped, 0 where that cannot be."""
    try:
        lines = _MAPS.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        # Not a Linux: it is a matter of memory alone.
        return 0
    mapped = 0
    wanted = str(file.resolve())
    for line in lines:
        span, permissions, *_, name = [*line.split(maxsplit=5), ""][:6]
        if name == wanted and permissions == _SAFE:
            start, end = (int(part, 16) for part in span.split("-"))
            libc = ctypes.CDLL(None)
            if libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(end - start), _MADV_DONTNEED) == 0:
                mapped += end - start
    return mapped

"""What a process does to the files below a folder, as it is about to do it: every operation that Python makes.

Audit hooks (PEP 578) tell of opening, renaming, removing and the like, of SQLite's files too; `os.fsync` is wrapped.
What a library written in another language does by itself between two of these is not told.
"""

import os
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

FSYNC: Final = "os.fsync"
# Of each event, which arguments are paths, and which is the folder that a path begins at.
_PATHS: Final[dict[str, tuple[tuple[int, int | None], ...]]] = {
    "open": ((0, None),),
    "os.chmod": ((0, 2),),
    "os.listdir": ((0, None),),
    "os.mkdir": ((0, 2),),
    "os.remove": ((0, 1),),
    "os.rename": ((0, 2), (1, 3)),
    "os.rmdir": ((0, 1),),
    "os.scandir": ((0, None),),
    "os.truncate": ((0, None),),
    "sqlite3.connect": ((0, None),),
}


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: its name, as PEP 578 has it or 'os.fsync', and the paths it is about."""

    name: str
    paths: tuple[str, ...]


def watch(root: Path, told: Callable[[Operation], None], synced: Callable[[str], None] = lambda _: None) -> None:
    """Tell of every operation of this process on something below `root`, from now on and for good.

    Parameters:
        told: is called right before each; what it raises, the operation seems to raise.
        synced: is called with the path right after each `os.fsync`.
    """
    prefix = f"{root.resolve()}{os.sep}"
    process = os.getpid()
    busy = threading.local()

    def tell(name: str, paths: tuple[str, ...]) -> None:
        # What is done to tell is not told.
        if os.getpid() != process or getattr(busy, "telling", False):
            return
        if any(f"{path}{os.sep}".startswith(prefix) for path in paths):
            busy.telling = True
            try:
                told(Operation(name, paths))
            finally:
                busy.telling = False

    def heard(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _PATHS:
            found = (
                _full(arguments[path], arguments[at] if at is not None else -1)
                for path, at in _PATHS[event]
                if path < len(arguments)
            )
            tell(event, tuple(found))

    fsync = os.fsync

    def watched(handle: int) -> None:
        path = str(Path(f"/proc/self/fd/{handle}").readlink())
        tell(FSYNC, (path,))
        fsync(handle)
        if os.getpid() == process and f"{path}{os.sep}".startswith(prefix):
            busy.telling = True
            synced(path)
            busy.telling = False

    os.fsync = watched  # type: ignore[assignment]
    sys.addaudithook(heard)


def _full(path: object, folder: object) -> str:
    """A path from the root, or '' where it is something else."""
    if isinstance(path, bytes):
        path = os.fsdecode(path)
    if not isinstance(path, str | os.PathLike):
        return ""
    text = str(path)
    if text.startswith("file:"):
        text = text.removeprefix("file://").partition("?")[0]
    where = Path(f"/proc/self/fd/{folder}" if isinstance(folder, int) and folder >= 0 else ".")
    return text if text.startswith(os.sep) else str(where.resolve() / text)

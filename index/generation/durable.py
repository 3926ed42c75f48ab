"""Files and folders that outlive a power cut, locks on files, and what is said where a build may not write.

A file that is not synced, or stands in a folder that is not, may be gone after a power cut.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NoReturn

from index.errors import BuildingError, DataFolderError


def sync(path: Path) -> None:
    """Have the system write a file's content, or a folder's list of names, to the disk before this returns."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it, where they are not there yet."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync(folder.parent)


def everything_in(folder: Path) -> list[Path]:
    """Return every file and folder below a folder, the deepest first; links are not followed.

    Raises:
        OSError: if one of the folders cannot be read, which `Path.rglob` would pass over.
    """

    def refuse(error: OSError) -> NoReturn:
        raise error

    walked = os.walk(folder, topdown=False, onerror=refuse)
    return [Path(root, name) for root, folders, files in walked for name in sorted((*folders, *files))]


def replace_file(path: Path, content: bytes, *, mode: int | None = None) -> None:
    """Write a file so that it is there whole or as it was before, also after a power cut.

    Parameters:
        mode: who may read it, such as 0o600 for this user alone; None for what new files have.

    Raises:
        OSError: if the disk is full or refuses a write.
    """
    scratch = path.with_name(f".{path.name}-{os.getpid()}")
    try:
        scratch.touch(0o666 if mode is None else 0o600)
        scratch.write_bytes(content)
        if mode is not None:
            scratch.chmod(mode)
        sync(scratch)
        scratch.replace(path)
    except BaseException:
        scratch.unlink(missing_ok=True)
        raise
    sync(path.parent)


@contextmanager
def locked(file: Path, *, wait: bool) -> Iterator[None]:
    """Hold the lock on a file, which is made; the system frees it however this process ends.

    Raises:
        BlockingIOError: if another process holds it and `wait` is False.
    """
    with file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield


@contextmanager
def writable(data: Path) -> Iterator[None]:
    """Name the folder and the remedy where this user may not write to the data folder."""
    try:
        yield
    except PermissionError as error:
        if error.filename is None or not Path(os.fsdecode(error.filename)).is_relative_to(data):
            raise
        raise DataFolderError(
            f"{error.filename} cannot be written ({error.strerror}): give the data folder to the user who builds "
            "(chown -R), or name another with --data or VERBATIM_DATA"
        ) from error


@contextmanager
def only_builder(index: Path) -> Iterator[None]:
    """Make the index's folder and hold the builder's lock."""
    make_folder(index)
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(index / ".lock", wait=False))
        except BlockingIOError as error:
            raise BuildingError(f"another build is running on {index.parent}: wait until it has ended") from error
        yield

"""Finds the files to read in a folder of articles."""

import os
import stat
import unicodedata
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

from index.errors import SeedsError
from index.readers.formats import OTHER_FORMAT, reader_of
from index.readers.reading import SeedFile, Skipped


@dataclass(slots=True)
class _Walk:
    """What a walk has come by so far.

    `entered` holds the (device, inode) of each folder, by which a link back into one is known.
    """

    size_limit: int
    files: list[SeedFile] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    entered: dict[tuple[int, int], str] = field(default_factory=dict)
    folders: deque[tuple[str, Path]] = field(default_factory=deque)
    linked_folders: list[tuple[str, Path]] = field(default_factory=list)


def walk(seeds: Path, *, size_limit: int, under: str = "") -> tuple[list[SeedFile], list[Skipped]]:
    """The files of the seeds folder and its sub-folders whose format is read, and what was passed over and why.

    Hidden files and folders (with a leading '.') are passed over silently. Links are followed, never twice into the
    same folder. Nothing is opened.

    Args:
        seeds: the folder.
        size_limit: in bytes; a larger file is passed over.
        under: the name that every path begins with, as if the folder lay in a larger one; '' for none.

    Returns:
        Both lists sorted by path.

    Raises:
        SeedsError: if `seeds` is not a folder.
    """
    if not seeds.is_dir():
        what = "is not a folder" if seeds.exists() else "does not exist"
        raise SeedsError(f"the seeds folder {seeds} {what}: name another one, or create it and put articles into it")
    found = _Walk(size_limit)
    _enter(found, under, seeds)
    _list_folders(found)
    # Links come after every real folder, so that a folder is found under its own name whatever the names' order.
    while found.linked_folders:
        found.linked_folders.sort(reverse=True)
        path, location = found.linked_folders.pop()
        _enter(found, path, location)
        _list_folders(found)
    return sorted(found.files, key=lambda file: file.path), sorted(found.skipped, key=lambda skip: skip.path)


def _enter(found: _Walk, path: str, location: Path) -> None:
    status = location.stat()
    identity = (status.st_dev, status.st_ino)
    if identity in found.entered:
        known = found.entered[identity] or "the seeds folder itself"
        found.skipped.append(Skipped(path, f"a link to a folder that is read already: {known}"))
        return
    found.entered[identity] = path
    found.folders.append((path, location))


def _list_folders(found: _Walk) -> None:
    while found.folders:
        path, location = found.folders.popleft()
        try:
            with os.scandir(location) as entries:
                names = sorted(entry.name for entry in entries)
        except OSError as error:
            found.skipped.append(Skipped(path or ".", f"the folder cannot be read: {_why(error)}"))
            continue
        for name in names:
            if not name.startswith("."):
                _look_at(found, f"{path}/{name}" if path else name, location / name)


def _look_at(found: _Walk, path: str, location: Path) -> None:
    unfit = _unfit(location.name)
    if unfit:
        found.skipped.append(Skipped(_printable(path), unfit))
        return
    try:
        status = location.stat()
        if stat.S_ISDIR(status.st_mode):
            if location.is_symlink():
                found.linked_folders.append((path, location))
            else:
                _enter(found, path, location)
            return
    except OSError as error:
        what = "a broken link or a loop of links" if location.is_symlink() else "cannot be read"
        found.skipped.append(Skipped(path, f"{what}: {_why(error)}"))
        return
    reason = _why_not(path, location, status, found.size_limit)
    if reason:
        found.skipped.append(Skipped(path, reason))
    else:
        found.files.append(SeedFile(path, location, status.st_size))


def _why_not(path: str, location: Path, status: os.stat_result, size_limit: int) -> str | None:
    """Why a file is passed over, None where it is to be read."""
    # A pipe or a device may never end, or hang the one who opens it.
    if not stat.S_ISREG(status.st_mode):
        return "not a regular file"
    if reader_of(path) is None:
        return OTHER_FORMAT
    if status.st_size > size_limit:
        return f"too large: {status.st_size:,} bytes, the limit is {size_limit:,}"
    if not os.access(location, os.R_OK, effective_ids=os.access in os.supports_effective_ids):
        return "cannot be read: permission denied"
    return None


def _unfit(name: str) -> str | None:
    """Why a name cannot stand in a path that is stored, printed and linked to; None where it can."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return "its name is not valid UTF-8: rename it"
    if any(unicodedata.category(character) == "Cc" for character in name):
        return "its name holds control characters: rename it"
    return None


def _printable(path: str) -> str:
    shown = os.fsencode(path).decode(errors="backslashreplace")
    return "".join(
        character if unicodedata.category(character) != "Cc" else f"\\x{ord(character):02x}" for character in shown
    )


def _why(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()

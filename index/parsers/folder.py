"""The walk through a folder of articles: which files are to be read, and which are skipped and why."""

import os
import stat
import unicodedata
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from index.errors import SeedsError, UnreadableSeedsError
from index.parsers.parsed import SeedFile, Skipped, Unreadable, why
from index.parsers.registry import CONTAINERS, IN_PARTS, OTHER_FORMAT, parser_of

LEADS_OUT: Final = "a link that leads out of the folder is not followed: set VERBATIM_FOLLOW_LINKS=true to follow it"
NOT_MOUNTED: Final = "nothing is mounted there any more: mount it again, or build with --allow-removals"
# A file that holds many articles may be so many times as large as one.
_OF_CONTAINER: Final = 5
# Browsers save a page's pictures, scripts and frames in a folder named after it with one of these endings
# (https://learn.microsoft.com/windows/win32/shell/manage, "Connected Files").
_ENDINGS: Final = (
    *("_files", ".files", "-files", "_file", "_fichiers", "_archivos", "_arquivos", "_ficheiros", "-dateien"),
    *("_bestanden", "-filer", "_filer", "_tiedostot", "_pliki", "_soubory", "_elemei", "_dosyalar", "_datoteke"),
    *("_fitxers", "_failid", "_fails", "_bylos", "_fajlovi", "_fitxategiak", "_файлы"),
)
SAVED: Final = "what a browser saved beside"
_PAGES: Final = (".html", ".htm", ".xhtml", ".mhtml")


@dataclass(frozen=True, slots=True)
class Walked:
    """The result of a walk; each list is sorted by path.

    Attributes:
        files: to be read.
        skipped: files and folders that are not read, and why.
        unreadable: files and folders that could not be opened.
        mounts: folders on which another file system is mounted; '' is the walked folder itself.
    """

    files: list[SeedFile]
    skipped: list[Skipped]
    unreadable: list[Unreadable]
    mounts: list[str]


@dataclass(slots=True)
class _Walk:
    """The state of a walk.

    Attributes:
        root: the real path of the walked folder, which links may not leave; None if they may.
        mounted: folders that were mount points when the folder was walked before.
        entered: the path of each folder by its (device, inode), which tells a link back into one.
    """

    size_limit: int
    root: Path | None
    mounted: Collection[str]
    files: list[SeedFile] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
    mounts: list[str] = field(default_factory=list)
    entered: dict[tuple[int, int], str] = field(default_factory=dict)
    folders: deque[tuple[str, Path, int]] = field(default_factory=deque)
    linked_folders: list[tuple[str, Path]] = field(default_factory=list)


def walk(
    seeds: Path, *, size_limit: int, under: str = "", follow_links: bool = False, mounted: Collection[str] = ()
) -> Walked:
    """Find the files of a folder and its sub-folders whose format is read.

    Hidden files and folders (with a leading '.') are passed over silently. No file is opened. Links within the folder
    are followed, but never twice into the same folder; `seeds` itself may be a link.

    Parameters:
        seeds: the folder.
        size_limit: in bytes; a larger file is skipped, unless it is of a format that goes by lines.
        under: the name that every path begins with, as if the folder lay in a larger one; '' for none.
        follow_links: whether links out of the folder are followed too.
        mounted: folders, named as in `Walked.mounts`, that were mount points before. One that is an empty folder now
            is unreadable: an unmounted file system leaves such a folder behind.

    Raises:
        SeedsError: if `seeds` is not a folder.
        UnreadableSeedsError: if it cannot be read, or if nothing is mounted on it any more.
    """
    try:
        is_folder = stat.S_ISDIR(seeds.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        raise SeedsError(
            f"the seeds folder {seeds} does not exist: name another one, or create it and put articles into it"
        ) from None
    except OSError as error:
        raise UnreadableSeedsError(seeds, why(error)) from error
    if not is_folder:
        raise SeedsError(
            f"the seeds folder {seeds} is not a folder: name another one, or create it and put articles into it"
        )
    found = _Walk(size_limit, None if follow_links else Path(os.path.realpath(seeds)), mounted)
    if os.path.ismount(os.path.realpath(seeds)):
        found.mounts.append(under)
    _enter(found, under, seeds)
    _list_folders(found)
    for skip in found.unreadable:
        if skip.path == under:
            raise UnreadableSeedsError(seeds, skip.reason)
    # Links come after every real folder, so that each folder is found under its own name.
    while found.linked_folders:
        found.linked_folders.sort(reverse=True)
        path, location = found.linked_folders.pop()
        _enter(found, path, location)
        _list_folders(found)
    return Walked(
        sorted(found.files, key=lambda file: file.path),
        sorted(found.skipped, key=lambda skip: skip.path),
        sorted(found.unreadable, key=lambda lost: lost.path),
        sorted(found.mounts),
    )


def _enter(found: _Walk, path: str, location: Path, above: int | None = None) -> None:
    """Note a folder to be listed, unless it was already; `above` is the device of the folder it lies in."""
    try:
        status = location.stat()
    except OSError as error:
        found.unreadable.append(Unreadable(path, f"the folder cannot be read: {why(error)}"))
        return
    identity = (status.st_dev, status.st_ino)
    if identity in found.entered:
        known = found.entered[identity] or "the seeds folder itself"
        found.skipped.append(Skipped(path, f"a link to a folder that is read already: {known}"))
        return
    found.entered[identity] = path
    if above is not None and status.st_dev != above:
        found.mounts.append(path)
    found.folders.append((path, location, status.st_dev))


def _list_folders(found: _Walk) -> None:
    while found.folders:
        path, location, device = found.folders.popleft()
        try:
            with os.scandir(location) as entries:
                names = sorted(entry.name for entry in entries)
        except OSError as error:
            found.unreadable.append(Unreadable(path, f"the folder cannot be read: {why(error)}"))
            continue
        if not names and path in found.mounted and path not in found.mounts:
            found.unreadable.append(Unreadable(path, NOT_MOUNTED))
            continue
        beside = frozenset(names)
        for name in names:
            if page := page_of(name, beside):
                found.skipped.append(Skipped(_printable(f"{path}/{name}" if path else name), f"{SAVED} {page}"))
            elif not name.startswith("."):
                _look_at(found, f"{path}/{name}" if path else name, location / name, device)


def _look_at(found: _Walk, path: str, location: Path, device: int) -> None:
    unfit = _unfit(location.name)
    if unfit:
        found.skipped.append(Skipped(_printable(path), unfit))
        return
    linked = False
    try:
        status = location.lstat()
        linked = stat.S_ISLNK(status.st_mode)
        if linked:
            if found.root and not Path(os.path.realpath(location)).is_relative_to(found.root):
                found.skipped.append(Skipped(path, LEADS_OUT))
                return
            status = location.stat()
    except OSError as error:
        what = "a broken link or a loop of links" if linked else "cannot be read"
        found.unreadable.append(Unreadable(path, f"{what}: {why(error)}"))
        return
    if stat.S_ISDIR(status.st_mode):
        if linked:
            found.linked_folders.append((path, location))
        else:
            _enter(found, path, location, device)
    elif reason := _why_not(path, status, found.size_limit):
        found.skipped.append(Skipped(path, reason))
    else:
        found.files.append(SeedFile(path, location, status.st_size, found.root, status.st_mtime_ns))


def _why_not(path: str, status: os.stat_result, size_limit: int) -> str | None:
    """Return why a file is skipped, None if it is to be read."""
    # Reading a pipe or a device may never end.
    if not stat.S_ISREG(status.st_mode):
        return "not a regular file"
    parser = parser_of(path)
    if parser is None:
        return OTHER_FORMAT
    size_limit *= _OF_CONTAINER if parser in CONTAINERS else 1
    if status.st_size > size_limit and parser not in IN_PARTS:
        return f"too large: {status.st_size:,} bytes, the limit is {size_limit:,}"
    return None


def _unfit(name: str) -> str | None:
    """Return why a name cannot be part of a path that is stored, printed and linked to; None if it can."""
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


def page_of(folder: str, beside: Collection[str]) -> str | None:
    """Return the page that a browser saved a folder of such a name for; None if there is no such page.

    Parameters:
        beside: the names of the files that stand beside the folder.
    """
    folded = folder.casefold()
    if not folded.endswith(_ENDINGS):
        return None
    stems = (folder[: -len(ending)] for ending in _ENDINGS if folded.endswith(ending))
    return next((page for stem in stems for suffix in _PAGES if stem and (page := f"{stem}{suffix}") in beside), None)

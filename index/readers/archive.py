"""Reads `.zip`, `.tar`, `.tar.gz` and `.gz`: the files in them, each as if it lay in a folder of the archive's name.

Nothing that an archive says of itself is relied on: sizes are counted as the bytes come out, a name is only a name,
and what is neither stored nor deflated is left alone. Nothing is written anywhere.
"""

import gzip
import io
import stat
import tarfile
import zipfile
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from index.readers.container import Bounded, Member, Room, counted, shown, within
from index.readers.formats import OTHER_FORMAT, reader_of, suffix_of
from index.readers.reading import MOST_NAMED, Skipped, UnreadableError
from index.readers.saved_pages import SAVED, page_of

HIDDEN: Final = "a hidden file"
_ENCRYPTED: Final = 0x1
# Bzip2 and LZMA can be made to take far more time and memory for each byte.
_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_MADE_BY_UNIX: Final = 3
_DIRECTORY_ENTRY: Final = b"PK\x01\x02"
# Entries for each file that may be read: archives that are stored within have some too.
_DIRECTORY_ENTRIES: Final = 100
# Beside the files of a tar archive.
_MOST_FOLDERS: Final = 100_000


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of an archive that was opened: its name there, and its bytes or the reason for which it is left out."""

    name: str
    raw: bytes = b""
    reason: str | None = None


def members(path: str, raw: bytes, room: Room) -> Iterator[Member | Skipped]:
    """The files in an archive, and what was left out of it; hidden files are passed over silently.

    Raises:
        UnreadableError: if it is no archive that can be read, or holds too many files.
    """
    unnamed = named = found = 0
    for entry in entries(path, raw, room):
        if entry.reason == HIDDEN:
            continue
        found += 1
        inside = within(path, entry.name)
        if entry.reason is None and inside:
            yield Member(inside, entry.raw)
        elif named < MOST_NAMED:
            named += 1
            yield Skipped(inside or path, entry.reason or f"its name cannot be used: {shown(entry.name)!r}")
        else:
            unnamed += 1
    if not found:
        raise UnreadableError("the archive is empty")
    if unnamed:
        yield Skipped(path, f"and {unnamed:,} more like these")


def entries(name: str, raw: bytes, room: Room) -> Iterator[Entry]:
    """The files of an archive, one at a time, in its order.

    Parameters:
        name: the archive's, whose suffix tells its kind; after it the file in a `.gz` is named.

    Raises:
        UnreadableError: if it is no archive that can be read, or holds too many files.
    """
    suffix = suffix_of(name)
    if suffix == ".zip":
        yield from _unzipped(raw, room)
    elif suffix == ".gz":
        yield _gunzipped(name, raw, room)
    else:
        yield from _untarred(raw, packed=suffix != ".tar", room=room)


def _unzipped(raw: bytes, room: Room) -> Iterator[Entry]:
    # The directory is taken in as a whole, before anything of it can be counted; archives within may have some too.
    if raw.count(_DIRECTORY_ENTRY) > _DIRECTORY_ENTRIES * room.files:
        raise UnreadableError(_too_many(room))
    try:
        archive = zipfile.ZipFile(io.BytesIO(raw))
    except Exception as error:  # whatever a hostile archive drives zipfile to, it must not end whoever reads it
        raise UnreadableError("this is not a zip archive that can be read") from error
    with archive:
        listed = [entry for entry in archive.infolist() if not entry.is_dir()]
        _take_room(len(listed), room)
        pages = _folders([entry.filename for entry in listed])
        for entry in listed:
            reason = _why_not_zipped(entry) or _why_not(entry.filename, pages)
            if reason:
                yield Entry(entry.filename, reason=reason)
                continue
            try:
                with archive.open(entry) as stream:
                    yield Entry(entry.filename, counted(stream, entry.compress_size, room))
            except UnreadableError as error:
                yield Entry(entry.filename, reason=str(error))
            except Exception:  # as above
                yield Entry(entry.filename, reason="damaged")


def _why_not_zipped(entry: zipfile.ZipInfo) -> str | None:
    mode = entry.external_attr >> 16 if entry.create_system == _MADE_BY_UNIX else 0
    if stat.S_ISLNK(mode):
        return "a link, not a file"
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return "not a regular file"
    if reader_of(entry.filename) is None:
        return None
    if entry.flag_bits & _ENCRYPTED:
        return "encrypted: unpack it yourself"
    if entry.compress_type not in _METHODS:
        return "compressed in a way that is not read: unpack it yourself"
    return None


def _untarred(raw: bytes, *, packed: bool, room: Room) -> Iterator[Entry]:
    """The files of a tar archive, as a stream: it is never in memory as a whole."""
    names: list[str] = []
    with suppress(UnreadableError):  # what is behind the damage is told below
        names += (info.name for info, _ in _tar_entries(raw, room, packed=packed) if not info.isdir())
    _take_room(len(names), room)
    pages = _folders(names)
    for info, archive in _tar_entries(raw, room, packed=packed):
        if info.isdir():
            continue
        reason = _why_not_tarred(info) or _why_not(info.name, pages)
        stream = archive.extractfile(info) if reason is None else None
        if stream is None:
            yield Entry(info.name, reason=reason or "not a regular file")
            continue
        try:
            yield Entry(info.name, counted(stream, 0, room))
        except UnreadableError as error:
            yield Entry(info.name, reason=str(error))
        except Exception:  # whatever a hostile archive drives tarfile to
            yield Entry(info.name, reason="damaged")


def _tar_entries(raw: bytes, room: Room, *, packed: bool) -> Iterator[tuple[tarfile.TarInfo, tarfile.TarFile]]:
    """Each entry while the archive stands at it.

    Raises:
        UnreadableError: where it is damaged or unpacks to more than there is room for.
    """
    stream: io.BufferedIOBase = gzip.GzipFile(fileobj=io.BytesIO(raw)) if packed else io.BytesIO(raw)
    found = 0
    try:
        with tarfile.open(fileobj=Bounded(stream, room.whole), mode="r|") as archive:
            for info in archive:
                found += 1
                if found > room.files + _MOST_FOLDERS:
                    raise UnreadableError(_too_many(room))
                # Else it keeps them all.
                archive.members = []  # type: ignore[attr-defined]
                yield info, archive
    except UnreadableError:
        raise
    except Exception as error:  # whatever a hostile archive drives tarfile to, it must not end whoever reads it
        damaged = f"the archive is damaged: what stands behind its first {found:,} entries is not read"
        raise UnreadableError(damaged if found else "this is not a tar archive that can be read") from error


def _why_not_tarred(info: tarfile.TarInfo) -> str | None:
    if info.issym() or info.islnk():
        return "a link, not a file"
    # A sparse file's zeros are not in the archive.
    return None if info.isreg() and not info.issparse() else "not a regular file"


def _gunzipped(name: str, raw: bytes, room: Room) -> Entry:
    """The one file in a `.gz`, which is named like it."""
    inside = PurePosixPath(name).name[: -len(".gz")] if name.lower().endswith(".gz") else ""
    _take_room(1, room)
    if reader_of(inside) is None:
        return Entry(inside or "unnamed", reason=OTHER_FORMAT)
    try:
        return Entry(inside, counted(gzip.GzipFile(fileobj=io.BytesIO(raw)), len(raw), room))
    except UnreadableError as error:
        return Entry(inside, reason=str(error))
    except Exception:  # as with the others
        return Entry(inside, reason="damaged")


def _take_room(files: int, room: Room) -> None:
    if files > room.files:
        raise UnreadableError(_too_many(room, files))
    room.files -= files


def _too_many(room: Room, files: int | None = None) -> str:
    return f"the archive holds {'too many' if files is None else f'{files:,}'} files: the limit is {room.files:,}"


def _folders(names: Collection[str]) -> dict[str, set[str]]:
    """The names of the files in each folder."""
    found: dict[str, set[str]] = {}
    for name in names:
        folder, _, file = name.replace("\\", "/").rpartition("/")
        found.setdefault(folder, set()).add(file)
    return found


def _why_not(name: str, folders: dict[str, set[str]]) -> str | None:
    """Why a file is left out for its name alone; None where it is not."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if not parts or parts[0] == "__MACOSX" or any(part.startswith(".") and part not in (".", "..") for part in parts):
        return HIDDEN
    for place, folder in enumerate(parts[:-1]):
        if page := page_of(folder, folders.get("/".join(parts[:place]), ())):
            return f"{SAVED} {page}"
    return None if reader_of(parts[-1]) else OTHER_FORMAT

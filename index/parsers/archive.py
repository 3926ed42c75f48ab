"""The parser of `.zip`, `.tar`, `.tar.gz` and `.gz`: their files, each as if it lay in a folder of the archive's name.

Nothing that an archive says of itself is trusted: sizes are counted as the bytes come out, a name is only a name, and
what is neither stored nor deflated is skipped. Nothing is written anywhere.
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

from index.parsers.container import (
    ENCRYPTED,
    ZIP_METHODS,
    Bounded,
    Budget,
    Member,
    path_within,
    printable,
    unpacked,
)
from index.parsers.folder import SAVED, page_of
from index.parsers.parsed import MOST_NAMED, Skipped, UnreadableError
from index.parsers.registry import OTHER_FORMAT, parser_of, suffix_of

HIDDEN: Final = "a hidden file"
_MADE_BY_UNIX: Final = 3
_DIRECTORY_ENTRY: Final = b"PK\x01\x02"
# Directory entries for each file that may be read: archives stored within have some too.
_DIRECTORY_ENTRIES: Final = 100
# In addition to the files of a tar archive.
_MOST_FOLDERS: Final = 100_000


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of an archive: its name there, and its bytes or the reason why it is skipped."""

    name: str
    raw: bytes = b""
    reason: str | None = None


def members(path: str, raw: bytes, budget: Budget) -> Iterator[Member | Skipped]:
    """Yield the files in an archive and those that are skipped; hidden files are passed over silently.

    Raises:
        UnreadableError: if it is no archive that can be read, or holds too many files.
    """
    unnamed = named = found = 0
    for entry in entries(path, raw, budget):
        if entry.reason == HIDDEN:
            continue
        found += 1
        inside = path_within(path, entry.name)
        if entry.reason is None and inside:
            yield Member(inside, entry.raw)
        elif named < MOST_NAMED:
            named += 1
            yield Skipped(inside or path, entry.reason or f"its name cannot be used: {printable(entry.name)!r}")
        else:
            unnamed += 1
    if not found:
        raise UnreadableError("the archive is empty")
    if unnamed:
        yield Skipped(path, f"and {unnamed:,} more like these")


def entries(name: str, raw: bytes, budget: Budget) -> Iterator[Entry]:
    """Yield the files of an archive in its order.

    Parameters:
        name: of the archive; its suffix tells its kind, and the file in a `.gz` is named after it.

    Raises:
        UnreadableError: if it is no archive that can be read, or holds too many files.
    """
    suffix = suffix_of(name)
    if suffix == ".zip":
        yield from _unzipped(raw, budget)
    elif suffix == ".gz":
        yield _gunzipped(name, raw, budget)
    else:
        yield from _untarred(raw, packed=suffix != ".tar", budget=budget)


def _unzipped(raw: bytes, budget: Budget) -> Iterator[Entry]:
    # zipfile reads the whole directory before any of it can be counted; archives stored within have entries too.
    if raw.count(_DIRECTORY_ENTRY) > _DIRECTORY_ENTRIES * budget.files:
        raise UnreadableError(_too_many(budget))
    try:
        archive = zipfile.ZipFile(io.BytesIO(raw))
    except Exception as error:  # a hostile archive may make zipfile raise anything; it must not end the build
        raise UnreadableError("this is not a zip archive that can be read") from error
    with archive:
        listed = [entry for entry in archive.infolist() if not entry.is_dir()]
        _take_files(len(listed), budget)
        pages = _folders([entry.filename for entry in listed])
        for entry in listed:
            reason = _why_not_zipped(entry) or _why_not(entry.filename, pages)
            if reason:
                yield Entry(entry.filename, reason=reason)
                continue
            try:
                with archive.open(entry) as stream:
                    yield Entry(entry.filename, unpacked(stream, entry.compress_size, budget))
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
    if parser_of(entry.filename) is None:
        return None
    if entry.flag_bits & ENCRYPTED:
        return "encrypted: unpack it yourself"
    if entry.compress_type not in ZIP_METHODS:
        return "compressed in a way that is not read: unpack it yourself"
    return None


def _untarred(raw: bytes, *, packed: bool, budget: Budget) -> Iterator[Entry]:
    """Yield the files of a tar archive, which is never in memory unpacked as a whole."""
    names: list[str] = []
    with suppress(UnreadableError):  # the second pass reports the damage
        names += (info.name for info, _ in _tar_entries(raw, budget, packed=packed) if not info.isdir())
    _take_files(len(names), budget)
    pages = _folders(names)
    for info, archive in _tar_entries(raw, budget, packed=packed):
        if info.isdir():
            continue
        reason = _why_not_tarred(info) or _why_not(info.name, pages)
        stream = archive.extractfile(info) if reason is None else None
        if stream is None:
            yield Entry(info.name, reason=reason or "not a regular file")
            continue
        try:
            yield Entry(info.name, unpacked(stream, 0, budget))
        except UnreadableError as error:
            yield Entry(info.name, reason=str(error))
        except Exception:  # as for zipfile
            yield Entry(info.name, reason="damaged")


def _tar_entries(raw: bytes, budget: Budget, *, packed: bool) -> Iterator[tuple[tarfile.TarInfo, tarfile.TarFile]]:
    """Yield each entry while the archive stands at it.

    Raises:
        UnreadableError: if the archive is damaged or exceeds the budget.
    """
    stream: io.BufferedIOBase = gzip.GzipFile(fileobj=io.BytesIO(raw)) if packed else io.BytesIO(raw)
    found = 0
    try:
        with tarfile.open(fileobj=Bounded(stream, budget.whole), mode="r|") as archive:
            for info in archive:
                found += 1
                if found > budget.files + _MOST_FOLDERS:
                    raise UnreadableError(_too_many(budget))
                # Otherwise tarfile keeps them all.
                archive.members = []  # type: ignore[attr-defined]
                yield info, archive
    except UnreadableError:
        raise
    except Exception as error:  # as for zipfile
        damaged = f"the archive is damaged: what stands behind its first {found:,} entries is not read"
        raise UnreadableError(damaged if found else "this is not a tar archive that can be read") from error


def _why_not_tarred(info: tarfile.TarInfo) -> str | None:
    if info.issym() or info.islnk():
        return "a link, not a file"
    # A sparse file's zeros are not in the archive.
    return None if info.isreg() and not info.issparse() else "not a regular file"


def _gunzipped(name: str, raw: bytes, budget: Budget) -> Entry:
    """Return the one file in a `.gz`, which is named like it."""
    inside = PurePosixPath(name).name[: -len(".gz")] if name.lower().endswith(".gz") else ""
    _take_files(1, budget)
    if parser_of(inside) is None:
        return Entry(inside or "unnamed", reason=OTHER_FORMAT)
    try:
        return Entry(inside, unpacked(gzip.GzipFile(fileobj=io.BytesIO(raw)), len(raw), budget))
    except UnreadableError as error:
        return Entry(inside, reason=str(error))
    except Exception:  # as for zipfile
        return Entry(inside, reason="damaged")


def _take_files(files: int, budget: Budget) -> None:
    if files > budget.files:
        raise UnreadableError(_too_many(budget, files))
    budget.files -= files


def _too_many(budget: Budget, files: int | None = None) -> str:
    return f"the archive holds {'too many' if files is None else f'{files:,}'} files: the limit is {budget.files:,}"


def _folders(names: Collection[str]) -> dict[str, set[str]]:
    """Return the names of the files in each folder."""
    found: dict[str, set[str]] = {}
    for name in names:
        folder, _, file = name.replace("\\", "/").rpartition("/")
        found.setdefault(folder, set()).add(file)
    return found


def _why_not(name: str, folders: dict[str, set[str]]) -> str | None:
    """Return why a file is skipped for its name alone, None if it is not."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if not parts or parts[0] == "__MACOSX" or any(part.startswith(".") and part not in (".", "..") for part in parts):
        return HIDDEN
    for place, folder in enumerate(parts[:-1]):
        if page := page_of(folder, folders.get("/".join(parts[:place]), ())):
            return f"{SAVED} {page}"
    return None if parser_of(parts[-1]) else OTHER_FORMAT

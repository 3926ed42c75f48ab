"""The files of an archive that a person sent, as a list of files without folders."""

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from bot.adding import AddingError
from index.parsers.archive import entries
from index.parsers.container import Budget
from index.parsers.parsed import UnreadableError
from index.parsers.registry import suffix_of

_LONGEST_SHOWN: Final = 100


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """Limits for an archive.

    Attributes:
        entries: files, those that are refused included.
        entry: bytes of one file, unpacked; a build passes over larger ones.
        whole: bytes of all files together, unpacked.
    """

    entries: int = 200
    entry: int = 20_000_000
    whole: int = 100_000_000


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file of an archive: its name without folders, no two alike, and its bytes."""

    name: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Refused:
    """Something that is not taken, by a name that can be shown, and the reason in plain words."""

    name: str
    reason: str


def unpack(raw: bytes, limits: ArchiveLimits, name: str = "archive.zip") -> tuple[list[NamedFile], list[Refused]]:
    """Return the files of an archive that may hold articles, and the refused ones, both in the archive's order.

    Parameters:
        name: the archive's, whose suffix tells its kind; after it the file in a `.gz` is named.

    Raises:
        AddingError: if it is no archive that can be read, or holds too many files.
    """
    files: list[NamedFile] = []
    refused: list[Refused] = []
    budget = Budget(files=limits.entries, whole=limits.whole, each=limits.entry)
    try:
        for entry in entries(name, raw, budget):
            if entry.reason is None:
                files.append(NamedFile(_unlike(base_name(entry.name), files), entry.raw))
            else:
                refused.append(Refused(shown(entry.name), entry.reason))
    except UnreadableError as error:
        if not files:
            raise AddingError(str(error)) from error
        refused.append(Refused(name, str(error)))
    return files, refused


def base_name(name: str) -> str:
    """Return the last part of a path of any system, without characters that cannot be shown; '' if there is none."""
    last = PurePosixPath(name.replace("\\", "/")).name
    return "" if last == ".." else shown(last)


def shown(name: str) -> str:
    """Return `name` without characters that cannot be seen, cut to its last 100 characters."""
    visible = "".join(character for character in name if character.isprintable())
    return visible if len(visible) <= _LONGEST_SHOWN else f"…{visible[1 - _LONGEST_SHOWN :]}"


def _unlike(name: str, files: list[NamedFile]) -> str:
    """Return `name`, numbered before its suffix if it is taken: an archive has folders, a list of files has none."""
    taken = {file.name for file in files}
    suffix = name[len(name) - len(suffix_of(name)) :]
    stem = PurePosixPath(name).name[: len(name) - len(suffix)]
    number, unlike = 1, name
    while unlike in taken:
        number += 1
        unlike = f"{stem}-{number}{suffix}"
    return unlike

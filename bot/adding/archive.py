"""Unpacking a zip archive that nobody has vouched for, in memory and within limits.

Nothing that an archive says of itself is relied on: sizes are counted as the bytes come out, a name is only a name,
and what is neither stored nor deflated is left alone.
"""

import io
import stat
import zipfile
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from bot.adding.errors import ArchiveError
from bot.adding.names import base_name, shown, suffix_of
from index.readers.formats import OTHER_FORMAT, reader_of

_PIECE: Final = 1 << 16
_ENCRYPTED: Final = 0x1
# Bzip2 and LZMA can be made to take far more time and memory for each byte.
_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ARCHIVES: Final = frozenset(
    {".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".epub", ".docx", ".odt"}
)
_MADE_BY_UNIX: Final = 3
_DIRECTORY_ENTRY: Final = b"PK\x01\x02"
# Entries of the directory, which zipfile takes in as a whole; archives that are stored within may have some too.
_MOST_DIRECTORY_ENTRIES: Final = 20_000


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """What an archive may hold.

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


def unpack(raw: bytes, limits: ArchiveLimits) -> tuple[list[NamedFile], list[Refused]]:
    """The files of a zip archive that may hold articles, and what is refused and why, both in the archive's order.

    Parameters:
        raw: the archive.

    Raises:
        ArchiveError: if it is no zip archive that can be read, or holds too many files.
    """
    if raw.count(_DIRECTORY_ENTRY) > _MOST_DIRECTORY_ENTRIES:
        raise ArchiveError(f"the archive holds too many files: the limit is {limits.entries}")
    try:
        archive = zipfile.ZipFile(io.BytesIO(raw))
    except Exception as error:  # whatever a hostile archive drives zipfile to, it must not end the bot
        raise ArchiveError("this is not a zip archive that can be read") from error
    files: list[NamedFile] = []
    refused: list[Refused] = []
    with archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        if len(entries) > limits.entries:
            raise ArchiveError(f"the archive holds {len(entries):,} files: the limit is {limits.entries}")
        room = limits.whole
        for entry in entries:
            reason = _why_not(entry)
            content = b""
            if reason is None:
                content, reason = _content(archive, entry, min(limits.entry, room), limits)
                # What was unpacked has cost its time, whether it is kept or not.
                room -= len(content)
            if reason is None:
                files.append(NamedFile(_unlike(base_name(entry.filename), files), content))
            else:
                refused.append(Refused(shown(entry.filename), reason))
    return files, refused


def _why_not(entry: zipfile.ZipInfo) -> str | None:
    """Why an entry is not even unpacked; None where it is."""
    name = base_name(entry.filename)
    mode = entry.external_attr >> 16 if entry.create_system == _MADE_BY_UNIX else 0
    if stat.S_ISLNK(mode):
        return "a link, not a file"
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return "not a regular file"
    if not name or name.startswith(".") or entry.filename.startswith("__MACOSX/"):
        return "a hidden file"
    if suffix_of(name) in _ARCHIVES:
        return "an archive within the archive"
    if reader_of(name) is None:
        return OTHER_FORMAT
    if entry.flag_bits & _ENCRYPTED:
        return "encrypted"
    if entry.compress_type not in _METHODS:
        return "compressed in a way that is not read"
    return None


def _content(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int, limits: ArchiveLimits
) -> tuple[bytes, str | None]:
    """What is in an entry as far as it was unpacked, and why it is refused."""
    content = bytearray()
    try:
        with archive.open(entry) as stream:
            while len(content) <= most and (piece := stream.read(_PIECE)):
                content += piece
    except Exception:  # whatever a hostile archive drives zipfile to, it must not end the bot
        return bytes(content), "damaged"
    if len(content) > limits.entry:
        return bytes(content), f"it unpacks to more than {limits.entry / 1e6:,.3g} MB"
    if len(content) > most:
        return bytes(content), f"with it the archive unpacks to more than {limits.whole / 1e6:,.3g} MB"
    if content.startswith(b"PK\x03\x04"):
        return bytes(content), "an archive within the archive"
    return bytes(content), None


def _unlike(name: str, files: list[NamedFile]) -> str:
    """`name`, with a number before its suffix where it is taken: an archive has folders, a list of files none."""
    taken = {file.name for file in files}
    path = PurePosixPath(name)
    number, unlike = 1, name
    while unlike in taken:
        number += 1
        unlike = f"{path.stem}-{number}{path.suffix}"
    return unlike

"""Storage of added files, in a folder that a build reads beside the seeds.

A file is written under a hidden name, which a build passes over, synced, renamed, and the folder synced: a build sees
the whole file or none. One writer at a time, in whatever process it is; a build needs no lock.
"""

import hashlib
import os
import unicodedata
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from index.errors import AddingError
from index.generation.durable import locked, make_folder, sync
from index.parsers.registry import OTHER_FORMAT, parser_of, suffix_of

_LOCK: Final = ".lock"
_SCRATCH: Final = ".adding"
# Leaves room, in the 255 bytes that file systems allow, for a date, a hash and a suffix.
_LONGEST_SLUG: Final = 80
# More than six only if another file's hash begins alike.
_DIGITS: Final = (6, 12, 64)


@dataclass(frozen=True, slots=True)
class StoreLimits:
    """Limits of the folder: so many files, so many bytes."""

    files: int = 10_000
    size: int = 2_000_000_000


@dataclass(frozen=True, slots=True)
class Stored:
    """A file of the folder: its name, and whether it was there already."""

    name: str
    already: bool = False


def store(folder: Path, name: str, raw: bytes, day: date, limits: StoreLimits | None = None) -> Stored:
    """Store a file as `2026-11-24-some-title-1a2b3c.html`: the day, the name's words, SHA-256, suffix.

    Parameters:
        folder: created if it is not there.
        name: any name; its suffix is kept, and of the rest the letters and digits.
        day: of the addition.

    Returns:
        The name it has; of the same bytes stored before, the name they have.

    Raises:
        AddingError: if its format is not read, or the folder is full.
        OSError: if the disk does not take it; all that is left of it is a hidden file, which the next one replaces.
    """
    limits = limits or StoreLimits()
    suffix = suffix_of(name)
    if parser_of(name) is None:
        raise AddingError(OTHER_FORMAT)
    digest = hashlib.sha256(raw).hexdigest()
    make_folder(folder)
    with locked(folder / _LOCK, wait=True):
        kept = [
            entry
            for entry in os.scandir(folder)
            if not entry.name.startswith(".") and entry.is_file(follow_symlinks=False)
        ]
        same = next((entry.name for entry in kept if _holds(entry, raw, digest)), None)
        if same is not None:
            return Stored(same, already=True)
        size = sum(entry.stat().st_size for entry in kept)
        if len(kept) >= limits.files:
            raise AddingError(f"there is no room: {len(kept):,} added files are kept already, the most there may be")
        if size + len(raw) > limits.size:
            raise AddingError(f"there is no room: with it the added files would be over {limits.size / 1e6:,.3g} MB")
        words = slug(name.replace("\\", "/").rpartition("/")[2][: -len(suffix)])
        names = (f"{day.isoformat()}-{words}-{digest[:digits]}{suffix}" for digits in _DIGITS)
        new = next(name for name in names if not os.path.lexists(folder / name))
        _write(folder, new, raw)
    return Stored(new)


def slug(words: str) -> str:
    """Return letters and digits of any script with hyphens between, at most 80 bytes of UTF-8, never empty."""
    folded = unicodedata.normalize("NFKC", words).lower()
    parts = "".join(character if character.isalnum() else " " for character in folded).split()
    cut = "-".join(parts).encode()[:_LONGEST_SLUG].decode(errors="ignore").strip("-")
    return cut or "article"


def _holds(entry: os.DirEntry[str], raw: bytes, digest: str) -> bool:
    """Return whether a file has these bytes; only a file whose name and size allow it is opened."""
    if f"-{digest[: _DIGITS[0]]}" not in entry.name or entry.stat().st_size != len(raw):
        return False
    return Path(entry.path).read_bytes() == raw


def _write(folder: Path, name: str, raw: bytes) -> None:
    scratch = folder / _SCRATCH
    # A leftover of a crash, or a link that somebody put there, is replaced and never written through.
    scratch.unlink(missing_ok=True)
    with scratch.open("xb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())
    scratch.rename(folder / name)
    sync(folder)

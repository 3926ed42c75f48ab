"""Articles that were taken out again: nothing shows or cites them from then on, whatever index is served.

The list is a file in the data folder, which every reader of the index looks at before each question (a stat). It is
replaced as a whole, so that it survives a kill, and stays when the article's file is deleted and the index is built
anew: a feed must not bring the article back, and an old message must not show it again.
"""

import json
import logging
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Final, Self

from index.generation.catalog import Catalog
from index.generation.durable import locked, replace_file

FILE: Final = "withdrawn.jsonl"
_LOCK: Final = ".withdrawn.lock"

log = logging.getLogger("verbatim.index")

# What tells one state of the list from another: inode, size and time of change; None where there is no list.
Stamp = tuple[int, int, int] | None


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """An article that was taken out.

    Attributes:
        id, path, url: of the article.
        file: that it came in, such as 'added/2026-11-24-some-title-1a2b3c.html'; of an archive the archive's.
        sha256: of its text.
        at: when it was taken out, ISO 8601.
    """

    id: str
    path: str
    file: str
    url: str | None
    sha256: str
    at: str


@dataclass(frozen=True, slots=True)
class Withdrawals:
    """The list as it was read at one time.

    Attributes:
        stamp: of the list, see `stamp`.
    """

    entries: tuple[Withdrawn, ...] = ()
    stamp: Stamp = None

    @classmethod
    def read(cls, data: Path) -> Self:
        """Read the list of a data folder; what is no entry in it is passed over.

        A list that cannot be read has no stamp, so that the next look reads it again.
        """
        seen = stamp(data)
        try:
            lines = _lines(data)
        except OSError as error:
            log.warning("the list of articles that were taken out cannot be read", extra={"reason": str(error)})
            return cls()
        return cls(tuple(entry for line in lines if (entry := _entry(line))), seen)

    def holds(self, article_id: str, path: str) -> bool:
        """Return whether the article of that id, in that file, was taken out; '' for any file."""
        return any(entry.id == article_id and path in ("", entry.path) for entry in self.entries)

    def names(self, *, file: str | None = None, url: str | None = None) -> bool:
        """Return whether an article of that file, or of that address, was taken out: a feed must not bring it back.

        Parameters:
            file: that it was stored in, such as 'added/2026-11-24-some-title-1a2b3c.html'.
        """
        return any((file is not None and entry.file == file) or (url and entry.url == url) for entry in self.entries)

    def numbers(self, catalog: Catalog) -> frozenset[int]:
        """Return the numbers that these articles have in a catalog, of those that it still holds."""
        found = ((entry, catalog.number_of(entry.id)) for entry in self.entries)
        return frozenset(
            number for entry, number in found if number is not None and catalog.head(number).path == entry.path
        )


def stamp(data: Path) -> Stamp:
    """Return what tells whether the list has changed since it was read."""
    try:
        status = (data / FILE).stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def withdraw(data: Path, entries: Iterable[Withdrawn]) -> None:
    """Add articles to the list; when this returns, no reader shows them any more.

    Raises:
        OSError: if the disk does not take it.
    """
    with locked(data / _LOCK, wait=True):
        new = (json.dumps(asdict(entry), ensure_ascii=False) for entry in entries)
        _write(data, dict.fromkeys((*_lines(data), *new)))


def restore(data: Path, files: Collection[str]) -> None:
    """Take the articles of these files from the list, since somebody added them on purpose again.

    Raises:
        OSError: if the disk does not take it.
    """
    if not any(entry.file in files for entry in Withdrawals.read(data).entries):
        return
    with locked(data / _LOCK, wait=True):
        _write(data, [line for line in _lines(data) if (entry := _entry(line)) is None or entry.file not in files])


def _lines(data: Path) -> list[str]:
    """Return the lines of the list; those that hold no entry are kept when it is written anew.

    Raises:
        OSError: if it cannot be read.
    """
    try:
        text = (data / FILE).read_bytes().decode(errors="surrogateescape")
    except FileNotFoundError:
        return []
    # Not by `splitlines`: ids and paths may hold separators of lines that JSON does not escape.
    return [line for line in text.split("\n") if line.strip()]


def _write(data: Path, lines: Iterable[str]) -> None:
    text = "".join(f"{line}\n" for line in lines)
    # Another user than the one who runs the bot may read the index.
    replace_file(data / FILE, text.encode(errors="surrogateescape"), mode=0o644)


def _entry(line: str) -> Withdrawn | None:
    try:
        said = json.loads(line)
        found = Withdrawn(**{one.name: said[one.name] for one in fields(Withdrawn)})
        texts = (found.id, found.path, found.file, found.sha256, found.at, found.url or "")
        if not all(isinstance(text, str) for text in texts):
            raise TypeError("a field is no text")
        return found
    except (ValueError, KeyError, TypeError):
        log.warning("an entry of the list of articles that were taken out cannot be read")
        return None

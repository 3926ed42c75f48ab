"""The values that parsers take and return (seed files, articles, skipped places), and what all of them need."""

import errno
import hashlib
import logging
import os
import re
import stat
import tomllib
from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from io import BufferedReader
from pathlib import Path
from typing import Final

from index.article import Article

# Enough to tell the texts of one file apart.
HASH_DIGITS: Final = 12
# Nobody mends more by hand before building again.
MOST_NAMED: Final = 1000

_NOT_STORABLE: Final = re.compile("[\x00\ud800-\udfff]")
_LOGGERS: Final = ("charset_normalizer", "courlan", "htmldate", "justext", "markdown_it", "trafilatura")
_SILENT: Final = logging.CRITICAL + 1


@dataclass(frozen=True, slots=True)
class Skipped:
    """One line of the build's report: a file, or a part of one, that was not read.

    Attributes:
        path: relative to the seeds, printable.
        reason: in plain words.
        line: the physical line in the file, from 1, if only that line was skipped.
    """

    path: str
    reason: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file or folder that could not be opened: what it holds now, if anything, is unknown.

    Attributes:
        path: relative to the seeds, printable; of a folder, everything below it is meant too.
        reason: in plain words.
    """

    path: str
    reason: str


def why(error: OSError) -> str:
    """Return the system's words for an error, in lower case."""
    return (error.strerror or str(error) or type(error).__name__).lower()


@dataclass(frozen=True, slots=True)
class SeedFile:
    """A file whose format is read.

    Attributes:
        path: relative to the seeds, with '/' between folders.
        location: its path on this machine.
        size: in bytes.
        root: the real path of the folder that must hold the file; None if it may lie anywhere.
        modified: when it was changed last, nanoseconds since 1970.
    """

    path: str
    location: Path
    size: int
    root: Path | None = None
    modified: int = field(default=0, compare=False)

    def open(self) -> BufferedReader:
        """Open the file for reading.

        The file that was opened is checked, not its name: since the walk a link, a pipe or a folder may have taken its
        place, or that of a folder above it.

        Raises:
            OSError: if it cannot be opened, or is no regular file below `root`.
        """
        # Without O_NONBLOCK, opening a pipe would wait for a writer.
        handle = os.open(self.location, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
        try:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise OSError(errno.EINVAL, "it is no regular file any more", str(self.location))
            if self.root is not None and not _real_path(handle, self.location).is_relative_to(self.root):
                raise OSError(errno.ELOOP, "it leads out of the folder", str(self.location))
            return os.fdopen(handle, "rb")
        except BaseException:
            os.close(handle)
            raise


def _real_path(handle: int, location: Path) -> Path:
    try:
        return Path(f"/proc/self/fd/{handle}").readlink()
    except OSError:  # not a Linux
        return Path(os.path.realpath(location))


@dataclass(frozen=True, slots=True)
class Parsed:
    """The articles in a file or in a part of one, and what was skipped."""

    articles: tuple[Article, ...] = ()
    skipped: tuple[Skipped, ...] = ()


class UnreadableError(ValueError):
    """The bytes hold no article; the message says why, fit for a line of the build's report."""


def storable(text: str) -> str:
    """Return `text` with U+FFFD for each NUL and lone surrogate, which neither UTF-8 nor SQLite can carry.

    One for one, so that every offset stays where it was.
    """
    return _NOT_STORABLE.sub("\ufffd", text)


def content_id(path: str, text: str) -> str:
    """Return an id for one of several articles in a file that has none of its own."""
    return f"{path}#{hashlib.sha256(text.encode()).hexdigest()[:HASH_DIGITS]}"


@dataclass(slots=True)
class Collector:
    """Collects the articles of a file that holds several: of those with one id the first.

    It names only so many skipped places, since a file may be nothing but broken lines.
    """

    path: str
    articles: list[Article] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)
    named: int = 0
    unnamed: int = 0

    def add(self, article: Article, place: str, line: int | None = None) -> None:
        """Keep an article, unless there is one of the same id.

        Parameters:
            place: in plain words, such as 'line 3' or 'entry 2'.
            line: the physical line, from 1, where the format goes by lines.
        """
        kept = self.places.setdefault(article.id, place)
        if kept is place:
            self.articles.append(article)
        else:
            self.skip(f"{place} has the id {article.id!r} of {kept}, which was kept", line)

    def skip(self, reason: str, line: int | None = None) -> None:
        """Note a place without an article that can be read."""
        if self.named < MOST_NAMED:
            self.skipped.append(Skipped(self.path, reason, line))
            self.named += 1
        else:
            self.unnamed += 1

    def part(self) -> Parsed:
        """Return what was collected since the last part; the ids are remembered."""
        part = Parsed(tuple(self.articles), tuple(self.skipped))
        self.articles, self.skipped = [], []
        return part

    def finish(self) -> Parsed:
        """Return the last part, with the number of skipped places that are not named."""
        if self.unnamed:
            self.skipped.append(Skipped(self.path, f"and {self.unnamed:,} more like these"))
        return self.part()


def merged(parts: Iterable[Parsed]) -> Parsed:
    """Return the parts of a file as one."""
    parts = list(parts)
    return Parsed(
        tuple(article for part in parts for article in part.articles),
        tuple(skip for part in parts for skip in part.skipped),
    )


@cache
def _all_word_lists() -> dict[str, dict[str, str]]:
    return tomllib.loads(files("index.parsers").joinpath("words.toml").read_text(encoding="utf-8"))


def word_lists(module: str) -> dict[str, list[str]]:
    """Return the lists of words of a module of this package by their names in words.toml."""
    return {name: written.split() for name, written in _all_word_lists()[module].items()}


def silence_libraries() -> None:
    """Silence the libraries' loggers, whose complaints about a page say nothing to whoever runs a build.

    Call it before a library is imported, and again after if its import sets a level.
    """
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        # Setting a level empties a cache of every logger of the program; this runs once for each page.
        if logger.level != _SILENT:
            logger.setLevel(_SILENT)


def holder(path: str, among: Container[str]) -> str | None:
    """Return the one of these paths that is a file, or the archive or folder that the file lies in; None if none is."""
    while path:
        if path in among:
            return path
        path = path.rpartition("/")[0]
    return None

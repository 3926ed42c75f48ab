"""What reading hands to the build: the files there are, the articles in them, and what was left out and why."""

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from index.article import Article

# Enough to tell the texts of one file apart.
HASH_DIGITS: Final = 12
# More than anybody mends by hand before building again.
MOST_NAMED: Final = 1000

UNSOUND: Final = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Skipped:
    """One line of the build's report: a file, or a part of one, that was not read.

    Attributes:
        path: relative to the seeds, printable.
        reason: in plain words.
        line: the physical line in the file, from 1, where only that line was left out.
    """

    path: str
    reason: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class SeedFile:
    """A file whose format is read.

    Attributes:
        path: relative to the seeds, with '/' between folders.
        location: where it lies on this machine.
        size: in bytes.
    """

    path: str
    location: Path
    size: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What one file holds."""

    articles: tuple[Article, ...] = ()
    skipped: tuple[Skipped, ...] = ()


class UnreadableError(ValueError):
    """The bytes hold no article; the message says why, fit for a line of the build's report."""


def sound(text: str) -> str:
    """`text` with NUL and lone surrogates, which neither UTF-8 nor SQLite can carry, each replaced by one U+FFFD.

    One for one, so that every offset stays where it was.
    """
    return UNSOUND.sub("\ufffd", text)


def identity(path: str, text: str) -> str:
    """The id of an article that has none of its own, among several in one file."""
    return f"{path}#{hashlib.sha256(text.encode()).hexdigest()[:HASH_DIGITS]}"


@dataclass(frozen=True, slots=True)
class Entry:
    """An article of a file that holds several, and where in the file it stands.

    Attributes:
        place: in plain words, such as 'line 3' or 'entry 2'.
        line: the physical line, from 1, where the format goes by lines.
    """

    article: Article
    place: str
    line: int | None = None


@dataclass(slots=True)
class Gathering:
    """What comes out of a file that holds several articles: of those with one id the first, and what was left out.

    Only so many of what was left out are named, since a file may be nothing but broken lines.
    """

    path: str
    entries: dict[str, Entry] = field(default_factory=dict)
    skipped: list[Skipped] = field(default_factory=list)
    unnamed: int = 0

    def take(self, entry: Entry) -> None:
        """Keep the article, unless there is one of the same id."""
        kept = self.entries.setdefault(entry.article.id, entry)
        if kept is not entry:
            self.leave_out(f"{entry.place} has the id {entry.article.id!r} of {kept.place}, which was kept", entry.line)

    def leave_out(self, reason: str, line: int | None = None) -> None:
        """Note that there was no article, or none that can be read."""
        if len(self.skipped) < MOST_NAMED:
            self.skipped.append(Skipped(self.path, reason, line))
        else:
            self.unnamed += 1

    def reading(self) -> Reading:
        """What the file holds, in its order."""
        more = [Skipped(self.path, f"and {self.unnamed:,} more like these")] if self.unnamed else []
        return Reading(tuple(entry.article for entry in self.entries.values()), (*self.skipped, *more))

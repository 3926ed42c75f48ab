"""From a link, a file or an archive that a person sent to files that the next build reads."""

import asyncio
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import unquote, urlsplit

from index.adding.fetch import fetch
from index.adding.request import Address, FetchLimits, Resolve, is_public, resolve
from index.adding.store import StoreLimits, store
from index.errors import AddingError
from index.parsers.archive import entries
from index.parsers.container import Budget
from index.parsers.parsed import UnreadableError
from index.parsers.registry import OTHER_FORMAT, parser_of, suffix_of
from index.sandbox.trial import Trial, TrialError, trial
from index.seeds import ADDED

_LONGEST_SHOWN: Final = 100
_ARCHIVE: Final = "archive"


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


@dataclass(frozen=True, slots=True)
class AddingLimits:
    """Limits for an addition.

    Attributes:
        file: bytes of a file that is sent; a build passes over larger ones.
        trial_seconds, trial_memory: for reading one file, see index.sandbox.trial.
        seconds: for reading all files of an archive; those that are not read by then are refused.
    """

    fetch: FetchLimits = field(default_factory=FetchLimits)
    archive: ArchiveLimits = field(default_factory=ArchiveLimits)
    store: StoreLimits = field(default_factory=StoreLimits)
    file: int = 20_000_000
    trial_seconds: float = 20
    trial_memory: int = 600 << 20
    seconds: float = 180


@dataclass(frozen=True, slots=True)
class AddedFile:
    """A file that the next build reads.

    Attributes:
        path: as a build names it, such as 'added/2026-11-24-some-title-1a2b3c.html'.
        titles: of its first articles.
        articles: how many it holds.
    """

    path: str
    titles: tuple[str, ...]
    articles: int


@dataclass(frozen=True, slots=True)
class Added:
    """Outcome of an addition.

    Attributes:
        added: new files.
        already: files that were there before, byte for byte.
        refused: files that were not taken, and why, fit for the person who sent them.
    """

    added: tuple[AddedFile, ...] = ()
    already: tuple[AddedFile, ...] = ()
    refused: tuple[Refused, ...] = ()


async def accept_link(
    url: str,
    folder: Path,
    day: date,
    limits: AddingLimits,
    *,
    allowed: Callable[[Address], bool] = is_public,
    resolver: Resolve = resolve,
    tls: ssl.SSLContext | None = None,
) -> Added:
    """Fetch a link and store the article, or the articles, it leads to.

    Parameters:
        folder: where to, `<data>/added`.
        day: of the addition.
        allowed, resolver, tls: see fetch.

    Raises:
        OSError: if the disk does not take it.
    """
    try:
        page = await fetch(url, limits.fetch, allowed=allowed, resolver=resolver, tls=tls)
    except AddingError as error:
        return Added(refused=(Refused(shown(url), str(error)),))
    file = NamedFile(f"article{page.suffix}", page.raw)
    if parser_of(file.name) == _ARCHIVE:
        name = base_name(unquote(urlsplit(page.url).path))
        return await accept_file(name if parser_of(name) == _ARCHIVE else file.name, page.raw, folder, day, limits)
    outcome = await asyncio.to_thread(_accept_one, file, folder, day, limits, limits.trial_seconds, titled=True)
    if isinstance(outcome, Refused):
        return Added(refused=(Refused(shown(url), outcome.reason),))
    kept, already = outcome
    return Added(already=(kept,)) if already else Added(added=(kept,))


async def accept_file(name: str, raw: bytes, folder: Path, day: date, limits: AddingLimits) -> Added:
    """Store a file that a person sent, or the files of an archive.

    Parameters:
        name: as the person's device named it; its suffix picks the format.
        folder: where to, `<data>/added`.
        day: of the addition.

    Raises:
        OSError: if the disk does not take it.
    """
    name = base_name(name)
    try:
        return await asyncio.to_thread(_accept_all, name, raw, folder, day, limits)
    except AddingError as error:
        return Added(refused=(Refused(name, str(error)),))


def _accept_all(name: str, raw: bytes, folder: Path, day: date, limits: AddingLimits) -> Added:
    if len(raw) > limits.file:
        return Added(refused=(Refused(name, f"larger than {limits.file / 1e6:,.3g} MB"),))
    if parser_of(name) == _ARCHIVE:
        files, refused = unpack(raw, limits.archive, name)
    elif parser_of(name) is None:
        return Added(refused=(Refused(name, OTHER_FORMAT),))
    else:
        files, refused = [NamedFile(name, raw)], []
    added: list[AddedFile] = []
    there: list[AddedFile] = []
    until = time.monotonic() + limits.seconds
    for file in files:
        seconds = min(limits.trial_seconds, until - time.monotonic())
        if seconds <= 0:
            refused.append(Refused(file.name, "no time is left: send it again in a smaller archive"))
            continue
        outcome = _accept_one(file, folder, day, limits, seconds)
        if isinstance(outcome, Refused):
            refused.append(outcome)
        else:
            kept, already = outcome
            (there if already else added).append(kept)
    return Added(tuple(added), tuple(there), tuple(refused))


def _accept_one(
    file: NamedFile, folder: Path, day: date, limits: AddingLimits, seconds: float, *, titled: bool = False
) -> tuple[AddedFile, bool] | Refused:
    """Try a file and keep it; whether it was there already. `titled`: it is named after its article."""
    try:
        tried = trial(file.name, file.raw, seconds=seconds, memory=limits.trial_memory)
        name = f"{_title(tried)}{suffix_of(file.name)}" if titled else file.name
        stored = store(folder, name, file.raw, day, limits.store)
    except (AddingError, TrialError, UnreadableError) as error:
        return Refused(file.name, str(error))
    path = str(PurePosixPath(ADDED, stored.name))
    return AddedFile(path, tried.titles, tried.articles), stored.already


def _title(tried: Trial) -> str:
    # A slash would make a folder of the words before it.
    return tried.titles[0].replace("/", " ").replace("\\", " ")

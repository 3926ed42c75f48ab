"""From a link or a file that a person sent to files that the next build reads."""

import asyncio
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import unquote, urlsplit

from bot.adding import AddingError
from bot.adding.addresses import Address, Resolve, is_public, resolve
from bot.adding.archive import ArchiveLimits, NamedFile, Refused, base_name, shown, unpack
from bot.adding.fetch import FetchLimits, fetch
from bot.adding.store import StoreLimits, store
from index.parsers.parsed import UnreadableError
from index.parsers.registry import OTHER_FORMAT, parser_of, suffix_of
from index.sandbox.trial import Trial, TrialError, trial
from index.seeds import ADDED

_ARCHIVE: Final = "archive"


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

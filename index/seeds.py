"""The files that a build reads: which there are, which of them are new, and what of them goes into a catalog.

A file that cannot be read is not a deleted one. Its articles in the generation being served are kept until it can be
read again or is gone; a file is gone only where its folder could be listed and it is not there.
"""

import hashlib
import stat
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Final

from index.clutter.shared_lines import holds
from index.errors import RemovalsError, SeedsError, UnreadableSeedsError
from index.generation.catalog import Catalog, SeedRecord, StoredArticle
from index.generation.catalog_writer import CatalogWriter
from index.near_duplicates import signature
from index.parsers import SeedFile, Skipped, Unreadable, walk
from index.parsers.parsed import holder, why
from index.sandbox.messages import FileRead, unreadable

# The folder, in the data folder, of articles added by other means than the seeds; their paths begin so.
ADDED: Final = "added"
# So many articles, and so large a part of all, may be removed unasked.
_REMOVED_UNASKED: Final = 10
_PART_UNASKED: Final = 1 / 3
_EXAMPLES: Final = 3
_SHADOWED: Final = "the seeds hold a file of the same path, which was read instead: rename one of the two"


@dataclass(frozen=True, slots=True)
class Survey:
    """The files that there are and the SHA-256 of their bytes, by path; and what could not be looked at.

    The seeds' files come first, then those that were added, both in the order of paths.

    Attributes:
        unreadable: files and folders that the system did not give.
        mounts: folders on which another file system is mounted, or was before they could no longer be read; '' for the
            seeds folder itself.
        of_seeds: how many of the files are the seeds'.
    """

    files: Mapping[str, SeedFile]
    sha256: Mapping[str, str]
    skipped: tuple[Skipped, ...]
    unreadable: tuple[Unreadable, ...]
    mounts: tuple[str, ...]
    of_seeds: int


@dataclass(frozen=True, slots=True)
class Delta:
    """The difference between the files and those of the generation being served; paths, sorted.

    Attributes:
        kept: files that cannot be read now; their articles in the generation stay.
    """

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: frozenset[str]
    kept: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)

    def counts(self) -> dict[str, int]:
        """Count the files of each kind."""
        return {kind.name: len(getattr(self, kind.name)) for kind in fields(self)}


@dataclass(frozen=True, slots=True)
class Kept:
    """A file or folder that cannot be read, and how many files it had before; their articles are still served."""

    path: str
    reason: str
    files: int


def check_seeds(seeds: Path, data: Path) -> None:
    """Check that the seeds are a folder apart from the data folder.

    Raises:
        SeedsError: if they are not.
    """
    try:
        there = stat.S_ISDIR(seeds.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        there = False
    except OSError as error:
        raise UnreadableSeedsError(seeds, why(error)) from error
    if not there:
        raise SeedsError(f"there is no folder {seeds}: give the folder of your articles with --seeds or VERBATIM_SEEDS")
    if data.resolve().is_relative_to(seeds.resolve()):
        raise SeedsError(
            f"the data folder {data} lies within the seeds {seeds}: name another with --data or VERBATIM_DATA"
        )
    if seeds.resolve().is_relative_to((data / ADDED).resolve()):
        raise SeedsError(
            f"the seeds {seeds} lie within {data / ADDED}, which is read beside them: name others with --seeds or "
            "VERBATIM_SEEDS"
        )


def survey(
    seeds: Path,
    size_limit: int,
    advance: Callable[[], None],
    added: Path | None = None,
    *,
    follow_links: bool = False,
    mounted: Collection[str] = (),
) -> Survey:
    """Look at every file under `seeds`, and under `added` where there is such a folder.

    Parameters:
        size_limit: larger files are skipped, bytes.
        advance: called after each file.
        added: a second folder, whose paths begin with 'added/'; of two files with one path, the seeds' is read.
        follow_links, mounted: see `walk`.

    Raises:
        SeedsError: if `seeds` is no folder, or cannot be read.
    """
    walked = walk(seeds, size_limit=size_limit, follow_links=follow_links, mounted=mounted)
    files, skipped, lost, mounts = walked.files, walked.skipped, walked.unreadable, walked.mounts
    of_seeds = {file.path for file in files}
    if added and added.is_dir():
        try:
            more = walk(added, size_limit=size_limit, under=ADDED, follow_links=follow_links, mounted=mounted)
        except UnreadableSeedsError as error:
            lost.append(Unreadable(ADDED, error.reason))
        else:
            skipped += more.skipped
            skipped += [Skipped(file.path, _SHADOWED) for file in more.files if file.path in of_seeds]
            lost += more.unreadable
            mounts += more.mounts
            files += [file for file in more.files if file.path not in of_seeds]
    elif added and added.is_symlink():
        lost.append(Unreadable(ADDED, "a broken link"))
    elif added and added.exists():
        skipped.append(Skipped(ADDED, "not a folder"))
    found: dict[str, SeedFile] = {}
    hashes: dict[str, str] = {}
    for file in files:
        try:
            with file.open() as stream:
                hashes[file.path] = hashlib.file_digest(stream, "sha256").hexdigest()
            found[file.path] = file
        except OSError as error:
            lost.append(Unreadable(file.path, unreadable(file, error).reason))
        advance()
    # A mount in a folder that cannot be looked at is remembered, to be missed when it can.
    by_path = {one.path: one for one in lost}
    mounts += [path for path in mounted if path not in mounts and _covering(path, by_path)]
    return Survey(found, hashes, tuple(skipped), tuple(lost), tuple(mounts), sum(path in of_seeds for path in found))


def still_skipped(now: Survey, skipped: Iterable[Skipped]) -> list[Skipped]:
    """Return the skips of an earlier build for files that are still there, without those the survey makes anew."""
    return [skip for skip in skipped if holder(skip.path, now.files) and skip.reason != _SHADOWED]


def compare(now: Survey, before: Mapping[str, SeedRecord]) -> Delta:
    """Return what has changed since the files were as in `before`."""
    known = now.files.keys() & before.keys()
    unchanged = {path for path in known if before[path].sha256 == now.sha256[path]}
    lost = {one.path: one for one in now.unreadable}
    missing = sorted(before.keys() - known)
    kept = tuple(path for path in missing if _covering(path, lost))
    return Delta(
        added=tuple(sorted(now.files.keys() - known)),
        changed=tuple(sorted(known - unchanged)),
        removed=tuple(sorted(set(missing) - set(kept))),
        unchanged=frozenset(unchanged),
        kept=kept,
    )


def split_lost(lost: Iterable[Unreadable], kept: Iterable[str]) -> tuple[tuple[Kept, ...], tuple[Skipped, ...]]:
    """Split what cannot be read into entries that held something before and skips that held nothing.

    Parameters:
        kept: the files that held something.
    """
    by_path = {one.path: one for one in lost}
    files = Counter(one.path for path in kept if (one := _covering(path, by_path)))
    return (
        tuple(Kept(one.path, one.reason, files[one.path]) for one in by_path.values() if one.path in files),
        tuple(Skipped(one.path, one.reason) for one in by_path.values() if one.path not in files),
    )


def lost_files(now: Survey, delta: Delta, intake: "Intake") -> tuple[tuple[Kept, ...], tuple[Skipped, ...]]:
    """Return the report of files that could not be read, at first or when their turn came."""
    files = {one.path for one in intake.unreadable} - set(delta.added)
    return split_lost((*now.unreadable, *intake.unreadable), (*delta.kept, *files))


def cut_otherwise(previous: Catalog, shared: frozenset[int]) -> frozenset[str]:
    """Return the files whose articles hold a line that many files share only now, or no longer."""
    changed = previous.shared_lines() ^ shared
    if not changed:
        return frozenset()
    files = previous.files()
    return frozenset(holder(path, files) or path for path, text in previous.texts() if holds(text, changed))


def nothing_parsed(seeds: Path, added: Path, skipped: Sequence[Skipped]) -> str:
    """Return the message for a build that finds no article, with the first of what it skipped."""
    first = f" (the first of {len(skipped)}: {skipped[0].path}: {skipped[0].reason})" if skipped else ""
    where = f"{seeds} or {added}" if added.is_dir() else str(seeds)
    return f"no article could be read in {where}{first}: put .txt, .md, .html, .jsonl, .csv or .xml files there"


def _covering(path: str, lost: Mapping[str, Unreadable]) -> Unreadable | None:
    """Return the entry of what cannot be read and holds this path: the file itself, or a folder above it."""
    above = holder(path, lost)
    return None if above is None else lost[above]


class Intake:
    """The way of the surveyed files into a new catalog, in the survey's order.

    New files are parsed, the others are copied from the catalog being served. Of two articles with one id the first is
    kept: nothing that is added can take the place of a seed.

    Parameters:
        previous: the catalog being served; None if there is none.
        reuse: whether files that have not changed are copied too; otherwise all are parsed.
        stale: unchanged files that are parsed all the same.

    Attributes:
        fresh: the files to be parsed, in their order.
        signatures: the MinHash of each article by its number.
        skipped: what was left out.
        unreadable: the files that could no longer be read when their turn came.
        empty: the files that were parsed now and gave no article.
        records: the files as they are recorded in the catalog.
    """

    def __init__(
        self,
        now: Survey,
        previous: Catalog | None,
        writer: CatalogWriter,
        *,
        reuse: bool = True,
        stale: Collection[str] = (),
    ) -> None:
        self._now = now
        self._previous = previous
        self._writer = writer
        self._reuse = reuse
        self._before = before = previous.files() if previous else {}
        self._said_before: dict[str, list[Skipped]] = {}
        for skip in previous.skipped() if previous else ():
            self._said_before.setdefault(holder(skip.path, before) or skip.path, []).append(skip)
        self._kept = frozenset(compare(now, before).kept)
        known = {path for path, record in before.items() if record.whole and record.sha256 == now.sha256.get(path)}
        self._known = known.difference(stale) if reuse else set()
        self.fresh = [file for path, file in now.files.items() if path not in self._known]
        self.signatures: dict[int, bytes] = {}
        self.skipped = list(now.skipped)
        self.unreadable: list[Unreadable] = []
        self.empty: set[str] = set()
        self.records: list[SeedRecord] = []

    def articles(self, results: Iterator[FileRead]) -> Iterator[Sequence[StoredArticle]]:
        """Write the articles of every file; yield those of each file, or part of one, that were written.

        Parameters:
            results: the content of the fresh files, in their order and perhaps in parts.
        """
        for path in _in_order(self._now, self._kept):
            if path in self._known or path in self._kept:
                yield from self._copied(path)
            else:
                yield from self._parsed(path, results)
        # Parsing ahead has come to its end too.
        assert next(results, None) is None
        self._writer.add_files(self.records, self.skipped)

    def _copied(self, path: str) -> Iterator[Sequence[StoredArticle]]:
        assert self._previous
        said, record = self._said_before.get(path, []), self._before[path]
        is_known = path in self._known
        left_out = still_skipped(self._now, said) if is_known else [one for one in said if one.reason != _SHADOWED]
        clashes: list[Skipped] = []
        for part in self._previous.stored_articles(path):
            # Other rules may have made the signature of an article that cannot be read again.
            anew = part if self._reuse else [replace(s, signature=signature(s.article, s.passages)) for s in part]
            yield self._write(path, anew, left_out, clashes)
        self.skipped += [*left_out, *clashes]
        # A file that was not copied as it stands is to be parsed again as soon as it can be.
        as_in_file = is_known or (self._reuse and record.whole and not clashes)
        self.records.append(replace(record, sha256=record.sha256 if as_in_file else "", whole=not clashes))

    def _parsed(self, path: str, results: Iterator[FileRead]) -> Iterator[Sequence[StoredArticle]]:
        done = next(results)
        if not done.there:
            self.unreadable += [Unreadable(path, skip.reason) for skip in done.skipped]
            if path in self._before:
                yield from self._copied(path)
            else:
                yield ()
            return
        left_out, clashes, count = list(done.skipped), list[Skipped](), 0
        while True:
            written = self._write(path, done.articles, left_out, clashes)
            count += len(written)
            yield written
            if not done.more:
                break
            done = next(results)
            broken_off = not done.sha256 and not done.more
            left_out += [
                replace(skip, reason=f"not read to its end: {skip.reason}") if broken_off else skip
                for skip in done.skipped
            ]
        self.skipped += [*left_out, *clashes]
        if not count:
            self.empty.add(path)
        # A file that ended its process is known by its bytes all the same, and not tried again while they stay.
        sha256 = done.sha256 or self._now.sha256[path]
        self.records.append(SeedRecord(path, sha256, self._now.files[path].size, whole=not clashes and done.there))

    def _write(
        self, path: str, articles: Sequence[StoredArticle], left_out: list[Skipped], clashes: list[Skipped]
    ) -> Sequence[StoredArticle]:
        """Write these articles but those that nothing is left of or whose id is taken, which are noted; return them."""
        written: list[StoredArticle] = []
        for stored in articles:
            article_id = stored.article.id
            if not stored.passages:
                left_out.append(Skipped(path, f"nothing of article {article_id!r} is left to be cited"))
            elif owner := self._writer.path_of(article_id):
                clashes.append(Skipped(path, f"the article id {article_id!r} is taken by {owner}"))
            else:
                self.signatures[self._writer.add_article(stored)] = stored.signature
                written.append(stored)
        return written


def _in_order(now: Survey, kept: Set[str]) -> list[str]:
    """Return the paths of all files, those that are kept among the others: the seeds' first, each part sorted."""
    files = list(now.files)
    if not kept:
        return files
    added = {path for path in kept if path.startswith(f"{ADDED}/")}
    return sorted([*files[: now.of_seeds], *(kept - added)]) + sorted([*files[now.of_seeds :], *added])


def check_removals(previous: Catalog, writer: CatalogWriter, expected: Collection[str] = ()) -> None:
    """Stop a build that would remove a large part of the articles, as where a share is not mounted.

    An article is gone where neither its id nor its text is in the new catalog: moved files remove nothing, nor does a
    file of other content.

    Parameters:
        expected: ids of articles that somebody took out.

    Raises:
        RemovalsError: if more than ten articles are gone, and more than a third of all.
    """
    gone = [article for article in writer.missing(previous.identities()) if article not in expected]
    if len(gone) > _REMOVED_UNASKED and len(gone) > _PART_UNASKED * previous.article_count:
        raise RemovalsError(len(gone), previous.article_count, gone[:_EXAMPLES])

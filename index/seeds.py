"""The files that a build reads: which there are, which of them are new, and what of them goes into a catalog.

A file that cannot be read is not a deleted one. Its articles in the generation being served are kept until it can be
read again or is gone; a file is gone only where its folder could be listed and it is not there.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from index.clutter.shared_lines import holds
from index.errors import RemovalsError, UnreadableSeedsError
from index.generation.catalog import Catalog, SeedRecord, StoredArticle
from index.generation.catalog_writer import CatalogWriter
from index.near_duplicates import signature
from index.parsers import SeedFile, Skipped, Unreadable, walk
from index.parsers.parsed import holder
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
        return {
            "added": len(self.added),
            "changed": len(self.changed),
            "removed": len(self.removed),
            "unchanged": len(self.unchanged),
            "kept": len(self.kept),
        }


@dataclass(frozen=True, slots=True)
class Kept:
    """A file or folder that cannot be read, and how many files it had before; their articles are still served."""

    path: str
    reason: str
    files: int


@dataclass(frozen=True, slots=True)
class Intake:
    """A record of what was written into a catalog.

    Attributes:
        signatures: the MinHash of each article by its number.
        skipped: what was left out.
        unreadable: the files that could no longer be read when their turn came.
        files: how many files were recorded.
        empty: the files that were parsed now and gave no article.
    """

    signatures: Mapping[int, bytes]
    skipped: tuple[Skipped, ...]
    unreadable: tuple[Unreadable, ...]
    files: int
    empty: frozenset[str] = frozenset()


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


def lost_files(now: Survey, delta: Delta, intake: Intake) -> tuple[tuple[Kept, ...], tuple[Skipped, ...]]:
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


def _covering(path: str, lost: Mapping[str, Unreadable]) -> Unreadable | None:
    """Return the entry of what cannot be read and holds this path: the file itself, or a folder above it."""
    above = holder(path, lost)
    return None if above is None else lost[above]


def take_in(
    now: Survey,
    previous: Catalog | None,
    writer: CatalogWriter,
    results: Callable[[Sequence[SeedFile]], Iterator[FileRead]],
    taken: Callable[[Sequence[StoredArticle]], None] = lambda _: None,
    *,
    reuse: bool = True,
    stale: Collection[str] = (),
) -> Intake:
    """Write every article of the surveyed files into a new catalog, in the survey's order.

    Of two articles with one id the first is kept: nothing that is added can take the place of a seed.

    Parameters:
        previous: the catalog being served, from which files that cannot be read are copied; None if there is none.
        results: parses files, in their order and perhaps in parts, and may parse ahead.
        taken: called after each file, or part of one, with its articles that were written, in their order.
        reuse: whether files that have not changed are copied too; otherwise all are parsed.
        stale: unchanged files that are parsed all the same.
    """
    before = previous.files() if previous else {}
    said_before: dict[str, list[Skipped]] = {}
    for skip in previous.skipped() if previous else ():
        said_before.setdefault(holder(skip.path, before) or skip.path, []).append(skip)
    kept = set(compare(now, before).kept)
    signatures: dict[int, bytes] = {}
    skipped = list(now.skipped)
    lost: list[Unreadable] = []
    records: list[SeedRecord] = []
    known = {path for path, record in before.items() if record.whole and record.sha256 == now.sha256.get(path)}
    known = known.difference(stale) if reuse else set()
    fresh = results([file for path, file in now.files.items() if path not in known])
    empty: set[str] = set()
    for path in _in_order(now, kept):
        done = next(fresh) if path not in known and path not in kept else None
        if done and not done.there:
            lost += [Unreadable(path, skip.reason) for skip in done.skipped]
            if path in before:
                kept.add(path)
        left_out: list[Skipped] = []
        clashes: list[Skipped] = []
        count = 0
        if previous and path in kept:
            parts: Iterable[Sequence[StoredArticle]] = (
                [_as_cut_now(stored, reuse) for stored in part] for part in previous.stored_articles(path)
            )
            left_out += [skip for skip in said_before.get(path, []) if skip.reason != _SHADOWED]
        elif previous and path in known:
            parts = previous.stored_articles(path)
            left_out += still_skipped(now, said_before.get(path, []))
        else:
            assert done
            file_parts = _Parts(done, fresh)
            parts = file_parts.articles(left_out)
        for articles in parts:
            written: list[StoredArticle] = []
            for stored in articles:
                article_id = stored.article.id
                if not stored.passages:
                    left_out.append(Skipped(path, f"nothing of article {article_id!r} is left to be cited"))
                elif owner := writer.path_of(article_id):
                    clashes.append(Skipped(path, f"the article id {article_id!r} is taken by {owner}"))
                else:
                    signatures[writer.add_article(stored)] = stored.signature
                    written.append(stored)
            count += len(written)
            taken(written)
        skipped += [*left_out, *clashes]
        if done and done.there and not count:
            empty.add(path)
        if path in kept:
            # A file that was not copied as it stands is to be parsed again as soon as it can be.
            as_in_file = reuse and before[path].whole and not clashes
            records.append(replace(before[path], sha256=before[path].sha256 if as_in_file else "", whole=not clashes))
        elif path in known:
            records.append(replace(before[path], whole=not clashes))
        elif done and done.there:
            # A file that ended its process is known by its bytes all the same, and not tried again while they stay.
            sha256 = file_parts.last.sha256 or now.sha256[path]
            records.append(SeedRecord(path, sha256, now.files[path].size, whole=not clashes and file_parts.last.there))
    # Parsing ahead has come to its end too.
    assert next(fresh, None) is None
    writer.add_files(records, skipped)
    return Intake(signatures, tuple(skipped), tuple(lost), len(records), frozenset(empty))


class _Parts:
    """The parts of a file that is being parsed.

    Parameters:
        first: the first part.
        results: gives the others.
    """

    def __init__(self, first: FileRead, results: Iterator[FileRead]) -> None:
        self.last = first
        self._results = results

    def articles(self, left_out: list[Skipped]) -> Iterator[Sequence[StoredArticle]]:
        """Yield the articles of each part; what was left out of the file is appended to `left_out`."""
        left_out += self.last.skipped if self.last.there else ()
        yield self.last.articles
        while self.last.more:
            self.last = next(self._results)
            left_out += (
                self.last.skipped
                if self.last.sha256 or self.last.more
                else [replace(skip, reason=f"not read to its end: {skip.reason}") for skip in self.last.skipped]
            )
            yield self.last.articles


def _in_order(now: Survey, kept: set[str]) -> list[str]:
    """Return the paths of all files, those that are kept among the others: the seeds' first, each part sorted."""
    files = list(now.files)
    if not kept:
        return files
    added = {path for path in kept if path.startswith(f"{ADDED}/")}
    return sorted([*files[: now.of_seeds], *(kept - added)]) + sorted([*files[now.of_seeds :], *added])


def _as_cut_now(stored: StoredArticle, reuse: bool) -> StoredArticle:
    """Return an article that cannot be read again, its signature made anew where other rules may have made it."""
    return stored if reuse else replace(stored, signature=signature(stored.article, stored.passages))


def check_removals(previous: Catalog, writer: CatalogWriter) -> None:
    """Stop a build that would remove a large part of the articles, as where a share is not mounted.

    An article is gone where neither its id nor its text is in the new catalog: moved files remove nothing, nor does a
    file of other content.

    Raises:
        RemovalsError: if more than ten articles are gone, and more than a third of all.
    """
    gone = writer.missing(previous.identities())
    if len(gone) > _REMOVED_UNASKED and len(gone) > _PART_UNASKED * previous.article_count:
        raise RemovalsError(len(gone), previous.article_count, gone[:_EXAMPLES])

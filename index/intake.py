"""Taking in the articles: which files there are, which of them are new, and what is in them."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from index.catalog import Catalog, CatalogWriter, SeedRecord, StoredArticle
from index.file_read import FileRead, unreadable
from index.readers import SeedFile, Skipped, walk

# The folder, in the data folder, of the articles that were added by other means than the seeds; their paths begin so.
ADDED: Final = "added"
_SHADOWED: Final = "the seeds hold a file of the same path, which was read instead: rename one of the two"


@dataclass(frozen=True, slots=True)
class Survey:
    """The files there are and the SHA-256 of their bytes, by path; and what could not be looked at.

    The seeds' files come first, then those that were added, both in the order of paths.
    """

    files: Mapping[str, SeedFile]
    sha256: Mapping[str, str]
    skipped: tuple[Skipped, ...]


@dataclass(frozen=True, slots=True)
class Delta:
    """How the files differ from those of the generation being served; paths, sorted."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: frozenset[str]

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)

    def counts(self) -> dict[str, int]:
        """How many files there are of each kind."""
        return {
            "added": len(self.added),
            "changed": len(self.changed),
            "removed": len(self.removed),
            "unchanged": len(self.unchanged),
        }


@dataclass(frozen=True, slots=True)
class Intake:
    """What was written into a catalog: the MinHash of each article by its number, and what was left out."""

    signatures: Mapping[int, bytes]
    skipped: tuple[Skipped, ...]
    files: int


def survey(seeds: Path, size_limit: int, advance: Callable[[], None], added: Path | None = None) -> Survey:
    """Look at every file under `seeds`, and under `added` where there is such a folder.

    Parameters:
        size_limit: larger files are skipped, bytes.
        advance: called after each file.
        added: a second folder, whose paths begin with 'added/'; of two files with one path, the seeds' is read.
    """
    files, skipped = walk(seeds, size_limit=size_limit)
    if added and added.is_dir():
        more, passed_over = walk(added, size_limit=size_limit, under=ADDED)
        theirs = {file.path for file in files}
        skipped += passed_over
        skipped += [Skipped(file.path, _SHADOWED) for file in more if file.path in theirs]
        files += [file for file in more if file.path not in theirs]
    elif added and (added.exists() or added.is_symlink()):
        skipped.append(Skipped(ADDED, "not a folder"))
    found: dict[str, SeedFile] = {}
    hashes: dict[str, str] = {}
    for file in files:
        try:
            with file.location.open("rb") as stream:
                hashes[file.path] = hashlib.file_digest(stream, "sha256").hexdigest()
            found[file.path] = file
        except OSError as error:
            skipped.append(unreadable(file, error))
        advance()
    return Survey(found, hashes, tuple(skipped))


def still_said(now: Survey, skipped: Iterable[Skipped]) -> list[Skipped]:
    """What an earlier build left out of the files that are there, but for what the survey says anew."""
    return [skip for skip in skipped if skip.path in now.files and skip.reason != _SHADOWED]


def compare(now: Survey, before: Mapping[str, SeedRecord]) -> Delta:
    """What has changed since the files were as in `before`."""
    known = now.files.keys() & before.keys()
    unchanged = {path for path in known if before[path].sha256 == now.sha256[path]}
    return Delta(
        added=tuple(sorted(now.files.keys() - known)),
        changed=tuple(sorted(known - unchanged)),
        removed=tuple(sorted(before.keys() - known)),
        unchanged=frozenset(unchanged),
    )


def take_in(
    now: Survey,
    previous: Catalog | None,
    writer: CatalogWriter,
    results: Callable[[Sequence[SeedFile]], Iterator[FileRead]],
    taken: Callable[[Sequence[StoredArticle]], None] = lambda _: None,
) -> Intake:
    """Write every article of the surveyed files into a new catalog, in the survey's order.

    Of two articles with one id the first is kept: nothing that is added can take the place of a seed.

    Parameters:
        previous: the catalog that unchanged files are taken over from, None to read all of them.
        results: reads files, in their order, and may read ahead.
        taken: called after each file with its articles that were written, in the order of their numbers.
    """
    before = previous.files() if previous else {}
    said_before: dict[str, list[Skipped]] = {}
    for skip in previous.skipped() if previous else ():
        said_before.setdefault(skip.path, []).append(skip)
    signatures: dict[int, bytes] = {}
    skipped = list(now.skipped)
    records: list[SeedRecord] = []
    known = {path for path, record in before.items() if record.whole and record.sha256 == now.sha256.get(path)}
    fresh = results([file for path, file in now.files.items() if path not in known])
    for path, file in now.files.items():
        if previous and path in known:
            articles: Sequence[StoredArticle] = previous.stored_of(path)
            sha256: str | None = before[path].sha256
            left_out = still_said(now, said_before.get(path, []))
        else:
            done = next(fresh)
            articles, left_out = done.articles, list(done.skipped)
            # A file that ended its reader is known by its bytes all the same, and not tried again while they stay.
            sha256 = done.sha256 or now.sha256[path] if done.there else None
        kept: list[StoredArticle] = []
        clashes: list[Skipped] = []
        for stored in articles:
            article_id = stored.article.id
            if not stored.passages:
                left_out.append(Skipped(path, f"nothing of article {article_id!r} is left to be cited"))
            elif owner := writer.path_of(article_id):
                clashes.append(Skipped(path, f"the article id {article_id!r} is taken by {owner}"))
            else:
                signatures[writer.add_article(stored)] = stored.signature
                kept.append(stored)
        skipped += [*left_out, *clashes]
        if sha256 is not None:
            records.append(SeedRecord(path, sha256, file.size, whole=not clashes))
        taken(kept)
    # Whatever reads ahead is not cut off before it has come to its end.
    assert next(fresh, None) is None
    writer.add_files(records, skipped)
    return Intake(signatures, tuple(skipped), len(records))

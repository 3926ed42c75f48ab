"""Taking in the seeds: which files there are, which of them are new, and what is in them."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from index.article import Article
from index.catalog import Catalog, CatalogWriter, SeedRecord, StoredArticle
from index.readers import SeedFile, Skipped, read, walk


@dataclass(frozen=True, slots=True)
class Survey:
    """The files of a seeds folder and the SHA-256 of their bytes, by path; and what could not be looked at."""

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


def survey(seeds: Path, size_limit: int, advance: Callable[[], None]) -> Survey:
    """Look at every file under `seeds`; `advance` is called after each."""
    files, skipped = walk(seeds, size_limit=size_limit)
    found: dict[str, SeedFile] = {}
    hashes: dict[str, str] = {}
    for file in files:
        try:
            with file.location.open("rb") as stream:
                hashes[file.path] = hashlib.file_digest(stream, "sha256").hexdigest()
            found[file.path] = file
        except OSError as error:
            skipped.append(_unreadable(file, error))
        advance()
    return Survey(found, hashes, tuple(skipped))


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
    prepare: Callable[[Article], StoredArticle],
    advance: Callable[[], None],
) -> Intake:
    """Write every article of the surveyed files into a new catalog, in the order of paths.

    Parameters:
        previous: the catalog that unchanged files are taken over from, None to read all of them.
        prepare: cuts an article into its passages.
        advance: called after each file.
    """
    before = previous.files() if previous else {}
    owners: dict[str, str] = {}
    signatures: dict[int, bytes] = {}
    skipped = list(now.skipped)
    records: list[SeedRecord] = []
    for path, file in sorted(now.files.items()):
        known = before.get(path)
        if previous and known and known.whole and known.sha256 == now.sha256[path]:
            articles, left_out, sha256 = previous.stored_of(path), previous.skipped_of(path), known.sha256
        else:
            try:
                raw = file.location.read_bytes()
            except OSError as error:
                skipped.append(_unreadable(file, error))
                advance()
                continue
            reading = read(path, raw)
            articles, left_out = [prepare(article) for article in reading.articles], list(reading.skipped)
            sha256 = hashlib.sha256(raw).hexdigest()
        clashes: list[Skipped] = []
        for stored in articles:
            article_id = stored.article.id
            if not stored.passages:
                left_out.append(Skipped(path, f"nothing of article {article_id!r} is left to be cited"))
            elif article_id in owners:
                clashes.append(Skipped(path, f"the article id {article_id!r} is taken by {owners[article_id]}"))
            else:
                owners[article_id] = path
                signatures[writer.add_article(stored)] = stored.signature
        skipped += [*left_out, *clashes]
        records.append(SeedRecord(path, sha256, file.size, whole=not clashes))
        advance()
    writer.add_files(records, skipped)
    return Intake(signatures, tuple(skipped), len(records))


def _unreadable(file: SeedFile, error: OSError) -> Skipped:
    return Skipped(file.path, f"cannot be read ({error.strerror or error})")

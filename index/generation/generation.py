"""A generation: one finished, immutable index on disk. Publishing it, opening it, checking it.

Publishing goes step by step, so that a crash at any point leaves the old generation served:

1. everything is written into a temporary sibling, `.building-…`;
2. its files and folders are synced to the disk;
3. it is renamed to its final name;
4. `CURRENT.tmp` with that name is written and synced;
5. it replaces `CURRENT`, and the folder is synced.

A crash leaves at most one orphan behind, which the next build removes; an error before CURRENT is replaced leaves
nothing. The generation before the current one is kept, for readers that have just looked up its name, and until
it is certain that CURRENT names the new one on the disk too.
"""

import re
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final, Self

from index.engines.dense import RECALL_MARGIN
from index.engines.embedded import Embedded
from index.engines.protocol import Engine, VectorSearch, WordSearch
from index.errors import DataFolderError, GenerationError, NoIndexError
from index.generation.catalog import Catalog
from index.generation.durable import everything_in, sync
from index.generation.manifest import Manifest, check_files, read_manifest, unexpected_files, write_manifest

CATALOG: Final = "catalog.sqlite"
CURRENT: Final = "CURRENT"
_POINTER: Final = "CURRENT.tmp"
_SCRATCH: Final = ".building-"
_NAME: Final = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{6}")
_SHIPPED: Final = Embedded()
_MEND: Final = "rebuild it with `python -m index build --clean`"


@dataclass(frozen=True, slots=True)
class Generation:
    """An open generation: articles and passages, vectors, words. Safe to read from several threads."""

    folder: Path
    manifest: Manifest
    catalog: Catalog
    vectors: VectorSearch
    bm25: WordSearch

    @classmethod
    def open(cls, index: Path, engine: Engine = _SHIPPED) -> Self:
        """Open the generation that CURRENT names.

        Raises:
            NoIndexError: if nothing has been built yet.
            GenerationError: if it is damaged, of another format or of another engine; nothing of it is loaded then.
        """
        folder = current(index)
        while True:
            try:
                return cls._open(folder, engine)
            except GenerationError:
                # Builds may have replaced it, and removed it, between the two steps.
                newer = current(index)
                if newer == folder:
                    raise
                folder = newer

    @classmethod
    def _open(cls, folder: Path, engine: Engine) -> Self:
        manifest = read_manifest(folder)
        if manifest.engine != engine.name:
            raise GenerationError(
                f"the index in {folder.parent.parent} was built for the engine {manifest.engine}, and {engine.name} is "
                "set: set VERBATIM_INDEX as it was, or rebuild it with `python -m index build`"
            )
        check_files(manifest, folder)
        counts = manifest.counts
        catalog = Catalog(folder / CATALOG)
        try:
            if (catalog.article_count, catalog.passage_count) != (counts.articles, counts.passages):
                raise GenerationError(f"{folder / CATALOG} does not hold what the manifest says: {_MEND}")
            vectors, bm25 = engine.open(folder, manifest.expected)
        except BaseException:
            catalog.close()
            raise
        return cls(folder, manifest, catalog, vectors, bm25)

    def __repr__(self) -> str:
        counts = self.manifest.counts
        return f"Generation({self.folder.name!r}, articles={counts.articles}, passages={counts.passages})"

    def close(self) -> None:
        """Close its files."""
        self.catalog.close()
        self.bm25.close()


def current(index: Path) -> Path:
    """Return the folder of the generation being served.

    Raises:
        NoIndexError: if nothing has been built yet.
        GenerationError: if CURRENT names no generation.
    """
    name = _pointed_to(index)
    while not (index / name).is_dir():
        # Builds may have replaced it, and removed it, since the name was read.
        newer = _pointed_to(index)
        if newer == name:
            raise GenerationError(f"{index / CURRENT} names {name!r}, which is not there: {_MEND}")
        name = newer
    return index / name


def _pointed_to(index: Path) -> str:
    """Return the name that CURRENT holds."""
    pointer = index / CURRENT
    try:
        # Opening a named pipe in its place would block for ever.
        if pointer.exists() and not pointer.is_file():
            first = "move it away and " if pointer.is_dir() else ""
            raise GenerationError(f"{pointer} is no file: {first}{_MEND}")
        name = pointer.read_text(encoding="utf-8").strip()
    except FileNotFoundError as error:
        raise NoIndexError(f"there is no index in {index.parent}: build one with `python -m index build`") from error
    except PermissionError as error:
        raise DataFolderError(
            f"{pointer} cannot be read ({error.strerror}): let this user read the data folder, or name another with "
            "--data or VERBATIM_DATA"
        ) from error
    except OSError as error:
        raise GenerationError(f"{pointer} cannot be read ({error.strerror}): mend that, or {_MEND}") from error
    except ValueError as error:
        raise GenerationError(f"{pointer} cannot be read: {_MEND}") from error
    # Never a path that leads elsewhere, whatever somebody wrote into the file.
    if not _NAME.fullmatch(name):
        raise GenerationError(f"{pointer} holds {name[:60]!r}, which names no generation: {_MEND}")
    return name


def scratch(index: Path) -> Path:
    """Make a new folder to build a generation in, beside the others; return it."""
    return Path(tempfile.mkdtemp(prefix=_SCRATCH, dir=index))


def publish(built: Path, manifest: Manifest, index: Path) -> Path:
    """Make what was built in the scratch folder `built` the generation being served; return its folder.

    Raises:
        OSError: if the disk refuses a write; the old generation is then served as before.
    """
    write_manifest(manifest, built)
    name = _name(manifest)
    for path in [*everything_in(built), built]:
        # Another user than the builder may serve it; nothing writes to it any more.
        path.chmod(0o755 if path.is_dir() else 0o444)
        sync(path)
    folder = built.rename(index / name)
    try:
        sync(index)
        _point_to(name, index)
    except BaseException:
        # An interrupt may come right after CURRENT was replaced.
        if not _is_served(name, index):
            (index / _POINTER).unlink(missing_ok=True)
            shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder


def _point_to(name: str, index: Path) -> None:
    pointer = index / _POINTER
    pointer.write_text(f"{name}\n", encoding="utf-8")
    sync(pointer)
    pointer.replace(index / CURRENT)
    sync(index)


def _is_served(name: str, index: Path) -> bool:
    try:
        return _pointed_to(index) == name
    except NoIndexError:
        return False
    except GenerationError:
        # Unknown: it stays where it is.
        return True


def sweep(index: Path, engine: Engine = _SHIPPED) -> None:
    """Remove what crashes left behind, and every generation but the current one; other folders are left alone.

    Collections of the engine's server go as folders do.

    Raises:
        GenerationError: if CURRENT is a folder, which nothing can replace.
        OSError: if CURRENT cannot be synced to the disk; nothing is removed then.
    """
    pointer = index / CURRENT
    if pointer.is_dir() and not pointer.is_symlink():
        raise GenerationError(
            f"{pointer} is a folder where a file with the name of a generation should be: move it away, and build with "
            "`python -m index build --clean`"
        )
    try:
        kept = current(index)
    except NoIndexError:
        kept = None
    except GenerationError:
        # It is unknown which one is good: all are left to the person who has to look.
        return
    # Where the last build died right after it had replaced CURRENT, a power cut could yet bring the old name back.
    sync(index)
    for folder in index.iterdir():
        made_here = _NAME.fullmatch(folder.name) or folder.name.startswith(_SCRATCH)
        if made_here and folder.is_dir() and folder != kept:
            shutil.rmtree(folder, ignore_errors=True)
    (index / _POINTER).unlink(missing_ok=True)
    if names := engine.names():
        used = read_manifest(kept).collection if kept else ""
        for name in names:
            if name != used:
                engine.drop(name)


def verify(index: Path, engine: Engine = _SHIPPED) -> Generation:
    """Check every byte and count of the generation being served, and return it open.

    Raises:
        NoIndexError, GenerationError: naming what is wrong.
    """
    generation = Generation.open(index, engine)
    try:
        extra = unexpected_files(generation.manifest, generation.folder)
        if extra:
            raise GenerationError(f"{generation.folder / extra[0]} does not belong to the index: {_MEND}")
        _verify_catalog(generation)
        _verify_recall(generation)
    except BaseException:
        generation.close()
        raise
    return generation


def _verify_catalog(generation: Generation) -> None:
    catalog = generation.catalog
    for head in catalog.heads():
        text, expected = catalog.text(head.number)
        if sha256(text.encode()).hexdigest() != expected:
            raise GenerationError(f"the text of {head.id!r} was altered: {_MEND}")
        for passage in catalog.passages_of(head.number):
            quote = passage.span.of(text)
            if len(quote) != len(passage.span) or not quote.strip():
                raise GenerationError(f"passage {passage.number} lies outside the text of {head.id!r}: {_MEND}")


def _verify_recall(generation: Generation) -> None:
    said, found = generation.manifest.vectors.recall, generation.vectors.recall()
    if found < said - RECALL_MARGIN:
        raise GenerationError(
            f"the vectors of {generation.folder} find {found:.3f} of the nearest passages where the manifest says "
            f"{said:.3f}: {_MEND}"
        )


def _name(manifest: Manifest) -> str:
    stamp = datetime.fromisoformat(manifest.created).astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    content = sha256(repr(sorted(manifest.files.items())).encode() + manifest.created.encode()).hexdigest()
    return f"{stamp}-{content[:6]}"

"""The manifest of a generation: `manifest.json`, with the SHA-256 of every other file and of itself."""

import hashlib
import json
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import Any, Final

from index.encoder.model import sha256_of
from index.engines.protocol import EMBEDDED, Expected, VectorsReport, Written
from index.errors import GenerationError
from index.generation.durable import everything_in

MANIFEST: Final = "manifest.json"
# Raised whenever an older program could not serve a newer generation, or the other way round.
FORMAT: Final = 3
_LIBRARIES: Final = (
    "babel",
    "charset-normalizer",
    "faiss-cpu",
    "feedparser",
    "lxml",
    "openvino",
    "py3langid",
    "pypdfium2",
    "pyyaml",
    "regex",
    "sentencex",
    "striprtf",
    "tantivy",
    "tokenizers",
    "trafilatura",
    "warcio",
)
# Up to 0.1.0 a generation held vectors of tokens, three quarters of its bytes, which nothing reads any more.
_UNREAD: Final = "tokens/"
_MEND: Final = "rebuild it with `python -m index build --clean`"


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """The encoder that made the vectors; they mean nothing to another one."""

    name: str
    sha256: str
    dimension: int


@dataclass(frozen=True, slots=True)
class Counts:
    """The numbers of files, articles, passages and skips of a generation."""

    files: int
    articles: int
    passages: int
    skipped: int


@dataclass(frozen=True, slots=True)
class FileFacts:
    """One file of a generation: its bytes, and their SHA-256 in hexadecimal."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """The content of a generation, and the rules and libraries it was made with.

    Attributes:
        created: ISO 8601, UTC.
        seeds: the folder it was built from.
        rules: every setting that decides what the same seeds become; other rules give another index.
        libraries: versions of the libraries that parsed the seeds and wrote the index.
        files: every other file, by its path in the generation.
        engine: the name of the engine that holds its vectors and words.
        collection: the name under which the engine's server holds them; '' where they are files of the generation.
        mounts: folders of the seeds, and of what was added, on which another file system was mounted.
    """

    created: str
    seeds: str
    model: ModelFacts
    rules: dict[str, int]
    counts: Counts
    vectors: VectorsReport
    libraries: dict[str, str]
    files: dict[str, FileFacts]
    format: int = FORMAT
    mounts: tuple[str, ...] = ()
    engine: str = EMBEDDED
    collection: str = ""

    @property
    def expected(self) -> Expected:
        """Return what its engine must find where the generation is opened."""
        return Expected(self.counts.passages, self.model.dimension, Written(self.vectors, self.collection))


def library_versions() -> dict[str, str]:
    """Return the versions of the libraries that what a generation holds depends on."""
    return {name: version(name) for name in _LIBRARIES}


def facts_of(folder: Path) -> dict[str, FileFacts]:
    """Return the facts of every file of a generation but the manifest, by its path with '/' between folders."""
    paths = sorted(path for path in everything_in(folder) if path.is_file() and path != folder / MANIFEST)
    return {path.relative_to(folder).as_posix(): FileFacts(path.stat().st_size, sha256_of(path)) for path in paths}


def fields_of(manifest: Manifest) -> dict[str, Any]:
    """Return a manifest as its file has it, without the checksum."""
    fields = asdict(manifest)
    if manifest.engine == EMBEDDED:
        # As manifests have always been.
        del fields["engine"], fields["collection"]
    return fields


def write_manifest(manifest: Manifest, folder: Path) -> None:
    """Write the manifest and its own checksum."""
    fields = fields_of(manifest)
    (folder / MANIFEST).write_text(_written({**fields, "checksum": _checksum(fields)}), encoding="utf-8")


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a generation.

    Raises:
        GenerationError: if it is missing, was altered, or is of another format.
    """
    path = folder / MANIFEST
    try:
        # Opening a named pipe in its place would block for ever.
        if path.exists() and not path.is_file():
            raise GenerationError(f"{path} is no file: {_MEND}")
        return _parsed(path)
    except FileNotFoundError as error:
        raise GenerationError(f"{path} is missing: {_MEND}") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise GenerationError(f"{path} cannot be read: {_MEND}") from error


def _parsed(path: Path) -> Manifest:
    text = path.read_bytes().decode()
    fields: dict[str, Any] = json.loads(text)
    exact = _written(fields) == text
    if fields.pop("checksum") != _checksum(fields):
        raise GenerationError(f"{path} was altered: {_MEND}")
    if fields["format"] != FORMAT:
        raise GenerationError(f"{path} is of format {fields['format']}, this program reads format {FORMAT}: {_MEND}")
    if not exact:
        raise GenerationError(f"{path} was altered: {_MEND}")
    return Manifest(
        created=fields["created"],
        seeds=fields["seeds"],
        model=ModelFacts(*(fields["model"][name] for name in ("name", "sha256", "dimension"))),
        rules=fields["rules"],
        counts=Counts(**fields["counts"]),
        vectors=VectorsReport(**fields["vectors"]),
        libraries=fields["libraries"],
        files={name: FileFacts(**facts) for name, facts in fields["files"].items()},
        mounts=tuple(fields.get("mounts", ())),  # 0.1.0 wrote none
        engine=fields.get("engine", EMBEDDED),
        collection=fields.get("collection", ""),
    )


def check_files(manifest: Manifest, folder: Path) -> None:
    """Compare every byte of a generation that is read with its manifest.

    Raises:
        GenerationError: naming the first file that is missing, altered, or cannot be read.
    """
    for name, facts in manifest.files.items():
        if name.startswith(_UNREAD):
            continue
        path = folder / name
        if not path.is_file():
            raise GenerationError(f"{path} is missing: {_MEND}")
        try:
            sound = path.stat().st_size == facts.size and sha256_of(path) == facts.sha256
        except OSError as error:
            raise GenerationError(f"{path} cannot be read ({error.strerror}): {_MEND}") from error
        if not sound:
            raise GenerationError(f"{path} was altered: {_MEND}")


def unexpected_files(manifest: Manifest, folder: Path) -> list[str]:
    """Return what is in a generation's folder, of whatever kind, that its manifest does not name.

    Raises:
        GenerationError: if the folder cannot be read.
    """
    named = {MANIFEST, *manifest.files}
    folders = {parent.as_posix() for name in named for parent in PurePosixPath(name).parents}
    try:
        present = [path.relative_to(folder).as_posix() for path in everything_in(folder)]
    except OSError as error:
        raise GenerationError(f"{error.filename} cannot be read ({error.strerror}): {_MEND}") from error
    extra = set(present) - named - folders
    # Of a folder that holds files, the files are named.
    holding = {parent.as_posix() for name in extra for parent in PurePosixPath(name).parents}
    return sorted(extra - holding)


def _written(fields: dict[str, Any]) -> str:
    return json.dumps(fields, indent=2, ensure_ascii=False)


def _checksum(fields: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()

"""What a generation says of itself: `manifest.json`, with the SHA-256 of every other file and of itself."""

import hashlib
import json
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from index.errors import GenerationError
from index.model import sha256_of
from index.vectors import VectorsReport

MANIFEST: Final = "manifest.json"
# Raised whenever an older program could not serve a newer generation, or the other way round.
FORMAT: Final = 1
_LIBRARIES: Final = ("faiss-cpu", "openvino", "sentencex", "tantivy", "tokenizers")
_MEND: Final = "rebuild it with `python -m index build --clean`"


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """The encoder that made the vectors: they mean nothing to another one."""

    name: str
    sha256: str
    dimension: int


@dataclass(frozen=True, slots=True)
class Counts:
    """How much a generation holds."""

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
    """What a generation holds and how it was made.

    Attributes:
        created: ISO 8601, UTC.
        seeds: the folder it was built from.
        rules: everything that decides where passages begin and end; other rules give other passages.
        libraries: versions of what wrote it.
        files: every other file, by its path in the generation.
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


def library_versions() -> dict[str, str]:
    """The versions of the libraries that what a generation holds depends on."""
    return {name: version(name) for name in _LIBRARIES}


def facts_of(folder: Path) -> dict[str, FileFacts]:
    """Every file of a generation but the manifest, by its path with '/' between folders."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / MANIFEST)
    return {path.relative_to(folder).as_posix(): FileFacts(path.stat().st_size, sha256_of(path)) for path in paths}


def write_manifest(manifest: Manifest, folder: Path) -> None:
    """Write the manifest and its own checksum."""
    fields = asdict(manifest)
    text = json.dumps({**fields, "checksum": _checksum(fields)}, indent=2, ensure_ascii=False)
    (folder / MANIFEST).write_text(text, encoding="utf-8")


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a generation.

    Raises:
        GenerationError: if it is missing, was altered, or is of another format.
    """
    path = folder / MANIFEST
    try:
        fields: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        checksum = fields.pop("checksum")
        found_format = fields["format"]
    except FileNotFoundError as error:
        raise GenerationError(f"{path} is missing: {_MEND}") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise GenerationError(f"{path} cannot be read: {_MEND}") from error
    if checksum != _checksum(fields):
        raise GenerationError(f"{path} was altered: {_MEND}")
    if found_format != FORMAT:
        raise GenerationError(f"{path} is of format {found_format}, this program reads format {FORMAT}: {_MEND}")
    return Manifest(
        created=fields["created"],
        seeds=fields["seeds"],
        model=ModelFacts(**fields["model"]),
        rules=fields["rules"],
        counts=Counts(**fields["counts"]),
        vectors=VectorsReport(**fields["vectors"]),
        libraries=fields["libraries"],
        files={name: FileFacts(**facts) for name, facts in fields["files"].items()},
    )


def check_files(manifest: Manifest, folder: Path) -> None:
    """Compare every byte of a generation with its manifest.

    Raises:
        GenerationError: naming the first file that is missing, altered, or not in the manifest.
    """
    for name, facts in manifest.files.items():
        path = folder / name
        if not path.is_file():
            raise GenerationError(f"{path} is missing: {_MEND}")
        if path.stat().st_size != facts.size or sha256_of(path) != facts.sha256:
            raise GenerationError(f"{path} was altered: {_MEND}")


def unexpected_files(manifest: Manifest, folder: Path) -> list[str]:
    """The files in a generation's folder that its manifest does not name."""
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    return sorted(present - manifest.files.keys() - {MANIFEST})


def _checksum(fields: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()

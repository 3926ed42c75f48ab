"""The manifest: what is written is read back, and whatever was altered is refused."""

import json
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from index.engines.protocol import VectorsReport
from index.errors import GenerationError
from index.generation.manifest import (
    Counts,
    FileFacts,
    Manifest,
    ModelFacts,
    check_files,
    facts_of,
    library_versions,
    read_manifest,
    unexpected_files,
    write_manifest,
)
from tests.index.forging import write_checked

MANIFEST = Manifest(
    created="2026-01-14T10:15:00+00:00",
    seeds='/srv/"Ærlige" sæder\n/2026',
    model=ModelFacts("all-MiniLM-L6-v2", "ab" * 32, 384),
    rules={"reading": 1, "target": 200},
    counts=Counts(files=2, articles=3, passages=5, skipped=1),
    vectors=VectorsReport("hnsw32-sq8", 128, 0.9925),
    libraries={"tantivy": "0.24.0"},
    files={"catalog.sqlite": FileFacts(3, sha256(b"abc").hexdigest())},
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that the manifest is true of."""
    (tmp_path / "catalog.sqlite").write_bytes(b"abc")
    write_manifest(MANIFEST, tmp_path)
    return tmp_path


def test_what_is_written_is_read_back(folder: Path) -> None:
    assert read_manifest(folder) == MANIFEST
    check_files(MANIFEST, folder)


def test_it_is_json_that_holds_its_own_checksum(folder: Path) -> None:
    fields = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    checksum = fields.pop("checksum")
    assert checksum == sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()
    assert fields["counts"] == {"files": 2, "articles": 3, "passages": 5, "skipped": 1}
    assert fields["format"] == 3


def test_an_altered_bit_is_noticed_wherever_it_is(folder: Path) -> None:
    path = folder / "manifest.json"
    sound = path.read_bytes()
    for place in range(len(sound)):
        altered = bytearray(sound)
        altered[place] ^= 1 << place % 8
        path.write_bytes(altered)
        with pytest.raises(GenerationError, match=r"manifest\.json (was altered|cannot be read): rebuild it with"):
            read_manifest(folder)


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text + "\n",
        lambda text: " " + text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text[:-1],
        lambda text: json.dumps(json.loads(text)),
        lambda text: text.replace('"passages": 5', '"passages": 6'),
    ],
)
def test_a_manifest_that_is_not_exactly_what_was_written_is_refused(folder: Path, damage: Callable[[str], str]) -> None:
    path = folder / "manifest.json"
    path.write_bytes(damage(path.read_bytes().decode()).encode())
    with pytest.raises(GenerationError, match=r"manifest\.json (was altered|cannot be read): rebuild it with"):
        read_manifest(folder)


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b"null", b"17", b'"x"', b"\xff\xfe", b"[" * 100_000, b'{"format": 1}', b"{\x00}"]
)
def test_what_is_no_manifest_is_refused_in_one_line(folder: Path, content: bytes) -> None:
    (folder / "manifest.json").write_bytes(content)
    with pytest.raises(GenerationError) as refused:
        read_manifest(folder)
    path = folder / "manifest.json"
    assert str(refused.value) == f"{path} cannot be read: rebuild it with `python -m index build --clean`"


def test_a_missing_manifest_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(GenerationError, match=r"manifest\.json is missing: rebuild it with"):
        read_manifest(tmp_path)


@pytest.mark.parametrize("found", [0, 1, 2, 4, "3", None])
def test_another_format_is_refused_with_both_numbers(folder: Path, found: object) -> None:
    path = folder / "manifest.json"
    fields: dict[str, Any] = json.loads(path.read_text())
    write_checked(path, {**fields, "format": found, "a field of the future": True})
    with pytest.raises(GenerationError, match=f"is of format {found}, this program reads format 3: rebuild it with"):
        read_manifest(folder)


@pytest.mark.parametrize("gone", ["created", "model", "counts", "vectors", "files"])
def test_a_field_that_is_missing_is_refused_even_with_the_right_checksum(folder: Path, gone: str) -> None:
    path = folder / "manifest.json"
    fields: dict[str, Any] = json.loads(path.read_text())
    del fields[gone]
    write_checked(path, fields)
    with pytest.raises(GenerationError, match="cannot be read: rebuild it with"):
        read_manifest(folder)


def test_facts_are_sizes_and_checksums_of_all_files_but_the_manifest(folder: Path) -> None:
    (folder / "lexicon").mkdir()
    (folder / "lexicon" / "meta.json").write_bytes(b"{}")
    assert facts_of(folder) == {
        # printf abc | sha256sum; printf {} | sha256sum
        "catalog.sqlite": FileFacts(3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        "lexicon/meta.json": FileFacts(2, "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"),
    }


def test_a_folder_or_a_broken_link_in_the_place_of_a_file_is_a_missing_file(folder: Path) -> None:
    catalog = folder / "catalog.sqlite"
    catalog.unlink()
    catalog.mkdir()
    with pytest.raises(GenerationError, match=r"catalog\.sqlite is missing"):
        check_files(MANIFEST, folder)
    catalog.rmdir()
    catalog.symlink_to("nowhere")
    with pytest.raises(GenerationError, match=r"catalog\.sqlite is missing"):
        check_files(MANIFEST, folder)


def test_files_that_the_manifest_does_not_name_are_found(folder: Path) -> None:
    assert unexpected_files(MANIFEST, folder) == []
    (folder / "lexicon").mkdir()
    (folder / "lexicon" / "stray").touch()
    (folder / "a").touch()
    assert unexpected_files(MANIFEST, folder) == ["a", "lexicon/stray"]
    assert unexpected_files(replace(MANIFEST, files={}), folder) == ["a", "catalog.sqlite", "lexicon/stray"]


def test_the_versions_are_those_that_are_installed() -> None:
    versions = library_versions()
    for name in ("sentencex", "tokenizers", "tantivy", "faiss-cpu", "openvino", "trafilatura"):
        assert versions[name] == version(name)

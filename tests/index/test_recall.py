"""`verify` measures the recall of the vector index again, and holds it against what the manifest says."""

import json
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from index.article import Article, Passage, Span
from index.engines import faiss_kinds as vector_kinds
from index.engines.dense import Recall, write
from index.engines.embedded import LEXICON, VECTORS
from index.engines.protocol import Document, VectorsReport
from index.errors import GenerationError
from index.generation.catalog import StoredArticle
from index.generation.catalog_writer import CatalogWriter
from index.generation.generation import CATALOG, publish, scratch, verify
from index.generation.manifest import Counts, Manifest, ModelFacts, facts_of
from tests.conftest import write_bm25

TEXT = "The ferry leaves at noon."


def generation(index: Path, rows: NDArray[np.float32], said: float | None = None) -> Path:
    """Publish one passage for each row; the manifest says the recall that was measured, or the one given."""
    index.mkdir(exist_ok=True)
    built = scratch(index)
    with CatalogWriter(built / CATALOG) as catalog:
        for number in range(len(rows)):
            article = Article(f"a{number}", "a.jsonl", TEXT)
            passage = Passage(Span(0, len(TEXT)))
            catalog.add_article(StoredArticle(article, sha256(TEXT.encode()).hexdigest(), (passage,), b""))
        catalog.finish()
    write_bm25(built / LEXICON, (Document(number, TEXT, "en") for number in range(len(rows))))
    made = write(rows, built / VECTORS, exact_below=100)
    manifest = Manifest(
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        seeds="/srv/seeds",
        model=ModelFacts("a model", "ab" * 32, rows.shape[1]),
        rules={},
        counts=Counts(1, len(rows), len(rows), 0),
        vectors=made if said is None else VectorsReport(made.kind, made.effort, said),
        libraries={},
        files=facts_of(built),
    )
    return publish(built, manifest, index)


def scattered(count: int) -> NDArray[np.float32]:
    rows = np.random.default_rng(3).normal(size=(count, 32))
    unit: NDArray[np.float32] = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return unit


def test_an_index_that_finds_what_its_manifest_says_is_sound(tmp_path: Path) -> None:
    folder = generation(tmp_path / "index", scattered(600))
    assert json.loads((folder / "manifest.json").read_text())["vectors"]["kind"] == "hnsw32-sq8"
    verify(tmp_path / "index").close()


def test_verify_notices_an_index_that_finds_less_than_its_manifest_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A graph of hardly any links, which finds few of the nearest.
    for name, little in (("_LINKS", 2), ("_EF_CONSTRUCTION", 2), ("_EF_SEARCH", (1,))):
        monkeypatch.setattr(vector_kinds, name, little)
    rows = scattered(600)
    verify_as_measured = generation(tmp_path / "honest", rows)
    measured = json.loads((verify_as_measured / "manifest.json").read_text())["vectors"]["recall"]
    assert measured < 0.9
    verify(tmp_path / "honest").close()
    folder = generation(tmp_path / "index", rows, said=0.99)
    with pytest.raises(GenerationError) as unsound:
        verify(tmp_path / "index")
    assert str(unsound.value) == (
        f"the vectors of {folder} find {measured:.3f} of the nearest passages where the manifest says 0.990: "
        "rebuild it with `python -m index build --clean`"
    )


def test_the_share_of_the_nearest_that_is_found_is_counted_whatever_else_is_found() -> None:
    # On a line from east to north: the query, halfway between any two, has the middle ones nearest.
    angles = np.linspace(0, np.pi / 2, 11)
    rows = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    recall = Recall(11, rows.__getitem__, depth=4)
    exact = np.argsort(-(recall.queries @ rows.T), axis=1, kind="stable")
    assert recall.of(lambda queries, k: exact[:, :k]) == 1.0
    worse = exact[:, [0, 1, 9, 10]]
    # A query that lies halfway between two rows has as near ones on both sides.
    assert 0.5 <= recall.of(lambda queries, k: worse) < 0.7
    assert recall.of(lambda queries, k: np.full((11, 4), -1)) == 0.0


def test_vectors_are_looked_at_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = scattered(300)
    whole = Recall(300, rows.__getitem__)
    monkeypatch.setattr("index.engines.dense._BLOCK", 70)
    blocks: list[int] = []

    def some(numbers: NDArray[np.int64]) -> NDArray[np.float32]:
        blocks.append(len(numbers))
        return rows[numbers]

    parts = Recall(300, some)
    assert blocks[2:] == [70, 70, 70, 70, 20]

    def search(queries: NDArray[np.float32], k: int) -> NDArray[np.int64]:
        return np.argsort(-(queries @ rows.T), axis=1)[:, ::2][:, :k]

    assert parts.of(search) == whole.of(search)

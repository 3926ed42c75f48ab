"""A generation of recombined passages, written by the project's own writers: nothing is parsed or encoded.

    python -m benchmarks.scaled_index WORK PASSAGES PART

`benchmarks.scale` runs this in a process of its own for every part: catalog.sqlite, lexicon, vectors.faiss. The parts
stay in the work folder. One whose format has changed can be deleted there, and is made anew without the others.
"""

import hashlib
import json
import os
import random
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.corpus import peak
from benchmarks.recombined import PASSAGES_EACH, Pool, Recombined, articles, compose_into
from index.article import Article, Found, Passage, Span
from index.encoder.model import DEFAULT_MODEL, prepare, read_card
from index.engines import dense
from index.engines.bm25 import Bm25Writer
from index.engines.embedded import LEXICON, VECTORS, Embedded
from index.engines.protocol import Document, Engine, VectorsReport, Written
from index.generation.catalog import SeedRecord, StoredArticle
from index.generation.catalog_writer import CatalogWriter
from index.generation.generation import CATALOG, publish, scratch, sweep
from index.generation.manifest import Counts, Manifest, ModelFacts, facts_of, library_versions
from index.passage_rules import prefixed

SENTENCES: Final = "sentences.json"
SENTENCE_VECTORS: Final = "sentences.npy"
MODELS: Final = "models"
ROWS: Final = "rows.f32"
_PATH: Final = "recombined.jsonl"
# No article is like another: none is looked for, and a signature only takes its place.
_SIGNATURE: Final = bytes(512)
_BETWEEN: Final = "\n\n"
# Of the sources that articles come from, so many are daily, and their articles lie scattered among the others.
_SOURCES: Final = 11
_DAILY: Final = 8
_EMBEDDED: Final = Embedded()


def parts_of(work: Path, passages: int) -> Path:
    """Return the folder with the parts of an index of that many passages."""
    return work / f"{passages}" / "parts"


def data_of(work: Path, passages: int) -> Path:
    """Return the data folder of an index of that many passages."""
    return work / f"{passages}" / "data"


def rows_of(work: Path, pool: Pool, passages: int) -> NDArray[np.float32]:
    """Return the vectors of that many passages, float32 of shape (passages, dimension), mapped from a file."""
    sentences: NDArray[np.float32] = np.load(work / SENTENCE_VECTORS, mmap_mode="r")
    path, width = work / ROWS, sentences.shape[1] * sentences.itemsize
    # The same passages come first however many they are: the vectors of more hold those of fewer.
    there = path.stat().st_size // width if path.exists() else 0
    if there < passages:
        made = np.memmap(path.with_suffix(".new"), np.float32, "w+", shape=(passages, sentences.shape[1]))
        compose_into(made, pool, sentences)
        made.flush()
        path.with_suffix(".new").replace(path)
        there = passages
    return np.memmap(path, np.float32, "r", shape=(there, sentences.shape[1]))[:passages]


def stored_pool(work: Path) -> Pool:
    """Read the sentences in the work folder."""
    stored = json.loads((work / SENTENCES).read_text(encoding="utf-8"))
    return Pool(stored["sentences"], np.array(stored["starts"], np.int64))


def _write_catalog(folder: Path, work: Path, pool: Pool, passages: int) -> dict[str, Any]:
    with CatalogWriter(folder / CATALOG) as writer:
        for made in articles(pool, passages):
            writer.add_article(_stored(made, pool))
        writer.add_files([SeedRecord(_PATH, hashlib.sha256(b"").hexdigest(), 0, True)], [])
        writer.finish()
    return {}


def _stored(made: Recombined, pool: Pool) -> StoredArticle:
    quotes = [pool.text(passage) for passage in made.passages]
    text, cuts, start = _BETWEEN.join(quotes), [], 0
    for ordinal, quote in enumerate(quotes):
        cuts.append(Passage(Span(start, start + len(quote)), "", ordinal + 1))
        start += len(quote) + len(_BETWEEN)
    named, english = Found(made.title, "recombined"), Found("en", "recombined")
    number = random.Random(made.number).randrange(_SOURCES)
    source = Found(f"{'Daily' if number < _DAILY else 'Weekly'} {number}", "recombined")
    article = Article(f"recombined-{made.number}", _PATH, text, title=named, source=source, language=english)
    return StoredArticle(article, hashlib.sha256(text.encode()).hexdigest(), tuple(cuts), _SIGNATURE)


def _write_lexicon(folder: Path, work: Path, pool: Pool, passages: int) -> dict[str, Any]:
    with Bm25Writer(folder / LEXICON) as writer:
        for document in documents(pool, passages):
            writer.add(document)
    return {}


def documents(pool: Pool, passages: int) -> Iterator[Document]:
    """Yield that many passages as an engine's writer of words takes them."""
    number = 0
    for made in articles(pool, passages):
        for passage in made.passages:
            yield Document(number, prefixed(made.title, "", pool.text(passage)), "en")
            number += 1


def _write_vectors(folder: Path, work: Path, pool: Pool, passages: int) -> dict[str, Any]:
    report = dense.write(rows_of(work, pool, passages), folder / VECTORS)
    return {"kind": report.kind, "effort": report.effort, "recall": report.recall}


# The writer of each part into a folder; it returns its own figures.
PARTS: Final[dict[str, Callable[[Path, Path, Pool, int], dict[str, Any]]]] = {
    CATALOG: _write_catalog,
    LEXICON: _write_lexicon,
    VECTORS: _write_vectors,
}


def make_part(work: Path, passages: int, name: str) -> None:
    """Make one part of an index unless it is there, and write down what it took."""
    folder = parts_of(work, passages)
    figures = folder / f"{name}.json"
    if figures.exists() and (folder / name).exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    pool = stored_pool(work)
    started, used = time.perf_counter(), time.process_time()
    made = PARTS[name](folder, work, pool, passages)
    made["seconds"] = time.perf_counter() - started
    made["processor_seconds"] = time.process_time() - used
    made["peak_mb"] = peak()
    figures.write_text(json.dumps(made), encoding="utf-8")


def figures_of(work: Path, passages: int, name: str) -> dict[str, Any]:
    """Read what a part took when it was made: seconds, processor_seconds and peak_mb, and its own figures."""
    figures: dict[str, Any] = json.loads((parts_of(work, passages) / f"{name}.json").read_text(encoding="utf-8"))
    return figures


def publish_parts(work: Path, passages: int) -> None:
    """Publish the generation that is made of the parts."""
    data = data_of(work, passages)
    built = begun(work, passages, data, PARTS)
    made = figures_of(work, passages, VECTORS)
    published(work, passages, data, built, Written(VectorsReport(made["kind"], made["effort"], made["recall"])))


def begun(work: Path, passages: int, data: Path, parts: Iterable[str]) -> Path:
    """Return the folder of a generation that is to be published in a data folder, with some of the parts."""
    (data / "index").mkdir(parents=True, exist_ok=True)
    if not (data / "models").exists():
        (data / "models").symlink_to((work / MODELS).resolve())
    built = scratch(data / "index")
    for name in parts:
        _link(parts_of(work, passages) / name, built / name)
    return built


def published(work: Path, passages: int, data: Path, built: Path, written: Written, engine: Engine = _EMBEDDED) -> None:
    """Publish what `begun` began and an engine wrote."""
    card = read_card(prepare(DEFAULT_MODEL, work / MODELS))
    manifest = Manifest(
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        seeds=str(work.resolve()),
        model=ModelFacts(card.name, card.sha256, card.dimension),
        rules={},
        counts=Counts(1, -(-passages // PASSAGES_EACH), passages, 0),
        vectors=written.vectors,
        libraries=library_versions(),
        files=facts_of(built),
        engine=engine.name,
        collection=written.collection,
    )
    publish(built, manifest, data / "index")
    sweep(data / "index", engine)


def _link(part: Path, place: Path) -> None:
    """Link a file, or the files of a folder, to another place."""
    if part.is_dir():
        place.mkdir()
        for file in part.iterdir():
            os.link(file, place / file.name)
    else:
        os.link(part, place)


if __name__ == "__main__":
    make_part(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])

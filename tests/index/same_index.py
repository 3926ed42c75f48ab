"""What an index holds, read without the code that wrote it, and whether two hold the same."""

import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from index.engines.bm25 import word_query
from index.generation.generation import Generation

Rows = list[tuple[Any, ...]]
TABLES = {"files": "path", "shared_lines": "key", "skipped": "rowid", "articles": "number", "passages": "number"}


def served(data: Path) -> Path:
    """The folder of the generation that CURRENT names."""
    return data / "index" / (data / "index" / "CURRENT").read_text().strip()


def folders(data: Path) -> set[str]:
    """Everything in the index's folder but CURRENT and the lock."""
    return {path.name for path in (data / "index").iterdir()} - {"CURRENT", ".lock"}


def rows(data: Path, query: str) -> Rows:
    """What the catalog being served answers to a query."""
    with closing(sqlite3.connect(f"{(served(data) / 'catalog.sqlite').as_uri()}?mode=ro", uri=True)) as db:
        return db.execute(query).fetchall()


def catalog_of(data: Path) -> dict[str, Rows]:
    """Every row of every table."""
    return {table: rows(data, f"SELECT * FROM {table} ORDER BY {order}") for table, order in TABLES.items()}


def texts(data: Path) -> dict[str, str]:
    """The text of every article by its id."""
    return dict(rows(data, "SELECT id, text FROM articles"))


def words_of(data: Path) -> list[str]:
    """Every word that stands in a title or text, and one that never does."""
    told = " ".join(f"{title} {text}" for title, text in rows(data, "SELECT title, text FROM articles"))
    return [*sorted({word.lower() for word in re.findall(r"[^\W_]+", told)}), "zyzzogeton"]


def assert_same_index(one: Path, other: Path) -> None:
    """Equal catalogs, row by row; equal words; vectors equal but for rounding."""
    assert catalog_of(one) == catalog_of(other)
    mine, theirs = Generation.open(one / "index"), Generation.open(other / "index")
    with closing(mine), closing(theirs):
        assert mine.manifest.counts == theirs.manifest.counts
        assert mine.manifest.rules == theirs.manifest.rules
        assert len(mine.bm25) == len(theirs.bm25)
        for word in words_of(one):
            query = word_query([word], ["en", None])
            for form in query[0]:
                assert mine.bm25.idf(form) == theirs.bm25.idf(form), form
            my_numbers, my_scores = mine.bm25.search(query, 1000)
            their_numbers, their_scores = theirs.bm25.search(query, 1000)
            assert my_numbers.tolist() == their_numbers.tolist(), word
            assert my_scores.tolist() == their_scores.tolist(), word
        numbers = np.arange(mine.manifest.counts.passages)
        for number, vector in enumerate(vectors_of(mine)):
            cosine = theirs.vectors.cosines(vector, numbers[number : number + 1])
            assert cosine[0] > 1 - 1e-3, number


def vectors_of(generation: Generation) -> list[np.ndarray[Any, np.dtype[np.float32]]]:
    """The vector of each passage by number, component by component: its product with every unit vector of the axes."""
    dimension, count = generation.manifest.model.dimension, generation.manifest.counts.passages
    axes = np.eye(dimension, dtype=np.float32)
    components = [generation.vectors.cosines(axis, np.arange(count)) for axis in axes]
    return list(np.stack(components, axis=1))


def copied(data: Path, to: Path) -> Path:
    """A copy of a data folder, sharing the converted models."""
    return Path(shutil.copytree(data, to, symlinks=True))

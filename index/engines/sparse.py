"""BM25 as an inner product of sparse vectors, for engines that can add up weights and nothing else.

Of BM25's sum over a question's words, the document's factor is stored as its weight of the word, and the word's inverse
document frequency stands in the question:

    weight = tf · (k1 + 1) / (tf + k1 · (1 - b + b · length / average length))

Robertson & Zaragoza (2009), "The Probabilistic Relevance Framework: BM25 and Beyond". Lengths are rounded as tantivy
stores them, in one byte, so that both engines give the same scores.

A word's dimension is a hash of its form, below 10^9, the most that PostgreSQL's and Milvus's sparse vectors both take.
Servers take no empty vector: a passage without words has one dimension that no word has.
How many passages hold each form stands in a file of the generation, `vocabulary.sqlite`.
"""

import hashlib
import math
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from index.engines.bm25 import stems, tokens
from index.engines.protocol import Document
from index.errors import GenerationError
from index.generation.connections import Connections

VOCABULARY: Final = "vocabulary.sqlite"
# The parameters of tantivy and Lucene.
_K1: Final = 1.2
_B: Final = 0.75
_DIMENSIONS: Final = 10**9
_NO_WORDS: Final = {_DIMENSIONS: 1e-9}
_COUNTED: Final = "words.u32"
_CACHED: Final = 65_536
_SCHEMA: Final = """
    CREATE TABLE forms (form TEXT PRIMARY KEY, passages INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE facts (passages INTEGER NOT NULL, words INTEGER NOT NULL);
"""
_MEND: Final = "rebuild it with `python -m index build --clean`"


@lru_cache(_CACHED)
def dimension_of(form: str) -> int:
    """Return the dimension of a word's form, below 10^9."""
    return int.from_bytes(hashlib.blake2b(form.encode(), digest_size=8).digest(), "big") % _DIMENSIONS


def rounded_length(length: int) -> int:
    """Return a number of words as one byte of tantivy's and Lucene's holds it: exact to 40, then to three bits."""
    free = 24
    if length < free:
        return length
    shift = max(0, (length - free).bit_length() - 4)
    return free + ((length - free) >> shift << shift)


def weights(counts: NDArray[np.uint32], length: int, average: float) -> NDArray[np.float32]:
    """Return the weight of each word of a passage, float32 of shape (words,).

    Parameters:
        counts: how often the passage holds each word, of shape (words,).
        length: its number of words.
        average: the mean number of words of all passages.
    """
    tf = counts.astype(np.float64)
    norm = _K1 * (1 - _B + _B * rounded_length(length) / average)
    return (tf * (_K1 + 1) / (tf + norm)).astype(np.float32)


@dataclass(frozen=True, slots=True)
class SparseRow:
    """The words of one passage: dimensions, uint32, ascending, and weights, float32, both of shape (words,)."""

    dimensions: NDArray[np.uint32]
    weights: NDArray[np.float32]

    def as_dict(self) -> dict[int, float]:
        """Return the weight by dimension, one at least."""
        return dict(zip(self.dimensions.tolist(), self.weights.tolist(), strict=True)) or _NO_WORDS


class WordCounts:
    """Counts the words of passages, as a context manager that writes the vocabulary where it is left.

    The counts stand in a file of the generation's folder until `remove_counts`.

    Raises:
        OSError: if the disk is full or refuses a write.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._forms: Counter[str] = Counter()
        self._passages = 0
        self._words = 0

    def __enter__(self) -> Self:
        self._file = (self._folder / _COUNTED).open("wb")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        if kind is not None:
            return
        try:
            with closing(sqlite3.connect(self._folder / VOCABULARY)) as db, db:
                db.executescript(_SCHEMA)
                db.executemany("INSERT INTO forms VALUES (?, ?)", sorted(self._forms.items()))
                db.execute("INSERT INTO facts VALUES (?, ?)", [self._passages, self._words])
        except sqlite3.Error as refused:
            raise OSError(f"{self._folder / VOCABULARY} could not be written: {refused}") from refused

    def add(self, document: Document) -> None:
        """Count the words of a passage."""
        words = stems(tokens(document.text), document.language)
        counts = Counter(words)
        self._forms.update(counts.keys())
        self._passages += 1
        self._words += len(words)
        # Two forms of one dimension count as one word.
        held: Counter[int] = Counter()
        for form, count in counts.items():
            held[dimension_of(form)] += count
        row = np.array([len(words), len(held), *(part for pair in sorted(held.items()) for part in pair)], np.uint32)
        self._file.write(row.tobytes())


def sparse_rows(folder: Path) -> Iterator[SparseRow]:
    """Yield the words of each passage that was counted in `folder`, in order."""
    with closing(sqlite3.connect(folder / VOCABULARY)) as db:
        passages, words = db.execute("SELECT passages, words FROM facts").fetchone()
    average = max(words, 1) / max(passages, 1)
    with (folder / _COUNTED).open("rb") as file:
        for _ in range(passages):
            length, held = np.frombuffer(file.read(8), np.uint32).tolist()
            pairs = np.frombuffer(file.read(8 * held), np.uint32).reshape(held, 2)
            yield SparseRow(pairs[:, 0], weights(pairs[:, 1], length, average))


def remove_counts(folder: Path) -> None:
    """Remove the counts, which are not part of the generation."""
    (folder / _COUNTED).unlink(missing_ok=True)


class Vocabulary:
    """How many passages hold each form, of a finished generation. Safe to use from several threads.

    Raises:
        GenerationError: if it cannot be read, or is of another number of passages.
    """

    def __init__(self, folder: Path, passages: int) -> None:
        self._path = folder / VOCABULARY
        try:
            self._connections = Connections(self._path)
            with self._connections.one() as db:
                (self._passages,) = db.execute("SELECT passages FROM facts").fetchone()
        except (sqlite3.Error, TypeError) as error:
            raise GenerationError(f"{self._path} cannot be read: {_MEND}") from error
        if self._passages != passages:
            raise GenerationError(
                f"{self._path} is of {self._passages} passages where the manifest says {passages}: {_MEND}"
            )
        self._passages_with = lru_cache(_CACHED)(self._looked_up)

    def __len__(self) -> int:
        return int(self._passages)

    def passages_with(self, form: str) -> int:
        """Return how many passages hold a form."""
        return self._passages_with(form)

    def idf(self, form: str) -> float:
        """Return the inverse document frequency of a form, see `Bm25Index.idf`."""
        n = self.passages_with(form)
        return math.log(1 + (self._passages - n + 0.5) / (n + 0.5))

    def beginning(self, beginning: str) -> list[tuple[str, int]]:
        """Return the forms that begin like that, with the number of passages that hold each, the commonest first."""
        after = f"{beginning}\U0010ffff"
        found = self._read(
            "SELECT form, passages FROM forms WHERE form >= ? AND form < ? ORDER BY passages DESC, form",
            (beginning, after),
        )
        return [(str(form), int(passages)) for form, passages in found]

    def _looked_up(self, form: str) -> int:
        found = self._read("SELECT passages FROM forms WHERE form = ?", (form,))
        return int(found[0][0]) if found else 0

    def _read(self, statement: str, values: tuple[str, ...]) -> list[tuple[Any, ...]]:
        try:
            with self._connections.one() as db:
                return db.execute(statement, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise GenerationError(f"{self._path} cannot be read: {_MEND}") from error

    def close(self) -> None:
        """Close its file."""
        self._connections.close()

"""The protocol of an engine: what keeps a generation's vectors and words, and finds passages by them.

A generation's folder holds its manifest and its catalog whatever the engine. The rest is the engine's: files in that
folder, or a collection of a server, which the manifest names. Nothing outside of `engines` and of the programs that
choose one knows which engine it is.

Passages go by number, from 0, in the order in which they were added. Larger scores are better. Fewer hits than were
asked for are never padded: arrays are as long as what was found.
"""

from collections.abc import Collection, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from index.engines.among import Among, Origin

Vectors = NDArray[np.float32]
Numbers = NDArray[np.int64]
Scores = NDArray[np.float32]

# The name of the engine that ships, see embedded.py.
EMBEDDED: Final = "embedded"

# For each word of a question, its forms in the languages that were asked for.
WordQuery = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A passage to be indexed: its number, the text to find it by, and its language."""

    number: int
    text: str
    language: str | None


@dataclass(frozen=True, slots=True)
class VectorsReport:
    """The kind, effort and recall of an index of vectors; stored in the manifest.

    Attributes:
        kind: 'exact', or the structure and how vectors are stored: 'hnsw32-sq8', 'hnsw32-fp16',
            'ivf-rabitq2-sq8'.
        effort: how many candidates a search of a graph keeps (efSearch), or in how many lists it looks (nprobe); 0 for
            exact search.
        recall: share of the 100 nearest that it finds, measured against exact search on its own vectors.
    """

    kind: str
    effort: int
    recall: float


class VectorSearch(Protocol):
    """Nearest passages by cosine. Safe to search from several threads."""

    def search(self, vector: Vectors, k: int, among: Among | None = None) -> tuple[Numbers, Scores]:
        """Return the `k` nearest passages, fewer where there are not as many.

        Parameters:
            vector: float32 of shape (dimension,), unit length.
            among: the passages that may be found; None for all. Among few of them search is exact.

        Returns:
            passage numbers, int64, and cosines, float32, both of shape (found,), the nearest first; equal cosines
            in the order of passage numbers.
        """

    def cosines(self, vector: Vectors, numbers: Numbers) -> Scores:
        """Return the cosine of `vector` to each of these passages, float32 of shape (numbers,)."""

    def rows(self, numbers: Numbers) -> Vectors:
        """Return the vectors of these passages as they are stored, float32 of shape (numbers, dimension)."""

    def recall(self) -> float:
        """Measure the share of the 100 nearest that it finds, against exact search over the vectors it holds."""


class WordSearch(Protocol):
    """BM25 search over the stemmed words of the passages. Safe to search from several threads."""

    def __len__(self) -> int:
        """Return the number of passages."""

    def search(
        self, query: WordQuery, k: int, among: Among | None = None, *, every: bool = False
    ) -> tuple[Numbers, Scores]:
        """Return the `k` best passages for these words, fewer where not as many hold one of them.

        Parameters:
            among: the passages that may be found; None for all.
            every: whether a passage must hold every word.

        Returns:
            passage numbers, int64, and BM25 scores, float32, both of shape (found,), the best first; equal scores in
            the order of passage numbers.
        """

    def scores(self, query: WordQuery, numbers: Numbers) -> Scores:
        """Return the BM25 score of each of these distinct passages, float32 of shape (numbers,).

        It is 0 where a passage holds none of the words.
        """

    def idf(self, form: str) -> float:
        """Return the inverse document frequency of a word's form, as BM25 has it."""

    def holds(self, form: str) -> bool:
        """Return whether a passage holds a word's form."""

    def forms_beginning(self, beginning: str) -> list[tuple[str, int]]:
        """Return the forms that begin like that, with the number of passages that hold each, the commonest first."""

    def close(self) -> None:
        """Let go of its files, once nothing is asked any more."""


class WordsWriter(Protocol):
    """Takes the words of a generation's passages, one passage after another, in the order of their numbers."""

    def add(self, document: Document) -> None:
        """Add a passage."""


@dataclass(frozen=True, slots=True)
class Written:
    """The part of a generation that its engine has written; stored in the manifest.

    Attributes:
        collection: the name under which a server holds it; '' where it stands in the generation's folder.
    """

    vectors: VectorsReport
    collection: str = ""


@dataclass(frozen=True, slots=True)
class Expected:
    """What an engine must find where a generation is opened, as its manifest says.

    Attributes:
        passages: their number.
        dimension: of the vectors.
    """

    passages: int
    dimension: int
    written: Written


class Engine(Protocol):
    """Keeps the vectors and words of generations.

    A generation is written in two steps, since its words are known one article after another and its vectors at the
    end. It never changes after that.
    """

    @property
    def name(self) -> str:
        """Return the engine's name, as manifests have it."""

    def words_writer(self, folder: Path) -> AbstractContextManager[WordsWriter]:
        """Return a writer of the words of a new generation in `folder`, whole when its context is left.

        Raises:
            OSError: if the disk is full or refuses a write.
        """

    def write(self, folder: Path, vectors: Vectors, origins: Iterable[Origin]) -> Written:
        """Write the vectors of the generation in `folder`, whose words have been written, and finish it.

        Parameters:
            vectors: float32 of shape (passages, dimension), unit length; perhaps of a file (`np.memmap`).
            origins: of every passage, in order; read only by an engine that stores them.

        Raises:
            OSError: if the disk is full or refuses a write.
            EngineError: if a server cannot be reached, or refuses.
        """

    def open(self, folder: Path, expected: Expected) -> tuple[VectorSearch, WordSearch]:
        """Open what was written for the generation in `folder`.

        Raises:
            GenerationError: if it cannot be read, or is not what is expected.
            EngineError: if a server cannot be reached.
        """

    def names(self) -> Collection[str]:
        """Return the names of all collections of this data folder that its server holds; none without a server."""

    def drop(self, name: str) -> None:
        """Remove a collection; nothing happens where there is none of that name."""

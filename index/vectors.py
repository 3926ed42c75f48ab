"""The vector index: exact while it is small, HNSW over 8-bit components when it is large (FAISS).

Vectors are unit length and the score is the inner product, so a score is a cosine: larger is better. Row i belongs
to passage number i.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import faiss
import numpy as np
from numpy.typing import NDArray

from index.errors import GenerationError

# Up to here exact search is fast enough: some 10 ms at 20,000 vectors of 384 components.
EXACT_BELOW: Final = 20_000
# How near the approximate index must come to exact search, in the 100 nearest of each query.
RECALL_WANTED: Final = 0.99
RECALL_DEPTH: Final = 100
_RECALL_QUERIES: Final = 500
# Malkov & Yashunin (2018), "Efficient and robust approximate nearest neighbor search using HNSW graphs".
_LINKS: Final = 32
_EF_CONSTRUCTION: Final = 200
_EF_SEARCH: Final = (128, 192, 256, 384, 512, 768, 1024)


@dataclass(frozen=True, slots=True)
class VectorsReport:
    """How an index was made; goes into the manifest.

    Attributes:
        kind: 'exact', or the quantizer below the graph, 'hnsw32-sq8' or 'hnsw32-fp16'.
        ef_search: how many candidates a search keeps; 0 for exact search.
        recall: share of the 100 nearest that it finds, measured against exact search on its own vectors.
    """

    kind: str
    ef_search: int
    recall: float


class VectorIndex:
    """Nearest passages by cosine. Read only, and safe to search from several threads."""

    def __init__(self, index: Any) -> None:
        self._index = index

    @classmethod
    def open(cls, path: Path, dimension: int, count: int, ef_search: int) -> "VectorIndex":
        """Load an index and check that it is the one that is expected.

        Raises:
            GenerationError: if it cannot be read, or holds other vectors than it should.
        """
        try:
            index = faiss.read_index(str(path))
        except RuntimeError as error:
            raise GenerationError(
                f"{path} cannot be read as a vector index: rebuild it with `python -m index build --clean`"
            ) from error
        if (index.d, index.ntotal) != (dimension, count):
            raise GenerationError(
                f"{path} holds {index.ntotal} vectors of {index.d} components where the manifest says "
                f"{count} of {dimension}: rebuild it with `python -m index build --clean`"
            )
        if ef_search:
            graph: Any = faiss.downcast_index(index)
            graph.hnsw.efSearch = ef_search
        return cls(index)

    def search(
        self, vector: NDArray[np.float32], k: int, among: NDArray[np.int64] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The `k` nearest passages, fewer where there are not as many.

        Parameters:
            vector: float32 of shape (dimension,), unit length.
            among: numbers of the passages that may be found, int64; None for all. Among them search is always exact.

        Returns:
            passage numbers, int64, and cosines, float32, both of shape (found,), the nearest first; equal cosines
            in the order of passage numbers.
        """
        k = min(k, self._index.ntotal)
        if among is None:
            cosines, numbers = self._index.search(vector[np.newaxis], k)
        else:
            cosines, numbers = self._searched_among(vector, k, among)
        found = numbers[0] >= 0
        numbers, cosines = numbers[0][found], cosines[0][found]
        order = np.lexsort((numbers, -cosines))
        return numbers[order], cosines[order]

    def _searched_among(self, vector: NDArray[np.float32], k: int, among: NDArray[np.int64]) -> tuple[Any, Any]:
        # A graph loses its way where most of its nodes may not be found; the flat store below it does not.
        store: Any = faiss.downcast_index(getattr(self._index, "storage", self._index))
        allowed = np.zeros(self._index.ntotal, np.bool_)
        allowed[among] = True
        selector: Any = faiss.IDSelectorBitmap
        parameters: Any = faiss.SearchParameters
        bits = np.packbits(allowed, bitorder="little")
        return store.search(vector[np.newaxis], k, params=parameters(sel=selector(bits)))  # type: ignore[no-any-return]

    def cosines(self, vector: NDArray[np.float32], numbers: NDArray[np.int64]) -> NDArray[np.float32]:
        """The cosine of `vector` to each of these passages, float32 of shape (numbers,)."""
        if not len(numbers):
            return np.empty(0, np.float32)
        rows: NDArray[np.float32] = self._index.reconstruct_batch(np.ascontiguousarray(numbers, np.int64))
        result: NDArray[np.float32] = rows @ vector
        return result


def write(vectors: NDArray[np.float32], path: Path, *, exact_below: int = EXACT_BELOW) -> VectorsReport:
    """Build the index that fits the number of vectors and write it to `path`.

    Parameters:
        vectors: float32 of shape (passages, dimension), unit length.
        exact_below: the number of vectors from which search is approximate.

    Raises:
        OSError: if the disk does not take it.
    """
    if len(vectors) < exact_below:
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(vectors)
        report = VectorsReport("exact", 0, 1.0)
    else:
        index, report = _approximate(vectors)
    try:
        # FAISS's own files are buffered, and what does not fit when one is closed is lost without a word.
        with path.open("wb") as file:
            writer: Any = faiss.PyCallbackIOWriter
            faiss.write_index(index, writer(file.write))
    except RuntimeError as error:  # what FAISS makes of a full disk
        raise OSError(f"{path} could not be written: {error}") from error
    return report


def _approximate(vectors: NDArray[np.float32]) -> tuple[Any, VectorsReport]:
    """The cheapest graph that reaches the recall wanted, or the best there is."""
    queries = _sample(vectors)
    nearest = _exact_nearest(vectors, queries)
    kinds: dict[str, Any] = {"hnsw32-sq8": faiss.ScalarQuantizer.QT_8bit, "hnsw32-fp16": faiss.ScalarQuantizer.QT_fp16}
    for kind, quantizer in kinds.items():
        index = faiss.IndexHNSWSQ(vectors.shape[1], quantizer, _LINKS, faiss.METRIC_INNER_PRODUCT)
        index.hnsw.efConstruction = _EF_CONSTRUCTION
        index.train(vectors)
        index.add(vectors)
        for ef_search in _EF_SEARCH:
            index.hnsw.efSearch = ef_search
            recall = recall_of(index.search(queries, nearest.shape[1])[1], nearest)
            if recall >= RECALL_WANTED:
                return index, VectorsReport(kind, ef_search, recall)
    return index, VectorsReport(kind, ef_search, recall)


def _sample(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Evenly spread rows to measure with: the same for the same vectors."""
    rows = np.linspace(0, len(vectors) - 1, min(_RECALL_QUERIES, len(vectors))).astype(np.int64)
    return vectors[rows]


def _exact_nearest(vectors: NDArray[np.float32], queries: NDArray[np.float32]) -> NDArray[np.int64]:
    _, nearest = faiss.knn(queries, vectors, min(RECALL_DEPTH, len(vectors)), metric=faiss.METRIC_INNER_PRODUCT)
    result: NDArray[np.int64] = nearest
    return result


def recall_of(found: NDArray[np.int64], nearest: NDArray[np.int64]) -> float:
    """The share of the true nearest, int64 of shape (queries, k), that are among those found, of the same shape."""
    shared = [len(np.intersect1d(mine, true)) for mine, true in zip(found, nearest, strict=True)]
    return float(sum(shared) / nearest.size)

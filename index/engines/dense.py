"""The vector index: exact while it is small, a graph when it is large, lists when it is very large (FAISS).

Vectors are unit length and the score is the inner product, so a score is a cosine: larger is better. Row i belongs
to passage number i.

The recall of an approximate index is measured on its own vectors. A question lies between passages, where an index
finds less than on its own vectors, so each query lies halfway between two passages. Measured on 60,000 passages with
300 questions, over graphs of efSearch 64, 128, 256, 512: questions .875 .951 .982 .992, halfway .870 .954 .984 .991,
passages themselves .939 .978 .989 .992.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import faiss
import numpy as np
from numpy.typing import NDArray

from index.engines.among import Among
from index.engines.faiss_kinds import candidates, set_effort, store
from index.engines.protocol import Numbers, Vectors, VectorsReport
from index.errors import GenerationError

# How many of the nearest of each query are looked for.
DEPTH: Final = 100
QUERIES: Final = 500
# Cosines that differ by less are equal, in single precision.
_EQUAL: Final = 1e-6
# Vectors that an exact search holds at once: 77 MB of 384 components.
_BLOCK: Final = 50_000
_SEED: Final = 20220121


class Recall:
    """The exact answers to a fixed sample of queries, to compare the answers of an index with.

    A vector as near as the k-th counts as found: among passages with equal text it is chance which ones come.

    Parameters:
        count: of vectors, at least 1.
        rows: gives the vectors of these numbers, int64, as float32 of shape (numbers, dimension), unit length.
        depth: how many of the nearest of each query are looked for.
    """

    def __init__(self, count: int, rows: Callable[[Numbers], Vectors], depth: int = DEPTH) -> None:
        self._rows = rows
        self._depth = min(depth, count)
        self.queries = _queries(count, rows)
        self._least = self._exact(count)

    def _exact(self, count: int) -> Vectors:
        """Return the cosine of each query to the last of its nearest, float32 of shape (queries,)."""
        best = np.empty((len(self.queries), 0), np.float32)
        for block in _blocks(count):
            k = min(self._depth, len(block))
            cosines, _ = faiss.knn(self.queries, self._rows(block), k, metric=faiss.METRIC_INNER_PRODUCT)
            best = -np.sort(-np.hstack([best, cosines]), axis=1)[:, : self._depth]
        least: Vectors = best[:, -1]
        return least

    def of(self, search: Callable[[Vectors, int], Numbers]) -> float:
        """Return the share of the nearest that a search finds.

        Parameters:
            search: returns the numbers of the vectors found for queries, int64 of shape (queries, depth), -1 for none.
        """
        found = search(self.queries, self._depth)
        shares = [self._share(*one) for one in zip(self.queries, found, self._least, strict=True)]
        return float(np.mean(shares))

    def _share(self, query: Vectors, found: Numbers, least: np.float32) -> float:
        cosines = self._rows(np.unique(found[found >= 0])) @ query
        return float(np.count_nonzero(cosines >= least - _EQUAL)) / self._depth


def _queries(count: int, rows: Callable[[Numbers], Vectors]) -> Vectors:
    """Return unit vectors halfway between passages evenly spread and others drawn with a fixed seed."""
    spread = np.linspace(0, count - 1, min(QUERIES, count)).astype(np.int64)
    others = np.random.default_rng(_SEED).integers(count, size=len(spread))
    halfway = rows(spread) + rows(others)
    # Between two opposite vectors lies zero, to which everything is equally near.
    lengths = np.maximum(np.linalg.norm(halfway, axis=1, keepdims=True), 1e-12)
    queries: Vectors = halfway / lengths
    return queries


def _blocks(count: int) -> Iterator[Numbers]:
    return (np.arange(start, min(start + _BLOCK, count)) for start in range(0, count, _BLOCK))


# Below this number every vector is compared: 2 ms at 20,000 of 384 components.
EXACT_BELOW: Final = 20_000
# Below this number a graph is made; its time to build grows faster than the number of vectors. Measured, see
# faiss_kinds.py.
GRAPH_BELOW: Final = 200_000
# Recall measured over the stored vectors differs a little from that over the ones they were made from.
RECALL_MARGIN: Final = 0.005
# The file ends with this mark and the number of bytes in front of it; FAISS reads neither.
_MARK: Final = b"vectors\n"


class VectorIndex:
    """Nearest passages by cosine. Read only, memory-mapped, and safe to search from several threads."""

    def __init__(self, index: Any) -> None:
        self._index = index
        self._store = store(index)

    @classmethod
    def open(cls, path: Path, dimension: int, count: int, effort: int) -> "VectorIndex":
        """Map an index and check that it is the one that is expected.

        Parameters:
            effort: as its report has it.

        Raises:
            GenerationError: if it cannot be read, or holds other vectors than it should.
        """
        try:
            _check_whole(path)
            # Mapped: processes that serve the same index share its memory.
            index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
        except (OSError, RuntimeError) as error:
            raise GenerationError(
                f"{path} cannot be read as a vector index: rebuild it with `python -m index build --clean`"
            ) from error
        if (index.d, index.ntotal) != (dimension, count):
            raise GenerationError(
                f"{path} holds {index.ntotal} vectors of {index.d} components where the manifest says "
                f"{count} of {dimension}: rebuild it with `python -m index build --clean`"
            )
        set_effort(index, effort)
        return cls(index)

    def search(
        self, vector: NDArray[np.float32], k: int, among: Among | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the `k` nearest passages, fewer where there are not as many.

        Parameters:
            vector: float32 of shape (dimension,), unit length.
            among: the passages that may be found; None for all. Among them search is always exact.

        Returns:
            passage numbers, int64, and cosines, float32, both of shape (found,), the nearest first; equal cosines
            in the order of passage numbers.
        """
        k = min(k, self._index.ntotal)
        with _threads(1):
            if among is None:
                cosines, numbers = self._index.search(vector[np.newaxis], k)
            else:
                cosines, numbers = self._searched_among(vector, k, among.numbers)
        found = numbers[0] >= 0
        numbers, cosines = numbers[0][found], cosines[0][found]
        order = np.lexsort((numbers, -cosines))
        return numbers[order], cosines[order]

    def _searched_among(self, vector: NDArray[np.float32], k: int, among: NDArray[np.int64]) -> tuple[Any, Any]:
        # A graph and lists lose recall where most vectors are filtered out; the store below them is exact.
        allowed = np.zeros(self._index.ntotal, np.bool_)
        allowed[among] = True
        selector: Any = faiss.IDSelectorBitmap
        parameters: Any = faiss.SearchParameters
        bits = np.packbits(allowed, bitorder="little")
        return self._store.search(  # type: ignore[no-any-return]
            vector[np.newaxis], k, params=parameters(sel=selector(bits))
        )

    def cosines(self, vector: NDArray[np.float32], numbers: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the cosine of `vector` to each of these passages, float32 of shape (numbers,)."""
        if not len(numbers):
            return np.empty(0, np.float32)
        result: NDArray[np.float32] = self.rows(numbers) @ vector
        return result

    def rows(self, numbers: NDArray[np.int64]) -> Vectors:
        """Return the vectors of these passages, one at least, float32 of shape (numbers, dimension)."""
        found: Vectors = self._store.reconstruct_batch(np.ascontiguousarray(numbers, np.int64))
        return found

    def recall(self) -> float:
        """Measure the share of the 100 nearest that it finds, against exact search over the vectors it holds."""
        with _threads(len(os.sched_getaffinity(0))):
            return _recall_of(self._index, Recall(self._index.ntotal, self._store.reconstruct_batch))


def write(
    vectors: NDArray[np.float32], path: Path, *, exact_below: int = EXACT_BELOW, graph_below: int = GRAPH_BELOW
) -> VectorsReport:
    """Build the index that fits the number of vectors and write it to `path`.

    Parameters:
        vectors: float32 of shape (passages, dimension), unit length; perhaps of a file (`np.memmap`).
        exact_below: the number of vectors from which search is approximate.
        graph_below: the number of vectors from which they are sorted into lists.

    Raises:
        OSError: if the disk is full or refuses a write.
    """
    with _threads(len(os.sched_getaffinity(0))):
        index, report = _built(vectors, exact_below, graph_below)
    try:
        # Files that FAISS opens itself are buffered, and a full disk when one is closed raises nothing.
        with path.open("wb") as file:
            writer: Any = faiss.PyCallbackIOWriter  # type: ignore[attr-defined]  # of the wrapper, which has no types
            faiss.write_index(index, writer(file.write))
            file.write(_end(file.tell()))
    except (OSError, RuntimeError) as error:  # as FAISS reports a full disk
        raise OSError(f"{path} could not be written: {error}") from error
    return report


def _end(size: int) -> bytes:
    return _MARK + size.to_bytes(8, "little")


def _check_whole(path: Path) -> None:
    """Raise OSError for a file that `write` did not finish or that was cut off: FAISS may crash where it maps one."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END) - len(_end(0))
        file.seek(max(0, size))
        if file.read() != _end(max(0, size)):
            raise OSError(f"{path} does not end as a vector index")


def _built(vectors: NDArray[np.float32], exact_below: int, graph_below: int) -> tuple[Any, VectorsReport]:
    """Return the first index that reaches the recall wanted, with the least effort; the last where none does."""
    measure: Recall | None = None
    for made in candidates(vectors, exact_below, graph_below):
        if not made.efforts:
            return made.index, VectorsReport(made.kind, 0, 1.0)
        measure = measure or Recall(len(vectors), vectors.__getitem__)
        for effort in made.efforts:
            set_effort(made.index, effort)
            report = VectorsReport(made.kind, effort, _recall_of(made.index, measure))
            if report.recall >= made.wanted:
                return made.index, report
    return made.index, report


def _recall_of(index: Any, measure: Recall) -> float:
    return measure.of(lambda queries, k: index.search(queries, k)[1])


@contextmanager
def _threads(count: int) -> Iterator[None]:
    """Have FAISS use so many cores meanwhile: all for a build; one for a question, since many may be asked at once."""
    # OpenMP keeps the number for each thread that calls it, so that a build and a question do not disturb each other.
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(count)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)

"""The kinds of vector index, by how many vectors there are (FAISS), and how each is made.

| kind | for | a search looks at |
|---|---|---|
| exact | few | every vector |
| hnsw32 | many | the neighbours of neighbours, of which it keeps efSearch |
| ivf | very many | two bits a component in the nprobe nearest lists, and the best of those again |

A graph answers fastest, but takes long to build and much memory; lists take a tenth of the time. Both also store
8 bits a component by number, to put hits in order and to return any vector.

Measured on vectors composed of those of sentences, seconds and milliseconds of one processor, both at a recall@100 of
.99: 60,000 in a graph are made in 35 s and searched in 1.4 ms, exactly in 6.7; 250,000 in lists are made in 13 s and
searched in 4.3 ms; 1,000,000 in lists are made in 120 s and searched in 8.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import faiss
import numpy as np

from index.engines.protocol import Vectors

# Lists need more, since they find less of what is nearest to a question than to the queries that measure recall:
# at 250,000 .993 of that was .991 of 100 questions, at 1,000,000 .992 was .987. Of a graph both are the same.
_WANTED: Final = 0.99
_WANTED_OF_LISTS: Final = 0.992
# Malkov & Yashunin (2018), "Efficient and robust approximate nearest neighbor search using HNSW graphs".
_LINKS: Final = 32
_EF_CONSTRUCTION: Final = 200
_EF_SEARCH: Final = (128, 192, 256, 384, 512, 768, 1024)
# Gao & Long (2024), "RaBitQ: Quantizing High-Dimensional Vectors with a Theoretical Error Bound for Approximate Nearest
# Neighbor Search", in inverted lists. FAISS advises 4 to 16 times the root of the number of vectors, and 39 or more to
# train each centroid with.
_LISTS_PER_ROOT: Final = 4
_TRAINED_PER_LIST: Final = 40
_ROUNDS: Final = 10
# Of the 100 nearest, 600 are found by so many bits a component and compared again by 8. Measured at 250,000 with 160
# questions, at an nprobe of 1,024: .985 in 4.9 ms, where with 1,600 by one bit a component it is .984 in 7.9.
_BITS: Final = 2
_COMPARED_AGAIN: Final = 6
_LISTS_SEARCHED: Final = (16, 32, 64, 128, 192, 256, 384, 512, 768, 1024, 1280, 1536, 1792, 2048)
# Enough vectors to learn the range of each component.
_RANGES_FROM: Final = 50_000
_SEED: Final = 20220121


@dataclass(frozen=True, slots=True)
class Candidate:
    """An index of one kind.

    Attributes:
        efforts: settings of `set_effort` from little to much; none where search is exact.
        wanted: the recall on its own vectors that is enough, in the 100 nearest of each query.
    """

    kind: str
    index: Any
    efforts: tuple[int, ...]
    wanted: float = 1.0


def candidates(vectors: Vectors, exact_below: int, graph_below: int) -> Iterator[Candidate]:
    """Yield indexes of the kinds that fit the number of vectors, the cheapest first; each is made when needed.

    Parameters:
        vectors: float32 of shape (passages, dimension), perhaps of a file: it is not held a second time.
        exact_below, graph_below: the number of vectors from which the next kind is used.
    """
    count = len(vectors)
    if count < exact_below:
        yield Candidate("exact", _made(vectors, "Flat"), ())
    elif count < graph_below:
        yield Candidate("hnsw32-sq8", _graph(vectors, "SQ8"), _EF_SEARCH, _WANTED)
        yield Candidate("hnsw32-fp16", _graph(vectors, "SQfp16"), _EF_SEARCH, _WANTED)
    else:
        yield _lists(vectors)


def set_effort(index: Any, effort: int) -> None:
    """Make every search try that hard: efSearch of a graph, nprobe of lists."""
    if isinstance(index, faiss.IndexHNSW):
        graph: Any = index
        graph.hnsw.efSearch = effort
    elif isinstance(index, faiss.IndexRefine):
        lists: Any = faiss.downcast_index(index.base_index)
        lists.nprobe = effort


def store(index: Any) -> Any:
    """Return the part of an index that stores the vectors by number; search in it is exact."""
    if isinstance(index, faiss.IndexHNSW):
        return faiss.downcast_index(index.storage)
    if isinstance(index, faiss.IndexRefine):
        return faiss.downcast_index(index.refine_index)
    return index


def _made(vectors: Vectors, kind: str, train: Callable[[Any], None] = lambda _: None) -> Any:
    """Return the index that a string of FAISS's index factory names, trained and with these vectors in it."""
    index: Any = faiss.index_factory(vectors.shape[1], kind, faiss.METRIC_INNER_PRODUCT)
    train(index)
    index.add(vectors)
    return index


def _graph(vectors: Vectors, storage: str) -> Any:
    def train(index: Any) -> None:
        index.hnsw.efConstruction = _EF_CONSTRUCTION
        index.train(_sample(vectors, _RANGES_FROM))

    return _made(vectors, f"HNSW{_LINKS}_{storage}", train)


def _lists(vectors: Vectors) -> Candidate:
    count = len(vectors)
    lists = max(1, min(count // _TRAINED_PER_LIST, round(_LISTS_PER_ROOT * math.sqrt(count))))

    def train(index: Any) -> None:
        index.k_factor = _COMPARED_AGAIN
        near: Any = faiss.downcast_index(index.base_index)
        near.cp.seed, near.cp.niter, near.cp.spherical = _SEED, _ROUNDS, True
        near.cp.max_points_per_centroid = _TRAINED_PER_LIST
        near.train(_sample(vectors, lists * _TRAINED_PER_LIST))
        store(index).train(_sample(vectors, _RANGES_FROM))
        index.is_trained = True

    kind = f"IVF{lists},RaBitQ{_BITS},Refine(SQ8)"
    efforts = (*(searched for searched in _LISTS_SEARCHED if searched < lists), lists)
    return Candidate("ivf-rabitq2-sq8", _made(vectors, kind, train), efforts, _WANTED_OF_LISTS)


def _sample(vectors: Vectors, most: int) -> Vectors:
    """Return at most that many rows, drawn with a fixed seed."""
    if len(vectors) <= most:
        return vectors
    rows = np.random.default_rng(_SEED).choice(len(vectors), most, replace=False)
    # Sorted, so that the rows of a file are read from front to back.
    return vectors[np.sort(rows)]

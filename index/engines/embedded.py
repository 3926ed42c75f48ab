"""The engine that ships, FAISS and tantivy as files of a generation, and the choice between it and a server's."""

from collections.abc import Collection, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from index.engines import dense
from index.engines.among import Origin
from index.engines.bm25 import Bm25Index, Bm25Writer
from index.engines.dense import EXACT_BELOW, GRAPH_BELOW, VectorIndex
from index.engines.protocol import EMBEDDED, Engine, Expected, Vectors, VectorSearch, WordSearch, WordsWriter, Written
from index.errors import AddressError

VECTORS: Final = "vectors.faiss"
LEXICON: Final = "lexicon"


@dataclass(frozen=True, slots=True)
class Embedded:
    """FAISS and tantivy in this process; see `Engine`.

    Attributes:
        exact_below: the number of passages from which vector search is approximate.
        graph_below: the number of passages from which it is by lists instead of a graph, see faiss_kinds.py.
    """

    exact_below: int = EXACT_BELOW
    graph_below: int = GRAPH_BELOW

    @property
    def name(self) -> str:
        """Return the engine's name, as manifests have it."""
        return EMBEDDED

    def words_writer(self, folder: Path) -> AbstractContextManager[WordsWriter]:
        """Return a writer of the BM25 index."""
        return Bm25Writer(folder / LEXICON)

    def write(self, folder: Path, vectors: Vectors, origins: Iterable[Origin]) -> Written:
        """Write the index of vectors that fits their number; filters go by the numbers of passages."""
        limits = {"exact_below": self.exact_below, "graph_below": self.graph_below}
        return Written(dense.write(vectors, folder / VECTORS, **limits))

    def open(self, folder: Path, expected: Expected) -> tuple[VectorSearch, WordSearch]:
        """Map both indexes."""
        effort = expected.written.vectors.effort
        vectors = VectorIndex.open(folder / VECTORS, expected.dimension, expected.passages, effort)
        return vectors, Bm25Index.open(folder / LEXICON, expected.passages)

    def names(self) -> Collection[str]:
        """Return no name: everything stands in the generations' folders."""
        return ()

    def drop(self, name: str) -> None:
        """Do nothing: a generation's files go with its folder."""


def engine_at(address: str, data: Path, *, exact_below: int = EXACT_BELOW, graph_below: int = GRAPH_BELOW) -> Engine:
    """Return the engine at an address; nothing is connected to yet.

    Parameters:
        address: 'embedded', or `milvus://[user:password@]host[:port][/database]`, `milvuss://` for TLS.
        data: the data folder, whose index it keeps.
        exact_below, graph_below: see `Embedded`.

    Raises:
        AddressError: if it is no address of an engine.
    """
    if address == EMBEDDED:
        return Embedded(exact_below, graph_below)
    try:
        parts = urlsplit(address)
        sound = parts.scheme in ("milvus", "milvuss") and parts.hostname and parts.port != 0
    except ValueError:
        sound = False
    if not sound:
        # Not the address itself, which may hold a password.
        raise AddressError("VERBATIM_INDEX names no engine: give embedded, or milvus://host:19530")
    from index.engines.milvus import Milvus  # it is loaded only where it is used

    return Milvus(address, data / "index", exact_below)

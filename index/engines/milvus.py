"""The engine for indexes that one machine does not hold: a Milvus server keeps vectors and words of the passages.

A generation is a collection of its own, filled once and never changed. Its name stands in the manifest: a search takes
several requests, which must all see the same one, so that an alias, which may move between two of them, is never used.

| field | holds |
|---|---|
| number | the passage's number, the primary key |
| vector | its vector, unit length, found by inner product |
| words | its weights of BM25, see sparse.py, found by inner product |
| article, source, day | its origin, by which filters go, see among.py; older collections lack them |

The server only finds candidates. Their scores are computed here from the rows that it stores, so that a passage has the
same score whichever search found it: see milvus_search.py.
"""

import logging
import re
import uuid
from collections.abc import Collection, Iterable, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import numpy as np

from index.engines.among import Origin
from index.engines.dense import EXACT_BELOW, Recall
from index.engines.milvus_filters import ARTICLE, DAY, NUMBER, SOURCE
from index.engines.milvus_search import (
    VECTOR,
    WORDS,
    MilvusCollection,
    MilvusVectors,
    MilvusWords,
    recall_of,
    refused,
)
from index.engines.protocol import Expected, Vectors, VectorSearch, VectorsReport, WordSearch, WordsWriter, Written
from index.engines.sparse import SparseRow, Vocabulary, WordCounts, remove_counts, sparse_rows
from index.errors import EngineError, GenerationError
from index.generation.durable import replace_file

# The scheme of its addresses, and the one of a server that is spoken to by TLS.
_SCHEMES: Final = {"milvus": "http", "milvuss": "https"}
_PORT: Final = 19_530
_ORIGIN: Final = (ARTICLE, SOURCE, DAY)
# Rows of one insertion: some 4 kB each, of messages of 64 MB.
_INSERTED: Final = 1_000
_SAMPLE: Final = 20
_SECONDS: Final = 20.0
_SECONDS_TO_FILL: Final = 600.0
# A server that is back is tried again soon, not after two minutes; and it is not asked every 10 s whether it is there,
# which servers take for an attack.
_CHANNEL: Final = {
    "grpc.initial_reconnect_backoff_ms": 200,
    "grpc.max_reconnect_backoff_ms": 2_000,
    "grpc.keepalive_time_ms": 300_000,
    "grpc.keepalive_permit_without_calls": False,
}
# As the graph of the embedded engine, see faiss_kinds.py.
_LINKS: Final = 32
_EF_CONSTRUCTION: Final = 200
_EF_SEARCH: Final = (128, 192, 256, 384, 512, 768, 1024)
_WANTED: Final = 0.99
_PREFIX: Final = "verbatim"
_NAMESPACE: Final = "NAMESPACE"
_EQUAL: Final = 1e-5


@dataclass(frozen=True)
class Milvus:
    """Keeps generations as collections of a Milvus server; see `Engine`.

    Attributes:
        address: `milvus://[user:password@]host[:port][/database]`, `milvuss://` for TLS.
        index: the folder of the generations.
        exact_below: the number of passages from which vector search is by a graph.
    """

    address: str = field(repr=False)
    index: Path
    exact_below: int = EXACT_BELOW

    @property
    def name(self) -> str:
        """Return the engine's name, as manifests have it."""
        return "milvus"

    def words_writer(self, folder: Path) -> AbstractContextManager[WordsWriter]:
        """Return a writer that counts the words."""
        return WordCounts(folder)

    def write(self, folder: Path, vectors: Vectors, origins: Iterable[Origin]) -> Written:
        """Fill a new collection, compare a sample of it with what was sent, and measure its recall.

        Raises:
            EngineError: if the server cannot be reached, refuses, or stored something else; nothing is left behind
                then, unless the server is gone.
        """
        name = f"{self._prefix}{uuid.uuid4().hex[:12]}"
        try:
            self._create(name, vectors.shape[1], graph=len(vectors) >= self.exact_below)
            sample = self._fill(name, folder, vectors, origins)
            collection = self._collection(name, origins=True)
            self._check(collection, name, vectors, sample)
            report = self._report(collection, vectors)
        except BaseException:
            self._drop_quietly(name)
            raise
        finally:
            remove_counts(folder)
        return Written(report, name)

    def open(self, folder: Path, expected: Expected) -> tuple[VectorSearch, WordSearch]:
        """Load the collection, and check its number of passages.

        Raises:
            GenerationError: if the server has no such collection, or it holds other passages.
            EngineError: if the server cannot be reached.
        """
        name = expected.written.collection
        with refused(self._shown):
            there = self._client.has_collection(name, timeout=_SECONDS)
        if not there:
            raise GenerationError(
                f"Milvus at {self._shown} has no collection {name}, which holds the index in {folder.parent.parent}: "
                "rebuild it with `python -m index build --clean`, or name the right server with VERBATIM_INDEX"
            )
        with refused(self._shown):
            self._client.load_collection(name, timeout=_SECONDS_TO_FILL)
        if (count := self._count(name)) != expected.passages:
            raise GenerationError(
                f"the collection {name} at {self._shown} holds {count:,} passages where the manifest says "
                f"{expected.passages:,}: rebuild the index with `python -m index build --clean`"
            )
        with refused(self._shown):
            fields = {one["name"] for one in self._client.describe_collection(name, timeout=_SECONDS)["fields"]}
        collection = self._collection(name, origins=fields.issuperset(_ORIGIN))
        words = MilvusWords(collection, Vocabulary(folder, expected.passages))
        return MilvusVectors(collection, expected.passages, expected.written.vectors.effort), words

    def names(self) -> Collection[str]:
        """Return the names of this data folder's collections."""
        with refused(self._shown):
            found = self._client.list_collections(timeout=_SECONDS)
        return [name for name in found if name.startswith(self._prefix)]

    def drop(self, name: str) -> None:
        """Remove a collection."""
        with refused(self._shown):
            self._client.drop_collection(name, timeout=_SECONDS)

    @cached_property
    def _prefix(self) -> str:
        """Return the beginning of the names of this data folder's collections; several folders may share a server.

        It stands in a file of the index, which the first build writes.
        """
        path = self.index / _NAMESPACE
        with suppress(OSError, ValueError):
            if re.fullmatch("[0-9a-f]{12}", found := path.read_text(encoding="ascii").strip()):
                return f"{_PREFIX}_{found}_"
        made = uuid.uuid4().hex[:12]
        replace_file(path, f"{made}\n".encode())
        return f"{_PREFIX}_{made}_"

    @cached_property
    def _client(self) -> Any:
        parts = urlsplit(self.address)
        secrets = {"user": unquote(parts.username or ""), "password": unquote(parts.password or "")}
        uri = f"{_SCHEMES[parts.scheme]}://{parts.hostname}:{parts.port or _PORT}"
        # It logs every failure as a traceback; what there is to say is said by EngineError.
        logging.getLogger("pymilvus").setLevel(logging.CRITICAL)
        with refused(self._shown):
            from pymilvus import MilvusClient  # an extra, and slow to import

            return MilvusClient(uri, db_name=parts.path.strip("/"), timeout=_SECONDS, grpc_options=_CHANNEL, **secrets)

    @property
    def _shown(self) -> str:
        """Return the address without the password."""
        parts = urlsplit(self.address)
        return f"{parts.hostname}:{parts.port or _PORT}"

    def _collection(self, name: str, *, origins: bool) -> MilvusCollection:
        return MilvusCollection(self._client, self._shown, name, _SECONDS, origins=origins)

    def _create(self, name: str, dimension: int, *, graph: bool) -> None:
        client = self._client
        from pymilvus import DataType

        schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field(NUMBER, DataType.INT64, is_primary=True)
        schema.add_field(VECTOR, DataType.FLOAT_VECTOR, dim=dimension)
        schema.add_field(WORDS, DataType.SPARSE_FLOAT_VECTOR)
        for part in _ORIGIN:
            schema.add_field(part, DataType.INT64)
        indexes = client.prepare_index_params()
        if graph:
            shape = {"M": _LINKS, "efConstruction": _EF_CONSTRUCTION}
            indexes.add_index(VECTOR, index_type="HNSW", metric_type="IP", params=shape)
        else:
            indexes.add_index(VECTOR, index_type="FLAT", metric_type="IP")
        indexes.add_index(WORDS, index_type="SPARSE_INVERTED_INDEX", metric_type="IP")
        for part in _ORIGIN:
            indexes.add_index(part, index_type="INVERTED")
        with refused(self._shown):
            # Strong: what was written is seen by the count that follows.
            client.create_collection(
                name, schema=schema, index_params=indexes, consistency_level="Strong", timeout=_SECONDS
            )

    def _fill(
        self, name: str, folder: Path, vectors: Vectors, origins: Iterable[Origin]
    ) -> dict[int, tuple[SparseRow, Origin]]:
        """Insert every passage; return the words and origins of some, spread evenly, by number."""
        wanted = set(np.linspace(0, len(vectors) - 1, min(_SAMPLE, len(vectors))).astype(int).tolist())
        sample: dict[int, tuple[SparseRow, Origin]] = {}
        rows: list[dict[str, object]] = []
        for number, (words, origin) in enumerate(zip(sparse_rows(folder), origins, strict=True)):
            place = {ARTICLE: origin.article, SOURCE: origin.source, DAY: origin.day}
            rows.append({NUMBER: number, VECTOR: vectors[number], WORDS: words.as_dict(), **place})
            if number in wanted:
                sample[number] = words, origin
            if len(rows) == _INSERTED:
                self._insert(name, rows)
                rows = []
        if rows:
            self._insert(name, rows)
        with refused(self._shown):
            self._client.flush(name, timeout=_SECONDS_TO_FILL)
            self._client.load_collection(name, timeout=_SECONDS_TO_FILL)
        return sample

    def _insert(self, name: str, rows: list[dict[str, object]]) -> None:
        with refused(self._shown):
            self._client.insert(name, rows, timeout=_SECONDS_TO_FILL)

    def _count(self, name: str) -> int:
        with refused(self._shown):
            found = self._client.query(name, filter="", output_fields=["count(*)"], timeout=_SECONDS_TO_FILL)
        return int(found[0]["count(*)"])

    def _check(
        self,
        collection: MilvusCollection,
        name: str,
        vectors: Vectors,
        sample: Mapping[int, tuple[SparseRow, Origin]],
    ) -> None:
        """Compare the count, and a sample of the passages, with what was sent."""
        numbers = list(sample)
        sound = self._count(name) == len(vectors) and all(
            np.allclose(vector, vectors[number], atol=_EQUAL) and _same(words, sample[number][0])
            for number, (vector, words) in zip(numbers, collection.rows(numbers), strict=True)
        )
        sound = sound and collection.origins(numbers) == [origin for _, origin in sample.values()]
        if not sound:
            raise EngineError(f"Milvus at {self._shown} holds something else in {name} than was sent: build again")

    def _report(self, collection: MilvusCollection, vectors: Vectors) -> VectorsReport:
        if len(vectors) < self.exact_below:
            return VectorsReport("exact", 0, 1.0)
        measure = Recall(len(vectors), vectors.__getitem__)
        for effort in _EF_SEARCH:
            report = VectorsReport("hnsw32", effort, recall_of(collection, measure, effort))
            if report.recall >= _WANTED:
                break
        return report

    def _drop_quietly(self, name: str) -> None:
        """Remove what was begun; the next build removes it where the server does not answer now."""
        try:
            self.drop(name)
        except EngineError:
            return


def _same(stored: SparseRow, sent: SparseRow) -> bool:
    there, expected = stored.as_dict(), sent.as_dict()
    return there.keys() == expected.keys() and all(abs(there[key] - value) < _EQUAL for key, value in expected.items())

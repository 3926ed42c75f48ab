"""Search in one collection of a Milvus server, for the engine of milvus.py.

The rows of passages that were found lately are cached, since a question asks for the same ones several times: for
their cosines, and for the scores of its own words and of those of the question before.
"""

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any, Final

import numpy as np

from index.engines.among import MANY, Among, Origin
from index.engines.dense import Recall
from index.engines.milvus_filters import ARTICLE, DAY, NUMBER, SOURCE, conditions
from index.engines.protocol import Numbers, Scores, Vectors, WordQuery
from index.engines.sparse import SparseRow, Vocabulary, dimension_of
from index.errors import EngineError, require

VECTOR: Final = "vector"
WORDS: Final = "words"
# The most that Milvus returns for one request.
_MOST: Final = 16_384
_NOT_LOADED: Final = 101
# A finished collection never changes, so that a search need not wait until all nodes have seen the last write.
_CONSISTENCY: Final = "Eventually"
_LOADS_WITHIN: Final = 600.0
# Rows asked for at once: 4 kB each, of messages of 64 MB.
_ROWS_AT_ONCE: Final = 2_000
# Rows that are cached, some 2 kB each where they have 100 words.
_CACHED: Final = 4_000
# Among so few passages all are scored here: a graph loses hits where most passages are filtered out.
_SCORED_HERE: Final = MANY
# Hits beyond those wanted, so that equal scores at the end can be put in the order of their numbers.
_SPARE: Final = 20
# The least weight of a word that a passage holds once: of one four times as long as the mean it is .41.
_LEAST_WEIGHT: Final = 0.4
# As gRPC, pymilvus and Milvus say that a server lacks a method.
_OTHER_VERSION: Final = re.compile("unimplemented|method not found|unknown (method|service)", re.IGNORECASE)
_NOTHING: Final = (np.empty(0, np.int64), np.empty(0, np.float32))

Row = tuple[Vectors, SparseRow]


class MilvusCollection:
    """A finished collection, for use from several threads.

    Parameters:
        client: of pymilvus.
        address: of the server, for messages.
        timeout: seconds for one request.
        origins: whether it stores the origins of passages.
    """

    def __init__(self, client: Any, address: str, name: str, timeout: float, *, origins: bool) -> None:
        self._client = client
        self._address = address
        self._name = name
        self._timeout = timeout
        self._origins = origins
        self._rows: OrderedDict[int, Row] = OrderedDict()
        self._lock = threading.Lock()

    def nearest(self, field: str, query: Any, k: int, effort: int, among: Among | None) -> tuple[Numbers, Scores]:
        """Return the `k` passages with the largest inner products, and those, the largest first.

        Raises:
            EngineError: if the server cannot be reached, or refuses.
        """
        hits: list[Any] = []
        for condition in conditions(among, origins=self._origins):
            found = self._loaded(
                self._client.search,
                data=[query],
                anns_field=field,
                filter=condition,
                limit=min(k, _MOST),
                output_fields=[NUMBER],
                search_params={"metric_type": "IP", "params": {"ef": max(effort, k)} if effort else {}},
            )
            hits += found[0]
        return _best(
            np.array([hit[NUMBER] for hit in hits], np.int64),
            np.array([hit["distance"] for hit in hits], np.float32),
            k,
        )

    def few(self, among: Among | None) -> Numbers | None:
        """Return the numbers of the passages that may be found, where they are so few that all are scored here."""
        if among is None or (among.scope is not None and self._origins):
            return None
        return among.numbers if len(among.numbers) <= _SCORED_HERE else None

    def rows(self, numbers: Sequence[int]) -> list[Row]:
        """Return the vector and the words of each of these passages.

        Raises:
            EngineError: if the server cannot be reached, or lacks one of them.
        """
        with self._lock:
            known = {number: self._rows[number] for number in numbers if number in self._rows}
        missing = list(dict.fromkeys(number for number in numbers if number not in known))
        for start in range(0, len(missing), _ROWS_AT_ONCE):
            known.update(self._fetched(missing[start : start + _ROWS_AT_ONCE]))
        with self._lock:
            for number in numbers:
                self._rows[number] = known[number]
                self._rows.move_to_end(number)
            while len(self._rows) > _CACHED:
                self._rows.popitem(last=False)
        return [known[number] for number in numbers]

    def vectors(self, numbers: Numbers) -> Vectors:
        """Return the vectors of these passages, float32 of shape (numbers, dimension); they are not cached.

        Raises:
            EngineError: as for `rows`.
        """
        wanted = numbers.tolist()
        blocks = [wanted[start : start + _ROWS_AT_ONCE] for start in range(0, len(wanted), _ROWS_AT_ONCE)]
        return np.vstack([[one[VECTOR] for one in self._got(block, VECTOR)] for block in blocks]).astype(np.float32)

    def origins(self, numbers: Sequence[int]) -> list[Origin]:
        """Return the origin of each of these passages.

        Raises:
            EngineError: as for `rows`.
        """
        return [Origin(one[ARTICLE], one[SOURCE], one[DAY]) for one in self._got(list(numbers), ARTICLE, SOURCE, DAY)]

    def _fetched(self, numbers: list[int]) -> dict[int, Row]:
        found = self._got(numbers, VECTOR, WORDS)
        return {int(one[NUMBER]): (np.array(one[VECTOR], np.float32), _sparse(one[WORDS])) for one in found}

    def _got(self, numbers: list[int], *fields: str) -> list[dict[str, Any]]:
        """Return these fields of passages, in the order of `numbers`."""
        found = self._loaded(self._client.get, ids=numbers, output_fields=[NUMBER, *fields])
        by_number = {int(one[NUMBER]): one for one in found}
        if lacking := [number for number in numbers if number not in by_number]:
            raise EngineError(
                f"Milvus at {self._address} lacks {len(lacking):,} passages of {self._name}: rebuild the index with "
                "`python -m index build --clean`"
            )
        return [by_number[number] for number in numbers]

    def _loaded(self, request: Callable[..., Any], **arguments: object) -> Any:
        """Return what the server answers; load the collection first where a restart has released it."""
        from pymilvus.exceptions import MilvusException

        with refused(self._address):
            try:
                return request(self._name, timeout=self._timeout, consistency_level=_CONSISTENCY, **arguments)
            except MilvusException as error:
                if error.code != _NOT_LOADED:
                    raise
                self._client.load_collection(self._name, timeout=_LOADS_WITHIN)
                return request(self._name, timeout=self._timeout, consistency_level=_CONSISTENCY, **arguments)


def _sparse(words: dict[int, float]) -> SparseRow:
    return SparseRow(np.array(list(words), np.uint32), np.array(list(words.values()), np.float32))


class MilvusVectors:
    """Nearest passages by cosine; see `VectorSearch`.

    Parameters:
        count: the number of passages.
        effort: how many candidates a search of a graph keeps; 0 for exact search.
    """

    def __init__(self, collection: MilvusCollection, count: int, effort: int) -> None:
        self._collection = collection
        self._count = count
        self._effort = effort

    def search(self, vector: Vectors, k: int, among: Among | None = None) -> tuple[Numbers, Scores]:
        """Return the `k` nearest passages."""
        numbers = self._collection.few(among)
        if numbers is None:
            numbers, _ = self._collection.nearest(VECTOR, vector.tolist(), k + _SPARE, self._effort, among)
        return _best(numbers, self.cosines(vector, numbers), k)

    def cosines(self, vector: Vectors, numbers: Numbers) -> Scores:
        """Return the cosine of `vector` to each of these passages."""
        if not len(numbers):
            return np.empty(0, np.float32)
        rows = np.stack([row for row, _ in self._collection.rows(numbers.tolist())])
        found: Scores = rows @ vector
        return found

    def rows(self, numbers: Numbers) -> Vectors:
        """Return the vectors of these passages."""
        return self._collection.vectors(numbers)

    def recall(self) -> float:
        """Measure the share of the 100 nearest that it finds.

        Every vector is read from the server for that: minutes, where there are millions.
        """
        return recall_of(self._collection, Recall(self._count, self._collection.vectors), self._effort)


def recall_of(collection: MilvusCollection, measure: Recall, effort: int) -> float:
    """Return the share of the nearest that a search of this effort finds."""

    def search(queries: Vectors, k: int) -> Numbers:
        found = np.full((len(queries), k), -1, np.int64)
        for row, query in zip(found, queries, strict=True):
            numbers, _ = collection.nearest(VECTOR, query.tolist(), k, effort, None)
            row[: len(numbers)] = numbers
        return found

    return measure.of(search)


class MilvusWords:
    """BM25 by sparse vectors; see `WordSearch`."""

    def __init__(self, collection: MilvusCollection, vocabulary: Vocabulary) -> None:
        self._collection = collection
        self._vocabulary = vocabulary

    def __len__(self) -> int:
        return len(self._vocabulary)

    def idf(self, form: str) -> float:
        """Return the inverse document frequency of a word's form."""
        return self._vocabulary.idf(form)

    def holds(self, form: str) -> bool:
        """Return whether a passage holds a word's form."""
        return self._vocabulary.passages_with(form) > 0

    def forms_beginning(self, beginning: str) -> list[tuple[str, int]]:
        """Return the forms that begin like that, with the number of passages that hold each, the commonest first."""
        return self._vocabulary.beginning(beginning)

    def close(self) -> None:
        """Close the vocabulary's file."""
        self._vocabulary.close()

    def search(
        self, query: WordQuery, k: int, among: Among | None = None, *, every: bool = False
    ) -> tuple[Numbers, Scores]:
        """Return the `k` best passages for these words."""
        held = [known for forms in query if (known := tuple(form for form in forms if self.holds(form)))]
        if not held or (every and len(held) < len(query)):
            return _NOTHING
        if (few := self._collection.few(among)) is not None:
            return self._chosen(query, few, k, every=every)
        # What the server adds up is never less than the score, where of several forms of a word only the best counts:
        # no passage beyond those fetched can be better than the last of them.
        weights = {dimension_of(form): self.idf(form) for forms in held for form in forms}
        least = _LEAST_WEIGHT * sum(min(map(self.idf, forms)) for forms in held) if every else 0.0
        fetched = k + _SPARE
        while True:
            numbers, sums = self._collection.nearest(WORDS, weights, fetched, 0, among)
            found, scores = self._chosen(query, numbers, k, every=every)
            if len(numbers) < min(fetched, _MOST) or fetched >= _MOST or sums[-1] < least:
                return found, scores
            if len(found) == k and scores[-1] >= sums[-1]:
                return found, scores
            fetched *= 2

    def _chosen(self, query: WordQuery, numbers: Numbers, k: int, *, every: bool) -> tuple[Numbers, Scores]:
        """Return the best of these passages that hold one of the words, or every one."""
        scores, counts = self._scored(query, numbers)
        found = counts == len(query) if every else counts > 0
        return _best(numbers[found], scores[found], k)

    def scores(self, query: WordQuery, numbers: Numbers) -> Scores:
        """Return the BM25 score of each of these distinct passages."""
        return self._scored(query, numbers)[0]

    def _scored(self, query: WordQuery, numbers: Numbers) -> tuple[Scores, Numbers]:
        """Return the score of each passage, and how many of the words it holds."""
        scores, counts = np.zeros(len(numbers), np.float32), np.zeros(len(numbers), np.int64)
        if not query or not len(numbers):
            return scores, counts
        weighed = [[(dimension_of(form), self.idf(form)) for form in forms if self.holds(form)] for forms in query]
        for i, (_, words) in enumerate(self._collection.rows(numbers.tolist())):
            held = words.as_dict()
            best = [max((idf * held.get(dimension, 0.0) for dimension, idf in forms), default=0.0) for forms in weighed]
            scores[i] = sum(best)
            counts[i] = sum(score > 0 for score in best)
        return scores, counts


def _best(numbers: Numbers, scores: Scores, k: int) -> tuple[Numbers, Scores]:
    order = np.lexsort((numbers, -scores))[:k]
    return numbers[order], scores[order]


@contextmanager
def refused(address: str) -> Iterator[None]:
    """Raise EngineError, in one line, for whatever pymilvus raises over a server that is gone or refuses.

    Raises:
        MissingExtraError: if pymilvus is not installed.
    """
    require("milvus", "an index on a Milvus server", "pymilvus")
    from grpc import RpcError
    from pymilvus.exceptions import MilvusException

    try:
        yield
    except (MilvusException, RpcError, OSError, ValueError) as error:
        details = error.details() if isinstance(error, RpcError) and hasattr(error, "details") else ""
        said = " ".join(str(getattr(error, "message", "") or details or error).split())[:200]
        if _OTHER_VERSION.search(said):
            raise EngineError(
                f"what listens at {address} does not understand pymilvus {version('pymilvus')}: see which port "
                "VERBATIM_INDEX names, or install the pymilvus that this version of Milvus asks for"
            ) from error
        raise EngineError(
            f"Milvus at {address} cannot be reached, or refuses: {said or type(error).__name__}; see whether it runs, "
            "and what VERBATIM_INDEX names"
        ) from error

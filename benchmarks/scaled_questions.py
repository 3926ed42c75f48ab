"""Time and memory of opening one index and asking it, in a process of its own.

    python -m benchmarks.scaled_questions WORK PASSAGES QUESTIONS

`benchmarks.scale` runs this for every number of passages. It prints one JSON object.
"""

import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import faiss
import numpy as np
import psutil
from numpy.typing import NDArray

from benchmarks.corpus import questions
from benchmarks.scaled_index import data_of, rows_of, stored_pool
from index.engines.dense import DEPTH
from retrieval import Retriever
from retrieval.question.terms import analysed_languages, content_query, question_languages
from retrieval.snapshot import Snapshot

# Asked before anything is timed.
_WARM: Final = 50
# Questions that exact search over all vectors is done for.
_COMPARED: Final = 100
# Bounds what of the vectors is held at once.
_BLOCK: Final = 50_000


def measure(work: Path, passages: int, count: int) -> dict[str, Any]:
    """Ask `count` different questions, each once, after some others; return milliseconds and megabytes."""
    asked = questions(stored_pool(work).sentences, count + _WARM)
    data = data_of(work, passages)
    started = time.perf_counter()
    retriever = Retriever.open(data)
    figures: dict[str, Any] = {"open_ms": 1000 * (time.perf_counter() - started)}
    times, processor = _times(retriever.ask, asked)
    figures["question"], figures["question_processor"] = _quantiles(times), _quantiles(processor)
    figures["memory_mb"] = _memory()
    retriever.close()
    return figures | _parts(work, data, passages, asked)


def _memory() -> dict[str, float]:
    """Return the resident memory, MB; `files` of it are pages of mapped files, which the system may take back."""
    process = psutil.Process()
    lines = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8").splitlines()
    files = next((int(line.split()[1]) * 1024 for line in lines if line.startswith("RssFile:")), 0)
    return {"rss": process.memory_info().rss / 1e6, "files": files / 1e6}


def _parts(work: Path, data: Path, passages: int, asked: Sequence[str]) -> dict[str, Any]:
    """Ask the vectors alone and the words alone the same questions."""
    snapshot = Snapshot.open(data, None)
    generation = snapshot.generation
    read = [snapshot.encoder.question(question) for question in asked]
    own = [question_languages(question, snapshot.all_languages) for question in asked]
    words = [
        content_query(question, analysed_languages(snapshot.all_languages, languages), languages)
        for question, languages in zip(asked, own, strict=True)
    ]
    figures = {
        "vectors": _quantiles(_times(lambda vector: generation.vectors.search(vector, DEPTH), read)[0]),
        "words": _quantiles(_times(lambda query: generation.bm25.search(query, DEPTH), words)[0]),
        "recall_of_questions": _recall(
            generation.vectors.search, read[-_COMPARED:], rows_of(work, stored_pool(work), passages)
        ),
    }
    snapshot.close()
    return figures


def _times(ask: Callable[[Any], object], asked: Sequence[Any]) -> tuple[list[float], list[float]]:
    """Return milliseconds by the clock and of processors, without the first questions."""
    times, processor = [], []
    for one in asked:
        started, used = time.perf_counter(), time.process_time()
        ask(one)
        times.append(1000 * (time.perf_counter() - started))
        processor.append(1000 * (time.process_time() - used))
    return times[_WARM:], processor[_WARM:]


def _quantiles(times: Sequence[float]) -> dict[str, float]:
    return {f"p{percent}": float(np.percentile(times, percent)) for percent in (50, 95, 99)}


def _recall(search: Any, asked: Sequence[NDArray[np.float32]], rows: NDArray[np.float32]) -> float:
    """Return the share of the nearest passages that are found, against a comparison with every vector."""
    queries = np.array(asked)
    cosines, nearest = np.empty((len(queries), 0), np.float32), np.empty((len(queries), 0), np.int64)
    for start in range(0, len(rows), _BLOCK):
        block = rows[start : start + _BLOCK]
        near, numbers = faiss.knn(queries, block, min(DEPTH, len(block)), metric=faiss.METRIC_INNER_PRODUCT)
        cosines, nearest = np.hstack([cosines, near]), np.hstack([nearest, start + numbers])
        best = np.argsort(-cosines, axis=1, kind="stable")[:, :DEPTH]
        cosines, nearest = np.take_along_axis(cosines, best, 1), np.take_along_axis(nearest, best, 1)
    found = [search(query, DEPTH)[0] for query in queries]
    return float(np.mean([np.isin(true, mine).mean() for true, mine in zip(nearest, found, strict=True)]))


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))))

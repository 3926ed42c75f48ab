"""What the plain loop of tutorials takes to answer, over the same passages, in a process of its own.

    python -m benchmarks.naive_questions WORK PASSAGES QUESTIONS

is what `benchmarks.scale` runs beside `benchmarks.scaled_questions`; it prints one JSON object. A question is encoded
with `SentenceTransformer.encode`, the hundred nearest are found in FAISS's flat index and the hundred best in
rank_bm25, and ranks are fused; nothing is cited, and nothing told about whether the passages hold the answer.
"""

import json
import sys
import time
import warnings
from pathlib import Path
from typing import Any, Final

import numpy as np
import psutil

from benchmarks.corpus import questions
from benchmarks.recombined import articles
from benchmarks.scaled_index import kept_pool, rows_of

_WARM: Final = 5
_DEPTH: Final = 100
# Of reciprocal ranks, as everybody takes it.
_K: Final = 60


def measure(work: Path, passages: int, count: int) -> dict[str, Any]:
    """Ask `count` different questions, each once, after some others; milliseconds, megabytes."""
    warnings.simplefilter("ignore")
    import faiss
    from rank_bm25 import BM25Okapi
    from sentence_transformers import SentenceTransformer

    from index.model import DEFAULT_MODEL, locate

    pool = kept_pool(work)
    texts = [pool.text(passage) for made in articles(pool, passages) for passage in made.passages]
    model = SentenceTransformer(str(locate(DEFAULT_MODEL)), device="cpu", local_files_only=True)
    rows = rows_of(work, pool, passages)
    index = faiss.IndexFlatIP(rows.shape[1])
    index.add(np.ascontiguousarray(rows))
    words = BM25Okapi([text.lower().split() for text in texts])
    times: list[float] = []
    for question in questions(pool.sentences, count + _WARM):
        started = time.perf_counter()
        vector = model.encode([question], normalize_embeddings=True, show_progress_bar=False)
        near = index.search(vector, _DEPTH)[1][0]
        worded = np.argsort(-words.get_scores(question.lower().split()))[:_DEPTH]
        fused: dict[int, float] = {}
        for found in (near.tolist(), worded.tolist()):
            for rank, number in enumerate(found):
                fused[number] = fused.get(number, 0.0) + 1 / (_K + rank)
        best = max(fused, key=fused.__getitem__)
        assert texts[best]
        times.append(1000 * (time.perf_counter() - started))
    return {
        "question": {f"p{percent}": float(np.percentile(times[_WARM:], percent)) for percent in (50, 95, 99)},
        "rss": psutil.Process().memory_info().rss / 1e6,
    }


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))))

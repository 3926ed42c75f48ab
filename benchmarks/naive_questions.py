"""The loop of tutorials asked over the same passages, in a process of its own.

    python -m benchmarks.naive_questions ASKED VECTORS

`benchmarks.scale` runs this beside `benchmarks.scaled_questions`. It prints one JSON object. A question is encoded with
`SentenceTransformer.encode`, the hundred nearest are found in FAISS's flat index and the hundred best in rank_bm25, and
ranks are fused. Nothing is cited, and no confidence is computed. Nothing of ours is imported here, so that the memory
is the plain loop's alone.
"""

import json
import sys
import time
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import psutil

# Asked before anything is timed.
WARM: Final = 5
_DEPTH: Final = 100
# Of reciprocal ranks, as everybody takes it.
_K: Final = 60


def measure(asked: Mapping[str, Any], vectors: Path) -> dict[str, Any]:
    """Ask different questions, each once, and return milliseconds and megabytes.

    Parameters:
        asked: the `model`'s folder, the `passages`, and the `questions`, of which the first few only warm it up.
        vectors: a file of float32, the vectors of at least these passages one after another.
    """
    warnings.simplefilter("ignore")
    import faiss
    from rank_bm25 import BM25Okapi
    from sentence_transformers import SentenceTransformer

    texts: list[str] = asked["passages"]
    model = SentenceTransformer(asked["model"], device="cpu", local_files_only=True)
    dimension = len(model.encode("one"))
    index = faiss.IndexFlatIP(dimension)
    rows = np.fromfile(vectors, np.float32, len(texts) * dimension)
    index.add(rows.reshape(len(texts), dimension))
    del rows
    words = BM25Okapi([text.lower().split() for text in texts])
    times: list[float] = []
    for question in asked["questions"]:
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
        "question": {f"p{percent}": float(np.percentile(times[WARM:], percent)) for percent in (50, 95, 99)},
        "rss": psutil.Process().memory_info().rss / 1e6,
    }


if __name__ == "__main__":
    print(json.dumps(measure(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), Path(sys.argv[2]))))

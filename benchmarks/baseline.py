"""What tutorials build: SentenceTransformer.encode and a flat FAISS index.

    python -m benchmarks.baseline TEXTS.json

encodes the texts as its documentation shows and prints the seconds that took, loading the model not counted.
"""

import json
import sys
import time
import warnings
from pathlib import Path


def main() -> None:
    """Measure one pass over the texts named on the command line."""
    warnings.simplefilter("ignore")
    import faiss
    from sentence_transformers import SentenceTransformer

    from index.model import DEFAULT_MODEL, locate

    texts: list[str] = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    model = SentenceTransformer(str(locate(DEFAULT_MODEL)), device="cpu", local_files_only=True)
    model.encode(texts[:8], show_progress_bar=False)
    started = time.perf_counter()
    vectors = model.encode(texts, normalize_embeddings=True, show_progress_bar=False)
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    print(json.dumps({"seconds": time.perf_counter() - started, "texts": index.ntotal}))


if __name__ == "__main__":
    main()

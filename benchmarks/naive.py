"""The loop of tutorials and a whole build of ours, over the same articles and the same passages.

    python -m benchmarks.naive [ARTICLES]

It writes so many articles of 4 kB (400 by default), and builds an index of them in a process of its own. Then the plain
loop, in another process, reads the same files, encodes the same passages with `SentenceTransformer.encode` in fp32 as
its documentation shows, and puts them into FAISS's flat index and rank_bm25. It need not cut passages: it gets their
places. Both are timed from the start of their work to its end, without imports, by the clock and in seconds of
processors, which other programs on the machine disturb less.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from benchmarks.corpus import peak, sample_sentences, write_articles

_ROOT: Final = Path(__file__).resolve().parents[1]
# 87 characters each on average.
_SENTENCES: Final = 46


def compare(articles: int, models: Path | None = None) -> dict[str, Any]:
    """Build with both, and return what each took.

    Parameters:
        articles: how many, of 4 kB each.
        models: a folder of converted models; converting is not measured.
    """
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        write_articles(work / "articles", sample_sentences(_ROOT / "seeds"), articles, _SENTENCES)
        (work / "data").mkdir()
        if models is not None:
            (work / "data" / "models").symlink_to(models.resolve())
        ours = _measured("ours", work)
        plain = _measured("plain", work)
    ratios = {f"times_{unit}": plain[unit] / ours[unit] for unit in ("wall_s", "cpu_s")}
    return {"articles": articles, "passages": ours["passages"], "ours": ours, "plain": plain, **ratios}


def _measured(side: str, work: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.naive", "--side", side, "--work", str(work)]
    done = subprocess.run(command, cwd=_ROOT, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _ours(work: Path) -> dict[str, Any]:
    """Build, then write down where the passages are, for the other side."""
    from index.build import build
    from index.encoder.model import DEFAULT_MODEL, prepare
    from index.generation.catalog import Catalog
    from index.generation.generation import CATALOG, current

    prepare(DEFAULT_MODEL, work / "data" / "models")
    clock = _Clock()
    report = build(work / "articles", work / "data")
    result = {"passages": report.passages, **clock.elapsed()}
    with Catalog(current(work / "data" / "index") / CATALOG) as catalog:
        heads = {head.number: head for head in catalog.heads()}
        places = [
            (head.path, head.title, [(p.heading, p.span.start, p.span.end) for p in catalog.passages_of(number)])
            for number, head in heads.items()
        ]
    (work / "places.json").write_text(json.dumps(places), encoding="utf-8")
    return result


def _plain(work: Path) -> dict[str, Any]:
    """Run the loop of the tutorials."""
    warnings.simplefilter("ignore")
    import faiss
    from rank_bm25 import BM25Okapi
    from sentence_transformers import SentenceTransformer

    from index.encoder.model import DEFAULT_MODEL, locate
    from index.passage_rules import prefixed

    places = json.loads((work / "places.json").read_text(encoding="utf-8"))
    clock = _Clock()
    model = SentenceTransformer(str(locate(DEFAULT_MODEL)), device="cpu", local_files_only=True)
    texts: list[str] = []
    for path, title, passages in places:
        text = (work / "articles" / path).read_text(encoding="utf-8")
        texts += [prefixed(title, heading, text[start:end]) for heading, start, end in passages]
    vectors = model.encode(texts, normalize_embeddings=True, show_progress_bar=False)
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    faiss.write_index(index, str(work / "plain.faiss"))
    words = BM25Okapi([text.lower().split() for text in texts])
    assert words.corpus_size == index.ntotal
    return {"passages": index.ntotal, **clock.elapsed()}


class _Clock:
    """Seconds since it was made, by the clock and of processors, child processes included."""

    def __init__(self) -> None:
        self._wall = time.perf_counter()
        self._cpu = 0.0
        self._cpu = self.cpu()

    def cpu(self) -> float:
        """Return the seconds of processor time."""
        used = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(each.ru_utime + each.ru_stime for each in used) - self._cpu

    def elapsed(self) -> dict[str, float]:
        """Return both times and the peak of memory; child processes count once they have ended."""
        wall = time.perf_counter() - self._wall
        return {"wall_s": wall, "cpu_s": self.cpu(), "peak_mb": peak()}


_SIDES: Final[dict[str, Callable[[Path], dict[str, Any]]]] = {"ours": _ours, "plain": _plain}


def main() -> None:
    """Compare, and print the figures as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.naive", description="A whole build against a loop.")
    parser.add_argument("articles", type=int, nargs="?", default=400, help="how many articles of 4 kB")
    parser.add_argument("--models", type=Path, help="a folder of converted models")
    parser.add_argument("--side", choices=sorted(_SIDES), help=argparse.SUPPRESS)
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    found = _SIDES[given.side](given.work) if given.side else compare(given.articles, given.models)
    print(json.dumps(found))


if __name__ == "__main__":
    main()

"""Passages encoded a second, against `SentenceTransformer.encode` in fp32 as its documentation shows, in turn.

    python -m benchmarks.encoding [PASSAGES] [--models DIR]

The passages are those of articles made of the sample seeds' sentences; loading either model is not measured.
"""

import argparse
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from benchmarks.corpus import passages_of, sample_sentences
from benchmarks.results import Figure
from index.encoder.encoder import Encoder
from index.encoder.model import DEFAULT_MODEL, locate, prepare

_SEEDS: Final = Path(__file__).resolve().parent.parent / "seeds"
_ROUNDS: Final = 5
_WARM: Final = 16


def rates(models: Path, texts: Sequence[str], rounds: int = _ROUNDS) -> list[Figure]:
    """Passages a second of both, and how many times as many are ours."""
    warnings.simplefilter("ignore")
    from sentence_transformers import SentenceTransformer

    encoder = Encoder.open(prepare(DEFAULT_MODEL, models), many=True)
    plain = SentenceTransformer(str(locate(DEFAULT_MODEL)), device="cpu", local_files_only=True)
    encoder.passages(texts[:_WARM])
    plain.encode(list(texts[:_WARM]), show_progress_bar=False)
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(rounds):
        ours.append(_rate(lambda: encoder.passages(texts), len(texts)))
        theirs.append(_rate(lambda: plain.encode(list(texts), show_progress_bar=False), len(texts)))
    ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
    how = f"{len(texts):,} passages, median of {rounds} rounds in turn"
    spread = f"{how}; {min(ratios):.2f} to {max(ratios):.2f}"
    return [
        Figure("encoding", statistics.median(ours), "passages/s", how),
        Figure("SentenceTransformer.encode, fp32", statistics.median(theirs), "passages/s", how),
        Figure("encoding against that", statistics.median(ratios), "times", spread),
    ]


def _rate(action: Callable[[], object], count: int) -> float:
    started = time.perf_counter()
    action()
    return count / (time.perf_counter() - started)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.encoding", description="Encoding, against a library's.")
    parser.add_argument("passages", type=int, nargs="?", default=400)
    parser.add_argument("--models", type=Path, help="a folder of converted models")
    given = parser.parse_args()
    texts = passages_of(sample_sentences(_SEEDS), given.passages)
    with tempfile.TemporaryDirectory() as folder:
        for figure in rates(given.models or Path(folder), texts):
            print(f"{figure.name:36} {figure.value:8.2f} {figure.unit:11} {figure.how}")


if __name__ == "__main__":
    main()

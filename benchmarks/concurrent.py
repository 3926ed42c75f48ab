"""Questions answered a second, one at a time and with several asking at once, in turn in one run.

    python -m benchmarks.concurrent --data DIR [--questions N] [--askers 16] [--texts FILE] [--record]

The questions are all different, and no answer comes from the cache. They are runs of words of the articles' own
sentences, or the lines of a file. Every round asks them one after another, and then from as many threads as there are
askers. The ratio of a round compares these two, so that other load of the machine weighs on both.
"""

import argparse
import random
import statistics
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.corpus import questions as made_of
from benchmarks.page import record
from benchmarks.results import Figure, measured_now
from index.article import Span
from index.generation.catalog import Catalog
from index.generation.generation import CATALOG, current
from index.sentences import sentences
from retrieval import Retriever

_SEED: Final = 20220121
_ROUNDS: Final = 5
_WARM: Final = 20
# Sentences are taken from so many passages.
_PASSAGES: Final = 2_000


@dataclass(frozen=True, slots=True)
class Round:
    """Questions a second of one round.

    Attributes:
        one: one after another.
        many: with several asking at once.
    """

    one: float
    many: float

    @property
    def ratio(self) -> float:
        """The rate of several askers over that of one."""
        return self.many / self.one


def questions_of(data: Path, count: int) -> list[str]:
    """Make different questions of the sentences of an index; fewer if its articles do not hold as many."""
    with Catalog(current(data / "index") / CATALOG) as catalog:
        chance = random.Random(_SEED)
        numbers = chance.sample(range(catalog.passage_count), min(_PASSAGES, catalog.passage_count))
        pool: list[str] = []
        for passage in catalog.passages(numbers).values():
            text, _ = catalog.text(passage.article)
            quote = passage.span.of(text)
            pool += (" ".join(one.of(quote).split()) for one in sentences(quote, Span(0, len(quote)), "en"))
    # A run of words may be drawn twice.
    return list(dict.fromkeys(made_of(pool, 2 * count)))[:count]


def rounds(retriever: Retriever, asked: Sequence[str], askers: int, count: int = _ROUNDS) -> list[Round]:
    """Ask all the questions one after another and from several threads, `count` times in turn."""
    found = []
    with ThreadPoolExecutor(askers) as pool:
        for question in asked[:_WARM]:
            retriever.ask(question)
        for _ in range(count):
            one = _rate(map(retriever.ask, asked), len(asked))
            found.append(Round(one, _rate(pool.map(retriever.ask, asked), len(asked))))
    return found


def _rate(answers: Iterable[object], count: int) -> float:
    started = time.perf_counter()
    for _ in answers:
        pass
    return count / (time.perf_counter() - started)


def latencies(retriever: Retriever, asked: Sequence[str]) -> dict[str, float]:
    """Measure questions asked one after another: p50, p95 and p99 in milliseconds."""
    cuts = statistics.quantiles((retriever.ask(question).elapsed_ms for question in asked), n=100)
    return {"p50": cuts[49], "p95": cuts[94], "p99": cuts[98]}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.concurrent", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the data folder")
    parser.add_argument("--questions", type=int, default=300)
    parser.add_argument("--askers", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=_ROUNDS)
    parser.add_argument("--texts", type=Path, help="a file of questions, one a line")
    parser.add_argument("--record", action="store_true", help="store the results, and write the page")
    chosen = parser.parse_args()
    figures: list[Figure] = []
    if chosen.texts:
        lines = chosen.texts.read_text(encoding="utf-8").splitlines()
        asked = list(dict.fromkeys(line.strip() for line in lines if line.strip()))[: chosen.questions]
    else:
        asked = questions_of(chosen.data, chosen.questions)
    for read in (False, True):
        with Retriever.open(chosen.data, reader=read, kept=0) as retriever:
            counts = retriever.counts
            how = "with" if read else "without"
            print(f"{len(asked)} questions, {counts.passages:,} passages, {how} the reader")
            found = rounds(retriever, asked, chosen.askers, chosen.rounds)
            for number, one in enumerate(found, 1):
                print(
                    f"  round {number}: one at a time {one.one:7.1f} a second, "
                    f"{chosen.askers} at once {one.many:7.1f}, ratio {one.ratio:.2f}"
                )
            ratio = statistics.median(one.ratio for one in found)
            times = latencies(retriever, asked)
            print(f"  median ratio {ratio:.2f}")
            print(f"  one at a time: {', '.join(f'{name} {ms:.1f} ms' for name, ms in times.items())}")
            over = f"{len(asked)} different questions over {counts.passages:,} passages"
            figures.append(
                Figure(
                    f"{chosen.askers} asking at once against one, {how} the reader",
                    ratio,
                    "times",
                    f"questions a second, median of {len(found)} rounds in turn; {over}",
                )
            )
            figures += [Figure(f"question {name}, {how} the reader", ms, "ms", over) for name, ms in times.items()]
    if chosen.record:
        record(measured_now("many", figures))


if __name__ == "__main__":
    main()

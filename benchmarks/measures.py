"""The measurements of `make bench`. Speeds that are compared are taken in turn, in one run."""

import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import psutil

from benchmarks.corpus import questions, sample_sentences, write_articles
from benchmarks.naive import compare
from benchmarks.results import Figure
from index.build import build
from index.encoder.encoder import Encoder
from index.encoder.model import DEFAULT_MODEL, locate, prepare
from retrieval import Retriever

_ROUNDS: Final = 3
_ENCODED: Final = 5
_WARM: Final = 16
_MANY_FILES: Final = 5_000
_MANY_SENTENCES: Final = 4
_STARTS: Final = 9
_QUESTIONS: Final = 300


def rates(models: Path, texts: Sequence[str], rounds: int = _ENCODED) -> list[Figure]:
    """Measure passages encoded a second, against `SentenceTransformer.encode` in fp32 as its documentation shows."""
    warnings.simplefilter("ignore")
    from sentence_transformers import SentenceTransformer

    encoder = Encoder.open(prepare(DEFAULT_MODEL, models), many=True)
    plain = SentenceTransformer(str(locate(DEFAULT_MODEL)), device="cpu", local_files_only=True)
    encoder.passages(texts[:_WARM])
    plain.encode(list(texts[:_WARM]), show_progress_bar=False)
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(rounds):
        ours.append(_passages_a_second(lambda: encoder.passages(texts), len(texts)))
        theirs.append(_passages_a_second(lambda: plain.encode(list(texts), show_progress_bar=False), len(texts)))
    ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
    how = f"{len(texts):,} passages, median of {rounds} rounds in turn"
    spread = f"{how}; {min(ratios):.2f} to {max(ratios):.2f}"
    return [
        Figure("encoding", statistics.median(ours), "passages/s", how),
        Figure("SentenceTransformer.encode, fp32", statistics.median(theirs), "passages/s", how),
        Figure("encoding against that", statistics.median(ratios), "times", spread),
    ]


def _passages_a_second(action: Callable[[], object], count: int) -> float:
    started = time.perf_counter()
    action()
    return count / (time.perf_counter() - started)


def build_rate(models: Path, articles: int, rounds: int) -> list[Figure]:
    """Measure a whole build and the plain loop over the same passages, in turn."""
    found = [compare(articles, models) for _ in range(rounds)]
    how = f"{found[0]['passages']:,} passages of {articles:,} articles"

    def middle(name: str, figure: Callable[[dict[str, Any]], float], unit: str) -> Figure:
        values = [figure(one) for one in found]
        spread = f"median of {rounds} rounds in turn; {min(values):,.2f} to {max(values):,.2f}"
        turns = spread if rounds > 1 else "one after the other"
        return Figure(name, statistics.median(values), unit, f"{how}, {turns}")

    return [
        middle("whole build", lambda one: one["passages"] / one["ours"]["wall_s"], "passages/s"),
        middle("the loop of tutorials", lambda one: one["passages"] / one["plain"]["wall_s"], "passages/s"),
        middle("build against that loop", lambda one: one["times_wall_s"], "times"),
        middle("build against that loop, seconds of processors", lambda one: one["times_cpu_s"], "times"),
        middle("most memory of the build", lambda one: one["ours"]["peak_mb"], "MB"),
    ]


def many_files(work: Path, seeds: Path, models: Path) -> tuple[Path, list[Figure]]:
    """Build 5,000 files; measure a rebuild when nothing has changed, and when one file has."""
    folder = work / "many"
    write_articles(folder, sample_sentences(seeds), _MANY_FILES, _MANY_SENTENCES)
    data = _data(work / "many-data", models)
    first = build(folder, data)
    unchanged = statistics.median(_rebuilt(folder, data) for _ in range(_ROUNDS))
    one = folder / "article-000007.txt"
    one.write_text(one.read_text(encoding="utf-8") + "\nA sentence was added to this one.\n", encoding="utf-8")
    changed = _rebuilt(folder, data)
    how = f"{_MANY_FILES:,} files, {first.passages:,} passages, in a process of its own, start included"
    return data, [
        Figure("rebuild, nothing changed", unchanged, "s", how),
        Figure("rebuild, one file changed", changed, "s", how),
    ]


def _rebuilt(folder: Path, data: Path) -> float:
    started = time.perf_counter()
    _command("index", "build", "--seeds", str(folder), "--data", str(data))
    return time.perf_counter() - started


def time_to_answer(data: Path, seeds: Path) -> list[Figure]:
    """Measure the time from process start to the answer printed by `ask`."""
    question = questions(sample_sentences(seeds), 1)[0]
    times: list[float] = []
    for _ in range(_STARTS):
        started = time.perf_counter()
        _command("retrieval", "ask", "--data", str(data), "--", question)
        times.append(time.perf_counter() - started)
    how = f"median of {_STARTS} runs, {min(times):.2f} to {max(times):.2f}"
    return [Figure("process start to answer printed", statistics.median(times), "s", how)]


def latency(data: Path, seeds: Path) -> list[Figure]:
    """Measure questions asked one after another, after some others."""
    asked = questions(sample_sentences(seeds), _QUESTIONS + 20)
    with Retriever.open(data, kept=0) as retriever:
        times = [retriever.ask(question).elapsed_ms for question in asked][20:]
    cuts = statistics.quantiles(times, n=100)
    how = f"{_QUESTIONS} different questions over {_MANY_FILES:,} articles"
    return [Figure("question, p50", cuts[49], "ms", how), Figure("question, p95", cuts[94], "ms", how)]


def memory(data: Path, seeds: Path) -> list[Figure]:
    """Measure the resident memory of the REPL after some questions."""
    asked = "\n".join(questions(sample_sentences(seeds), 20)) + "\n"
    with tempfile.TemporaryFile("w+") as output:
        repl = subprocess.Popen(
            [sys.executable, "-m", "retrieval", "--data", str(data)], stdin=subprocess.PIPE, stdout=output, text=True
        )
        assert repl.stdin
        repl.stdin.write(asked)
        repl.stdin.flush()
        # It is at rest once it has used no more processor time for a while.
        process, used = psutil.Process(repl.pid), -1.0
        while (now := sum(process.cpu_times()[:2])) != used:
            used = now
            time.sleep(1.5)
        resident = process.memory_info().rss
        repl.stdin.close()
        repl.wait(timeout=60)
    return [
        Figure("resident memory of the REPL", resident / 1e6, "MB", f"after 20 questions over {_MANY_FILES:,} articles")
    ]


def _command(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", *arguments], check=True, capture_output=True)


def _data(data: Path, models: Path) -> Path:
    data.mkdir()
    (data / "models").symlink_to(models)
    return data

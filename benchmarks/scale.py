"""Growth of building, memory and time to answer with the number of passages.

    python -m benchmarks.scale [--passages 1000 10000 60000 250000 1000000] [--questions 500] [--texts DIR] [--work DIR]
        [--record]

Articles are made by recombining the sentences of those in a folder. An index of each size is written by the project's
own writers and measured, each step in a process of its own. Up to 250,000 passages the loop of tutorials is asked over
the same passages too (see naive_questions.py).

Vectors are composed of those of sentences (see `recombined`); the cosine between them and encoded ones is printed. All
that is made stays in the work folder and is used again: delete a part, or the folder, to make it anew.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.corpus import questions
from benchmarks.naive_questions import WARM
from benchmarks.page import record
from benchmarks.recombined import articles, encoded, likeness, pool
from benchmarks.results import Figure, measured_now
from benchmarks.scaled_index import (
    MODELS,
    PARTS,
    ROWS,
    SENTENCE_VECTORS,
    SENTENCES,
    data_of,
    figures_of,
    publish_parts,
    rows_of,
    stored_pool,
)
from index.encoder.encoder import Encoder
from index.encoder.model import DEFAULT_MODEL, locate, prepare
from index.engines.embedded import LEXICON, VECTORS
from index.generation.generation import CATALOG, current

_ROOT: Final = Path(__file__).resolve().parent.parent
_PASSAGES: Final = (1_000, 10_000, 60_000, 250_000, 1_000_000)
_STARTS: Final = 5
# The plain loop takes long and much memory for more.
_PLAIN_UP_TO: Final = 250_000
_PLAIN_QUESTIONS: Final = 100
# The question sets for development, where they lie beside the project; else its own few articles.
TEXTS: Final = next((folder for folder in (_ROOT.parent / "shared" / "data",) if folder.is_dir()), _ROOT / "seeds")

_ROWS: Final[tuple[tuple[str, Callable[[Mapping[str, Any]], str]], ...]] = (
    ("vector index", lambda size: f"{size['vectors.faiss']['kind']} {size['vectors.faiss']['effort']}"),
    ("recall@100, as it is in the manifest", lambda size: f"{size['vectors.faiss']['recall']:.3f}"),
    ("recall@100 of questions", lambda size: f"{size['recall_of_questions']:.3f}"),
    ("making the vector index, s", lambda size: f"{size['vectors.faiss']['seconds']:.1f}"),
    ("making the vector index, processor s", lambda size: f"{size['vectors.faiss']['processor_seconds']:.1f}"),
    ("making the vector index, at most, MB", lambda size: f"{size['vectors.faiss']['peak_mb']:.0f}"),
    ("making the lexicon, s", lambda size: f"{size['lexicon']['seconds']:.1f}"),
    ("making the lexicon, processor s", lambda size: f"{size['lexicon']['processor_seconds']:.1f}"),
    ("vectors on disk, MB", lambda size: f"{size['bytes'][VECTORS] / 1e6:.1f}"),
    ("lexicon on disk, MB", lambda size: f"{size['bytes'][LEXICON] / 1e6:.1f}"),
    ("catalog on disk, MB", lambda size: f"{size['bytes'][CATALOG] / 1e6:.1f}"),
    ("opening, ms", lambda size: f"{size['open_ms']:.0f}"),
    ("process start to answer, s", lambda size: f"{size['start_to_answer_s']:.2f}"),
    ("question p50 / p95 / p99, processor ms", lambda size: _three(size["question_processor"])),
    ("vectors alone p50 / p95 / p99, ms", lambda size: _three(size["vectors"])),
    ("words alone p50 / p95 / p99, ms", lambda size: _three(size["words"])),
)


def prepared(texts: Path, work: Path, sentences: int) -> dict[str, Any]:
    """Choose and encode the sentences, once; return how near composed vectors come to encoded ones."""
    work.mkdir(parents=True, exist_ok=True)
    if not (work / SENTENCES).exists():
        chosen = pool(texts, sentences)
        material = {"sentences": chosen.sentences, "starts": chosen.starts.tolist()}
        (work / SENTENCES).write_text(json.dumps(material), encoding="utf-8")
    chosen = stored_pool(work)
    encoder = Encoder.open(prepare(DEFAULT_MODEL, work / MODELS), many=True)
    cosines = likeness(chosen, encoded(chosen, encoder, work / SENTENCE_VECTORS), encoder)
    return {
        "sentences": len(chosen.sentences),
        "cosine_of_composed_to_encoded": {
            f"p{percent}": float(np.percentile(cosines, percent)) for percent in (5, 50, 95)
        },
    }


def measured(work: Path, passages: int, count: int) -> dict[str, Any]:
    """Make an index of that many passages, and ask it questions."""
    for part in PARTS:
        _run("benchmarks.scaled_index", work, passages, part)
    publish_parts(work, passages)
    asked = json.loads(_run("benchmarks.scaled_questions", work, passages, count))
    made = {part: figures_of(work, passages, part) for part in PARTS}
    folder = current(data_of(work, passages) / "index")
    sizes = {part: sum(path.stat().st_size for path in _files(folder / part)) for part in PARTS}
    started = {"start_to_answer_s": _start_to_answer(work, passages)}
    plain = {"plain": _plain(work, passages, min(count, _PLAIN_QUESTIONS))} if passages <= _PLAIN_UP_TO else {}
    whole = sum(path.stat().st_size for path in _files(folder))
    return {"passages": passages, **made, "bytes": sizes, "index_bytes": whole, **asked, **started, **plain}


def _plain(work: Path, passages: int, count: int) -> dict[str, Any]:
    """Ask the loop of tutorials over the same passages."""
    chosen = stored_pool(work)
    asked = {
        "model": str(locate(DEFAULT_MODEL)),
        "passages": [chosen.text(passage) for made in articles(chosen, passages) for passage in made.passages],
        "questions": questions(chosen.sentences, count + WARM),
    }
    with tempfile.NamedTemporaryFile("w", dir=work, suffix=".json", encoding="utf-8") as file:
        json.dump(asked, file)
        file.flush()
        found: dict[str, Any] = json.loads(_run("benchmarks.naive_questions", file.name, work / ROWS))
    return found


def _files(part: Path) -> Sequence[Path]:
    return [part] if part.is_file() else [path for path in part.rglob("*") if path.is_file()]


def _start_to_answer(work: Path, passages: int) -> float:
    """Return the median seconds from the start of a process to its answer printed."""
    times: list[float] = []
    for question in questions(stored_pool(work).sentences, _STARTS):
        started = time.perf_counter()
        _run("retrieval", "ask", "--data", data_of(work, passages), "--", question)
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def _run(module: str, *arguments: object) -> str:
    command = [sys.executable, "-m", module, *map(str, arguments)]
    return subprocess.run(command, cwd=_ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


def _three(times: Mapping[str, float]) -> str:
    return " / ".join(f"{times[name]:.1f}" for name in ("p50", "p95", "p99"))


def rows_for_the_page(size: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the page and its pictures show of one number of passages."""
    three = {f"question {name}, ms": size["question"][name] for name in ("p50", "p95", "p99")}
    sizes = {
        "index on disk, MB": size["index_bytes"] / 1e6,
        "resident memory, MB": size["memory_mb"]["rss"],
        "... of it pages of files, MB": size["memory_mb"]["files"],
    }
    if plain := size.get("plain"):
        sizes |= {"plain loop: p50, ms": plain["question"]["p50"], "plain loop: resident memory, MB": plain["rss"]}
    return {"passages": size["passages"], **three, **sizes, **{name: written(size) for name, written in _ROWS}}


def main(arguments: Sequence[str] | None = None) -> int:
    """Make and measure as the command line says."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description="Measure by number of passages.")
    parser.add_argument("--passages", type=int, nargs="+", default=_PASSAGES, metavar="N")
    parser.add_argument("--questions", type=int, default=500, metavar="N")
    parser.add_argument("--sentences", type=int, default=30_000, help="to recombine, at most", metavar="N")
    parser.add_argument("--texts", type=Path, default=TEXTS, help="the folder of articles", metavar="DIR")
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "verbatim-scale", metavar="DIR")
    parser.add_argument("--record", action="store_true", help="store the results, and write the page")
    given = parser.parse_args(arguments)
    if min(given.passages) < 1 or given.questions < 1 or given.sentences < 1:
        parser.error("passages, questions and sentences must be at least 1")
    try:
        material = prepared(given.texts, given.work, given.sentences)
        print(json.dumps(material), flush=True)
    except ValueError as error:
        parser.error(str(error))
    rows_of(given.work, stored_pool(given.work), max(given.passages))
    sizes: list[dict[str, Any]] = []
    for passages in sorted(given.passages):
        sizes.append(measured(given.work, passages, given.questions))
        for name, value in rows_for_the_page(sizes[-1]).items():
            print(f"{name:38}{value if isinstance(value, str) else f'{value:,.1f}':>20}", flush=True)
    if given.record:
        near = material["cosine_of_composed_to_encoded"]
        how = f"of {material['sentences']:,} sentences recombined; 5 % are below {near['p5']:.3f}"
        alike = Figure("cosine of composed vectors to encoded ones, median", near["p50"], "", how)
        record(measured_now("scale", [alike], [rows_for_the_page(size) for size in sizes]))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

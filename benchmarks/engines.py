"""Time to answer with the index embedded and on a Milvus server, and a swap of generations under readers.

    python -m benchmarks.engines [--passages 11000 250000] [--questions 200] [--milvus ADDRESS] [--named NAME]
        [--texts DIR] [--work DIR] [--record]

Both engines hold the same passages, made as `benchmarks.scale` makes them, and are asked the same questions in turn.
All that is made stays in the work folder. Where there is no Milvus, `python -m milvus_lite server --data-dir DIR --port
19530` stands in for it: it is written in Python and is for tests, so that its times say nothing of Milvus's own.
"""

import argparse
import json
import re
import shutil
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.corpus import questions
from benchmarks.page import record
from benchmarks.results import Figure, measured_now
from benchmarks.scale import TEXTS, prepared
from benchmarks.scaled_index import (
    PARTS,
    begun,
    data_of,
    documents,
    make_part,
    publish_parts,
    published,
    rows_of,
    stored_pool,
)
from index.build import build
from index.engines.embedded import engine_at
from index.generation.catalog import Catalog
from index.generation.generation import CATALOG, CURRENT
from retrieval import Answer, Retriever

_PASSAGES: Final = (11_000, 250_000)
_WARM: Final = 10
_SENTENCES: Final = 6_000
# Names eight of eleven sources, whose articles lie scattered.
_SOURCE: Final = "daily"
# Readers at once, generations, and articles of each.
_READERS: Final = 4
_GENERATIONS: Final = 6
_ARTICLES: Final = 60
_EDITION: Final = re.compile(r"edition (\d+)")


def filled(work: Path, passages: int, address: str) -> tuple[Path, float]:
    """Return a data folder whose index the server holds, and the seconds that it took to fill; 0 where it was there."""
    data = work / f"{passages}" / "milvus"
    engine = engine_at(address, data)
    if (data / "index" / CURRENT).exists() and engine.names():
        return data, 0.0
    shutil.rmtree(data, ignore_errors=True)
    built = begun(work, passages, data, [CATALOG])
    started = time.perf_counter()
    with engine.words_writer(built) as words:
        for document in documents(stored_pool(work), passages):
            words.add(document)
    with Catalog(built / CATALOG) as catalog:
        written = engine.write(built, rows_of(work, stored_pool(work), passages), catalog.origins())
    seconds = time.perf_counter() - started
    published(work, passages, data, built, written, engine)
    return data, seconds


def compared(
    work: Path, passages: int, count: int, address: str, *, reader: bool, source: str | None = None
) -> dict[str, Any]:
    """Ask both engines the same questions in turn; return milliseconds, and how many answers are the same."""
    asked = questions(stored_pool(work).sentences, count + _WARM)
    times: dict[str, list[float]] = {"embedded": [], "milvus": []}
    same = first = 0
    with (
        Retriever.open(data_of(work, passages), reader=reader, kept=0) as here,
        Retriever.open(work / f"{passages}" / "milvus", engine=address, reader=reader, kept=0) as there,
    ):
        for number, question in enumerate(asked):
            answers: list[Answer] = []
            for name, retriever in (("embedded", here), ("milvus", there)):
                started = time.perf_counter()
                answers.append(retriever.ask(question, source=source))
                if number >= _WARM:
                    times[name].append(1000 * (time.perf_counter() - started))
            if number >= _WARM:
                quotes = [[(one.article_id, one.start, one.end) for one in answer.citations] for answer in answers]
                same += quotes[0] == quotes[1]
                first += quotes[0][:1] == quotes[1][:1]
    found: dict[str, Any] = {
        "reader": reader,
        "source": source,
        "same": same,
        "same first": first,
        "of": len(times["milvus"]),
    }
    for name, taken in times.items():
        found |= {f"{name} p{percent}": float(np.percentile(taken, percent)) for percent in (50, 95)}
    return found


def swapped(address: str) -> dict[str, Any]:
    """Publish generation after generation while readers ask; count the answers that mix two."""
    with tempfile.TemporaryDirectory(prefix="verbatim-swap-") as folder:
        seeds, data = Path(folder) / "seeds", Path(folder) / "var"
        seeds.mkdir()
        engine = engine_at(address, data)
        _write_edition(seeds, 0)
        build(seeds, data, engine=engine)
        answers: list[Answer] = []
        ended = threading.Event()
        with Retriever.open(data, engine=address, kept=0, reader=False) as retriever:

            def ask(start: int) -> None:
                number = start
                while not ended.is_set():
                    answers.append(retriever.ask(f"What does the town of Vik {number % _ARTICLES} pay for its ferry?"))
                    number += _READERS

            asking = [threading.Thread(target=ask, args=(start,)) for start in range(_READERS)]
            for thread in asking:
                thread.start()
            for number in range(1, _GENERATIONS):
                _write_edition(seeds, number)
                build(seeds, data, engine=engine)
                retriever.refresh()
                time.sleep(1)
            ended.set()
            for thread in asking:
                thread.join()
        for name in engine.names():
            engine.drop(name)
    editions = [{edition for one in answer.citations for edition in _EDITION.findall(one.quote)} for answer in answers]
    return {
        "questions": len(answers),
        "generations": len({answer.generation for answer in answers}),
        "mixed": sum(len(found) != 1 for found in editions),
    }


def _write_edition(seeds: Path, number: int) -> None:
    for town in range(_ARTICLES):
        text = f"The town of Vik {town} pays {town + 100 * number} crowns for its ferry, says edition {number}."
        (seeds / f"vik-{town}.txt").write_text(f"Ferry of Vik {town}\n\n{text}\n", encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Make, ask and print as the command line says."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engines", description="Compare the engines.")
    parser.add_argument("--passages", type=int, nargs="*", default=_PASSAGES, metavar="N")
    parser.add_argument("--questions", type=int, default=200, metavar="N")
    parser.add_argument("--milvus", default="milvus://127.0.0.1:19530", help="of the server", metavar="ADDRESS")
    parser.add_argument("--named", default="Milvus", help="what listens there, for the page", metavar="NAME")
    parser.add_argument("--texts", type=Path, default=TEXTS, help="the folder of articles", metavar="DIR")
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "verbatim-engines", metavar="DIR")
    parser.add_argument("--record", action="store_true", help="store the results, and write the page")
    given = parser.parse_args(arguments)
    address, figures = given.milvus, list[Figure]()
    if given.passages:
        prepared(given.texts, given.work, _SENTENCES)
        rows_of(given.work, stored_pool(given.work), max(given.passages))
    for passages in sorted(given.passages):
        for part in PARTS:
            make_part(given.work, passages, part)
        publish_parts(given.work, passages)
        _, seconds = filled(given.work, passages, address)
        print(json.dumps({"passages": passages, "filling, s": round(seconds, 1)}), flush=True)
        if seconds:
            figures.append(Figure(f"filling {given.named}", seconds, "s", f"{passages:,} passages, recall measured"))
        for reader, source in ((False, None), (True, None), (False, _SOURCE)):
            found = compared(given.work, passages, given.questions, address, reader=reader, source=source)
            print(json.dumps(found), flush=True)
            figures += _figures(found, passages, given.named)
    swap = swapped(address)
    print(json.dumps(swap), flush=True)
    how = f"{swap['questions']:,} questions of {_READERS} readers, {swap['generations']} generations, {given.named}"
    figures.append(Figure("answers that mix two generations", swap["mixed"], "", how))
    if given.record:
        record(measured_now("engines", figures))
    return 0


def _figures(found: dict[str, Any], passages: int, kind: str) -> list[Figure]:
    how = f"{found['of']} questions over {passages:,} passages, {'with' if found['reader'] else 'without'} the reader"
    if found["source"]:
        how += f", source:{found['source']}"
    times = [
        Figure(f"{shown}, {percent}", found[f"{name} {percent}"], "ms", f"{how}, in turn")
        for name, shown in (("embedded", "embedded"), ("milvus", kind))
        for percent in ("p50", "p95")
    ]
    return [*times, Figure("answered with the same passages in the same order", found["same"], "", how)]


if __name__ == "__main__":
    raise SystemExit(main())

"""Measure, store the results by commit in benchmarks/results, and write benchmarks/README.md from them.

    python -m benchmarks [build] [rebuild] [answer] [page]

measures the parts that are named, or all of them; `page` alone writes the page anew from the results. Scale and many
asking at once have commands of their own, which add their results with `--record`.
"""

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks import measures, page
from benchmarks.corpus import passages_of, sample_sentences
from benchmarks.results import Part, measured_now, store
from index.encoder.model import DEFAULT_MODEL, prepare

_SEEDS: Final = Path(__file__).resolve().parent.parent / "seeds"
# Encoded in the comparison of encoders.
_PASSAGES: Final = 400
_PARTS: Final = ("build", "rebuild", "answer")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the parts that are named, and write the page."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure, store the results, write the page."
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(_PARTS)}; or page")
    parser.add_argument("--articles", type=int, default=300, help="in the build that is compared", metavar="N")
    parser.add_argument("--rounds", type=int, default=3, help="of the build that is compared", metavar="N")
    given = parser.parse_args(arguments)
    if unknown := set(given.parts) - {*_PARTS, "page"}:
        parser.error(f"there is no part {', '.join(sorted(unknown))}: name {', '.join(_PARTS)} or page")
    wanted = set(given.parts) or set(_PARTS)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        models = work / "models"
        if wanted - {"page"}:
            prepare(DEFAULT_MODEL, models)
        if "build" in wanted:
            figures = measures.rates(models, passages_of(sample_sentences(_SEEDS), _PASSAGES))
            _record(measured_now("build", figures + measures.build_rate(models, given.articles, given.rounds)))
        if wanted & {"rebuild", "answer"}:
            data, rebuilds = measures.many_files(work, _SEEDS, models)
            if "rebuild" in wanted:
                _record(measured_now("rebuild", rebuilds))
            if "answer" in wanted:
                figures = measures.time_to_answer(data, _SEEDS)
                figures += measures.latency(data, _SEEDS)
                figures += measures.memory(data, _SEEDS)
                _record(measured_now("answer", figures))
    page.write()
    return 0


def _record(part: Part) -> None:
    for figure in part.figures:
        print(f"{figure.name:42} {figure.value:9.2f} {figure.unit:11} {figure.how}", flush=True)
    store(part)


if __name__ == "__main__":
    raise SystemExit(main())

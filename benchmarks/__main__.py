"""Measures everything, keeps the results by commit in benchmarks/results, and writes benchmarks/README.md from them."""

import json
import os
import platform
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from benchmarks import measures
from index.model import DEFAULT_MODEL, prepare
from index.runtime import openvino

_HERE: Final = Path(__file__).resolve().parent
_RESULTS: Final = _HERE / "results"
_SEEDS: Final = _HERE.parent / "seeds"


def main() -> None:
    """Measure, keep, show."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        models = work / "models"
        prepare(DEFAULT_MODEL, models)
        figures = measures.build_rate(work, _SEEDS, models)
        data, rebuilds = measures.many_files(work, _SEEDS, models)
        figures += rebuilds
        figures += measures.time_to_answer(data, _SEEDS)
        figures += measures.latency(data, _SEEDS)
        figures += measures.memory(data, _SEEDS)
    for figure in figures:
        print(f"{figure.name:42} {figure.value:9.2f} {figure.unit:11} {figure.how}")
    result = {
        "commit": _commit(),
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": _machine(),
        "figures": [asdict(figure) for figure in figures],
    }
    _RESULTS.mkdir(exist_ok=True)
    (_RESULTS / f"{result['commit']}.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    (_HERE / "README.md").write_text("\n".join(_page()) + "\n", encoding="utf-8")


def _commit() -> str:
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--abbrev=10"], cwd=_HERE, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def _machine() -> str:
    able = openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    precision = "bf16" if "BF16" in able else "no bf16"
    cores = len(os.sched_getaffinity(0))
    return f"{openvino.Core().get_property('CPU', 'FULL_DEVICE_NAME')}, {cores} cores, {precision}, {platform.system()}"


def _page() -> Iterator[str]:
    """The page of all results, the newest first."""
    yield "# Benchmarks"
    yield ""
    yield "Made by `make bench`, which measures, keeps the results by commit in `results/` and writes this page."
    yield "Speeds are compared side by side in one run: single figures depend on the machine and on what else it does."
    results: list[dict[str, Any]] = [json.loads(path.read_text(encoding="utf-8")) for path in _RESULTS.glob("*.json")]
    for result in sorted(results, key=lambda result: result["measured"], reverse=True):
        yield ""
        yield f"## {result['commit']}, {result['measured'][:10]}"
        yield ""
        yield result["machine"]
        yield ""
        yield "| figure | value | | how |"
        yield "|---|---:|---|---|"
        for figure in result["figures"]:
            yield f"| {figure['name']} | {figure['value']:.2f} | {figure['unit']} | {figure['how']} |"


if __name__ == "__main__":
    main()

"""The time of the web page, from the request to its last byte, over an index.

    python -m benchmarks.reading_page [DATA]

`python -m bot web` runs as a process of its own, and one client asks it for one page after another.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import httpx
import lxml.html

from retrieval import Retriever
from retrieval.examples import candidates

_ROUNDS: Final = 40
_WITHIN: Final = 120


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reading_page", description="Time the web page.")
    parser.add_argument("data", nargs="?", type=Path, default=Path("var"), metavar="DATA")
    data = parser.parse_args(arguments).data
    with Retriever.open(data, reader=False) as retriever:
        questions = [found.question for found in candidates(retriever, "en")][:_ROUNDS]
    # No limit on questions holds the client up.
    settings = {"VERBATIM_QUESTIONS_A_MINUTE": "100000", "VERBATIM_QUESTIONS_A_DAY": "100000"}
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "web", "--data", str(data), "--port", "0"],
        env={**os.environ, **settings},
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        root = server.stdout.readline().strip()
        with httpx.Client(base_url=root, timeout=_WITHIN) as client:
            client.get("/").raise_for_status()
            asked = [f"/ask?{httpx.QueryParams({'q': question})}" for question in questions]
            _print("a question, asked for the first time", [_timed(client, one) for one in asked])
            _print("the same again", [_timed(client, one) for one in asked])
            places = [place for one in asked if (place := _place(client, one))]
            _print("an article at its quote", [_timed(client, one) for one in places])
            _print("the list of articles", [_timed(client, "/sources") for _ in range(_ROUNDS)])
        server.terminate()
    return 0


def _timed(client: httpx.Client, path: str) -> float:
    """Return the milliseconds of one page."""
    started = time.perf_counter()
    client.get(path).raise_for_status()
    return (time.perf_counter() - started) * 1000


def _place(client: httpx.Client, asked: str) -> str:
    """Return the address of the page that the first passage of an answer opens, '' where there is none."""
    shown = lxml.html.document_fromstring(client.get(asked).text)
    return str(next(iter(shown.xpath("//p[@class='there']/a/@href")), "")).partition("#")[0]


def _print(what: str, times: Sequence[float]) -> None:
    ordered = sorted(times)
    p95 = ordered[int(0.95 * (len(ordered) - 1))]
    print(f"{what}: p50 {statistics.median(ordered):.1f} ms, p95 {p95:.1f} ms ({len(ordered)} pages)", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())

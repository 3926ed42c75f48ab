"""Threads that ask one retriever without a pause, in a process of its own, until standard input ends.

    python -m tests.endurance.reader DATA THREADS QUESTIONS

QUESTIONS is a file with one question a line. It prints 'ready' once the index is open, and at the end one JSON object:
how many questions were asked, what was raised, how many answers had no citation, and every set of citations there was.
"""

import json
import sys
import threading
from pathlib import Path

from retrieval import Retriever


class Asking:
    """Threads that ask, and what they have seen."""

    def __init__(self, retriever: Retriever, questions: list[str]) -> None:
        self._retriever = retriever
        self._questions = questions
        self._over = threading.Event()
        self._lock = threading.Lock()
        self.asked = 0
        self.empty = 0
        self.raised: list[str] = []
        self.seen: set[tuple[tuple[str, int, int, str], ...]] = set()

    def run(self, threads: int) -> None:
        """Ask until standard input ends."""
        asking = [threading.Thread(target=self._ask_on, args=(place,)) for place in range(threads)]
        for thread in asking:
            thread.start()
        sys.stdin.read()
        self._over.set()
        for thread in asking:
            thread.join()

    def _ask_on(self, place: int) -> None:
        while not self._over.is_set():
            place += 1
            try:
                answer = self._retriever.ask(self._questions[place % len(self._questions)])
            except BaseException as error:
                with self._lock:
                    self.raised.append(f"{type(error).__name__}: {error}")
                continue
            cited = tuple((c.article_id, c.start, c.end, c.quote) for c in answer.citations)
            with self._lock:
                self.asked += 1
                self.empty += not cited
                self.seen.add(cited)


def main() -> int:
    """Ask, then print what was seen."""
    data, threads, questions = Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]).read_text().splitlines()
    with Retriever.open(data) as retriever:
        print("ready", flush=True)  # noqa: T201
        asking = Asking(retriever, questions)
        asking.run(threads)
        generation = retriever.generation
    told = {"asked": asking.asked, "empty": asking.empty, "raised": asking.raised[:20], "seen": list(asking.seen)}
    print(json.dumps({**told, "generation": generation}), flush=True)  # noqa: T201
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

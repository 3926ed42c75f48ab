"""A conversation whose first question is cancelled: python -m tests.retrieval.cancelled DATA FIRST SECOND.

A process of its own, since the signal is sent to the whole process.
"""

import os
import signal
import sys
import threading
from typing import Any

from rich.console import Console

from retrieval import Answer, Retriever
from retrieval.cli.repl import Repl


class Slow(Retriever):
    """Takes its time over a question until it is let go."""

    asked = threading.Event()
    free = threading.Event()

    def ask(self, *arguments: Any, **options: Any) -> Answer:
        self.asked.set()
        assert self.free.wait(30)
        return super().ask(*arguments, **options)


def main() -> None:
    """Ask the first question, press Ctrl-C while it is being worked on, ask the second, and leave."""
    # Ctrl-C means what it does at a terminal, also where a shell lets its background ignore it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    data, first, second = sys.argv[1:]
    lines = iter([first, second])

    def read() -> str:
        line = next(lines, None)
        if line is None:
            raise EOFError
        if line == second:
            Slow.free.set()
        return line

    def interrupt() -> None:
        assert Slow.asked.wait(30)
        os.kill(os.getpid(), signal.SIGINT)

    console = Console(width=80, markup=False, highlight=False, emoji=False)
    presser = threading.Thread(target=interrupt)
    with Slow.open(data) as retriever:
        presser.start()
        Repl(retriever, console, read, lambda hint: "q").run()
        presser.join()


if __name__ == "__main__":
    main()

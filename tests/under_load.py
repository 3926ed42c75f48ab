"""Run the tests again and again while other processes keep the processor busy: `python -m tests.under_load`.

What fails here and not on an idle machine looks at something before it is there, or takes a moment for an hour.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
_WORKERS: Final = ("--numprocesses=auto", "--dist=loadfile", "--no-loadscope-reorder")


@contextmanager
def busy(processes: int) -> Iterator[None]:
    """Keep the processor busy with so many processes."""
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(processes)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def passed(*arguments: str) -> bool:
    """Run the tests once, and print how that ended, with all output if one fails."""
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *_WORKERS, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout + done.stderr
    last = said.rstrip().rpartition("\n")[2]
    print(f"{time.monotonic() - begun:6.0f} s  {' '.join(arguments) or 'all'}: {last}", flush=True)  # noqa: T201
    if done.returncode:
        print(said, flush=True)  # noqa: T201
    return done.returncode == 0


def main() -> int:
    """Run the tests as the command line says; return 0 if every run passed, else 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.under_load", description=__doc__)
    parser.add_argument("--busy", type=int, default=4, help="processes that keep the processor busy [4]")
    parser.add_argument("--telegram", type=int, default=20, help="how often tests/telegram is run [20]")
    parser.add_argument("--all", type=int, default=3, help="how often all tests are run [3]")
    wanted = parser.parse_args()
    runs = [("tests/telegram",)] * wanted.telegram + [()] * wanted.all
    with busy(wanted.busy):
        failed = sum(not passed(*arguments) for arguments in runs)
    print(f"{len(runs) - failed} of {len(runs)} runs passed")  # noqa: T201
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())

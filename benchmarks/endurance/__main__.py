"""Kills, refused writes, damage and rebuilds by the hundred, and what came of them.

    python -m benchmarks.endurance --models DIR [--kills 300] [--failures 300] [--flips 3000] [--rebuilds 100]
        [--seed 1] [--work DIR] [--record]

Builds are of a few articles, none of which has to be encoded. It prints one line for each kind of trouble, with how
often it was tried, and each case that was not survived; it ends with exit code 1 where there is one.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from benchmarks.endurance.damage import damaged_before_opening, damaged_while_served
from benchmarks.endurance.disturbed import failures, kills
from benchmarks.endurance.rebuilds import rebuilds
from benchmarks.endurance.scene import Scene, Tally
from benchmarks.page import record
from benchmarks.results import Figure, measured_now
from tests.index.commands import Commands

# Of the damage, the share that happens while the generation is served.
_SERVED = 0.2


def tallies(asked: argparse.Namespace, work: Path) -> Iterator[Tally]:
    """Everything that was asked for, one kind after another."""
    scene = Scene.make(asked.models, work)
    with Commands(work) as commands:
        if asked.kills:
            yield from kills(scene, commands, asked.kills, asked.seed)
        if asked.failures:
            yield from failures(scene, commands, asked.failures, asked.seed)
        if asked.flips:
            while_served = int(asked.flips * _SERVED)
            yield damaged_before_opening(scene, asked.flips - while_served, asked.seed, work / "damaged")
            yield damaged_while_served(scene, while_served, asked.seed, work / "served")
        if asked.rebuilds:
            yield rebuilds(asked.models, asked.rebuilds, asked.seed, work / "rebuilds", commands)


def main(arguments: list[str] | None = None) -> int:
    """Try it all. Returns 0, or 1 where something was not survived."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.endurance", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--models", type=Path, default=Path("var/models"), help="the folder of converted models")
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--failures", type=int, default=300)
    parser.add_argument("--flips", type=int, default=3000)
    parser.add_argument("--rebuilds", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", type=Path, help="a new folder, which is left behind; without it one that is deleted")
    parser.add_argument("--record", action="store_true", help="keep the results, and write the page")
    asked = parser.parse_args(arguments)
    with ExitStack() as stack:
        if asked.work is None:
            work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="verbatim-endurance-")))
        else:
            work = asked.work
            try:
                work.mkdir(parents=True)
            except FileExistsError:
                parser.error(f"{work} is there already, and nothing in it is deleted: name a folder that is not")
        return _tried(asked, work)


def _tried(asked: argparse.Namespace, work: Path) -> int:
    sound = True
    figures: list[Figure] = []
    started = time.monotonic()
    for tally in tallies(asked, work):
        sound &= not tally.wrong
        survived = tally.tried - len({line.partition(": ")[0] for line in tally.wrong})
        seconds, started = time.monotonic() - started, time.monotonic()
        told = f"; {tally.told}" if tally.told else ""
        print(f"{tally.what}: {survived:,} of {tally.tried:,} survived{told} ({seconds:,.0f} s)", flush=True)
        for line in tally.wrong:
            print(f"    {line}", flush=True)
        figures.append(Figure(tally.what, survived, f"of {tally.tried:,} survived", tally.told))
    if asked.record:
        record(measured_now("endurance", figures))
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main())

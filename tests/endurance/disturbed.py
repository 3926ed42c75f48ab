"""Builds that are killed, or whose writes fail, at any step.

A step is the nth operation of Python on a file, the nth call of a function of the index or, where strace(1) is
installed, the nth system call of any library.
"""

import errno
import itertools
import random
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from tests.endurance.scene import Scene, Tally
from tests.forked import environment
from tests.index.commands import Commands, Done, Fault

_ERRORS: Final = (errno.ENOSPC, errno.EIO, errno.EACCES, errno.EROFS)
# More than there are: a build of the scene does some 160 things to its files and calls some 800 functions.
_MANY_STEPS: Final = 8000
# From nothing to the largest file of the scene's index.
_SIZES: Final = (0, 1, 5, 40, 100, 500, 1000, 2000, 4096, 8192, 12000, 20000, 30000, 40000, 60000, 80000, 120000)
_MOMENTS: Final = (
    "index.__main__.build",
    "index.build.scratch",
    "index.engines.dense.write",
    "index.engines.bm25.Bm25Writer.__exit__",
    "index.generation.generation.write_manifest",
)
_CALLED: Final = (
    "write,pwrite64,fsync,fdatasync,ftruncate,rename,renameat,renameat2,mkdir,rmdir,unlink,unlinkat,chmod,fchmodat"
)
_LINE: Final = re.compile(r"(\d+) +(\w+)\(")
_LINE_REFUSED: Final = re.compile(r"\bwrite\(2, \"(.*)\"\.*, \d+\) .*\(INJECTED\)")
_STRACE: Final = "strace"

Tried = Callable[[Path], Done]


def kills(scene: Scene, commands: Commands, count: int, seed: int) -> Iterator[Tally]:
    """Kill `count` builds."""
    chance = random.Random(seed)
    operations = steps_of(scene, commands, "file operation")
    steps = _spread(operations, count // 3, chance)
    yield _tally(
        "killed before an operation on a file",
        scene,
        commands,
        {f"operation {n}": _faulty(scene, commands, Fault("kill", "before", "file operation", n)) for n in steps},
    )
    steps = _spread(steps_of(scene, commands, "any call"), count - 2 * (count // 3), chance)
    yield _tally(
        "killed before a call of a function",
        scene,
        commands,
        {f"call {n}": _faulty(scene, commands, Fault("kill", "before", "any call", n)) for n in steps},
    )
    yield _by_the_system("killed before a call of the system", scene, commands, count // 3, chance, ["signal=KILL"])


def failures(scene: Scene, commands: Commands, count: int, seed: int) -> Iterator[Tally]:
    """Make an operation fail in each of `count` builds."""
    chance = random.Random(seed)
    operations = steps_of(scene, commands, "file operation")
    every = [(n, error) for n in range(1, operations + 1) for error in _ERRORS]
    some = sorted(chance.sample(every, min(count // 2, len(every))))
    yield _tally(
        "refused an operation on a file (ENOSPC, EIO, EACCES, EROFS)",
        scene,
        commands,
        {
            f"{errno.errorcode[error]} at operation {n}": _faulty(
                scene, commands, Fault(f"error:{error}", "before", "file operation", n)
            )
            for n, error in some
        },
    )
    limits = [(size, moment) for moment in _MOMENTS for size in _SIZES]
    some_limits = sorted(chance.sample(limits, min(count // 5, len(limits))))
    yield _tally(
        "cut short a write (a file may not grow past so many bytes)",
        scene,
        commands,
        {
            f"{size} bytes from {moment} on": _faulty(scene, commands, Fault(f"limit:{size}", "before", moment))
            for size, moment in some_limits
        },
    )
    rest = max(0, count - len(some) - len(some_limits))
    injected = [f"error={errno.errorcode[error]}" for error in _ERRORS]
    yield _by_the_system("refused a call of the system", scene, commands, rest, chance, injected)


def steps_of(scene: Scene, commands: Commands, target: str) -> int:
    """Count how often an undisturbed build comes by `target`: 'file operation', 'any call'."""
    low, high = 0, _MANY_STEPS
    while high - low > 1:
        middle = (low + high) // 2
        fault = Fault("kill", "before", target, middle)
        killed = commands("build", "--seeds", scene.seeds, "--data", scene.copy(), fault=fault).code < 0
        low, high = (middle, high) if killed else (low, middle)
    return low


def _spread(most: int, count: int, chance: random.Random) -> list[int]:
    """Choose so many different numbers from 1 to `most`, some from each part of the range."""
    count = min(count, most)
    edges = [1 + most * i // count for i in range(count + 1)]
    return [chance.randrange(low, high) for low, high in itertools.pairwise(edges)]


def _faulty(scene: Scene, commands: Commands, fault: Fault) -> Tried:
    return lambda data: commands("build", "--seeds", scene.seeds, "--data", data, fault=fault)


def _tally(what: str, scene: Scene, commands: Commands, tries: dict[str, Tried]) -> Tally:
    wrong = []
    codes: Counter[int] = Counter()
    for name, tried in tries.items():
        data = scene.copy()
        done = tried(data)
        codes[done.code] += 1
        wrong += [f"{name}: {reason}" for reason in scene.wrongs(data, done, commands)]
    ended = ", ".join(f"{code}: {count}" for code, count in sorted(codes.items()))
    return Tally(what, len(tries), tuple(wrong), f"exit codes {ended}")


def _by_the_system(
    what: str, scene: Scene, commands: Commands, count: int, chance: random.Random, injected: list[str]
) -> Tally:
    if not shutil.which(_STRACE):
        return Tally(what, 0, (), "strace is not installed")
    calls = _calls(scene)
    some = chance.sample(calls, min(count, len(calls)))
    tries: dict[str, Tried] = {}
    for place, (name, nth) in enumerate(some):
        rule = f"inject={name}:{injected[place % len(injected)]}:when={nth}"
        tries[rule] = lambda data, name=name, rule=rule: _injected(scene, data, name, rule)  # type: ignore[misc]
    return _tally(what, scene, commands, tries)


def _injected(scene: Scene, data: Path, name: str, rule: str) -> Done:
    """Build while a system call is disturbed.

    strace counts the calls of each thread by themselves, so that the rule may also refuse the line in which the build
    reports its failure. Such a build is not blamed for the missing line.
    """
    trace = scene.folder / "trace"
    done = _traced(scene, data, ["-qqq", "-o", str(trace), "-e", f"trace={name}", "-e", rule])
    refused = _LINE_REFUSED.search(trace.read_text(errors="replace"))
    return replace(done, err=refused.group(1)) if refused and not done.err else done


def _calls(scene: Scene) -> list[tuple[str, int]]:
    """Return the system calls by which a build changes its data folder, each with its number within its thread."""
    data, trace = scene.copy(), scene.folder / "trace"
    _traced(scene, data, ["-y", "-o", str(trace), "-e", f"trace={_CALLED}"])
    counted: Counter[tuple[str, str]] = Counter()
    found = []
    for line in trace.read_text(errors="replace").splitlines():
        if call := _LINE.match(line):
            counted[call.group(1), call.group(2)] += 1
            if str(data.resolve()) in line:
                found.append((call.group(2), counted[call.group(1), call.group(2)]))
    return sorted(set(found))


def _traced(scene: Scene, data: Path, options: list[str]) -> Done:
    build = [sys.executable, "-m", "index", "build", "--seeds", str(scene.seeds), "--data", str(data)]
    done = subprocess.run(
        [_STRACE, "-f", *options, *build],
        cwd=scene.folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    # strace ends as what it traced did.
    return Done(done.returncode, done.stdout, done.stderr)

"""Rebuilds with adds, changes and removals while readers ask without a pause."""

import json
import random
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from index.build import build
from tests.conftest import write_seeds
from tests.endurance.scene import Tally
from tests.forked import environment
from tests.index.commands import Commands
from tests.index.same_index import served, texts

# Of each reader, how many threads ask one retriever.
_READERS: Final = (3, 1)
_ARTICLES: Final = 12
# Resident memory is compared with what it was after so many rebuilds.
_SETTLED: Final = 20
_TOWNS: Final = ("Vardhem", "Ostrec", "Lillehavn", "Corvenna", "Tarnow", "Windmere", "Pradello", "Skoltvik")
_THINGS: Final = ("ferry", "mill", "library", "orchard", "bridge", "lighthouse", "bakery", "clock tower")
_QUESTIONS: Final = (
    "When does the ferry of Vardhem open its doors again?",
    "Who repaired the mill?",
    "What did the council of Lillehavn decide about the lighthouse?",
    "How many visitors came to the library of Windmere?",
    "Which bakery was mentioned by the mayor of Tarnow?",
)

State = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Level:
    """The resident memory in MB, open files, and mappings of deleted files of a process."""

    memory: float
    files: int
    gone: int

    @classmethod
    def of(cls, process: int, data: Path) -> "Level":
        """Measure a process; of mappings, count those of files in that folder."""
        folder = Path(f"/proc/{process}")
        (resident,) = (line for line in (folder / "status").read_text().splitlines() if line.startswith("VmRSS"))
        maps = (folder / "maps").read_text().splitlines()
        gone = [line for line in maps if line.endswith("(deleted)") and str(data.resolve()) in line]
        return cls(int(resident.split()[1]) / 1024, len(list((folder / "fd").iterdir())), len(gone))


def article(number: int, edition: int) -> str:
    """Write an article each of whose sentences names the edition."""
    town, thing = _TOWNS[number % len(_TOWNS)], _THINGS[number * 3 % len(_THINGS)]
    return (
        f"The {thing} of {town}\n\n"
        f"The {thing} of {town} was repaired by {number + 3} carpenters in edition {edition}. "
        f"The council of {town} decided in edition {edition} that the {thing} opens its doors again on Monday. "
        f"According to edition {edition} it had {100 + number} visitors, said the mayor of {town}.\n"
    )


def states(count: int, seed: int) -> Iterator[State]:
    """Yield articles by id: a first state, and `count` more, each with one added, one removed and three changed."""
    chance = random.Random(seed)
    state = {f"{number:04}.txt": article(number, 0) for number in range(_ARTICLES)}
    yield dict(state)
    for edition in range(1, count + 1):
        del state[chance.choice(sorted(state))]
        for name in chance.sample(sorted(state), 3):
            state[name] = article(int(name[:4]), edition)
        number = _ARTICLES + edition
        state[f"{number:04}.txt"] = article(number, edition)
        yield dict(state)


def rebuilds(models: Path, count: int, seed: int, folder: Path, commands: Commands) -> Tally:
    """Rebuild `count` times under readers; each answer must have quotes, all of them from one state."""
    data, seeds, questions = folder / "data", folder / "seeds", folder / "questions"
    data.mkdir(parents=True)
    (data / "models").symlink_to(models.resolve())
    questions.write_text("\n".join(_QUESTIONS))
    first, *later = states(count, seed)
    build(write_seeds(seeds, first), data)
    readers = [_started(data, threads, questions) for threads in _READERS]
    wrong: list[str] = []
    settled: list[Level] = []
    for place, state in enumerate(later, 1):
        for gone in {path.name for path in seeds.iterdir()} - state.keys():
            (seeds / gone).unlink()
        write_seeds(seeds, state)
        done = commands("build", "--allow-removals", "--seeds", seeds, "--data", data)
        if done.code or done.err or texts(data) != state:
            wrong.append(f"rebuild {place}: it ended with {done.code} and {done.err!r}")
        if place == min(_SETTLED, count):
            settled = [Level.of(reader.pid, data) for reader in readers]
    # What is built last is taken up by the next question.
    at_end = [Level.of(reader.pid, data) for reader in readers]
    asked = 0
    for threads, reader in zip(_READERS, readers, strict=True):
        told, _ = reader.communicate()
        if reader.returncode:
            wrong.append(f"reader of {threads}: it ended with {reader.returncode}")
            continue
        said = json.loads(told)
        asked += said["asked"]
        wrong += [f"reader of {threads}: {reason}" for reason in _wrongs(said, [first, *later], served(data).name)]
    levels = "; ".join(
        f"{threads} thread(s): {before.memory:.0f} -> {after.memory:.0f} MB, files {before.files} -> {after.files}, "
        f"mappings of files that are gone {before.gone} -> {after.gone}"
        for threads, before, after in zip(_READERS, settled, at_end, strict=True)
    )
    return Tally(f"rebuilt under readers who asked {asked:,} questions", count, tuple(wrong), levels)


def _started(data: Path, threads: int, questions: Path) -> subprocess.Popen[str]:
    reader = subprocess.Popen(
        [sys.executable, "-m", "tests.endurance.reader", str(data), str(threads), str(questions)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    assert reader.stdout
    reader.stdout.readline()
    return reader


def _wrongs(said: dict[str, Any], published: list[State], newest: str) -> Iterator[str]:
    if said["raised"]:
        yield f"{len(said['raised'])} raised something, such as {said['raised'][0]}"
    if said["empty"]:
        yield f"{said['empty']} answers without a citation"
    if said["generation"] != newest:
        yield f"it serves {said['generation']}, not {newest}"
    for cited in said["seen"]:
        if not any(all(_stands(citation, state) for citation in cited) for state in published):
            yield f"an answer that is of no one state: {cited}"


def _stands(citation: tuple[str, int, int, str], state: State) -> bool:
    name, start, end, quote = citation
    return bool(quote) and state.get(name, "")[start:end] == quote

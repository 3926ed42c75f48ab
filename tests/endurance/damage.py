"""Damage to any file of a generation: before it is opened, and while it is served."""

import json
import os
import random
import select
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, Self

from tests.endurance.scene import Scene, Tally
from tests.forked import environment
from tests.index.same_index import served
from tests.index.stories import TEXTS_BEFORE

# What takes longer is a hang.
_PATIENCE: Final = 60.0
# Makes damaged bytes of a file's bytes; None if they cannot be damaged so.
Damage = Callable[[bytes, random.Random], bytes | None]


def _flipped(sound: bytes, chance: random.Random) -> bytes | None:
    if not sound:
        return None
    damaged = bytearray(sound)
    bit = chance.randrange(8 * len(sound))
    damaged[bit // 8] ^= 1 << bit % 8
    return bytes(damaged)


def _scrambled(sound: bytes, chance: random.Random) -> bytes | None:
    start = chance.randrange(len(sound) + 1)
    end = min(len(sound), start + chance.randrange(1, 5000))
    return sound[:start] + chance.randbytes(end - start) + sound[end:]


def _zeroed(sound: bytes, chance: random.Random) -> bytes:
    start = chance.choice((0, chance.randrange(len(sound) + 1)))
    return sound[:start] + bytes(len(sound) - start)


def _cut(sound: bytes, chance: random.Random) -> bytes | None:
    return sound[: chance.randrange(len(sound))] if sound else None


def _grown(sound: bytes, chance: random.Random) -> bytes:
    return sound + chance.choice((b"\0", b"\n", chance.randbytes(chance.randrange(1, 9000))))


IN_PLACE: Final[dict[str, Damage]] = {"flipped": _flipped, "scrambled": _scrambled, "zeroed": _zeroed}
OF_CONTENT: Final[dict[str, Damage]] = {**IN_PLACE, "cut": _cut, "grown": _grown}
OF_KIND: Final = ("gone", "folder", "pipe", "link to nothing", "link to itself", "link to a folder", "swapped")


class Witness:
    """A reader in a process of its own, started again whenever it dies."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def _end(self) -> int:
        if self._process is None:
            return 0
        process, self._process = self._process, None
        with process:
            assert process.stdin
            process.stdin.close()
            try:
                return process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                return process.wait()

    def __call__(self, request: str) -> dict[str, Any] | str:
        """Return its answer, or say how it ended or that it hangs."""
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.endurance.witness", str(self._data)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                # Tantivy prints its panics there.
                stderr=subprocess.DEVNULL,
                text=True,
                env=environment(),
            )
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{request}\n")
        self._process.stdin.flush()
        ready, _, _ = select.select([self._process.stdout], [], [], _PATIENCE)
        if not ready:
            self._process.kill()
            self._end()
            return "it hangs"
        line = self._process.stdout.readline()
        if line:
            said: dict[str, Any] = json.loads(line)
            return said
        return f"it ended with {self._end()}"


class Ground:
    """A data folder with a sound generation and a copy of it, which is damaged.

    Parameters:
        folder: made, with the data folder in it.
    """

    def __init__(self, scene: Scene, folder: Path) -> None:
        self.data = Path(shutil.copytree(scene.data, folder, symlinks=True))
        self._index = self.data / "index"
        self.sound = served(self.data)
        self._copies = 0
        self.copy = self.sound
        self.renew()

    def renew(self) -> None:
        """Serve another copy under another name, and delete the copy before it."""
        before = self.copy
        self._copies += 1
        self.copy = self._index / f"20990101T000000Z-{self._copies:06x}"
        shutil.copytree(self.sound, self.copy)
        for path in self.copy.rglob("*"):
            path.chmod(0o755)
        self.point_to(self.copy)
        if before != self.sound:
            shutil.rmtree(before)

    def rename(self) -> None:
        """Give the copy another name, so that a reader that has refused it opens it again."""
        self._copies += 1
        self.copy = self.copy.rename(self._index / f"20990101T000000Z-{self._copies:06x}")
        self.point_to(self.copy)

    def point_to(self, generation: Path) -> None:
        """Point CURRENT to that generation."""
        pointer = self._index / "CURRENT.tmp"
        pointer.write_text(f"{generation.name}\n")
        pointer.replace(self._index / "CURRENT")

    def files(self) -> list[str]:
        """Return the path of every file in the generation."""
        return sorted(path.relative_to(self.sound).as_posix() for path in self.sound.rglob("*") if path.is_file())


def damaged_before_opening(scene: Scene, count: int, seed: int, folder: Path) -> Tally:
    """Damage one file of a generation, `count` times; it must be refused, and the one before served on."""
    ground, chance = Ground(scene, folder), random.Random(seed)
    wrong, tried = [], 0
    kinds = [*OF_CONTENT, *OF_KIND]
    ground.point_to(ground.sound)
    with Witness(ground.data) as witness:
        witness("asked")
        while tried < count:
            # The kinds of file in turn; of content, which has more places to be damaged at, there is more.
            name = ground.files()[tried % len(ground.files())]
            kind = chance.choice(kinds) if chance.random() < 0.25 else chance.choice(list(OF_CONTENT))
            ground.rename()
            if not damage_file(ground, name, kind, chance):
                continue
            tried += 1
            wrong += [f"{name} {kind}: {reason}" for reason in _refused(witness, ground, name)]
            _mend(ground, name)
    return Tally("damaged, then opened, checked and asked", tried, tuple(wrong))


def damage_file(ground: Ground, name: str, kind: str, chance: random.Random) -> bool:
    """Damage one file of the copy, and return whether that changed anything."""
    path, sound = ground.copy / name, (ground.sound / name).read_bytes()
    if kind in OF_CONTENT:
        damaged = OF_CONTENT[kind](sound, chance)
        if damaged is None or damaged == sound:
            return False
        _put(path, damaged)
        return True
    if kind == "swapped":
        other = (ground.sound / chance.choice(ground.files())).read_bytes()
        _put(path, other)
        return other != sound
    path.unlink()
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind.startswith("link"):
        path.symlink_to({"link to nothing": "nowhere", "link to itself": path.name}.get(kind, "."))
    return True


def _put(path: Path, content: bytes) -> None:
    # A new file of that name: the old one may be mapped into memory, and must not become shorter.
    path.unlink()
    path.write_bytes(content)


def _mend(ground: Ground, name: str) -> None:
    path = ground.copy / name
    if path.is_dir() and not path.is_symlink():
        path.rmdir()
    else:
        path.unlink(missing_ok=True)
    shutil.copyfile(ground.sound / name, path)


def _refused(witness: Witness, ground: Ground, name: str) -> Iterator[str]:
    said = witness("opened")
    if isinstance(said, str):
        yield f"opened and checked, {said}"
        return
    if not said["checking"].startswith(str(ground.copy / name)) or "\n" in said["checking"]:
        yield f"verify says {said['checking']!r}"
    answers = witness("asked")
    if isinstance(answers, str):
        yield f"asked, {answers}"
        return
    if said["opening"] and not answers["refusal"]:
        yield "it is not said that the new generation is refused"
    if answers["errors"]:
        yield f"asked, it says {answers['errors'][0]!r}"
    yield from _untrue(answers["cited"])


def damaged_while_served(scene: Scene, count: int, seed: int, folder: Path) -> Tally:
    """Damage one file of a served generation in place, `count` times: no crash, no untrue quote.

    A file is never made shorter here: where it is mapped into memory, the system ends whoever reads past its end.
    """
    ground, chance = Ground(scene, folder), random.Random(seed)
    wrong, refusals = [], 0
    with Witness(ground.data) as witness:
        for place in range(count):
            ground.renew()
            witness("asked")
            name = ground.files()[place % len(ground.files())]
            sound = (ground.sound / name).read_bytes()
            kind = chance.choice(list(IN_PLACE))
            with (ground.copy / name).open("r+b") as file:
                file.write(IN_PLACE[kind](sound, chance) or b"")
            answers = witness("asked")
            if isinstance(answers, str):
                wrong.append(f"{name} {kind}: asked, {answers}")
                continue
            refusals += bool(answers["errors"])
            wrong += [f"{name} {kind}: {reason}" for reason in _untrue(answers["cited"])]
            wrong += [f"{name} {kind}: {error!r}" for error in answers["errors"] if "\n" in error]
    return Tally(
        "damaged while it is served", count, tuple(wrong), f"{refusals} answered with an error, the rest truly"
    )


def _untrue(cited: list[list[tuple[str, int, int, str]]]) -> Iterator[str]:
    for citations in cited:
        if not citations:
            yield "an answer without a citation"
        for article, start, end, quote in citations:
            if not quote or TEXTS_BEFORE.get(article, "")[start:end] != quote:
                yield f"it cites {quote!r} of {article}, where that does not stand"

"""What a power cut may leave of a folder, worked out from a recording of what was done to it and what was synced.

Pillai et al. (2014), "All File Systems Are Not Created Equal" (OSDI): POSIX promises no more than this. A file's
content is on the disk as it was when the file was last synced; what came after may be there, in part, or not at all. A
folder's list of names is on the disk as it was when the folder was last synced; of every later change either may be
there.
"""

import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final

from tests.index.file_operations import Operation, watch

_ROOT: Final = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """The folder at one moment.

    Attributes:
        names: of everything in it by its path, a number that stays its own, whatever it is renamed to.
        contents: of every file by its number, its content's SHA-256.
        synced: the number of what was synced right before; None where nothing was.
    """

    names: dict[str, int]
    contents: dict[int, str]
    synced: int | None


@dataclass(slots=True)
class Recording:
    """The folder before every operation on it, and at the end.

    Attributes:
        kept: contents by their SHA-256.
    """

    root: Path
    pictures: list[Picture] = field(default_factory=list)
    kept: dict[str, bytes] = field(default_factory=dict)
    _numbers: dict[int, int] = field(default_factory=dict)
    _seen: dict[tuple[int, int, int], str] = field(default_factory=dict)
    _given: int = 0

    def start(self) -> None:
        """Record what this process does, from now on and for good."""
        self.take()
        watch(self.root, self._about_to, self._synced)

    def take(self, synced: str | None = None) -> None:
        """Take a picture; `synced` is the path of what was synced right now."""
        names: dict[str, int] = {}
        contents: dict[int, str] = {}
        inodes: set[int] = set()
        for path in [self.root, *sorted(self.root.rglob("*"))]:
            status = path.lstat()
            inodes.add(status.st_ino)
            if status.st_ino not in self._numbers:
                self._given += 1
                self._numbers[status.st_ino] = self._given
            number = self._numbers[status.st_ino]
            names[path.relative_to(self.root).as_posix() if path != self.root else _ROOT] = number
            if path.is_file():
                contents[number] = self._content_of(path, status)
        # The system gives the inode of what is gone to something else.
        self._numbers = {inode: number for inode, number in self._numbers.items() if inode in inodes}
        inside = None if synced is None else Path(synced).relative_to(self.root.resolve()).as_posix()
        self.pictures.append(Picture(names, contents, None if inside is None else names[inside.removeprefix(".")]))

    def _content_of(self, path: Path, status: os.stat_result) -> str:
        key = (status.st_ino, status.st_size, status.st_mtime_ns)
        if key not in self._seen:
            content = path.read_bytes()
            self._seen[key] = sha256(content).hexdigest()
            self.kept[self._seen[key]] = content
        return self._seen[key]

    def _about_to(self, operation: Operation) -> None:
        self.take()
        if operation.name == "os.remove":
            for path in operation.paths:
                if os.path.lexists(path):
                    self._numbers.pop(os.lstat(path).st_ino, None)

    def _synced(self, path: str) -> None:
        self.take(path)


# Of a folder's name, or of a file's content, that is not certain: whether the newer one is there.
Choice = Callable[[], bool]


@dataclass(slots=True)
class Disk:
    """What is certain to be on the disk at one moment of a recording.

    Attributes:
        contents: SHA-256 of what files, by number, hold.
        names: of folders, by number, the numbers of what is in them by name.
    """

    recording: Recording
    contents: dict[int, str] = field(default_factory=dict)
    names: dict[int, dict[str, int]] = field(default_factory=dict)

    def all_certain(self, picture: Picture) -> None:
        """Everything was synced."""
        self.contents |= picture.contents
        self.names |= _folders(picture)

    def follow(self, picture: Picture) -> None:
        """Take note of what was synced right before a picture was taken."""
        if picture.synced is not None:
            if picture.synced in picture.contents:
                self.contents[picture.synced] = picture.contents[picture.synced]
            else:
                self.names[picture.synced] = _folders(picture)[picture.synced]

    def left(self, picture: Picture, newer: Choice, more: Choice) -> dict[str, bytes | None]:
        """What a power cut right now may leave: contents by path, None for a folder.

        Parameters:
            newer: for each name that is not certain, whether what is there now is there afterwards.
            more: for each content that is not certain, whether any of the new one is there afterwards.
        """
        now = _folders(picture)
        found: dict[str, bytes | None] = {}

        def walk(number: int, path: str) -> None:
            certain, current = self.names.get(number, {}), now.get(number, {})
            for name in sorted({*certain, *current}):
                inside = certain.get(name)
                if inside != current.get(name) and newer():
                    inside = current.get(name)
                if inside is None:
                    continue
                place = f"{path}{name}"
                if inside in self.names or inside in now:
                    found[place] = None
                    walk(inside, f"{place}/")
                else:
                    found[place] = self._content(inside, picture.contents.get(inside), more)

        walk(picture.names[_ROOT], "")
        return found

    def _content(self, number: int, current: str | None, more: Choice) -> bytes:
        certain = self.contents.get(number)
        kept = self.recording.kept
        if current is not None and current != certain and more():
            # Some of it: the rest of the file was never written.
            return kept[current][: len(kept[current]) // 2]
        return kept[certain] if certain is not None else b""


def _folders(picture: Picture) -> dict[int, dict[str, int]]:
    folders: dict[int, dict[str, int]] = {}
    for path, number in picture.names.items():
        if number not in picture.contents:
            folders.setdefault(number, {})
        if path != _ROOT:
            above, _, name = path.rpartition("/")
            folders.setdefault(picture.names[above], {})[name] = number
    return folders


def possible_ends(
    recording: Recording, disk: Disk, seed: int, each: int
) -> Iterator[tuple[int, dict[str, bytes | None]]]:
    """What power cuts at every moment of a recording may leave, and the number of that moment's picture.

    Parameters:
        disk: what is certain at the beginning; at the end, what is certain then.
        each: how many ways at each moment, besides the oldest and the newest names with old or new contents.
    """
    choice = random.Random(seed)
    for moment, picture in enumerate(recording.pictures):
        disk.follow(picture)
        for newer, more in ((False, False), (True, False), (True, True)):
            yield moment, disk.left(picture, lambda newer=newer: newer, lambda more=more: more)  # type: ignore[misc]
        for _ in range(each):
            yield moment, disk.left(picture, lambda: choice.random() < 0.5, lambda: choice.random() < 0.5)


def lay_out(left: dict[str, bytes | None], folder: Path) -> None:
    """Write what a power cut left into a new folder."""
    folder.mkdir(parents=True)
    for path, content in left.items():
        if content is None:
            (folder / path).mkdir()
        else:
            (folder / path).write_bytes(content)

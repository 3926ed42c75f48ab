"""A data folder with something to lose, and what must hold after any disturbance of its build."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from index.build import build
from index.errors import IndexingError
from index.generation.generation import verify
from tests.conftest import write_seeds
from tests.index.commands import Commands, Done
from tests.index.same_index import copied, folders, served
from tests.index.stories import AFTER, BEFORE, FIRST, TEXTS_AFTER, TEXTS_BEFORE


@dataclass(frozen=True, slots=True)
class Tally:
    """The number of times something was tried, and one line in `wrong` for each that went wrong."""

    what: str
    tried: int
    wrong: tuple[str, ...]
    told: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """A folder that serves one generation and holds the one before it, and the seeds of the next.

    Attributes:
        folder: for everything that is tried.
    """

    data: Path
    seeds: Path
    folder: Path

    @classmethod
    def make(cls, models: Path, folder: Path) -> "Scene":
        """Build it in `folder`; every passage is encoded here, so that later builds are short.

        Parameters:
            models: a folder of converted models.
        """
        data, warm = folder / "data", folder / "warm"
        data.mkdir(parents=True)
        (data / "models").symlink_to(models.resolve())
        seeds = write_seeds(folder / "seeds", AFTER)
        for name, files in (("first", FIRST), ("before", BEFORE)):
            build(write_seeds(folder / name, files), data)
        copied(data, warm)
        build(seeds, warm)
        shutil.copytree(warm / "vectors", data / "vectors", dirs_exist_ok=True)
        return cls(data, seeds, folder)

    def copy(self) -> Path:
        """Copy the data folder, to disturb the copy."""
        place = self.folder / "tried"
        shutil.rmtree(place, ignore_errors=True)
        return copied(self.data, place)

    def wrongs(self, data: Path, done: Done, commands: Commands) -> Iterator[str]:
        """Yield what is wrong after a disturbed build, and after the undisturbed build that follows."""
        if done.left:
            yield f"it left {done.left} processes behind"
        name, texts = _held(data)
        new = name != served(self.data).name
        if isinstance(texts, str) or texts != (TEXTS_AFTER if new else TEXTS_BEFORE):
            yield f"what is served is neither the old index nor the new: {texts}"
            return
        if done.code >= 0:
            # A build that ended by itself prints one line if it failed, and leaves no files behind.
            if done.code not in (0, 1, 2) or len(done.err.splitlines()) != bool(done.code):
                yield f"it ended with {done.code} and {done.err[-300:]!r}"
            if done.code == 0 and not new:
                yield "it says that it has built, and the old index is served"
            if left := folders(data) - folders(self.data) - {name}:
                yield f"it left {sorted(left)} behind"
        before = served(data).name
        again = commands("build", "--seeds", self.seeds, "--data", data)
        name, texts = _held(data)
        if again.code or again.err or texts != TEXTS_AFTER:
            yield f"the next build ended with {again.code} and {again.err[-300:]!r}"
        if others := folders(data) - {name, before}:
            yield f"the next build left {sorted(others)} behind"


def _held(data: Path) -> tuple[str, dict[str, str] | str]:
    """Return the name of the generation served, and its articles or, if it fails its check, the error."""
    try:
        with closing(verify(data / "index")) as generation:
            heads = list(generation.catalog.heads())
            return generation.folder.name, {head.id: generation.catalog.text(head.number)[0] for head in heads}
    except IndexingError as error:
        return "", str(error)

"""The index survives kills, refused writes and damage: a few of each in each run, any number with the slow tests.

ENDURANCE_TRIES=300 ENDURANCE_SEED=2 .venv/bin/python -m pytest -m slow tests/endurance
"""

import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from index.engines.bm25 import Bm25Index, word_query
from index.errors import GenerationError
from index.generation.catalog import Catalog
from index.generation.generation import Generation, verify
from index.generation.manifest import facts_of
from tests.endurance.damage import Ground, Witness, damage_file, damaged_before_opening, damaged_while_served
from tests.endurance.disturbed import failures, kills, steps_of
from tests.endurance.scene import Scene, Tally
from tests.index.commands import KILLED, Commands, Fault
from tests.index.same_index import folders, served
from tests.sampled import amount, sampled

SEED = 5
FLIPS, SERVED_FLIPS = 80, 20
# Of the slow tests.
TRIES, TRIES_SEED = amount("ENDURANCE_TRIES", 30), amount("ENDURANCE_SEED", 1)


@pytest.fixture(scope="module")
def operations(scene: Scene, commands: Commands) -> int:
    """Count the operations of an undisturbed build on files of its data folder."""
    return steps_of(scene, commands, "file operation")


@pytest.mark.parametrize("share", sampled([0.1, 0.38, 0.97], 2))
def test_a_build_killed_at_any_operation_on_a_file_leaves_a_whole_index(
    share: float, scene: Scene, operations: int, commands: Commands
) -> None:
    data, nth = scene.copy(), round(share * operations)
    fault = Fault("kill", "before", "file operation", nth)
    done = commands("build", "--seeds", scene.seeds, "--data", data, fault=fault)
    assert done.code == KILLED
    assert list(scene.wrongs(data, done, commands)) == []


@pytest.mark.parametrize(
    ("share", "error"),
    [
        (0.15, 5),
        pytest.param(0.35, 28, marks=pytest.mark.slow),
        (0.66, 30),
        (0.955, 28),
        (0.975, 13),
        pytest.param(0.999, 5, marks=pytest.mark.slow),
    ],
)
def test_a_build_that_is_refused_any_operation_on_a_file_says_so_and_leaves_a_whole_index(
    share: float, error: int, scene: Scene, operations: int, commands: Commands
) -> None:
    data, nth = scene.copy(), round(share * operations)
    fault = Fault(f"error:{error}", "before", "file operation", nth)
    done = commands("build", "--seeds", scene.seeds, "--data", data, fault=fault)
    assert list(scene.wrongs(data, done, commands)) == []


@pytest.mark.slow
@pytest.mark.timeout(0)
@pytest.mark.parametrize("disturb", [kills, failures])
def test_builds_that_are_killed_or_refused_at_any_of_many_steps_leave_a_whole_index(
    disturb: Callable[[Scene, Commands, int, int], Iterator[Tally]], scene: Scene, commands: Commands
) -> None:
    tallies = list(disturb(scene, commands, TRIES, TRIES_SEED))
    assert [line for tally in tallies for line in tally.wrong] == []
    assert sum(tally.tried for tally in tallies) >= TRIES // 2


@pytest.mark.parametrize("when", ["before", "after"])
def test_what_fails_around_the_replacing_of_current_leaves_nothing_that_is_not_served(
    when: str, scene: Scene, commands: Commands
) -> None:
    data = scene.copy()
    for action, code in (("error:5", 1), ("interrupt", 130)):
        fault = Fault(action, when, "pathlib.Path.replace")
        done = commands("build", "--seeds", scene.seeds, "--data", data, fault=fault)
        done.failed_with(code)
        assert (served(data) == data / "index" / served(scene.data).name) == (when == "before")
        assert folders(data) <= folders(scene.data) | {served(data).name}
        verify(data / "index").close()
        data = scene.copy()


def test_a_folder_that_cannot_be_listed_is_never_taken_for_an_empty_one(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A manifest that names but some of the files would be published, and refused by nobody but verify."""
    folder, scandir = served(scene.copy()), os.scandir

    def refusing(path: Path | int) -> object:
        if isinstance(path, Path | str) and Path(path).name == "lexicon":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    with pytest.raises(PermissionError):
        facts_of(folder)
    with pytest.raises(GenerationError, match=f"^{folder / 'lexicon'} cannot be read \\(Permission denied\\): rebuild"):
        verify(folder.parent)


def test_a_damaged_file_is_named_and_the_generation_before_it_served_on(scene: Scene, tmp_path: Path) -> None:
    tally = damaged_before_opening(scene, FLIPS, SEED, tmp_path / "data")
    assert tally.wrong == ()
    assert tally.tried == FLIPS


def test_damage_to_what_is_served_never_ends_the_reader_and_never_makes_it_say_what_is_not_so(
    scene: Scene, tmp_path: Path
) -> None:
    assert damaged_while_served(scene, SERVED_FLIPS, SEED, tmp_path / "data").wrong == ()


@pytest.mark.slow
@pytest.mark.timeout(0)
@pytest.mark.parametrize("damage", [damaged_before_opening, damaged_while_served])
def test_none_of_much_damage_is_served(
    damage: Callable[[Scene, int, int, Path], Tally], scene: Scene, tmp_path: Path
) -> None:
    assert damage(scene, 10 * TRIES, TRIES_SEED, tmp_path / "data").wrong == ()


@pytest.fixture(scope="module")
def watched(scene: Scene, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Ground, Witness]]:
    """Return a folder to be damaged, and one reader of it for all that is no file."""
    ground = Ground(scene, tmp_path_factory.mktemp("watched") / "data")
    with Witness(ground.data) as witness:
        yield ground, witness


@pytest.mark.parametrize("kind", ["folder", "pipe", "link to nothing", "link to itself", "link to a folder", "gone"])
def test_what_is_no_file_is_refused_and_nobody_waits_for_it(kind: str, watched: tuple[Ground, Witness]) -> None:
    (ground, witness), chance = watched, random.Random(SEED)
    ground.point_to(ground.sound)
    witness("asked")
    for name in ("manifest.json", "catalog.sqlite"):
        ground.renew()
        damage_file(ground, name, kind, chance)
        said = witness("opened")
        assert isinstance(said, dict), said
        assert said["opening"].startswith(f"{ground.copy / name} ")
        assert said["opening"] == said["checking"]


def test_a_current_that_is_a_pipe_is_refused_and_nobody_waits_for_it(scene: Scene) -> None:
    data = scene.copy()
    pointer = data / "index" / "CURRENT"
    pointer.unlink()
    os.mkfifo(pointer)
    with pytest.raises(GenerationError, match=r"CURRENT is no file: rebuild it with `python -m index build --clean`$"):
        Generation.open(data / "index")


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo, lambda path: path.symlink_to("nowhere")])
def test_whatever_does_not_belong_to_a_generation_is_found(make: Callable[[Path], object], scene: Scene) -> None:
    data = scene.copy()
    extra = served(data) / "lexicon" / "extra"
    make(extra)
    with pytest.raises(GenerationError, match=f"^{extra} does not belong to the index: "):
        verify(data / "index")


def overwritten(path: Path, content: bytes) -> None:
    """Put other bytes into the same file, which somebody has open."""
    path.chmod(0o644)
    with path.open("r+b") as file:
        file.write(content)


def test_a_lexicon_that_tantivy_panics_over_is_said_to_be_damaged(scene: Scene) -> None:
    folder = served(scene.copy()) / "lexicon"
    lexicon = Bm25Index.open(folder, 4)
    (fast,) = folder.glob("*.fast")
    overwritten(fast, bytes(fast.stat().st_size))
    with pytest.raises(GenerationError, match=f"^{folder} cannot be read as a lexicon: rebuild"):
        lexicon.search(word_query(["harbour"], ["en"]), 5)


def test_a_catalog_that_sqlite_finds_malformed_is_said_to_be_damaged(scene: Scene) -> None:
    path = served(scene.copy()) / "catalog.sqlite"
    with Catalog(path) as catalog:
        overwritten(path, b"\xff" * path.stat().st_size)
        with pytest.raises(GenerationError, match=rf"^{path} cannot be read as a catalog \(.*\): rebuild"):
            list(map(catalog.text, range(4)))

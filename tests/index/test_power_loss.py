"""A power cut at any moment of a build: what the disk may hold then is the old index or the new one, whole.

The builds run in processes of their own, in which every change of a file's name and every fsync is recorded; what a
power cut may leave is worked out from that (see power_loss.py), laid out in another folder, and opened.
"""

import pickle
from collections.abc import Callable, Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest

from index.build import build
from index.errors import NoIndexError
from index.generation.generation import Generation, verify
from tests.conftest import write_seeds
from tests.index.commands import KILLED, Commands, Fault
from tests.index.power_loss import Disk, Recording, lay_out, possible_ends
from tests.index.same_index import copied, folders
from tests.index.stories import AFTER, BEFORE, FIRST, TEXTS_AFTER, TEXTS_BEFORE

EACH = 3
LATER = {"harbour.txt": BEFORE["harbour.txt"]}
TEXTS_LATER = {"harbour.txt": BEFORE["harbour.txt"]}


@pytest.fixture(scope="module")
def built(new_data: Callable[[], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a generation that is served, and the one before it."""
    data = new_data()
    for files in (FIRST, BEFORE):
        build(write_seeds(tmp_path_factory.mktemp("seeds"), files), data)
    return data


def kept(file: Path) -> tuple[Recording, Disk]:
    recording: Recording = pickle.loads(file.read_bytes())
    disk = Disk(recording)
    disk.all_certain(recording.pictures[0])
    return recording, disk


def index_held(index: Path) -> dict[str, str] | None:
    """What the index holds, every byte of it as it should be; None where there is none."""
    try:
        generation = verify(index)
    except NoIndexError:
        return None
    with closing(generation):
        return {head.id: generation.catalog.text(head.number)[0] for head in generation.catalog.heads()}


def ends(recording: Recording, disk: Disk, folder: Path) -> Iterator[tuple[int, Path, dict[str, str] | None]]:
    """Each moment of a recording, what a power cut may leave then, and what the index in it holds.

    Of what differs only in files that nobody serves, one is opened.
    """
    known: dict[str, tuple[Path, dict[str, str] | None]] = {}
    for moment, left in possible_ends(recording, disk, seed=7, each=EACH):
        pointer = left.get("index/CURRENT")
        named = f"index/{pointer.decode().strip()}" if pointer else "index/nowhere"
        told = [
            f"{path} {sha256(content or b'').hexdigest()}" for path, content in left.items() if path.startswith(named)
        ]
        key = repr((pointer, told))
        if key not in known:
            place = folder / str(len(known))
            lay_out(left, place)
            known[key] = (place, index_held(place / "index"))
        yield moment, *known[key]
    assert len(known) > 1


def test_a_power_cut_during_a_build_leaves_the_old_index_or_the_new_one_whole(
    built: Path, tmp_path: Path, commands: Commands
) -> None:
    data, file = copied(built, tmp_path / "data"), tmp_path / "recording"
    seeds = write_seeds(tmp_path / "seeds", AFTER)
    assert commands("build", "--seeds", seeds, "--data", data, recording=file).code == 0
    recording, disk = kept(file)
    held: dict[int, list[object]] = {}
    places = []
    for moment, place, texts in ends(recording, disk, tmp_path / "left"):
        held.setdefault(moment, []).append(texts)
        places.append(place)
        assert texts in (TEXTS_BEFORE, TEXTS_AFTER), moment
    assert held[0] == [TEXTS_BEFORE] * len(held[0])
    assert held[max(held)] == [TEXTS_AFTER] * len(held[0]), "it was reported as built"
    for place in {places[0], places[len(places) // 2], places[-1]}:
        (place / "models").rmdir()
        (place / "models").symlink_to(built / "models")
        report = build(seeds, place)
        assert index_held(place / "index") == TEXTS_AFTER
        assert folders(place) >= {report.generation}


def test_a_power_cut_during_the_first_build_leaves_no_index_or_a_whole_one(
    new_data: Callable[[], Path], tmp_path: Path, commands: Commands
) -> None:
    data, file = new_data(), tmp_path / "recording"
    seeds = write_seeds(tmp_path / "seeds", AFTER)
    assert commands("build", "--seeds", seeds, "--data", data, recording=file).code == 0
    held: dict[int, list[object]] = {}
    for moment, _, texts in ends(*kept(file), tmp_path / "left"):
        held.setdefault(moment, []).append(texts)
        assert texts in (None, TEXTS_AFTER), moment
    assert held[max(held)] == [TEXTS_AFTER] * len(held[0]), "it was reported as built"


def test_a_power_cut_after_a_kill_at_the_worst_moment_leaves_a_whole_index(
    built: Path, tmp_path: Path, commands: Commands
) -> None:
    """The kill comes when CURRENT has been replaced and nobody knows whether the disk has taken it."""
    data, file = copied(built, tmp_path / "data"), tmp_path / "recording"
    seeds = write_seeds(tmp_path / "seeds", AFTER)
    fault = Fault("kill", "after", "pathlib.Path.replace")
    assert commands("build", "--seeds", seeds, "--data", data, fault=fault, recording=file).code == KILLED
    later = write_seeds(tmp_path / "later", LATER)
    assert commands("build", "--seeds", later, "--data", data, recording=file).code == 0
    held = []
    for moment, _, texts in ends(*kept(file), tmp_path / "left"):
        assert texts in (TEXTS_BEFORE, TEXTS_AFTER, TEXTS_LATER), moment
        held.append(texts)
    assert [texts for texts in (TEXTS_BEFORE, TEXTS_AFTER, TEXTS_LATER) if texts not in held] == []
    assert held[-1] == TEXTS_LATER


def test_a_generation_is_opened_by_nobody_before_all_of_it_is_on_the_disk(
    built: Path, tmp_path: Path, commands: Commands
) -> None:
    """Of every name below a generation that CURRENT comes to name, file and folder were synced as they are."""
    data, file = copied(built, tmp_path / "data"), tmp_path / "recording"
    seeds = write_seeds(tmp_path / "seeds", AFTER)
    assert commands("build", "--seeds", seeds, "--data", data, recording=file).code == 0
    recording, disk = kept(file)
    last = recording.pictures[-1]
    for picture in recording.pictures:
        disk.follow(picture)
    with closing(Generation.open(data / "index")) as generation:
        name = f"index/{generation.folder.name}"
        files = {f"{name}/{file}" for file in generation.manifest.files} | {f"{name}/manifest.json"}
    assert {path: last.contents[last.names[path]] for path in files} == {
        path: disk.contents[last.names[path]] for path in files
    }

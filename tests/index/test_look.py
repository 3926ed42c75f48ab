"""A look at the files by names, sizes and times tells whether a build would find something new."""

import os
from pathlib import Path

import pytest

from index.errors import SeedsError
from index.look import Look, look
from tests.conftest import write_seeds

LIMIT = 1000


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    return write_seeds(tmp_path / "seeds", {"a.txt": "one", "b/c.md": "two", "picture.png": "no article", ".d.txt": ""})


def looked(seeds: Path) -> Look:
    return look(seeds, seeds.parent / "data", size_limit=LIMIT)


def test_it_names_the_files_that_a_build_reads_with_their_sizes_and_the_time_of_the_newest(seeds: Path) -> None:
    write_seeds(seeds.parent / "data", {"added/e.txt": "three", "added/.hidden": ""})
    for path, at in (("seeds/a.txt", 100), ("seeds/b/c.md", 300), ("data/added/e.txt", 200)):
        os.utime(seeds.parent / path, (at, at))
    found = looked(seeds)
    assert found.sizes == {"a.txt": 3, "b/c.md": 3, "added/e.txt": 5}
    assert found.newest == 300
    assert looked(seeds) == found


def test_of_two_files_with_one_path_the_seeds_one_counts(seeds: Path) -> None:
    write_seeds(seeds, {"added/e.txt": "of the seeds"})
    write_seeds(seeds.parent / "data", {"added/e.txt": "three"})
    assert looked(seeds).sizes["added/e.txt"] == len("of the seeds")


@pytest.mark.parametrize(
    "change",
    [
        lambda seeds: (seeds / "a.txt").unlink(),
        lambda seeds: (seeds / "a.txt").rename(seeds / "z.txt"),
        lambda seeds: (seeds / "a.txt").write_text("other"),
        lambda seeds: os.utime(seeds / "a.txt", (5, 5)),
        lambda seeds: write_seeds(seeds, {"new/f.txt": ""}),
        lambda seeds: write_seeds(seeds.parent / "data", {"added/f.txt": ""}),
        lambda seeds: (seeds / "broken.txt").symlink_to("nowhere"),
    ],
)
def test_every_change_gives_another_digest(seeds: Path, change: object) -> None:
    before = looked(seeds).digest
    assert callable(change)
    change(seeds)
    assert looked(seeds).digest != before


def test_what_no_build_reads_changes_nothing(seeds: Path) -> None:
    before = looked(seeds).digest
    write_seeds(seeds, {"other.png": "no article", ".g.txt": "hidden", "large.txt": "x" * (LIMIT + 1)})
    assert looked(seeds).digest == before


def test_a_folder_that_is_not_there_is_said_to_be_that(tmp_path: Path) -> None:
    with pytest.raises(SeedsError, match="does not exist"):
        look(tmp_path / "nowhere", tmp_path, size_limit=LIMIT)

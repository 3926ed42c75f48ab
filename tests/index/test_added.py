"""A build reads what was added beside the seeds, and treats it as it treats them."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from index.build import build
from index.errors import SeedsError
from index.parsers.registry import OTHER_FORMAT
from tests.conftest import write_seeds
from tests.index.commands import Commands
from tests.index.same_index import assert_same_index, copied, rows, served, texts
from tests.index.stories import BRIDGE, HARBOUR, HARBOUR_LATER, MUSEUM, WIRE

NewData = Callable[[], Path]

SHADOWED = "the seeds hold a file of the same path, which was read instead: rename one of the two"


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    return write_seeds(tmp_path / "seeds", {"harbour.txt": HARBOUR})


def add(data: Path, **files: str) -> None:
    """Put files into the folder of what was added; '_' in a name stands for '.'."""
    write_seeds(data / "added", {name.replace("_", "."): content for name, content in files.items()})


def told(skipped: object) -> list[tuple[str, str]]:
    assert isinstance(skipped, tuple)
    return [(skip.path, skip.reason) for skip in skipped]


def test_what_was_added_is_read_beside_the_seeds(new_data: NewData, seeds: Path) -> None:
    data = new_data()
    add(data, museum_txt=MUSEUM)
    write_seeds(data / "added" / "2026", {"bridge.md": BRIDGE})
    report = build(seeds, data)
    assert report.added == ("added/2026/bridge.md", "added/museum.txt", "harbour.txt")
    assert texts(data) == {"added/2026/bridge.md": BRIDGE, "added/museum.txt": MUSEUM, "harbour.txt": HARBOUR}
    assert rows(data, "SELECT path FROM articles ORDER BY path") == [(path,) for path in report.added]


def test_what_is_added_one_by_one_gives_the_index_that_all_of_it_gives_at_once(new_data: NewData, seeds: Path) -> None:
    data, at_once = new_data(), new_data()
    build(seeds, data)
    add(data, wire_jsonl=WIRE)
    build(seeds, data)
    add(data, museum_txt=MUSEUM)
    build(seeds, data)
    add(at_once, wire_jsonl=WIRE, museum_txt=MUSEUM)
    build(seeds, at_once)
    assert_same_index(data, at_once)


def test_only_what_is_new_is_read_and_encoded(new_data: NewData, seeds: Path) -> None:
    data = new_data()
    add(data, museum_txt=MUSEUM, wire_jsonl=WIRE, bridge_md=BRIDGE)
    assert build(seeds, data).encoded == 5
    report = build(seeds, data)
    assert (report.published, report.unchanged) == (False, 4)
    add(data, wire_jsonl=WIRE + "\n", new_txt=HARBOUR_LATER)
    (data / "added" / "bridge.md").unlink()
    report = build(seeds, data)
    assert (report.added, report.changed, report.removed) == (
        ("added/new.txt",),
        ("added/wire.jsonl",),
        ("added/bridge.md",),
    )
    assert (report.unchanged, report.encoded) == (2, 1)
    assert "added/bridge.md" not in texts(data)


def test_where_the_folder_has_gone_what_was_added_has_gone(new_data: NewData, seeds: Path) -> None:
    data = new_data()
    add(data, museum_txt=MUSEUM)
    build(seeds, data)
    (data / "added" / "museum.txt").unlink()
    (data / "added").rmdir()
    assert build(seeds, data).removed == ("added/museum.txt",)
    assert texts(data) == {"harbour.txt": HARBOUR}


def test_of_two_files_of_one_path_the_seeds_is_read_and_the_other_reported(new_data: NewData, seeds: Path) -> None:
    data = new_data()
    write_seeds(seeds, {"added/museum.txt": HARBOUR_LATER})
    add(data, museum_txt=MUSEUM)
    report = build(seeds, data)
    assert texts(data)["added/museum.txt"] == HARBOUR_LATER
    assert told(report.skipped) == [("added/museum.txt", SHADOWED)]
    # As often as is built, it is said once, whether anything else has changed or not.
    report = build(seeds, data)
    assert (report.published, told(report.skipped)) == (False, [("added/museum.txt", SHADOWED)])
    add(data, bridge_md=BRIDGE)
    assert told(build(seeds, data).skipped) == [("added/museum.txt", SHADOWED)]
    assert rows(data, "SELECT path, reason FROM skipped") == [("added/museum.txt", SHADOWED)]


def test_a_file_that_is_hidden_no_longer_is_read_and_no_longer_reported(new_data: NewData, seeds: Path) -> None:
    data = new_data()
    write_seeds(seeds, {"added/museum.txt": HARBOUR_LATER})
    add(data, museum_txt=MUSEUM)
    build(seeds, data)
    (data / "added" / "museum.txt").rename(data / "added" / "clocks.txt")
    report = build(seeds, data)
    assert (report.added, report.skipped) == (("added/clocks.txt",), ())
    (data / "added" / "clocks.txt").rename(data / "added" / "museum.txt")
    build(seeds, data)
    (data / "added" / "museum.txt").unlink()
    report = build(seeds, data)
    assert (report.published, report.skipped) == (False, ())
    add(data, museum_txt=MUSEUM)
    (seeds / "added" / "museum.txt").unlink()
    report = build(seeds, data)
    assert (report.changed, report.skipped) == (("added/museum.txt",), ())
    assert texts(data)["added/museum.txt"] == MUSEUM


def test_an_id_that_a_seed_has_stays_the_seeds(new_data: NewData, seeds: Path) -> None:
    data = new_data()
    changed = WIRE.replace("4,200", "4,300")
    add(data, wire_jsonl=changed, museum_txt=MUSEUM)
    build(seeds, data)
    assert "4,300" in texts(data)["wire-1"]
    write_seeds(seeds, {"z.jsonl": WIRE})
    report = build(seeds, data)
    assert "4,200" in texts(data)["wire-1"]
    assert told(report.skipped) == [
        ("added/wire.jsonl", "the article id 'wire-1' is taken by z.jsonl"),
        ("added/wire.jsonl", "the article id 'wire-2' is taken by z.jsonl"),
    ]
    (seeds / "z.jsonl").unlink()
    assert build(seeds, data).skipped == ()
    assert "4,300" in texts(data)["wire-1"]


def test_what_is_passed_over_is_told_by_its_path(new_data: NewData, seeds: Path) -> None:
    data = new_data()
    add(data, photo_jpg="", empty_txt="", museum_txt=MUSEUM)
    write_seeds(data / "added", {".hidden.txt": MUSEUM, ".lock": ""})
    (data / "added" / "again").symlink_to(data / "added")
    report = build(seeds, data)
    assert sorted(told(report.skipped)) == [
        ("added/again", "a link to a folder that is read already: added"),
        ("added/empty.txt", "empty"),
        ("added/photo.jpg", OTHER_FORMAT),
    ]


def test_something_else_of_that_name_is_reported(new_data: NewData, seeds: Path) -> None:
    data = new_data()
    (data / "added").write_text(MUSEUM)
    assert told(build(seeds, data).skipped) == [("added", "not a folder")]


def test_the_seeds_may_be_without_an_article_where_something_was_added(new_data: NewData, tmp_path: Path) -> None:
    data, seeds = new_data(), tmp_path / "seeds"
    seeds.mkdir()
    add(data, museum_txt=MUSEUM)
    build(seeds, data)
    assert texts(data) == {"added/museum.txt": MUSEUM}
    add(data, museum_txt="")
    old = served(data)
    message = f"no article could be read in {seeds} or {data / 'added'} (the first of 1: added/museum.txt: empty): put"
    with pytest.raises(SeedsError, match=re.escape(message)):
        build(seeds, data)
    assert served(data) == old


def test_seeds_that_are_missing_are_an_error_whatever_was_added(
    new_data: NewData, tmp_path: Path, commands: Commands
) -> None:
    data = new_data()
    add(data, museum_txt=MUSEUM)
    line = commands("build", "--seeds", tmp_path / "seeds", "--data", data).failed_with(2)
    assert line.startswith(f"there is no folder {tmp_path / 'seeds'}: give the folder of your articles with --seeds")


def test_folders_within_one_another_are_refused(new_data: NewData, seeds: Path) -> None:
    data = new_data()
    add(data, museum_txt=MUSEUM)
    for inside in (data / "added", write_seeds(data / "added" / "more", {"a.txt": HARBOUR})):
        with pytest.raises(SeedsError, match=re.escape(f"the seeds {inside} lie within {data / 'added'}, which is")):
            build(inside, data)
    with pytest.raises(SeedsError, match=re.escape(f"the data folder {seeds / 'var'} lies within the seeds {seeds}")):
        build(seeds, seeds / "var")


def test_an_index_built_before_anything_was_added_is_built_on(new_data: NewData, seeds: Path, tmp_path: Path) -> None:
    first = new_data()
    build(seeds, first)
    data = copied(first, tmp_path / "data")
    add(data, museum_txt=MUSEUM)
    report = build(seeds, data)
    assert (report.added, report.unchanged, report.encoded) == (("added/museum.txt",), 1, 1)

"""A file or folder that cannot be read is not a deleted one: what the index holds of it is served on, and reported."""

import errno
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from index.build import BuildRules, build
from index.errors import UnreadableSeedsError
from index.generation.generation import Generation, verify
from index.parsers import SeedFile
from index.parsers.folder import NOT_MOUNTED
from index.passage_rules import PassageRules
from index.seeds import Kept, Survey, survey
from retrieval import Retriever
from tests.conftest import BuildData, write_seeds
from tests.index.commands import run, unprivileged
from tests.index.forging import forge
from tests.index.same_index import assert_same_index, copied, rows, served, texts
from tests.index.stories import BRIDGE, HARBOUR, HARBOUR_LATER, MUSEUM, WIRE

SEEDS: dict[str, str | bytes] = {"a-museum.txt": MUSEUM, "share/bridge.md": BRIDGE, "share/wire.jsonl": WIRE}
TEXT = "cannot be read: input/output error"


@pytest.fixture(scope="module")
def built(build_data: BuildData) -> Path:
    return build_data(SEEDS)


@pytest.fixture
def data(built: Path, tmp_path: Path) -> Path:
    return copied(built, tmp_path / "data")


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    return write_seeds(tmp_path / "seeds", SEEDS)


Failing = Callable[..., None]


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Failing:
    """Has the system refuse to open files of these names."""

    def arm(*names: str, error: int = errno.EIO) -> None:
        opened = SeedFile.open

        def refusing(file: SeedFile) -> object:
            if file.location.name in names:
                raise OSError(error, os.strerror(error), str(file.location))
            return opened(file)

        monkeypatch.setattr(SeedFile, "open", refusing)

    return arm


@pytest.mark.parametrize("error", [errno.EIO, errno.ESTALE, errno.ENOTCONN, errno.EACCES, errno.ENOENT])
def test_what_the_index_holds_of_a_file_that_cannot_be_read_is_served_on(
    data: Path, seeds: Path, built: Path, failing: Failing, error: int
) -> None:
    failing("bridge.md", error=error)
    report = build(seeds, data)
    reason = f"cannot be read: {os.strerror(error).lower()}"
    assert (report.published, report.removed, report.skipped) == (False, (), ())
    assert report.kept == (Kept("share/bridge.md", reason, 1),)
    assert texts(data) == texts(built)


def test_what_is_kept_can_be_cited_and_keeps_its_number_among_the_others(
    data: Path, seeds: Path, failing: Failing, new_data: Callable[[], Path], tmp_path: Path
) -> None:
    write_seeds(seeds, {"share/harbour.txt": HARBOUR})
    (seeds / "a-museum.txt").unlink()
    undisturbed = new_data()
    build(seeds, undisturbed)
    failing("bridge.md", "wire.jsonl")
    report = build(seeds, data)
    assert (report.added, report.removed) == (("share/harbour.txt",), ("a-museum.txt",))
    assert report.kept == (Kept("share/bridge.md", TEXT, 1), Kept("share/wire.jsonl", TEXT, 1))
    assert_same_index(data, undisturbed)
    verify(data / "index").close()
    with Retriever.open(data) as retriever:
        (cited, *_) = retriever.ask("When did the bridge of Corvenna close to lorries?").citations
    assert (cited.path, BRIDGE[cited.start : cited.end]) == ("share/bridge.md", cited.quote)


def test_the_next_build_takes_up_what_became_of_a_file_meanwhile(
    data: Path, seeds: Path, failing: Failing, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing("bridge.md")
    write_seeds(seeds, {"a-museum.txt": HARBOUR, "share/bridge.md": BRIDGE.replace("twelve", "twenty")})
    assert [kept.path for kept in build(seeds, data).kept] == ["share/bridge.md"]
    assert "twelve minutes" in texts(data)["share/bridge.md"]
    monkeypatch.undo()
    report = build(seeds, data)
    assert (report.changed, report.kept) == (("share/bridge.md",), ())
    assert "twenty minutes" in texts(data)["share/bridge.md"]
    (seeds / "share" / "bridge.md").unlink()
    assert build(seeds, data).removed == ("share/bridge.md",)


def test_a_new_file_that_cannot_be_read_is_skipped_until_it_can(
    data: Path, seeds: Path, failing: Failing, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_seeds(seeds, {"new.txt": HARBOUR})
    failing("new.txt")
    report = build(seeds, data)
    assert ([(skip.path, skip.reason) for skip in report.skipped], report.kept) == ([("new.txt", TEXT)], ())
    monkeypatch.undo()
    assert build(seeds, data).added == ("new.txt",)


def test_what_a_file_held_before_it_was_overwritten_with_garbage_goes(data: Path, seeds: Path) -> None:
    write_seeds(seeds, {"share/bridge.md": bytes(range(256)) * 40})
    report = build(seeds, data)
    assert ([skip.reason for skip in report.skipped], report.kept) == (["binary, not text"], ())
    assert "share/bridge.md" not in texts(data)


def _after_the_survey(monkeypatch: pytest.MonkeyPatch, do: Callable[[], object]) -> None:
    """Do something between the survey, in which every file was read, and the reading of what is in them."""

    def surveyed(*arguments: object, **named: object) -> Survey:
        now = survey(*arguments, **named)  # type: ignore[arg-type]
        do()
        return now

    monkeypatch.setattr("index.build.survey", surveyed)


def test_a_folder_that_vanishes_in_the_middle_of_a_build_takes_nothing_with_it(
    data: Path, seeds: Path, built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_seeds(seeds, {"share/bridge.md": BRIDGE + "\nMore.\n", "share/new.txt": HARBOUR})
    _after_the_survey(monkeypatch, lambda: shutil.rmtree(seeds / "share"))
    report = build(seeds, data)
    gone = "cannot be read: no such file or directory"
    assert (report.changed, report.removed) == ((), ())
    assert report.kept == (Kept("share/bridge.md", gone, 1),)
    assert [(skip.path, skip.reason) for skip in report.skipped] == [("share/new.txt", gone)]
    assert texts(data) == texts(built)
    monkeypatch.undo()
    assert build(seeds, data).removed == ("share/bridge.md", "share/wire.jsonl"), "by now it is certain"


def test_a_folder_that_vanishes_during_the_walk_takes_nothing_with_it(
    data: Path, seeds: Path, built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scandir = os.scandir

    def vanishing(folder: object) -> object:
        if folder == seeds / "share":
            shutil.rmtree(seeds / "share")
        return scandir(folder)  # type: ignore[call-overload]

    monkeypatch.setattr(os, "scandir", vanishing)
    report = build(seeds, data)
    assert report.kept == (Kept("share", "the folder cannot be read: no such file or directory", 2),)
    assert texts(data) == texts(built)


@pytest.mark.parametrize("folder", ["sub", "link"])
def test_a_link_that_takes_a_files_place_in_the_middle_of_a_build_is_not_followed(
    data: Path, seeds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    write_seeds(tmp_path, {"outside/new.txt": "The password of the safe is on the back of the picture of the mill."})
    write_seeds(seeds, {"sub/new.txt": HARBOUR})

    def swap() -> None:
        shutil.rmtree(seeds / "sub")
        if folder == "link":
            (seeds / "sub").symlink_to(tmp_path / "outside")
        else:
            (seeds / "sub").mkdir()
            (seeds / "sub" / "new.txt").symlink_to(tmp_path / "outside" / "new.txt")

    _after_the_survey(monkeypatch, swap)
    report = build(seeds, data)
    assert [(s.path, s.reason) for s in report.skipped] == [
        ("sub/new.txt", "cannot be read: it leads out of the folder")
    ]
    assert not [text for text in texts(data).values() if "password" in text]


def test_links_out_of_the_seeds_are_followed_where_the_rules_say_so(data: Path, seeds: Path, tmp_path: Path) -> None:
    write_seeds(tmp_path, {"outside/new.txt": HARBOUR})
    (seeds / "link").symlink_to(tmp_path / "outside")
    assert [skip.path for skip in build(seeds, data).skipped] == ["link"]
    assert build(seeds, data, rules=BuildRules(follow_links=True)).added == ("link/new.txt",)
    assert build(seeds, data).removed == ("link/new.txt",)


@pytest.mark.parametrize("why", ["clean", "rules"])
def test_a_build_that_starts_over_keeps_what_it_cannot_read_and_reads_it_as_soon_as_it_can(
    data: Path, seeds: Path, built: Path, failing: Failing, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    failing("bridge.md")
    rules = BuildRules(passages=PassageRules(target=20, window=64)) if why == "rules" else BuildRules()
    report = build(seeds, data, rules=rules, clean=why == "clean")
    assert (report.published, [kept.path for kept in report.kept]) == (True, ["share/bridge.md"])
    assert texts(data) == texts(built)
    monkeypatch.undo()
    report = build(seeds, data, rules=rules)
    assert (report.changed, report.kept) == (("share/bridge.md",), ())
    at_once = copied(data, data.parent / "at once")
    shutil.rmtree(at_once / "index")
    build(seeds, at_once, rules=rules)
    assert_same_index(data, at_once)


def test_an_id_that_a_kept_article_has_is_not_taken_by_another(
    data: Path, seeds: Path, failing: Failing, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing("wire.jsonl")
    write_seeds(seeds, {"z.jsonl": '{"id": "wire-1", "text": "Another story of a mill that burned on Monday."}\n'})
    assert "pear" in texts(data)["wire-1"]
    assert [skip.path for skip in build(seeds, data).skipped] == ["z.jsonl"]
    assert "pear" in texts(data)["wire-1"]
    write_seeds(
        seeds, {"a.jsonl": '{"id": "wire-1", "text": "The same story of a mill, in a file that comes first."}\n'}
    )
    build(seeds, data)
    assert "mill" in texts(data)["wire-1"], "as everywhere, the first file has the id"
    (seeds / "a.jsonl").unlink()
    monkeypatch.undo()
    build(seeds, data)
    assert "pear" in texts(data)["wire-1"]


def test_an_added_folder_that_cannot_be_read_keeps_what_was_added(
    data: Path, seeds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_seeds(data / "added", {"harbour.txt": HARBOUR})
    build(seeds, data)
    scandir = os.scandir

    def refusing(folder: object) -> object:
        if folder == data / "added":
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return scandir(folder)  # type: ignore[call-overload]

    monkeypatch.setattr(os, "scandir", refusing)
    write_seeds(seeds, {"z.txt": HARBOUR_LATER})
    report = build(seeds, data)
    assert report.added == ("z.txt",)
    assert report.kept == (Kept("added", "the folder cannot be read: input/output error", 1),)
    assert rows(data, "SELECT path FROM articles ORDER BY number")[-1] == ("added/harbour.txt",), "after all seeds"


def test_a_broken_link_in_the_place_of_the_added_folder_keeps_what_was_added(data: Path, seeds: Path) -> None:
    write_seeds(data / "added", {"harbour.txt": HARBOUR})
    build(seeds, data)
    (data / "added").rename(data.parent / "elsewhere")
    (data / "added").symlink_to(data.parent / "unmounted")
    assert build(seeds, data).kept == (Kept("added", "a broken link", 1),)


def test_a_folder_that_is_no_longer_mounted_keeps_what_it_held_unless_its_removal_is_allowed(
    data: Path, seeds: Path, built: Path
) -> None:
    forge(served(data), mounts=["share"], seeds=str(seeds.resolve()))
    shutil.rmtree(seeds / "share")
    (seeds / "share").mkdir()
    report = build(seeds, data)
    assert report.kept == (Kept("share", NOT_MOUNTED, 2),)
    assert texts(data) == texts(built)
    write_seeds(seeds, {"z.txt": HARBOUR})
    assert [kept.path for kept in build(seeds, data).kept] == ["share"]
    assert [kept.path for kept in build(seeds, data).kept] == ["share"], "a build in between has not forgotten it"
    assert build(seeds, data, allow_removals=True).removed == ("share/bridge.md", "share/wire.jsonl")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")
def test_a_share_that_is_unmounted_and_mounted_again_costs_nothing(data: Path, tmp_path: Path) -> None:
    seeds, disk = tmp_path / "seeds", tmp_path / "disk"
    write_seeds(seeds, {"a.txt": MUSEUM})
    (seeds / "share").mkdir()
    disk.mkdir()

    def mounted() -> None:
        if subprocess.run(["mount", "-t", "tmpfs", "none", seeds / "share"], check=False).returncode:
            pytest.skip("this machine lets nobody mount")
        write_seeds(seeds / "share", {"bridge.md": BRIDGE, "wire.jsonl": WIRE})

    def unmounted() -> None:
        subprocess.run(["umount", seeds / "share"], check=True)

    mounted()
    try:
        build(seeds, data)
        with closing(Generation.open(data / "index")) as generation:
            assert generation.manifest.mounts == ("share",)
    finally:
        unmounted()
    write_seeds(seeds, {"b.txt": HARBOUR})
    report = build(seeds, data)
    assert (report.added, report.removed, report.kept) == (("b.txt",), (), (Kept("share", NOT_MOUNTED, 2),))
    assert texts(data).keys() == {"a.txt", "b.txt", "share/bridge.md", "wire-1", "wire-2"}
    mounted()
    try:
        report = build(seeds, data)
        assert (report.published, report.kept, report.unchanged) == (False, (), 4)
    finally:
        unmounted()


@pytest.fixture
def locked(seeds: Path) -> Iterator[Path]:
    """Seeds of which one folder and one file may not be read."""
    (seeds / "share").chmod(0)
    (seeds / "a-museum.txt").chmod(0)
    yield seeds
    (seeds / "share").chmod(0o755)


def test_what_may_not_be_read_is_kept_and_reported_in_text_and_json(
    data: Path, locked: Path, built: Path, tmp_path: Path
) -> None:
    prefix = unprivileged()
    write_seeds(locked, {"b.txt": HARBOUR})
    done = run("build", "--seeds", locked, "--data", data, cwd=tmp_path, prefix=prefix)
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[:-1] == [
        "added     b.txt",
        "kept      share: the folder cannot be read: permission denied (2 files of the last build stay)",
        "kept      a-museum.txt: cannot be read: permission denied (1 file of the last build stays)",
        "formats   .txt 2 files; .jsonl 1 file, 2 articles; .md 1 file",
    ]
    assert "0 removed, 0 unchanged, 0 skipped, 3 kept that cannot be read; " in done.out.splitlines()[-1]
    assert texts(data) == {**texts(built), "b.txt": HARBOUR}
    done = run("build", "--seeds", locked, "--data", data, "--json", cwd=tmp_path, prefix=prefix)
    assert (
        '"kept": [{"path": "share", "reason": "the folder cannot be read: permission denied", "files": 2}' in done.out
    )


def test_seeds_that_may_not_be_read_end_in_one_line_and_1(data: Path, seeds: Path, tmp_path: Path, built: Path) -> None:
    prefix = unprivileged()
    seeds.chmod(0)
    done = run("build", "--seeds", seeds, "--data", data, cwd=tmp_path, prefix=prefix)
    seeds.chmod(0o755)
    expected = "cannot be read: the folder cannot be read: permission denied; an index that was there is served on"
    assert done.failed_with(1) == f"the seeds folder {seeds} {expected}"
    assert texts(data) == texts(built)


def test_seeds_that_a_file_system_does_not_give_are_an_error_that_says_so(
    data: Path, seeds: Path, built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    status = Path.stat

    def refusing(path: Path, **named: bool) -> os.stat_result:
        if path == seeds:
            raise OSError(errno.ENOTCONN, os.strerror(errno.ENOTCONN), str(path))
        return status(path, **named)

    monkeypatch.setattr(Path, "stat", refusing)
    with pytest.raises(UnreadableSeedsError, match="transport endpoint is not connected; an index that was there"):
        build(seeds, data)
    monkeypatch.undo()
    assert texts(data) == texts(built)

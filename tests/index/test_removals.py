"""A build that would remove a large part of the articles asks first."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from index.build import BuildRules, build
from index.errors import RemovalsError
from index.generation.generation import verify
from retrieval import Retriever
from tests.conftest import BuildData, write_seeds
from tests.index.commands import Commands
from tests.index.same_index import copied, served, texts

# One sentence each, and no two alike.
STORIES: dict[str, str | bytes] = {
    f"{n // 10}/{n:02}.txt": f"Ferry number {n} left the harbour of Lillehavn at dawn with {n + 300} sacks of flour."
    for n in range(36)
}


@pytest.fixture(scope="module")
def built(build_data: BuildData) -> Path:
    return build_data(STORIES)


@pytest.fixture
def data(built: Path, tmp_path: Path) -> Path:
    return copied(built, tmp_path / "data")


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    return write_seeds(tmp_path / "seeds", STORIES)


def remove(seeds: Path, count: int) -> None:
    for path in list(STORIES)[:count]:
        (seeds / path).unlink()


def test_a_third_may_go_unasked_and_one_more_may_not(data: Path, seeds: Path) -> None:
    remove(seeds, 12)
    assert len(build(seeds, data).removed) == 12
    write_seeds(seeds, STORIES)
    build(seeds, data)
    remove(seeds, 13)
    with pytest.raises(RemovalsError) as stopped:
        build(seeds, data)
    assert (stopped.value.gone, stopped.value.articles) == (13, 36)


def test_ten_may_go_unasked_however_few_there_are(build_data: BuildData, tmp_path: Path) -> None:
    few = dict(list(STORIES.items())[:12])
    seeds, data = write_seeds(tmp_path / "seeds", few), build_data(few)
    remove(seeds, 10)
    assert len(build(seeds, data).removed) == 10
    write_seeds(seeds, few)
    build(seeds, data)
    remove(seeds, 11)
    with pytest.raises(RemovalsError):
        build(seeds, data)


@pytest.mark.parametrize("clean", [[], ["--clean"]])
def test_a_build_that_stops_says_how_many_of_how_many_and_the_old_index_is_served_on(
    data: Path, seeds: Path, built: Path, commands: Commands, clean: list[str]
) -> None:
    old = served(data)
    shutil.rmtree(seeds / "1")
    shutil.rmtree(seeds / "2")
    line = commands("build", *clean, "--seeds", seeds, "--data", data).failed_with(1)
    assert line == (
        "20 of 36 articles would be removed (1/10.txt, 1/11.txt, 1/12.txt, …), so the old index is served on: "
        "bring their files back, or build with --allow-removals"
    )
    done = commands("build", *clean, "--seeds", seeds, "--data", data, "--json")
    assert (done.code, done.err) == (1, f"{line}\n")
    examples = ["1/10.txt", "1/11.txt", "1/12.txt"]
    stopped = {"removals": 20, "articles": 36, "examples": examples}
    assert json.loads(done.out) == {"published": False, "stopped": stopped}
    assert (served(data), texts(data)) == (old, texts(built))
    verify(data / "index").close()
    with Retriever.open(data) as retriever:
        assert retriever.ask("When did ferry number 15 leave?").citations[0].path == "1/15.txt"
    done = commands("build", *clean, "--seeds", seeds, "--data", data, "--allow-removals")
    assert (done.code, len(texts(data))) == (0, 16)


def test_an_emptied_mount_point_beside_what_was_added_stops_the_build(data: Path, seeds: Path) -> None:
    write_seeds(data / "added", {"a.txt": "Somebody sent this story of a mill that burned down on Sunday."})
    build(seeds, data)
    shutil.rmtree(seeds)
    seeds.mkdir()
    with pytest.raises(RemovalsError, match=r"^36 of 37 articles would be removed"):
        build(seeds, data)


def test_files_that_were_moved_or_written_anew_are_not_removed(data: Path, seeds: Path) -> None:
    (seeds / "0").rename(seeds / "moved")
    (seeds / "1").rename(seeds / "moved too")
    for path in (seeds / "2").iterdir():
        path.write_text(f"Quite another story, about {path.name}: the mill of Ardo ground its last sack on Monday.")
    report = build(seeds, data)
    assert (len(report.added), len(report.removed), len(report.changed)) == (20, 20, 10)


def test_a_file_of_many_articles_that_shrinks_counts_by_its_articles(
    new_data: Callable[[], Path], tmp_path: Path
) -> None:
    lines = [json.dumps({"id": f"w-{n}", "text": str(text)}) + "\n" for n, text in enumerate(STORIES.values())]
    seeds, data = write_seeds(tmp_path / "seeds", {"wire.jsonl": "".join(lines)}), new_data()
    build(seeds, data)
    write_seeds(seeds, {"wire.jsonl": "".join(lines[:20])})
    with pytest.raises(RemovalsError, match=r"^16 of 36 articles would be removed \(w-20, w-21, w-22, …\)"):
        build(seeds, data)


def test_files_that_become_unfit_count_as_removed(data: Path, seeds: Path) -> None:
    write_seeds(seeds, {"short.txt": "The mill of Ardo stood still on Sunday."})
    with pytest.raises(RemovalsError, match=r"^36 of 36"):
        build(seeds, data, rules=BuildRules(size_limit=60))


def test_articles_that_come_back_are_not_encoded_again(data: Path, seeds: Path) -> None:
    remove(seeds, 30)
    assert build(seeds, data, allow_removals=True).encoded == 0
    write_seeds(seeds, {"other.txt": "A build in between, of one more story: the last lamp of the quay was lit."})
    assert build(seeds, data).encoded == 1
    write_seeds(seeds, STORIES)
    report = build(seeds, data)
    assert (len(report.added), report.encoded) == (30, 0)

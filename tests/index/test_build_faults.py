"""A build that is killed, interrupted, or refused by the disk, at every step: nothing that was there is lost.

The builds run in processes of their own (see command_server.py), over a data folder that serves a generation and still
holds the one before it, so that a build has something to sweep, to take over, to read, to encode and to publish.
"""

import json
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from index.build import build
from index.errors import NoIndexError
from index.generation.generation import Generation, verify
from retrieval import Retriever
from tests.conftest import write_seeds
from tests.forked import environment
from tests.index.commands import KILLED, Commands, Done, Fault, run, unprivileged
from tests.index.same_index import assert_same_index, copied, folders, served, texts
from tests.index.stories import AFTER, BEFORE, FIRST, TEXTS_AFTER, TEXTS_BEFORE
from tests.sampled import sampled

# Moments before CURRENT is replaced, in the order in which a build comes by them.
KILLS = [
    Fault("kill", when, target, nth)
    for when, target, nth in [
        ("before", "os.unlink", 3),  # the sweep has removed part of a generation
        ("before", "os.rmdir", 1),
        ("after", "index.build.sweep", 1),
        ("after", "index.build.survey", 1),
        ("after", "index.build.scratch", 1),
        ("after", "index.generation.catalog_writer.CatalogWriter.__enter__", 1),
        ("after", "index.generation.catalog_writer.CatalogWriter.add_article", 2),
        ("before", "index.generation.catalog_writer.CatalogWriter.mark_copies", 1),
        ("before", "index.generation.catalog_writer.CatalogWriter.finish", 1),
        ("after", "index.generation.catalog_writer.CatalogWriter.finish", 1),
        ("after", "index.encoder.encoder.Encoder.passages", 1),
        ("before", "index.encoder.cache.VectorCache.store", 1),
        ("after", "index.encoder.cache.VectorCache.store", 1),
        ("after", "index.encoder.cache.VectorCache.keep_only", 1),
        ("before", "index.engines.dense.write", 1),
        ("after", "index.engines.dense.write", 1),
        ("after", "pathlib.Path.mkdir", 2),  # the lexicon's folder
        ("after", "index.engines.bm25.stems", 3),
        ("after", "index.engines.bm25.Bm25Writer.__exit__", 1),
        ("after", "index.build.facts_of", 1),
        ("before", "index.generation.generation.write_manifest", 1),
        ("after", "index.generation.generation.write_manifest", 1),
        ("before", "os.fsync", 1),
        ("after", "os.fsync", 7),
        ("before", "pathlib.Path.rename", 1),
        ("after", "pathlib.Path.rename", 1),
        ("before", "pathlib.Path.write_text", 2),  # CURRENT.tmp; the first is the manifest
        ("after", "pathlib.Path.write_text", 2),
        ("before", "pathlib.Path.replace", 1),
    ]
]
KILLS_AFTER_PUBLISHING = [
    Fault("kill", "after", target) for target in ("pathlib.Path.replace", "index.build.publish", "index.__main__.build")
]
# The nth call of any function of the room in the builder's main thread; there are some 720, 640 until it publishes.
KILLS_ANYWHERE = [Fault("kill", "before", "any call", nth) for nth in (30, 80, 150, 250, 350, 450, 550, 620)]

FAILED_WRITES = [
    # The system itself refuses: a file may not grow past so many bytes from that moment on.
    Fault("limit:0", "before", "index.__main__.build"),
    Fault("limit:4096", "before", "index.__main__.build"),
    Fault("limit:30000", "before", "index.__main__.build"),
    Fault("limit:0", "before", "index.generation.catalog_writer.CatalogWriter.__enter__"),
    Fault("limit:8192", "before", "index.generation.catalog_writer.CatalogWriter.finish"),
    Fault("limit:1000", "before", "index.encoder.cache.VectorCache.store"),
    Fault("limit:1000", "before", "index.engines.dense.write"),
    Fault("limit:4096", "before", "index.engines.dense.write"),  # all but the last block that is buffered
    Fault("limit:0", "before", "index.engines.bm25.Bm25Writer.__enter__"),
    Fault("limit:100", "before", "index.engines.bm25.Bm25Writer.__exit__"),
    Fault("limit:100", "before", "index.generation.generation.write_manifest"),
    Fault("limit:5", "before", "pathlib.Path.rename"),  # CURRENT.tmp, half written
    # What a full disk says where no byte is written.
    Fault("full disk", "before", "tempfile.mkdtemp", 2),  # the first is for reading the old generation's words
    Fault("full disk", "before", "index.generation.catalog_writer.CatalogWriter.add_article", 2),
    Fault("full disk", "before", "os.fsync", 1),
    Fault("full disk", "before", "os.fsync", 9),
    Fault("full disk", "before", "pathlib.Path.rename"),
    Fault("full disk", "before", "pathlib.Path.replace"),
]


@dataclass(frozen=True, slots=True)
class Scene:
    """A data folder built from the seeds as they were, the seeds as they are now, and what is to come of them."""

    data: Path
    seeds: Path
    undisturbed: Path


@pytest.fixture(scope="module")
def scene(new_data: Callable[[], Path], tmp_path_factory: pytest.TempPathFactory) -> Scene:
    data, undisturbed = new_data(), new_data()
    build(write_seeds(tmp_path_factory.mktemp("seeds"), FIRST), data)
    build(write_seeds(tmp_path_factory.mktemp("seeds"), BEFORE), data)
    seeds = write_seeds(tmp_path_factory.mktemp("seeds"), AFTER)
    build(seeds, undisturbed)
    return Scene(data, seeds, undisturbed)


@pytest.fixture
def data(scene: Scene, tmp_path: Path) -> Path:
    """A data folder of a test's own, in which the seeds as they were are served."""
    return copied(scene.data, tmp_path / "data")


def assert_serves(data: Path, expected: dict[str, str]) -> None:
    """Every byte of the generation being served is as it should be, and it holds these articles."""
    verify(data / "index").close()
    assert texts(data) == expected


def assert_recovers(data: Path, scene: Scene) -> None:
    """The next build succeeds, makes what an undisturbed one makes, and leaves nothing else behind."""
    before = served(data).name
    report = build(scene.seeds, data)
    assert_serves(data, TEXTS_AFTER)
    assert_same_index(data, scene.undisturbed)
    assert folders(data) == {before, report.generation}
    assert [path.name for path in (data / "vectors").iterdir()] == [
        path.name for path in (scene.undisturbed / "vectors").iterdir()
    ]


@pytest.mark.parametrize("fault", sampled(KILLS, 4), ids=str)
def test_a_build_killed_before_it_publishes_leaves_the_old_generation_served(
    fault: Fault, data: Path, scene: Scene, commands: Commands
) -> None:
    old = served(data)
    done = commands("build", "--seeds", scene.seeds, "--data", data, fault=fault)
    assert done == Done(KILLED, "", "")
    assert served(data) == old
    assert_serves(data, TEXTS_BEFORE)
    unfinished = folders(data) - folders(scene.data) - {"CURRENT.tmp"}
    assert len(unfinished) <= 1
    assert_recovers(data, scene)


@pytest.mark.parametrize("fault", KILLS_AFTER_PUBLISHING, ids=str)
def test_a_build_killed_once_it_has_published_leaves_the_new_generation_served(
    fault: Fault, data: Path, scene: Scene, commands: Commands
) -> None:
    old = served(data)
    done = commands("build", "--seeds", scene.seeds, "--data", data, fault=fault)
    assert done == Done(KILLED, "", "")
    assert served(data) != old
    assert_serves(data, TEXTS_AFTER)
    report = build(scene.seeds, data)
    assert not report.published
    assert folders(data) == {report.generation}
    assert_same_index(data, scene.undisturbed)


@pytest.mark.parametrize("fault", sampled(KILLS_ANYWHERE, 3), ids=str)
def test_a_build_killed_at_any_call_leaves_the_old_generation_served(
    fault: Fault, data: Path, scene: Scene, commands: Commands
) -> None:
    done = commands("build", "--seeds", scene.seeds, "--data", data, fault=fault)
    assert done == Done(KILLED, "", "")
    assert_serves(data, TEXTS_BEFORE)
    assert_recovers(data, scene)


@pytest.mark.parametrize("seed", sampled([1, 2, 3], 3))
def test_a_build_killed_at_a_random_time_leaves_a_whole_generation_served(
    seed: int, data: Path, scene: Scene, tmp_path: Path
) -> None:
    building = subprocess.Popen(
        [sys.executable, "-m", "index", "build", "--seeds", scene.seeds, "--data", data],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    time.sleep(random.Random(seed).uniform(0.4, 1.6))
    building.kill()
    _, err = building.communicate()
    assert (building.returncode, err) in ((-signal.SIGKILL, b""), (0, b""))
    served_now = texts(data)
    assert served_now in (TEXTS_BEFORE, TEXTS_AFTER)
    assert_serves(data, served_now)
    build(scene.seeds, data)
    assert_serves(data, TEXTS_AFTER)
    assert_same_index(data, scene.undisturbed)


def test_a_retriever_answers_from_the_old_generation_while_a_build_dies(
    data: Path, scene: Scene, commands: Commands
) -> None:
    question = "How much did the repairs of the harbour of Lillehavn cost?"
    with Retriever.open(data) as held:
        fault = Fault("kill", "before", "pathlib.Path.replace")
        assert commands("build", "--seeds", scene.seeds, "--data", data, fault=fault).code == KILLED
        assert "eleven million" in held.ask(question, k=1).citations[0].quote
        with Retriever.open(data) as opened:
            assert "eleven million" in opened.ask(question, k=1).citations[0].quote
        build(scene.seeds, data)
        assert "thirteen million" in held.ask(question, k=1).citations[0].quote


@pytest.mark.parametrize(
    "fault",
    sampled(
        [
            Fault("kill", "after", "index.build.scratch"),
            Fault("kill", "after", "index.generation.catalog_writer.CatalogWriter.finish"),
            Fault("kill", "after", "index.encoder.cache.VectorCache.store"),
            Fault("kill", "before", "pathlib.Path.rename"),
            Fault("kill", "before", "pathlib.Path.replace"),
            Fault("limit:1000", "before", "index.engines.dense.write"),
            Fault("full disk", "before", "pathlib.Path.replace"),
            Fault("interrupt", "before", "index.engines.bm25.Bm25Writer.__exit__"),
        ],
        3,
    ),
    ids=str,
)
def test_where_the_first_build_fails_there_is_no_index_and_the_next_build_succeeds(
    fault: Fault, scene: Scene, new_data: Callable[[], Path], commands: Commands
) -> None:
    data = new_data()
    assert commands("build", "--seeds", scene.seeds, "--data", data, fault=fault).code != 0
    with pytest.raises(NoIndexError, match="python -m index build"):
        Generation.open(data / "index")
    for command in ("status", "verify"):
        line = commands(command, "--data", data).failed_with(2)
        assert line == f"there is no index in {data}: build one with `python -m index build`"
    report = build(scene.seeds, data)
    assert folders(data) == {report.generation}
    assert_serves(data, TEXTS_AFTER)
    assert_same_index(data, scene.undisturbed)


@pytest.mark.parametrize("fault", sampled(FAILED_WRITES, 3), ids=str)
def test_a_write_that_fails_ends_in_one_line_and_the_old_generation_is_served(
    fault: Fault, data: Path, scene: Scene, commands: Commands
) -> None:
    old = served(data)
    line = commands("build", "--seeds", scene.seeds, "--data", data, fault=fault).failed_with(1)
    assert line.startswith("cannot go on: ")
    assert line.endswith("run it again. An index that was there is unharmed")
    assert served(data) == old
    assert_serves(data, TEXTS_BEFORE)
    assert not [name for name in folders(data) if name.startswith(".building-")]
    assert_recovers(data, scene)


@pytest.mark.parametrize(
    "target",
    sampled(
        [
            "index.build.survey",
            "index.sandbox.read_ahead.parsed",
            "index.encoder.encoder.Encoder.passages",
            "index.engines.dense.write",
            "index.generation.generation.write_manifest",
            "pathlib.Path.replace",
        ],
        3,
    ),
)
def test_an_interrupted_build_says_so_and_leaves_the_old_generation_served(
    target: str, data: Path, scene: Scene, commands: Commands
) -> None:
    done = commands("build", "--seeds", scene.seeds, "--data", data, fault=Fault("interrupt", "before", target))
    assert done.failed_with(130) == "stopped; an index that was there is unharmed"
    assert_serves(data, TEXTS_BEFORE)
    assert not [name for name in folders(data) if name.startswith(".building-")]
    assert_recovers(data, scene)


@pytest.mark.parametrize("part", [".", "index", "vectors"])
def test_a_folder_that_cannot_be_written_ends_in_one_line(part: str, data: Path, scene: Scene, tmp_path: Path) -> None:
    prefix = unprivileged()
    if part == ".":
        shutil.rmtree(data / "index")
        shutil.rmtree(data / "vectors")
    (data / part).chmod(0o555)
    done = run("build", "--seeds", scene.seeds, "--data", data, cwd=tmp_path, prefix=prefix)
    (data / part).chmod(0o755)
    # Who may write where is a matter of configuration; what a file says that cannot be opened, of the file.
    if part == "vectors":
        assert "could not be written: attempt to write a readonly database" in done.failed_with(1)
    else:
        assert " cannot be written (Permission denied): " in done.failed_with(2)
    if part != ".":
        assert_serves(data, TEXTS_BEFORE)
    build(scene.seeds, data)
    assert_serves(data, TEXTS_AFTER)


def test_a_file_of_the_index_that_cannot_be_read_is_named(data: Path, tmp_path: Path) -> None:
    prefix = unprivileged()
    vectors = served(data) / "vectors.faiss"
    vectors.chmod(0o000)
    done = run("verify", "--data", data, cwd=tmp_path, prefix=prefix)
    assert done.failed_with(1).startswith(f"{vectors} cannot be read (Permission denied): ")


def test_a_seed_file_that_cannot_be_read_is_reported_and_the_rest_is_built(
    new_data: Callable[[], Path], tmp_path: Path
) -> None:
    prefix = unprivileged()
    seeds, data = write_seeds(tmp_path / "seeds", BEFORE), new_data()
    (seeds / "bridge.md").chmod(0o000)
    done = run("build", "--seeds", seeds, "--data", data, cwd=tmp_path, prefix=prefix)
    assert (done.code, done.err) == (0, "")
    assert "skipped   bridge.md: cannot be read: permission denied" in done.out.splitlines()
    assert_serves(data, {article: text for article, text in TEXTS_BEFORE.items() if article != "bridge.md"})


def test_a_build_killed_while_it_encodes_takes_up_from_the_vectors_already_made(
    new_data: Callable[[], Path], tmp_path: Path, commands: Commands
) -> None:
    lines = (json.dumps({"id": f"t-{n}", "text": f"Train number {n} was late again."}) + "\n" for n in range(300))
    files = {f"{n:03}.jsonl": line for n, line in enumerate(lines)}
    seeds, data = write_seeds(tmp_path / "seeds", files), new_data()
    fault = Fault("kill", "after", "index.encoder.cache.VectorCache.store", 1)
    assert commands("build", "--seeds", seeds, "--data", data, fault=fault).code == KILLED
    report = build(seeds, data)
    assert report.passages == 300
    assert 0 < report.encoded <= 300 - 128, "the first chunk was kept, and may be larger than its least"
    verify(data / "index").close()

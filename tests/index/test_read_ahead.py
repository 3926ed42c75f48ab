"""Files are read ahead in another process, within limits of time and memory for each: what is more is skipped."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from index.build import BuildRules, build
from index.encoder.encoder import Encoder
from index.errors import IndexingError
from index.parsers import SeedFile, Skipped, walk
from index.passage_rules import PassageRules
from index.sandbox.messages import FileRead, Orders, parsed, written
from index.sandbox.read_ahead import ReadAhead
from index.sandbox.worker import cut, read_file
from tests.conftest import BuildData, write_seeds
from tests.forked import ROOT, environment
from tests.index.same_index import texts
from tests.index.stories import BEFORE, BRIDGE, HARBOUR, MUSEUM, TEXTS_BEFORE

SLOW = "The ferry sailed again on Monday, with a crew of nine. " * 200_000


@pytest.fixture
def orders(model_folder: Path) -> Orders:
    return Orders(str(model_folder / "tokenizer.json"), PassageRules(), seconds=60, memory=1 << 30)


def files_of(seeds: Path) -> list[SeedFile]:
    return walk(seeds, size_limit=1 << 40).files


def results(orders: Orders, files: list[SeedFile]) -> list[FileRead]:
    with ReadAhead(orders) as reader:
        return list(reader.results(files))


def limited(orders: Orders, *, seconds: float | None = None, memory: int | None = None) -> Orders:
    return Orders(orders.tokenizer, orders.rules, seconds or orders.seconds, memory or orders.memory)


def test_files_are_read_and_cut_as_they_would_be_here(orders: Orders, model_folder: Path, tmp_path: Path) -> None:
    bad = '{"text": "A mill burned down."}\n{\n'
    seeds = write_seeds(tmp_path, {**BEFORE, "bad.jsonl": bad, "empty.txt": "", "пожар.txt": "Сгорела мельница."})
    count = Encoder.open(model_folder).count

    def here(file: SeedFile) -> FileRead:
        (done,) = read_file(file, lambda article: cut(article, count, orders.rules))
        return parsed(written(done))

    files = files_of(seeds)
    assert results(orders, files) == [here(file) for file in files]


def test_nothing_of_an_article_that_a_catalog_keeps_is_lost_on_the_way(tmp_path: Path) -> None:
    (file,) = files_of(write_seeds(tmp_path, {"bridge.md": BRIDGE}))
    (done,) = read_file(file, lambda article: cut(article, lambda texts: [len(text) for text in texts], PassageRules()))
    again = parsed(written(done))
    (mine,), (theirs,) = done.articles, again.articles
    assert (again.path, again.sha256, again.skipped) == (done.path, done.sha256, done.skipped)
    assert (theirs.sha256, theirs.passages, theirs.signature) == (mine.sha256, mine.passages, mine.signature)
    for name in ("id", "path", "text", "title", "url", "source", "author", "published", "language"):
        assert getattr(theirs.article, name) == getattr(mine.article, name)


def test_a_file_that_takes_too_long_is_skipped_and_the_others_are_read(orders: Orders, tmp_path: Path) -> None:
    seeds = write_seeds(tmp_path, {"a.txt": HARBOUR, "b.txt": SLOW, "c.txt": MUSEUM})
    first, slow, last = results(limited(orders, seconds=2), files_of(seeds))
    assert [stored.article.text for stored in (*first.articles, *last.articles)] == [HARBOUR, MUSEUM]
    assert slow.skipped == (Skipped("b.txt", "reading it takes too long: the limit is 2 s"),)
    assert slow.articles == ()


def test_a_file_that_takes_too_much_memory_is_skipped_and_the_others_are_read(orders: Orders, tmp_path: Path) -> None:
    seeds = write_seeds(tmp_path, {"a.txt": HARBOUR, "b.txt": "", "c.txt": MUSEUM})
    os.truncate(seeds / "b.txt", 1 << 30)  # a file of holes, which takes no room on the disk
    first, large, last = results(limited(orders, memory=900_000_000), files_of(seeds))
    assert [stored.article.text for stored in (*first.articles, *last.articles)] == [HARBOUR, MUSEUM]
    assert large.skipped == (Skipped("b.txt", "reading it takes too much memory: the limit is 900 MB"),)


def test_a_process_that_dies_takes_one_file_with_it(orders: Orders, tmp_path: Path) -> None:
    seeds = write_seeds(tmp_path, {f"{n:03}.txt": f"{HARBOUR}{n}" for n in range(40)} | {"020.txt": SLOW})
    found = []
    with ReadAhead(orders) as reader:
        for done in reader.results(files_of(seeds)):
            found.append(done)
            if done.path == "019.txt":
                assert reader._worker is not None
                reader._worker.child.kill()
    assert [done.path for done in found] == [f"{n:03}.txt" for n in range(40)]
    assert {done.path: done.skipped[0].reason for done in found if done.skipped} == {
        "020.txt": "the system killed the program that was reading it, as it does where memory runs out"
    }
    assert [done.path for done in found if not done.there] == ["020.txt"], "it says nothing of the file"


def test_a_process_that_cannot_start_is_said_to(orders: Orders, tmp_path: Path) -> None:
    seeds = write_seeds(tmp_path, {"a.txt": HARBOUR})
    with pytest.raises(IndexingError, match=r"^the process that reads files does not start within 20 MB of memory"):
        results(limited(orders, memory=20_000_000), files_of(seeds))


def test_a_file_that_is_gone_is_reported(orders: Orders, tmp_path: Path) -> None:
    files = files_of(write_seeds(tmp_path, {"a.txt": HARBOUR, "b.txt": MUSEUM}))
    (tmp_path / "a.txt").unlink()
    gone, there = results(orders, files)
    assert (gone.there, gone.skipped) == (False, (Skipped("a.txt", "cannot be read: no such file or directory"),))
    assert [stored.article.id for stored in there.articles] == ["b.txt"]


def test_the_process_ends_with_an_interrupted_build(orders: Orders, tmp_path: Path) -> None:
    files = files_of(write_seeds(tmp_path, BEFORE))
    children: list[subprocess.Popen[bytes]] = []

    def interrupted() -> None:
        with ReadAhead(orders) as reader:
            next(reader.results(files))
            assert reader._worker is not None
            children.append(reader._worker.child)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert children[0].wait() == -signal.SIGKILL


def test_the_process_ends_when_its_builder_is_killed(orders: Orders, tmp_path: Path) -> None:
    seeds = write_seeds(tmp_path / "seeds", BEFORE)
    program = (
        "import sys, time; from pathlib import Path; from index.sandbox.read_ahead import ReadAhead; "
        "from index.sandbox.messages import Orders; from index.parsers import walk; "
        "reader = ReadAhead(Orders.parsed(sys.argv[1].encode())).__enter__(); "
        "next(reader.results(walk(Path(sys.argv[2]), size_limit=1000000).files)); "
        "print(reader._worker.child.pid, flush=True); time.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, orders.written().decode(), seeds],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    ) as builder:
        assert builder.stdout
        reading = psutil.Process(int(builder.stdout.readline()))
        builder.kill()
    for _ in range(100):
        if not reading.is_running() or reading.status() == psutil.STATUS_ZOMBIE:
            return
        time.sleep(0.1)
    pytest.fail("it is still there after ten seconds")


def test_a_file_over_the_limit_is_left_out_of_a_build_and_not_tried_again_while_it_stays(
    build_data: BuildData, tmp_path: Path
) -> None:
    seeds, data = write_seeds(tmp_path / "seeds", {**BEFORE, "slow.txt": SLOW}), build_data(BEFORE)
    rules = BuildRules(reading_seconds=2)
    report = build(seeds, data, rules=rules)
    skipped = (Skipped("slow.txt", "reading it takes too long: the limit is 2 s"),)
    assert (report.skipped, report.added) == (skipped, ())
    assert texts(data) == TEXTS_BEFORE
    write_seeds(seeds, {"museum.txt": MUSEUM})
    report = build(seeds, data, rules=rules)
    assert (report.skipped, report.added) == (skipped, ("museum.txt",))

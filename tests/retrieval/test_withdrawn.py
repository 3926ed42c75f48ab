"""An article that was taken out is neither cited nor shown from then on, by whatever index is served."""

import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from index.build import build
from index.errors import RemovalsError
from index.withdrawn import FILE, Withdrawals, Withdrawn, restore, withdraw
from retrieval import Retriever
from retrieval.errors import UnknownArticleError
from retrieval.listing import name_of
from tests.conftest import write_seeds
from tests.retrieval.articles import HARBOUR, ORCHARD, QUESTION

NewData = Callable[[], Path]
SOLD = "added/harbour.txt"


@pytest.fixture(scope="module")
def built(new_data: NewData, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder over one article of the seeds and two that were added, one of them a copy of the other."""
    made = new_data()
    write_seeds(made / "added", {"harbour.txt": HARBOUR, "again.txt": f"{HARBOUR}\nSold as a postcard.\n"})
    build(write_seeds(tmp_path_factory.mktemp("seeds"), {"orchard.md": ORCHARD}), made)
    return made


@pytest.fixture
def data(built: Path, tmp_path: Path) -> Path:
    """A data folder like `built` of the test's own; the seeds are in `seeds` beside it."""
    write_seeds(tmp_path / "seeds", {"orchard.md": ORCHARD})
    return Path(shutil.copytree(built, tmp_path / "data", symlinks=True))


def taken_out(retriever: Retriever, *paths: str) -> list[Withdrawn]:
    """The entries of articles that are taken out."""
    heads = [head for head in retriever.sources() if head.path in paths]
    assert len(heads) == len(paths)
    return [Withdrawn(head.id, head.path, head.path, head.url, "", "2026-11-30T12:00:00+00:00") for head in heads]


def test_what_is_taken_out_is_gone_at_once_from_every_way_to_an_article(data: Path) -> None:
    with Retriever.open(data) as retriever:
        before = retriever.ask(QUESTION)
        assert {hit.path for hit in before.citations} >= {"added/again.txt"}
        assert [head.path for head in before.citations[0].also_in] in ([SOLD], ["added/again.txt"])
        entries = taken_out(retriever, SOLD, "added/again.txt")
        withdraw(data, entries[:1])
        left = retriever.ask(QUESTION)
        assert left.answered, "the copy still answers"
        gone = entries[0].path
        assert gone not in {one.path for one in left.citations}
        assert gone not in {head.path for one in left.citations for head in one.also_in}
        withdraw(data, entries[1:])
        again = retriever.ask(QUESTION)
        assert {one.path for one in again.citations} <= {"orchard.md"}
        assert not again.answered, "no cached answer either"
        assert {hit.article.path for hit in retriever.search(QUESTION)} <= {"orchard.md"}
        assert [head.path for head in retriever.sources()] == ["orchard.md"]
        assert (retriever.listed().total, retriever.titled("harbour")) == (1, [])
        assert retriever.named(name_of(entries[0].id)) is None
        assert retriever.check(before.citations[0].quote).verdict == "absent"
        for lookup in (retriever.article, retriever.excerpts):
            with pytest.raises(UnknownArticleError):
                lookup(entries[0].id)
        with pytest.raises(UnknownArticleError):
            retriever.around(before.citations[0])


def test_it_stays_out_for_other_programs_and_after_a_restart_and_comes_back_when_it_is_added_on_purpose(
    data: Path,
) -> None:
    with Retriever.open(data) as retriever, Retriever.open(data) as other:
        withdraw(data, taken_out(retriever, SOLD))
        assert SOLD not in {head.path for head in other.sources()}
        with Retriever.open(data) as later:
            assert SOLD not in {head.path for head in later.sources()}
        restore(data, {SOLD})
        assert SOLD in {head.path for head in retriever.sources()}
    assert Withdrawals.read(data).entries == ()


def test_it_stays_out_in_the_next_index_where_its_file_is_still_there(data: Path, tmp_path: Path) -> None:
    with Retriever.open(data) as retriever:
        withdraw(data, taken_out(retriever, SOLD))
        write_seeds(tmp_path / "seeds", {"more.md": "# More\n\nA heron nests on the town hall of Ostrec.\n"})
        build(tmp_path / "seeds", data)
        retriever.refresh()
        assert {head.path for head in retriever.sources()} == {"orchard.md", "more.md", "added/again.txt"}


def test_a_seed_with_the_id_of_what_was_taken_out_is_another_article(data: Path, tmp_path: Path) -> None:
    with Retriever.open(data) as retriever:
        entry = taken_out(retriever, SOLD)[0]
        withdraw(data, [Withdrawn("orchard.md", "added/orchard.md", "added/orchard.md", None, "", entry.at)])
        assert "orchard.md" in {head.path for head in retriever.sources()}


def test_a_question_in_hand_ends_with_the_index_it_began_with(data: Path) -> None:
    with Retriever.open(data) as retriever:
        entries = taken_out(retriever, SOLD, "added/again.txt")
        faults: list[BaseException] = []

        def ask() -> None:
            try:
                for number in range(15):
                    retriever.ask(f"{QUESTION} {number}")
            except BaseException as error:
                faults.append(error)

        asking = [threading.Thread(target=ask) for _ in range(3)]
        for thread in asking:
            thread.start()
        for _ in range(10):
            withdraw(data, entries)
            restore(data, {entry.file for entry in entries})
        for thread in asking:
            thread.join()
        assert faults == []
        assert retriever.ask(QUESTION).answered


def test_feeds_are_told_what_must_not_come_back(data: Path) -> None:
    withdraw(data, [Withdrawn("x", SOLD, SOLD, "https://wire.example.com/harbour", "", "2026-11-30T12:00:00+00:00")])
    found = Withdrawals.read(data)
    assert found.names(url="https://wire.example.com/harbour")
    assert found.names(file=SOLD)
    assert not found.names(url="https://wire.example.com/orchard")
    assert not found.names(file="added/again.txt")
    assert not found.names()


@pytest.mark.parametrize("damage", ["", "no JSON\n", '{"id": "x"}\n', "[1]\n", "\udcff"])
def test_what_is_damaged_in_the_list_hides_nothing_else_and_brings_nothing_back(data: Path, damage: str) -> None:
    with Retriever.open(data) as retriever:
        withdraw(data, taken_out(retriever, SOLD))
        kept = (data / FILE).read_bytes()
        (data / FILE).write_bytes(damage.encode(errors="surrogateescape") + b"\n" + kept)
        assert len(retriever.sources()) == 2


def test_a_build_does_not_ask_again_about_what_was_taken_out(new_data: NewData, tmp_path: Path) -> None:
    data = new_data()
    sentence = "The lamp of house number {0} burns until morning, and its keeper is called Anna {0}."
    texts = {f"{number}.txt": sentence.format(number) for number in range(12)}
    write_seeds(data / "added", texts)
    seeds = write_seeds(tmp_path / "seeds", {"orchard.md": ORCHARD})
    build(seeds, data)
    with Retriever.open(data) as retriever:
        entries = taken_out(retriever, *(f"added/{name}" for name in texts))
    for name in texts:
        (data / "added" / name).unlink()
    with pytest.raises(RemovalsError):
        build(seeds, data)
    withdraw(data, entries)
    assert build(seeds, data).articles == 1


def test_an_id_with_separators_of_lines_that_json_does_not_escape_stays_out(data: Path) -> None:
    odd = Withdrawn("a\u2028b\x85c", "added/a\u2029b.jsonl", SOLD, None, "", "2026-11-30T12:00:00+00:00")
    withdraw(data, [odd])
    assert Withdrawals.read(data).entries == (odd,)
    assert Withdrawals.read(data).holds(odd.id, odd.path)


def test_a_list_that_cannot_be_read_is_not_written_over_and_is_read_as_soon_as_it_can_be(
    data: Path, tmp_path: Path
) -> None:
    with Retriever.open(data) as retriever:
        first, second = taken_out(retriever, SOLD, "added/again.txt")
        withdraw(data, [first])
        assert first.path not in {head.path for head in retriever.sources()}
        (data / FILE).rename(tmp_path / "kept")
        # Its beginning cannot be read, whoever tries.
        (data / FILE).symlink_to("/proc/self/mem")
        with pytest.raises(OSError, match="Input/output error"):
            withdraw(data, [second])
        assert (data / FILE).is_symlink()
        assert first.path not in {head.path for head in retriever.sources()}, "what was left out stays so"
        assert Withdrawals.read(data).stamp is None
        (data / FILE).unlink()
        (tmp_path / "kept").rename(data / FILE)
        withdraw(data, [second])
        assert set(Withdrawals.read(data).entries) == {first, second}


def test_what_is_damaged_in_the_list_is_kept_when_it_is_written_anew(data: Path) -> None:
    with Retriever.open(data) as retriever:
        entry = taken_out(retriever, SOLD)[0]
    damaged = b'{"id": ["x"], "path": 1, "file": null, "url": null, "sha256": "", "at": ""}\n\xff\n'
    (data / FILE).write_bytes(damaged)
    withdraw(data, [entry])
    assert Withdrawals.read(data).entries == (entry,)
    restore(data, {entry.file})
    assert (data / FILE).read_bytes() == damaged


def test_another_user_may_read_the_list_as_soon_as_it_is_there(data: Path) -> None:
    before = os.umask(0o077)
    try:
        with Retriever.open(data) as retriever:
            withdraw(data, taken_out(retriever, SOLD))
    finally:
        os.umask(before)
    assert (data / FILE).stat().st_mode & 0o777 == 0o644


def test_what_is_taken_out_has_no_mark_so_that_it_is_new_to_a_look_when_it_is_back(data: Path) -> None:
    with Retriever.open(data) as retriever:
        every = retriever.article_marks()
        withdraw(data, taken_out(retriever, SOLD))
        assert len(every) == 3
        assert len(every - retriever.article_marks()) == 1
        restore(data, {SOLD})
        assert retriever.article_marks() == every

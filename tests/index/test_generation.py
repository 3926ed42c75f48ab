"""Publishing, opening and checking a generation: what is damaged is refused by name, and never loaded."""

import json
import pickle
import random
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from index.build import build
from index.engines.bm25 import Bm25Index, word_query
from index.engines.dense import VectorIndex
from index.errors import GenerationError, IndexingError, NoIndexError
from index.generation import generation as generation_module
from index.generation.generation import Generation, current, scratch, sweep, verify
from retrieval import Retriever
from tests.conftest import BuildData, write_seeds
from tests.index.commands import Commands
from tests.index.forging import forge, replace_file
from tests.index.same_index import copied, folders, served, texts
from tests.index.stories import BEFORE, TEXTS_BEFORE

MEND = "rebuild it with `python -m index build --clean`"


@pytest.fixture(scope="module")
def built(build_data: BuildData) -> Path:
    return build_data(BEFORE)


@pytest.fixture
def data(built: Path, tmp_path: Path) -> Path:
    """A data folder of a test's own, to be damaged."""
    return copied(built, tmp_path / "data")


def files_of(data: Path) -> list[Path]:
    """Every file of the generation being served."""
    return sorted(path for path in served(data).rglob("*") if path.is_file())


def refusal(data: Path) -> str:
    """Why the index is refused: opening and checking agree, in one line."""
    with pytest.raises(GenerationError) as unsound:
        verify(data / "index")
    told = str(unsound.value)
    assert "\n" not in told
    with pytest.raises(GenerationError) as refused:
        Generation.open(data / "index")
    assert str(refused.value) == told
    return told


def each_damaged(data: Path, damage: Callable[[bytes], bytes | None]) -> Iterator[tuple[Path, str]]:
    """Each file of a generation and why the index is refused while that file alone is damaged (None: it is gone)."""
    for path in files_of(data):
        sound = path.read_bytes()
        damaged = damage(sound)
        if damaged == sound:
            continue
        path.unlink()
        if damaged is not None:
            path.write_bytes(damaged)
        yield path, refusal(data)
        replace_file(path, sound)
    verify(data / "index").close()


def test_a_sound_generation_opens_and_holds_what_was_built(data: Path) -> None:
    with closing(verify(data / "index")) as generation:
        assert repr(generation) == f"Generation({served(data).name!r}, articles=4, passages=4)"
        texts_found = {head.id: generation.catalog.text(head.number)[0] for head in generation.catalog.heads()}
        assert texts_found == TEXTS_BEFORE
        assert len(generation.bm25) == 4


def test_a_missing_file_is_named(data: Path) -> None:
    named = dict(each_damaged(data, lambda _: None))
    assert named == {path: f"{path} is missing: {MEND}" for path in files_of(data)}
    assert {path.name for path in named} >= {"manifest.json", "catalog.sqlite", "vectors.faiss", "meta.json"}


@pytest.mark.parametrize("added", [b"\0", b"\n", b" ", b"x"])
def test_a_file_that_is_one_byte_too_long_is_named(data: Path, added: bytes) -> None:
    for path, told in each_damaged(data, lambda sound: sound + added):
        assert told in (f"{path} was altered: {MEND}", f"{path} cannot be read: {MEND}")


def test_a_file_that_is_one_byte_short_is_named(data: Path) -> None:
    for path, told in each_damaged(data, lambda sound: sound[:-1]):
        assert told in (f"{path} was altered: {MEND}", f"{path} cannot be read: {MEND}")


@pytest.mark.parametrize("place", ["first", "middle", "last", 1, 2, 3, 4, 5])
def test_a_file_with_one_bit_flipped_is_named(data: Path, place: str | int) -> None:
    """`place` is a part of the file, or the seed of a random choice of the bit."""

    def flipped(sound: bytes) -> bytes:
        bits = 8 * len(sound)
        if not bits:
            return sound
        known = {"first": 0, "middle": bits // 2, "last": bits - 1}
        bit = known[place] if isinstance(place, str) else random.Random(place).randrange(bits)
        damaged = bytearray(sound)
        damaged[bit // 8] ^= 1 << bit % 8
        return bytes(damaged)

    for path, told in each_damaged(data, flipped):
        assert told in (f"{path} was altered: {MEND}", f"{path} cannot be read: {MEND}")


def test_an_empty_file_is_named(data: Path) -> None:
    for path, told in each_damaged(data, lambda _: b""):
        assert told in (f"{path} was altered: {MEND}", f"{path} cannot be read: {MEND}")


def test_a_file_that_does_not_belong_there_is_found(data: Path, commands: Commands) -> None:
    for name in ("catalog.sqlite-journal", "lexicon/stray.idx", "note.txt"):
        extra = served(data) / name
        extra.write_bytes(b"")
        line = commands("verify", "--data", data).failed_with(1)
        assert line == f"{extra} does not belong to the index: {MEND}"
        extra.unlink()
    assert commands("verify", "--data", data).code == 0


def test_verify_ends_with_1_and_one_line_that_names_the_file(data: Path, commands: Commands) -> None:
    for path in files_of(data):
        sound = path.read_bytes()
        replace_file(path, sound + b"!")
        assert commands("verify", "--data", data).failed_with(1).startswith(f"{path} ")
        replace_file(path, sound)
    assert commands("verify", "--data", data).code == 0


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "holds ''"),
        (b"\n", "holds ''"),
        (b"\x00\xff\xfe garbage", "cannot be read"),
        (b"..\n", "holds '..'"),
        (b".", "holds '.'"),
        (b"../index\n", "holds '../index'"),
        (b"/etc\n", "holds '/etc'"),
        (b"x" * 1_000_000, f"holds '{'x' * 60}'"),
        (b"20260114T101500Z-3f9c1a\n", "names '20260114T101500Z-3f9c1a', which is not there"),
    ],
)
def test_a_current_that_names_no_generation_is_refused(
    data: Path, content: bytes, told: str, commands: Commands
) -> None:
    generation = served(data)
    pointer = data / "index" / "CURRENT"
    pointer.write_bytes(content)
    refused = refusal(data)
    assert refused.startswith(f"{pointer} {told}")
    assert refused.endswith(MEND)
    for command in ("verify", "status"):
        assert commands(command, "--data", data).failed_with(1) == refused
    sweep(data / "index")
    assert generation.is_dir(), "it may be the last good one, whatever became of CURRENT"


def test_a_current_that_is_damaged_is_mended_by_the_next_build(data: Path, tmp_path: Path) -> None:
    (data / "index" / "CURRENT").write_text("..\n")
    seeds = write_seeds(tmp_path / "seeds", BEFORE)
    report = build(seeds, data)
    verify(data / "index").close()
    assert texts(data) == TEXTS_BEFORE
    assert not build(seeds, data).published
    assert folders(data) == {report.generation}


def test_a_damaged_generation_is_mended_by_the_next_build(data: Path, tmp_path: Path) -> None:
    damaged = served(data)
    replace_file(damaged / "vectors.faiss", b"garbage")
    seeds = write_seeds(tmp_path / "seeds", BEFORE)
    report = build(seeds, data)
    assert report.published
    assert report.encoded == 0, "the vectors themselves were kept"
    verify(data / "index").close()
    assert texts(data) == TEXTS_BEFORE
    assert not build(seeds, data).published
    assert folders(data) == {report.generation}


def test_another_format_is_refused_even_where_its_checksum_is_right(data: Path) -> None:
    forge(served(data), format=4)
    assert refusal(data) == (f"{served(data) / 'manifest.json'} is of format 4, this program reads format 3: {MEND}")


def test_of_a_generation_that_holds_tokens_as_0_1_0_kept_them_nothing_looks_at_those(data: Path) -> None:
    generation = served(data)
    (generation / "tokens").mkdir()
    bits = generation / "tokens" / "bits.bin"
    bits.write_bytes(b"\x5a" * 4800)
    model = json.loads((generation / "manifest.json").read_text())["model"]
    forge(generation, model=model | {"token_dimension": 384})
    for change in (lambda: None, lambda: bits.write_bytes(b"\x5a"), bits.unlink):
        change()
        with closing(Generation.open(data / "index")) as opened:
            assert opened.manifest.model.dimension == 384
        verify(data / "index").close()


def test_a_generation_of_a_model_that_is_not_there_is_refused_and_the_next_build_mends_it(
    data: Path, tmp_path: Path
) -> None:
    forge(served(data), model={"name": "all-MiniLM-L6-v2", "sha256": "0" * 64, "dimension": 384})
    with pytest.raises(IndexingError, match="python -m index build"):
        Retriever.open(data)
    report = build(write_seeds(tmp_path / "seeds", BEFORE), data)
    assert report.published
    with Retriever.open(data) as retriever:
        assert len(retriever.sources()) == 4


@pytest.mark.parametrize(
    ("counts", "named"),
    [
        ({"files": 3, "articles": 5, "passages": 4, "skipped": 0}, "catalog.sqlite"),
        ({"files": 3, "articles": 4, "passages": 9, "skipped": 0}, "catalog.sqlite"),
    ],
)
def test_counts_that_the_files_do_not_bear_out_are_refused(data: Path, counts: dict[str, int], named: str) -> None:
    forge(served(data), counts=counts)
    assert refusal(data) == f"{served(data) / named} does not hold what the manifest says: {MEND}"


class _Bomb:
    """Makes a file when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Callable[..., None], tuple[Path]]:
        return Path.touch, (self.mark,)


@pytest.mark.parametrize("name", ["catalog.sqlite", "vectors.faiss", "lexicon/meta.json"])
def test_nothing_is_ever_unpickled(data: Path, tmp_path: Path, name: str) -> None:
    mark = tmp_path / "mark"
    bomb = pickle.dumps(_Bomb(mark))
    pickle.loads(bomb)
    mark.unlink()  # it does go off
    replace_file(served(data) / name, bomb)
    forge(served(data))
    refused = refusal(data)
    assert refused.startswith(str(served(data) / name.split("/")[0]))
    assert refused.endswith(MEND)
    assert not mark.exists()


@pytest.mark.parametrize("name", ["catalog.sqlite", "vectors.faiss", "lexicon/meta.json"])
@pytest.mark.parametrize("content", [b"", b"garbage", b"SQLite format 3\0" + b"\xff" * 5000])
def test_garbage_with_the_right_checksum_is_refused_all_the_same(data: Path, name: str, content: bytes) -> None:
    replace_file(served(data) / name, content)
    forge(served(data))
    refused = refusal(data)
    assert refused.startswith(str(served(data) / name.split("/")[0]))
    assert refused.endswith(MEND)


def test_an_altered_text_or_passage_is_found_even_with_the_right_checksums(data: Path) -> None:
    catalog = served(data) / "catalog.sqlite"
    sound = catalog.read_bytes()
    for change, told in [
        ("UPDATE articles SET text = text || '!' WHERE id = 'wire-1'", "the text of 'wire-1' was altered"),
        ('UPDATE passages SET "end" = 100000 WHERE number = 0', "passage 0 lies outside the text of 'bridge.md'"),
        ('UPDATE passages SET start = "end" WHERE number = 0', "passage 0 lies outside the text of 'bridge.md'"),
    ]:
        replace_file(catalog, sound)
        with closing(sqlite3.connect(catalog)) as db:
            db.execute(change)
            db.commit()
        forge(served(data))
        with pytest.raises(GenerationError) as unsound:
            verify(data / "index")
        assert str(unsound.value) == f"{told}: {MEND}"


def test_without_an_index_the_line_says_how_to_build_one(tmp_path: Path) -> None:
    for command in (Generation.open, verify, current):
        with pytest.raises(NoIndexError) as missing:
            command(tmp_path / "index")
        assert str(missing.value) == f"there is no index in {tmp_path}: build one with `python -m index build`"


def test_a_sweep_leaves_the_current_generation_and_nothing_else(data: Path) -> None:
    index = data / "index"
    scratch(index)
    (index / "20200101T000000Z-000000").mkdir()
    (index / "20200101T000000Z-000000" / "catalog.sqlite").touch()
    (index / "CURRENT.tmp").touch()
    sweep(index)
    assert folders(data) == {served(data).name}
    verify(index).close()


def test_nobody_may_write_to_a_published_generation_and_everybody_may_read_it(data: Path) -> None:
    assert {path.stat().st_mode & 0o777 for path in files_of(data)} == {0o444}
    assert served(data).stat().st_mode & 0o777 == 0o755


def test_the_name_tells_when_it_was_built_and_the_manifest_what_with(data: Path) -> None:
    with closing(Generation.open(data / "index")) as generation:
        manifest = generation.manifest
    stamp = manifest.created.replace("-", "").replace(":", "").removesuffix("+0000")
    assert served(data).name.startswith(f"{stamp}Z-")
    assert {name: facts.sha256 for name, facts in manifest.files.items()} == {
        path.relative_to(served(data)).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in files_of(data)
        if path.name != "manifest.json"
    }
    assert manifest.model.sha256 == "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
    assert (manifest.vectors.kind, manifest.vectors.recall) == ("exact", 1.0)


def test_a_generation_held_open_answers_after_its_files_are_gone(data: Path) -> None:
    with closing(Generation.open(data / "index")) as held:
        shutil.rmtree(held.folder)
        numbers, _ = held.bm25.search(word_query(["pear"], ["en"]), 10)
        (head,) = [held.catalog.head(stored.article) for stored in held.catalog.passages(numbers.tolist()).values()]
        assert head.id == "wire-1"
        found, _ = held.vectors.search(np.eye(1, 384, dtype=np.float32)[0], 10)
        assert sorted(found.tolist()) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (generation_module, "_pointed_to"),
        (generation_module, "read_manifest"),
        (generation_module, "check_files"),
        (generation_module, "Catalog"),
        (VectorIndex, "open"),
        (Bm25Index, "open"),
    ],
)
def test_a_reader_whose_generation_is_replaced_and_removed_while_it_opens_gets_the_new_one(
    data: Path, monkeypatch: pytest.MonkeyPatch, owner: object, name: str
) -> None:
    """At the worst moment, several builds are over before the reader takes its next step."""
    step = getattr(owner, name)
    replaced: list[Path] = []

    def interrupted(*arguments: object) -> object:
        result = step(*arguments) if name == "_pointed_to" else None
        if not replaced:
            old, new = served(data), data / "index" / "20991231T235959Z-abcdef"
            replaced.append(shutil.copytree(old, new))
            (data / "index" / "CURRENT").write_text(f"{new.name}\n")
            shutil.rmtree(old)
        return result or step(*arguments)

    monkeypatch.setattr(owner, name, interrupted)
    with closing(Generation.open(data / "index")) as generation:
        assert generation.folder == replaced[0]
        assert len(generation.bm25) == 4


def test_readers_that_open_during_rebuilds_never_fail_and_never_see_a_mix(
    new_data: Callable[[], Path], tmp_path: Path
) -> None:
    """Every article of every edition carries the word of its edition, in the catalog and in the lexicon alike."""
    editions = ["anchor", "beacon", "candle", "dynamo", "ember", "feather"]
    data, seeds = new_data(), tmp_path / "seeds"

    def publish(edition: str) -> None:
        texts_now = {f"{n}.txt": f"Report {n} of the {edition} committee was read aloud on Monday." for n in range(4)}
        build(write_seeds(seeds, texts_now), data)

    publish(editions[0])
    done = threading.Event()
    seen: list[str] = []
    failures: list[BaseException] = []

    def read_on() -> None:
        try:
            while not done.wait(0.02):
                with closing(Generation.open(data / "index")) as generation:
                    (edition,) = {text.split()[4] for _, text in generation.catalog.texts()}
                    numbers, _ = generation.bm25.search(word_query([edition], ["en"]), 10)
                    assert sorted(numbers.tolist()) == [0, 1, 2, 3]
                    assert generation.manifest.counts.passages == 4
                    seen.append(edition)
        except BaseException as error:
            failures.append(error)

    readers = [threading.Thread(target=read_on) for _ in range(2)]
    for reader in readers:
        reader.start()
    for edition in editions[1:]:
        publish(edition)
    done.set()
    for reader in readers:
        reader.join()
    assert failures == []
    assert len(set(seen)) > 1


def test_folders_beside_the_generations_are_a_persons_own_and_stay(data: Path, tmp_path: Path) -> None:
    """The data folder may be one that was there before, with a folder `index` of another meaning in it."""
    theirs = [data / "index" / name for name in ("readers", "20260114", ".git", "CURRENT.tmp.d")]
    for folder in theirs:
        folder.mkdir()
        (folder / "mine.txt").write_text("mine")
    orphans = [data / "index" / name for name in ("20250114T101500Z-3f9c1a", ".building-xyz")]
    for folder in orphans:
        folder.mkdir()
    build(write_seeds(tmp_path / "seeds", BEFORE), data)
    assert all((folder / "mine.txt").read_text() == "mine" for folder in theirs)
    assert not any(folder.exists() for folder in orphans)


def test_a_folder_in_the_place_of_current_is_said_to_be_in_the_way_before_anything_is_built(
    data: Path, tmp_path: Path, commands: Commands
) -> None:
    pointer, seeds = data / "index" / "CURRENT", write_seeds(tmp_path / "seeds", BEFORE)
    name = pointer.read_text()
    pointer.unlink()
    pointer.mkdir()
    (pointer / "mine.txt").write_text("mine")
    for command in ("status", "verify"):
        assert commands(command, "--data", data).failed_with(1) == (f"{pointer} is no file: move it away and {MEND}")
    for clean in ([], ["--clean"]):
        line = commands("build", *clean, "--seeds", seeds, "--data", data).failed_with(1)
        assert line.startswith(f"{pointer} is a folder where a file with the name of a generation should be: move it")
    assert (pointer / "mine.txt").read_text() == "mine"
    assert (data / "index" / name.strip()).is_dir(), "the generation may be the last good one"
    pointer.rename(tmp_path / "away")
    assert commands("build", "--seeds", seeds, "--data", data).code == 0

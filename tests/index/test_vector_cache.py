"""The vector cache: what was encoded once is there again, and a damaged file costs time and nothing else."""

import random
import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from index.encoder.cache import VectorCache, key_of

MODEL = "53aa51172d142c89d9012cce15ae4d6c"
DIMENSION = 6
# More than SQLite is asked for at once, on several of its pages.
KEYS = [key_of(f"passage {number}") for number in range(1200)]


def vectors(count: int = len(KEYS)) -> NDArray[np.float32]:
    return np.random.default_rng(7).standard_normal((count, DIMENSION), np.float32)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with VectorCache(tmp_path, MODEL, DIMENSION) as cache:
        cache.store(KEYS, vectors())
    return tmp_path


def file_of(folder: Path) -> Path:
    """Its one file."""
    (path,) = folder.iterdir()
    return path


def found_in(folder: Path, keys: list[bytes] = KEYS) -> dict[bytes, list[float]]:
    with VectorCache(folder, MODEL, DIMENSION) as cache:
        return {key: vector.tolist() for key, vector in cache.fetch(keys).items()}


def test_a_key_is_the_sha256_of_the_text() -> None:
    assert key_of("Skogøy") == sha256("Skogøy".encode()).digest()


def test_vectors_come_back_bit_for_bit(folder: Path) -> None:
    expected = dict(zip(KEYS, vectors().tolist(), strict=True))
    assert found_in(folder) == expected
    assert found_in(folder, [KEYS[3], key_of("never seen")]) == {KEYS[3]: expected[KEYS[3]]}
    assert found_in(folder, []) == {}


def test_a_vector_stored_again_is_the_one_that_counts(folder: Path) -> None:
    with VectorCache(folder, MODEL, DIMENSION) as cache:
        cache.store(KEYS[:1], np.ones((1, DIMENSION), np.float32))
        assert cache.fetch(KEYS[:1])[KEYS[0]].tolist() == [1.0] * DIMENSION


def test_another_model_or_dimension_finds_nothing(folder: Path) -> None:
    with VectorCache(folder, "0" * 64, DIMENSION) as cache:
        assert cache.fetch(KEYS) == {}
    with VectorCache(folder, MODEL, DIMENSION + 1) as cache:
        assert cache.fetch(KEYS) == {}


def test_vectors_that_no_build_needs_are_forgotten_after_thirty_days(folder: Path) -> None:
    with VectorCache(folder, MODEL, DIMENSION) as cache:
        cache.keep_only(KEYS[:100], today=1000)
        cache.keep_only(KEYS[:50], today=1010)
        cache.keep_only(KEYS[:50], today=1030)
        assert len(cache.fetch(KEYS)) == 1200
        cache.keep_only(KEYS[:50], today=1031)
        assert cache.fetch(KEYS).keys() == set(KEYS[:100]), "the rest left on the first day"
        cache.keep_only(KEYS[:50], today=1041)
    assert found_in(folder).keys() == set(KEYS[:50])


def test_vectors_that_were_needed_again_count_their_days_anew(folder: Path) -> None:
    with VectorCache(folder, MODEL, DIMENSION) as cache:
        cache.keep_only(KEYS[:1], today=1000)
        cache.keep_only(KEYS, today=1025)
        cache.keep_only(KEYS[:1], today=1026)
        cache.keep_only(KEYS[:1], today=1056)
        assert len(cache.fetch(KEYS)) == 1200
        cache.keep_only(KEYS[:1], today=1057)
        assert cache.fetch(KEYS).keys() == {KEYS[0]}


def test_of_too_many_vectors_that_no_build_needs_those_that_left_first_are_forgotten(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.encoder.cache.MOST_LEFT", 300)
    with VectorCache(folder, MODEL, DIMENSION) as cache:
        cache.keep_only(KEYS[:700], today=1000)
        assert len(cache.fetch(KEYS)) == 1200, "500 have left, and no more may stay than 700 that are needed"
        cache.keep_only(KEYS[:200], today=1001)
        assert cache.fetch(KEYS).keys() >= set(KEYS[:200])
        left = cache.fetch(KEYS).keys() - set(KEYS[:200])
        assert len(left) == 300
        assert left <= set(KEYS[200:700])


def test_a_closed_cache_is_one_file(folder: Path) -> None:
    assert file_of(folder).name == "53aa51172d14.sqlite"


@pytest.mark.parametrize("content", [b"", b"garbage", b"SQLite format 3\0" + b"\xff" * 8000])
def test_a_file_that_is_no_cache_is_started_anew(folder: Path, content: bytes) -> None:
    file_of(folder).write_bytes(content)
    assert found_in(folder) == {}
    with VectorCache(folder, MODEL, DIMENSION) as cache:
        cache.store(KEYS, vectors())
    assert len(found_in(folder)) == 1200


def test_a_table_of_another_shape_is_started_anew(folder: Path) -> None:
    with closing(sqlite3.connect(file_of(folder))) as db:
        db.executescript("DROP TABLE vectors; CREATE TABLE vectors (key BLOB PRIMARY KEY, old TEXT);")
    assert found_in(folder) == {}
    with VectorCache(folder, MODEL, DIMENSION) as cache:
        cache.store(KEYS, vectors())
        cache.keep_only(KEYS)
    assert len(found_in(folder)) == 1200


def test_a_cache_whose_schema_is_no_longer_text_is_started_anew(folder: Path) -> None:
    """SQLite quotes the damaged bytes in its message, which Python then cannot read."""
    path = file_of(folder)
    content = path.read_bytes()
    assert content.count(b"left_on (key BLOB") == 1
    path.write_bytes(content.replace(b"left_on (key BLOB", b"left_on \xcbkey BLOB"))
    assert found_in(folder) == {}
    with VectorCache(folder, MODEL, DIMENSION) as cache:
        cache.store(KEYS, vectors())
    assert len(found_in(folder)) == 1200


def test_a_cache_cut_off_at_any_page_never_gives_a_wrong_vector(folder: Path) -> None:
    path = file_of(folder)
    sound = path.read_bytes()
    expected = dict(zip(KEYS, vectors().tolist(), strict=True))
    for length in range(1, len(sound), len(sound) // 20):
        path.write_bytes(sound[:length])
        assert found_in(folder).items() <= expected.items()


@pytest.mark.parametrize("seed", range(40))
def test_a_damaged_cache_never_gives_a_wrong_vector_and_takes_new_ones(folder: Path, seed: int) -> None:
    """A few bytes anywhere, or many in one place, are not what they were."""
    choice = random.Random(seed)
    path = file_of(folder)
    damaged = bytearray(path.read_bytes())
    if seed % 2:
        for place in choice.choices(range(len(damaged)), k=20):
            damaged[place] = choice.randrange(256)
    else:
        start = choice.randrange(len(damaged))
        damaged[start : start + 5000] = choice.randbytes(len(damaged[start : start + 5000]))
    path.write_bytes(damaged)
    expected = dict(zip(KEYS, vectors().tolist(), strict=True))
    with VectorCache(folder, MODEL, DIMENSION) as cache:
        known = {key: vector.tolist() for key, vector in cache.fetch(KEYS).items()}
        assert known.items() <= expected.items()
        missing = [number for number, key in enumerate(KEYS) if key not in known]
        cache.store([KEYS[number] for number in missing], vectors()[missing])
        cache.keep_only(KEYS)
    assert found_in(folder).items() <= expected.items()


def test_one_flipped_bit_within_a_vector_is_noticed(folder: Path) -> None:
    path = file_of(folder)
    content = bytearray(path.read_bytes())
    place = content.index(vectors()[700].tobytes())
    content[place + 13] ^= 1
    path.write_bytes(content)
    assert found_in(folder).keys() == set(KEYS) - {KEYS[700]}


def test_what_the_disk_does_not_take_is_an_os_error_that_names_the_file(folder: Path) -> None:
    path = file_of(folder)
    with VectorCache(folder, MODEL, DIMENSION) as cache:
        (pages,) = cache._db.execute("PRAGMA page_count").fetchone()
        cache._db.execute(f"PRAGMA max_page_count = {pages}")
        new = [key_of(f"new {number}") for number in range(1200)]
        with pytest.raises(OSError, match=f"^{path} could not be written: database or disk is full$"):
            cache.store(new, vectors())
        assert cache.fetch(new) == {}
        assert len(cache.fetch(KEYS)) == 1200


def test_a_folder_in_the_place_of_the_file_is_an_os_error(tmp_path: Path) -> None:
    (tmp_path / "53aa51172d14.sqlite").mkdir()
    with pytest.raises(OSError, match="could not be written: unable to open database file"):
        VectorCache(tmp_path, MODEL, DIMENSION)


def test_what_0_1_0_kept_of_tokens_is_dropped_by_the_next_build_and_every_vector_stays(folder: Path) -> None:
    path = file_of(folder)
    slim = path.stat().st_size
    expected = found_in(folder)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE tokens (key BLOB PRIMARY KEY, signs BLOB NOT NULL)")
        db.executemany("INSERT INTO tokens VALUES (?, ?)", [(key, random.Random(7).randbytes(5000)) for key in KEYS])
    assert path.stat().st_size > 20 * slim
    assert found_in(folder) == expected
    with VectorCache(folder, MODEL, DIMENSION) as cache:
        cache.keep_only(KEYS)
    assert found_in(folder) == expected
    assert path.stat().st_size <= slim

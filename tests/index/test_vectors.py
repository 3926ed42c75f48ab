"""The vector index finds what a full comparison finds, or tells how much of it."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from index import vectors
from index.errors import GenerationError
from index.vectors import VectorIndex, VectorsReport, recall_of, write

Floats = NDArray[np.float32]


def unit(rows: NDArray[np.float64]) -> Floats:
    return np.ascontiguousarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def scattered(count: int, dimension: int, seed: int) -> Floats:
    return unit(np.random.default_rng(seed).normal(size=(count, dimension)))


def clustered(count: int, dimension: int, seed: int) -> Floats:
    """As passages are: gathered around topics."""
    generator = np.random.default_rng(seed)
    topics = generator.normal(size=(40, dimension))
    return unit(topics[generator.integers(40, size=count)] + 0.6 * generator.normal(size=(count, dimension)))


def nearest(rows: Floats, query: Floats, k: int) -> tuple[list[int], list[float]]:
    """By comparing with every row, in double precision."""
    cosines = rows.astype(np.float64) @ query.astype(np.float64)
    order = sorted(range(len(rows)), key=lambda row: (-cosines[row], row))[:k]
    return order, [float(cosines[row]) for row in order]


@pytest.fixture(scope="module")
def many() -> Floats:
    return clustered(3_000, 96, seed=1)


@pytest.fixture(scope="module")
def approximate(many: Floats, tmp_path_factory: pytest.TempPathFactory) -> tuple[VectorIndex, VectorsReport]:
    path = tmp_path_factory.mktemp("approximate") / "vectors.faiss"
    report = write(many, path, exact_below=1_000)
    return VectorIndex.open(path, 96, 3_000, report.ef_search), report


def test_exact_search_finds_what_comparing_with_every_row_finds(tmp_path: Path) -> None:
    rows = scattered(500, 24, seed=2)
    assert write(rows, tmp_path / "v") == VectorsReport("exact", 0, 1.0)
    index = VectorIndex.open(tmp_path / "v", 24, 500, 0)
    for query in scattered(20, 24, seed=3):
        numbers, cosines = index.search(query, 10)
        expected_numbers, expected_cosines = nearest(rows, query, 10)
        assert numbers.tolist() == expected_numbers
        assert cosines == pytest.approx(expected_cosines, abs=1e-5)
        assert numbers.dtype == np.int64
        assert cosines.dtype == np.float32


def test_there_are_fewer_results_where_there_are_fewer_vectors(tmp_path: Path) -> None:
    rows = scattered(3, 8, seed=4)
    write(rows, tmp_path / "v")
    numbers, cosines = VectorIndex.open(tmp_path / "v", 8, 3, 0).search(rows[1], 100)
    assert sorted(numbers.tolist()) == [0, 1, 2]
    assert numbers[0] == 1
    assert len(cosines) == 3


def test_equal_cosines_come_in_the_order_of_passage_numbers(tmp_path: Path) -> None:
    east, north = [1.0, 0.0], [0.0, 1.0]
    rows = np.array([north, east, north, east, east], np.float32)
    write(rows, tmp_path / "v")
    numbers, cosines = VectorIndex.open(tmp_path / "v", 2, 5, 0).search(np.array(east, np.float32), 5)
    assert numbers.tolist() == [1, 3, 4, 0, 2]
    assert cosines.tolist() == [1, 1, 1, 0, 0]


def test_the_cosines_of_given_passages_are_those_of_their_rows_in_the_order_asked_for(tmp_path: Path) -> None:
    rows = scattered(50, 16, seed=5)
    write(rows, tmp_path / "v")
    index = VectorIndex.open(tmp_path / "v", 16, 50, 0)
    numbers = np.array([49, 0, 7, 7])
    expected = [float(rows[n].astype(np.float64) @ rows[3].astype(np.float64)) for n in (49, 0, 7, 7)]
    assert index.cosines(rows[3], numbers) == pytest.approx(expected, abs=1e-6)
    nothing = index.cosines(rows[3], np.empty(0, np.int64))
    assert nothing.shape == (0,)
    assert nothing.dtype == np.float32


def test_the_index_is_exact_up_to_the_limit_and_approximate_from_it_on(tmp_path: Path) -> None:
    rows = clustered(200, 16, seed=6)
    assert write(rows, tmp_path / "below", exact_below=201).kind == "exact"
    assert write(rows, tmp_path / "at", exact_below=200).kind == "hnsw32-sq8"


def test_the_recall_in_the_report_is_the_recall_there_is(
    many: Floats, approximate: tuple[VectorIndex, VectorsReport]
) -> None:
    index, report = approximate
    # The same queries: 500 rows, evenly spread, each with its 100 nearest.
    queries = [int(place) for place in np.linspace(0, 2_999, 500)]
    found = [len(set(index.search(many[row], 100)[0]) & set(nearest(many, many[row], 100)[0])) for row in queries]
    # In single precision, ties at the hundredth place may fall otherwise.
    assert report.recall == pytest.approx(sum(found) / (100 * 500), abs=1e-3)
    assert report.recall >= 0.99
    assert (report.kind, report.ef_search) == ("hnsw32-sq8", 128)


def test_recall_holds_for_queries_that_the_index_was_not_measured_with(
    many: Floats, approximate: tuple[VectorIndex, VectorsReport]
) -> None:
    # The same seed: other rows around the same topics.
    queries = clustered(100, 96, seed=1)
    assert not np.allclose(queries, many[:100])
    found = [len(set(approximate[0].search(query, 100)[0]) & set(nearest(many, query, 100)[0])) for query in queries]
    assert sum(found) / (100 * 100) >= 0.98


def test_eight_bit_cosines_are_off_by_less_than_a_fiftieth(
    many: Floats, approximate: tuple[VectorIndex, VectorsReport]
) -> None:
    index, _ = approximate
    numbers = np.arange(3_000)
    for query in scattered(5, 96, seed=9):
        assert np.abs(index.cosines(query, numbers) - many @ query).max() < 0.02
    found, cosines = index.search(many[0], 50)
    assert cosines == pytest.approx(many[found] @ many[0], abs=0.02)
    assert cosines == pytest.approx(index.cosines(many[0], found), abs=1e-5)


@pytest.mark.parametrize("share", [0.002, 0.1, 1.0])
def test_among_given_passages_search_is_exact_however_few_they_are(
    many: Floats, approximate: tuple[VectorIndex, VectorsReport], tmp_path: Path, share: float
) -> None:
    write(many, tmp_path / "v")
    exact = VectorIndex.open(tmp_path / "v", 96, 3_000, 0)
    among = np.sort(np.random.default_rng(4).choice(3_000, int(3_000 * share), replace=False))
    for query in clustered(5, 96, seed=8):
        order, cosines = nearest(many[among], query, 10)
        numbers, scores = exact.search(query, 10, among)
        assert numbers.tolist() == among[order].tolist()
        assert scores == pytest.approx(cosines, abs=1e-5)
        # In 8 bits neighbours may change places, and nothing comes from outside.
        coarse, near = approximate[0].search(query, 10, among)
        assert set(coarse.tolist()) <= set(among.tolist())
        assert len(coarse) == len(numbers)
        assert near == pytest.approx(cosines, abs=0.02)


def test_among_no_passages_nothing_is_near(approximate: tuple[VectorIndex, VectorsReport], many: Floats) -> None:
    numbers, cosines = approximate[0].search(many[0], 10, np.empty(0, np.int64))
    assert (numbers.shape, cosines.shape) == ((0,), (0,))


def test_the_number_of_candidates_goes_up_until_the_recall_is_reached(
    many: Floats, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # With as many candidates as passages a search over the graph is nearly exact; with one it is not.
    monkeypatch.setattr(vectors, "_EF_SEARCH", (1, 512, 1_024))
    monkeypatch.setattr(vectors, "RECALL_DEPTH", 10)
    report = write(many, tmp_path / "v", exact_below=0)
    assert report.ef_search == 512
    assert report.recall >= 0.99


def test_a_recall_that_cannot_be_reached_is_told_as_it_is(
    many: Floats, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectors, "_EF_SEARCH", (1,))
    monkeypatch.setattr(vectors, "_LINKS", 2)
    monkeypatch.setattr(vectors, "_EF_CONSTRUCTION", 2)
    report = write(many[:1_000], tmp_path / "v", exact_below=0)
    assert (report.kind, report.ef_search) == ("hnsw32-fp16", 1)
    assert 0 < report.recall < 0.99


def test_recall_is_the_share_of_the_true_nearest_that_were_found() -> None:
    found = np.array([[1, 2, 3, 4], [9, 8, -1, -1]])
    true = np.array([[4, 3, 2, 7], [8, 1, 2, 3]])
    # Three of four, and one of four.
    assert recall_of(found, true) == 0.5


def test_the_same_vectors_give_the_same_index(many: Floats, tmp_path: Path) -> None:
    assert write(many[:300], tmp_path / "a") == write(many[:300], tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize(("dimension", "count"), [(9, 30), (8, 31), (8, 29)])
def test_an_index_with_other_vectors_than_expected_is_refused(tmp_path: Path, dimension: int, count: int) -> None:
    write(scattered(30, 8, seed=10), tmp_path / "v")
    with pytest.raises(GenerationError) as refused:
        VectorIndex.open(tmp_path / "v", dimension, count, 0)
    assert str(refused.value) == (
        f"{tmp_path / 'v'} holds 30 vectors of 8 components where the manifest says {count} of {dimension}: "
        "rebuild it with `python -m index build --clean`"
    )


@pytest.mark.parametrize("content", [b"", b"garbage", bytes(1_000), b"IxFI" + bytes(range(200))])
def test_a_file_that_is_no_index_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "v").write_bytes(content)
    with pytest.raises(GenerationError, match=r"v cannot be read as a vector index: rebuild it with `python -m index"):
        VectorIndex.open(tmp_path / "v", 8, 30, 0)


def test_an_index_that_breaks_off_or_is_missing_is_refused(tmp_path: Path) -> None:
    write(scattered(30, 8, seed=11), tmp_path / "v")
    (tmp_path / "v").write_bytes((tmp_path / "v").read_bytes()[:-100])
    with pytest.raises(GenerationError, match="cannot be read as a vector index"):
        VectorIndex.open(tmp_path / "v", 8, 30, 0)
    with pytest.raises(GenerationError, match="cannot be read as a vector index"):
        VectorIndex.open(tmp_path / "missing", 8, 30, 0)


def test_a_disk_that_does_not_take_the_index_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"v could not be written"):
        write(scattered(3, 8, seed=12), tmp_path / "no" / "such" / "folder" / "v")

"""The vector index finds what a full comparison finds, or tells how much of it."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import faiss
import numpy as np
import pytest
from numpy.typing import NDArray

from index.engines import dense
from index.engines import faiss_kinds as vector_kinds
from index.engines.among import Among
from index.engines.dense import VectorIndex, write
from index.engines.protocol import VectorsReport
from index.errors import GenerationError

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


def halfway(rows: Floats) -> Floats:
    """What recall is measured with: between 500 rows, evenly spread, and as many that are drawn."""
    others = np.random.default_rng(20220121).integers(len(rows), size=500)
    exact = rows.astype(np.float64)
    return unit(exact[np.linspace(0, len(rows) - 1, 500).astype(int)] + exact[others])


def share_found(index: VectorIndex, rows: Floats, queries: Floats) -> float:
    """Of the 100 nearest by comparing with every row."""
    found = [len(set(index.search(query, 100)[0]) & set(nearest(rows, query, 100)[0])) for query in queries]
    return sum(found) / (100 * len(queries))


def nearest(rows: Floats, query: Floats, k: int) -> tuple[list[int], list[float]]:
    """By comparing with every row, in double precision."""
    cosines = rows.astype(np.float64) @ query.astype(np.float64)
    order = sorted(range(len(rows)), key=lambda row: (-cosines[row], row))[:k]
    return order, [float(cosines[row]) for row in order]


@pytest.fixture(scope="module")
def many() -> Floats:
    return clustered(3_000, 96, seed=1)


# What makes `write` choose each kind that is not exact.
KINDS = {"hnsw32-sq8": {"exact_below": 1_000}, "ivf-rabitq2-sq8": {"exact_below": 1_000, "graph_below": 2_000}}


@pytest.fixture(scope="module", params=KINDS)
def approximate(
    request: pytest.FixtureRequest, many: Floats, tmp_path_factory: pytest.TempPathFactory
) -> tuple[VectorIndex, VectorsReport]:
    path = tmp_path_factory.mktemp("approximate") / "vectors.faiss"
    report = write(many, path, **KINDS[request.param])
    assert report.kind == request.param
    return VectorIndex.open(path, 96, 3_000, report.effort), report


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


def test_the_kind_is_chosen_by_the_number_of_vectors(tmp_path: Path) -> None:
    rows = clustered(200, 16, seed=6)
    limits = {(201, 300): "exact", (200, 201): "hnsw32-sq8", (100, 200): "ivf-rabitq2-sq8", (201, 0): "exact"}
    for (exact_below, graph_below), kind in limits.items():
        report = write(rows, tmp_path / kind, exact_below=exact_below, graph_below=graph_below)
        assert report.kind == kind


def test_the_recall_in_the_report_is_the_recall_there_is(
    many: Floats, approximate: tuple[VectorIndex, VectorsReport]
) -> None:
    index, report = approximate
    # In single precision, ties at the hundredth place may fall otherwise.
    assert report.recall == pytest.approx(share_found(index, many, halfway(many)), abs=1e-3)
    assert report.recall >= 0.99


def test_recall_holds_for_queries_that_the_index_was_not_measured_with(
    many: Floats, approximate: tuple[VectorIndex, VectorsReport]
) -> None:
    # The same seed: other rows around the same topics.
    queries = clustered(100, 96, seed=1)
    assert not np.allclose(queries, many[:100])
    assert share_found(approximate[0], many, queries) >= 0.985


def test_the_recall_that_is_measured_again_is_that_of_the_report_or_what_8_bits_had_cost_more(
    approximate: tuple[VectorIndex, VectorsReport],
) -> None:
    index, report = approximate
    assert report.recall - 1e-3 <= index.recall() <= 1


def test_with_less_effort_than_the_report_says_less_is_found_and_measured(tmp_path: Path) -> None:
    rows = scattered(2_000, 96, seed=13)
    for kind, limits in KINDS.items():
        report = write(rows, tmp_path / kind, **{name: limit // 2 for name, limit in limits.items()})
        lazy = VectorIndex.open(tmp_path / kind, 96, 2_000, 1)
        assert lazy.recall() == pytest.approx(share_found(lazy, rows, halfway(rows)), abs=0.01)
        assert lazy.recall() < report.recall - 0.05


def test_passages_that_say_the_same_do_not_make_the_recall_look_low(tmp_path: Path) -> None:
    # Of 800 that are the same, any 100 are the nearest.
    rows = np.vstack([clustered(1_200, 32, seed=15), np.repeat(scattered(1, 32, seed=16), 800, axis=0)])
    for kind, limits in KINDS.items():
        report = write(rows, tmp_path / kind, **{name: limit // 10 for name, limit in limits.items()})
        assert report.recall >= 0.99
        numbers, cosines = VectorIndex.open(tmp_path / kind, 32, 2_000, report.effort).search(rows[-1], 100)
        assert (numbers >= 1_200).all()
        assert (np.diff(numbers) > 0).all(), "equal cosines come in the order of passage numbers"
        assert len(set(cosines.tolist())) == 1


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
        numbers, scores = exact.search(query, 10, Among.of(among))
        assert numbers.tolist() == among[order].tolist()
        assert scores == pytest.approx(cosines, abs=1e-5)
        # In 8 bits neighbours may change places, and nothing comes from outside.
        coarse, near = approximate[0].search(query, 10, Among.of(among))
        assert set(coarse.tolist()) <= set(among.tolist())
        assert len(coarse) == len(numbers)
        assert near == pytest.approx(cosines, abs=0.02)


def test_among_no_passages_nothing_is_near(approximate: tuple[VectorIndex, VectorsReport], many: Floats) -> None:
    numbers, cosines = approximate[0].search(many[0], 10, Among.of(np.empty(0, np.int64)))
    assert (numbers.shape, cosines.shape) == ((0,), (0,))


def test_the_effort_goes_up_until_the_recall_is_reached(
    many: Floats, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # With as many candidates as passages, or in all the lists, a search is nearly exact; with one it is not.
    monkeypatch.setattr(vector_kinds, "_EF_SEARCH", (1, 2_999, 3_000))
    monkeypatch.setattr(vector_kinds, "_LISTS_SEARCHED", (1, 74, 10_000))
    for kind, effort in (("hnsw32-sq8", 2_999), ("ivf-rabitq2-sq8", 74)):
        report = write(many, tmp_path / kind, **KINDS[kind])
        assert (report.kind, report.effort) == (kind, effort)
        assert report.recall >= 0.99


def test_of_lists_more_recall_is_wanted_than_of_a_graph(
    many: Floats, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dense, "_recall_of", lambda *_: 0.991)
    monkeypatch.setattr(vector_kinds, "_LISTS_SEARCHED", (1, 2))
    graph, lists = (write(many, tmp_path / kind, **KINDS[kind]) for kind in KINDS)
    assert graph.effort == vector_kinds._EF_SEARCH[0]
    # Nothing is enough, and all the lists are the most there is.
    assert lists.effort > 2


def test_a_recall_that_cannot_be_reached_is_told_as_it_is(
    many: Floats, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vector_kinds, "_EF_SEARCH", (1,))
    monkeypatch.setattr(vector_kinds, "_LINKS", 2)
    monkeypatch.setattr(vector_kinds, "_EF_CONSTRUCTION", 2)
    report = write(many[:1_000], tmp_path / "v", exact_below=0)
    assert (report.kind, report.effort) == ("hnsw32-fp16", 1)
    assert 0 < report.recall < 0.99


def test_vectors_in_a_file_give_the_same_index_as_vectors_in_memory(many: Floats, tmp_path: Path) -> None:
    mapped = np.memmap(tmp_path / "rows", np.float32, "w+", shape=many.shape)
    mapped[:] = many
    for kind in ("exact", *KINDS):
        limits = KINDS.get(kind, {})
        assert write(mapped, tmp_path / "mapped", **limits) == write(many, tmp_path / "held", **limits)
        if kind == "exact":
            assert (tmp_path / "mapped").read_bytes() == (tmp_path / "held").read_bytes()


def test_an_open_index_is_mapped_and_outlives_its_name(many: Floats, tmp_path: Path) -> None:
    for kind in ("exact", *KINDS):
        path = tmp_path / kind
        report = write(many, path, **KINDS.get(kind, {}))
        index = VectorIndex.open(path, 96, 3_000, report.effort)
        assert any(line.endswith(str(path)) for line in Path("/proc/self/maps").read_text().splitlines())
        before = index.search(many[5], 20)[0].tolist()
        path.unlink()
        assert index.search(many[5], 20)[0].tolist() == before


def test_many_threads_find_what_one_finds(many: Floats, approximate: tuple[VectorIndex, VectorsReport]) -> None:
    index, _ = approximate
    queries = clustered(200, 96, seed=17)
    alone = [index.search(query, 20)[0].tolist() for query in queries]
    threads = faiss.omp_get_max_threads()
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda query: index.search(query, 20)[0].tolist(), queries)) == alone
    assert faiss.omp_get_max_threads() == threads


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


@pytest.mark.parametrize("kind", ["exact", *KINDS])
def test_an_index_that_breaks_off_anywhere_is_refused(many: Floats, tmp_path: Path, kind: str) -> None:
    write(many, tmp_path / "v", **KINDS.get(kind, {}))
    whole = (tmp_path / "v").read_bytes()
    for length in [*range(0, 200, 7), *np.linspace(200, len(whole) - 1, 60).astype(int)]:
        os.truncate(tmp_path / "v", 0)
        (tmp_path / "v").write_bytes(whole[:length])
        with pytest.raises(GenerationError, match="cannot be read as a vector index"):
            VectorIndex.open(tmp_path / "v", 96, 3_000, 128)


def test_an_index_that_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GenerationError, match="cannot be read as a vector index"):
        VectorIndex.open(tmp_path / "missing", 8, 30, 0)


def test_a_disk_that_does_not_take_the_index_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"v could not be written"):
        write(scattered(3, 8, seed=12), tmp_path / "no" / "such" / "folder" / "v")

"""Both engines keep one contract: the same passages give the same hits with the same scores, whoever holds them."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from numpy.typing import NDArray

from index.engines import milvus_filters, milvus_search
from index.engines.among import NO_DAY, NO_SOURCE, Among, Origin, Scope
from index.engines.embedded import engine_at
from index.engines.milvus_filters import conditions
from index.engines.protocol import EMBEDDED, Document, Engine, Expected, Numbers, VectorSearch, WordSearch
from index.errors import AddressError
from tests.index.test_bm25 import scored
from tests.scale.milvus_server import missing

DIMENSION = 24
COUNT = 300
EMPTY = 123
# Of words that English does not stem; every text is of another length, up to what one byte keeps exactly.
WORDS = "storm harbour ferry mayor ab cd fg hk lm np qr tv wx zb".split()


def texts() -> list[str]:
    draw = np.random.default_rng(7)
    made = [" ".join(draw.choice(WORDS, size=draw.integers(1, 40))) for _ in range(COUNT)]
    # As of a passage of signs alone.
    made[EMPTY] = ""
    return made


def origins() -> list[Origin]:
    """Of a hundred articles with three passages each; of every fourth neither source nor day is known."""
    return [
        Origin(n // 3, NO_SOURCE, NO_DAY) if n // 3 % 4 == 0 else Origin(n // 3, n // 3 % 4, 2022_01_01 + n // 3 % 28)
        for n in range(COUNT)
    ]


def unit_rows(seed: int, count: int = COUNT) -> NDArray[np.float32]:
    rows = np.random.default_rng(seed).normal(size=(count, DIMENSION))
    return np.ascontiguousarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


_MILVUS: Final = pytest.mark.skipif(bool(missing()), reason=missing())


@pytest.fixture(scope="module", params=["embedded", pytest.param("milvus", marks=_MILVUS)])
def opened(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[VectorSearch, WordSearch]]:
    data = tmp_path_factory.mktemp("engine")
    address = EMBEDDED if request.param == "embedded" else request.getfixturevalue("milvus").address
    engine = engine_at(address, data)
    expected = written(engine, data / "index" / "generation")
    vectors, words = engine.open(data / "index" / "generation", expected)
    yield vectors, words
    words.close()
    for name in engine.names():
        engine.drop(name)


@pytest.fixture(params=["in runs", "alone", "all"])
def many(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Numbers:
    """Passages, of which so many count as many, that their filter takes several requests."""
    monkeypatch.setattr(milvus_search, "_SCORED_HERE", 50)
    monkeypatch.setattr(milvus_filters, "_NUMBERS_AT_ONCE", 60)
    monkeypatch.setattr(milvus_filters, "_RUNS_AT_ONCE", 4)
    everyone = np.arange(COUNT)
    chosen = {"in runs": everyone // 10 % 2 == 0, "alone": everyone % 2 == 0, "all": everyone >= 0}
    found: Numbers = everyone[chosen[request.param]]
    return found


def written(engine: Engine, folder: Path) -> Expected:
    folder.mkdir(parents=True)
    with engine.words_writer(folder) as writer:
        for number, text in enumerate(texts()):
            writer.add(Document(number, text, None))
    return Expected(COUNT, DIMENSION, engine.write(folder, unit_rows(1), origins()))


def test_the_nearest_are_those_of_comparing_with_every_vector(opened: tuple[VectorSearch, WordSearch]) -> None:
    vectors, rows = opened[0], unit_rows(1).astype(np.float64)
    for query in unit_rows(2, count=10):
        cosines = rows @ query.astype(np.float64)
        order = np.lexsort((np.arange(COUNT), -cosines))[:20]
        numbers, found = vectors.search(query, 20)
        assert numbers.tolist() == order.tolist()
        assert found == pytest.approx(cosines[order], abs=1e-5)
        assert vectors.cosines(query, numbers[::-1]) == pytest.approx(cosines[order][::-1], abs=1e-5)


def test_among_given_passages_the_nearest_of_them_are_found(opened: tuple[VectorSearch, WordSearch]) -> None:
    vectors, rows = opened[0], unit_rows(1).astype(np.float64)
    (query,) = unit_rows(3, count=1)
    among = np.array([3, 7, 99, 120, 250])
    order = sorted(among.tolist(), key=lambda number: -float(rows[number] @ query))
    assert vectors.search(query, 3, Among.of(among))[0].tolist() == order[:3]
    assert vectors.search(query, 3, Among.of(np.empty(0, np.int64)))[0].tolist() == []
    assert vectors.search(query, 2 * COUNT)[0].shape == (COUNT,)


def test_passages_among_many_are_found_as_among_few(opened: tuple[VectorSearch, WordSearch], many: Numbers) -> None:
    assert_found_among(opened, Among.of(many), many)


# Each with the rule that says which of `origins` fit.
SCOPES: dict[str, tuple[Scope, Callable[[Origin], bool]]] = {
    "a source": (Scope(sources=(2,)), lambda one: one.source == 2),
    "sources, of which one has no passage": (Scope(sources=(3, 77, 1)), lambda one: one.source in (1, 3)),
    "from a day on": (Scope.of(None, "2022-01-15", None), lambda one: one.day >= 2022_01_15),
    "up to a day": (Scope.of(None, None, "2022-01-09"), lambda one: NO_DAY < one.day <= 2022_01_09),
    "between days": (Scope.of(None, "2022-01-05", "2022-01-23"), lambda one: 2022_01_05 <= one.day <= 2022_01_23),
    "a source and days": (
        Scope.of((1, 3), "2022-01-02", "2022-01-27"),
        lambda one: one.source in (1, 3) and 2022_01_02 <= one.day <= 2022_01_27,
    ),
    "articles": (Scope(articles=np.arange(0, 100, 2)), lambda one: one.article % 2 == 0),
    "nothing": (Scope(sources=(77,)), lambda one: False),
}


@pytest.mark.parametrize("name", SCOPES)
def test_conditions_on_origins_choose_the_passages_that_fit_them(
    opened: tuple[VectorSearch, WordSearch], name: str
) -> None:
    scope, fits = SCOPES[name]
    fitting = np.array([number for number, origin in enumerate(origins()) if fits(origin)], np.int64)
    assert_found_among(opened, Among(lambda: fitting, scope), fitting)


def assert_found_among(opened: tuple[VectorSearch, WordSearch], among: Among, fitting: Numbers) -> None:
    vectors, words = opened
    (query,) = unit_rows(4, count=1)
    cosines = unit_rows(1)[fitting] @ query
    order = fitting[np.lexsort((fitting, -cosines))]
    assert vectors.search(query, 30, among)[0].tolist() == order[:30].tolist()
    assert set(vectors.search(query, COUNT, among)[0].tolist()) == set(fitting.tolist())
    every = scored(["storm", "zb"], texts())
    expected = sorted((every[n] for n in fitting.tolist() if every[n]), reverse=True)
    numbers, scores = words.search((("storm",), ("zb",)), 30, among)
    assert scores == pytest.approx(expected[:30], rel=1e-5)
    assert set(numbers.tolist()) <= set(fitting.tolist())


def test_conditions_name_each_passage_once_by_runs_where_there_are_any() -> None:
    def of(numbers: Numbers) -> list[str]:
        return list(conditions(Among.of(numbers), origins=True))

    assert of(np.array([2, *range(5, 14), 20, 21, 22, 30])) == [
        "(number >= 5 and number <= 13)",
        "number in [2, 20, 21, 22, 30]",
    ]
    assert of(np.arange(100)) == ["(number >= 0 and number <= 99)"]
    every_other_run = np.flatnonzero(np.arange(10 * 450) // 10 % 2 == 0)
    assert [one.count("or") for one in of(every_other_run)] == [199, 24]
    assert of(np.empty(0, np.int64)) == []


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (Scope.of((4, 17), "2022-01-15", "2022-02-28"), "source in [4, 17] and day >= 20220115 and day <= 20220228"),
        (Scope.of((4,), None, None), "source in [4]"),
        (Scope.of(None, "2022-01-15", None), "day >= 20220115 and day <= 99991231"),
        (Scope.of(None, None, "2022-02-28"), "day >= 1 and day <= 20220228"),
        (Scope(articles=np.array([3, 5])), "article in [3, 5]"),
        (Scope.of(tuple(range(1_000)), None, None), f"source in {list(range(1_000))}"),
    ],
)
def test_a_filter_is_one_condition_however_many_passages_it_names(scope: Scope, expected: str) -> None:
    def unasked() -> Numbers:
        raise AssertionError("the numbers of the passages are not needed")

    assert list(conditions(Among(unasked, scope), origins=True)) == [expected]
    # A collection that does not store origins goes by numbers.
    assert list(conditions(Among.of(np.array([2, 4]), scope), origins=False)) == ["number in [2, 4]"]
    assert list(conditions(None, origins=True)) == [""]


@pytest.mark.parametrize("words", [["storm"], ["harbour", "storm"], ["ferry", "mayor", "zb", "nobody"]])
def test_scores_are_bm25_as_the_books_have_it(opened: tuple[VectorSearch, WordSearch], words: list[str]) -> None:
    query = tuple((word,) for word in words)
    expected = scored(words, texts())
    order = sorted((n for n, score in enumerate(expected) if score), key=lambda n: (-expected[n], n))
    numbers, scores = opened[1].search(query, 30)
    assert scores == pytest.approx([expected[n] for n in order[:30]], rel=1e-5)
    # Equal scores stand in the order of numbers; rounding may part two that differ in the last digit.
    assert [expected[n] for n in numbers.tolist()] == pytest.approx([expected[n] for n in order[:30]], rel=1e-5)
    some = np.array([5, 299, 17])
    assert opened[1].scores(query, some) == pytest.approx([expected[n] for n in some.tolist()], rel=1e-5)


def test_a_passage_without_words_has_no_score(opened: tuple[VectorSearch, WordSearch]) -> None:
    query = tuple((word,) for word in WORDS)
    assert opened[1].scores(query, np.array([EMPTY])).tolist() == [0]
    assert EMPTY not in opened[1].search(query, COUNT)[0].tolist()
    assert opened[0].rows(np.array([EMPTY])) == pytest.approx(unit_rows(1)[[EMPTY]], abs=1e-6)


def test_of_the_forms_of_a_word_the_best_counts(opened: tuple[VectorSearch, WordSearch]) -> None:
    one, other = scored(["storm"], texts()), scored(["ferry"], texts())
    expected = [max(pair) for pair in zip(one, other, strict=True)]
    numbers, scores = opened[1].search((("storm", "ferry"),), 40)
    assert scores == pytest.approx(sorted(expected, reverse=True)[:40], rel=1e-5)
    assert scores == pytest.approx([expected[n] for n in numbers.tolist()], rel=1e-5)


def test_every_word_must_be_there_where_that_is_asked_for(opened: tuple[VectorSearch, WordSearch]) -> None:
    holding = {n for n, text in enumerate(texts()) if {"storm", "zb", "mayor"} <= set(text.split())}
    query = (("storm",), ("zb",), ("mayor",))
    assert set(opened[1].search(query, COUNT, every=True)[0].tolist()) == holding
    among = np.arange(0, COUNT, 2)
    assert set(opened[1].search(query, COUNT, Among.of(among), every=True)[0].tolist()) == {
        n for n in holding if n % 2 == 0
    }
    assert len(opened[1].search((*query, ("nobody",)), COUNT, every=True)[0]) == 0


def test_the_vocabulary_counts_the_passages_with_each_form(opened: tuple[VectorSearch, WordSearch]) -> None:
    words = opened[1]
    held = {word: sum(word in text.split() for text in texts()) for word in WORDS}
    assert len(words) == COUNT
    assert words.forms_beginning("f") == sorted((("fg", held["fg"]), ("ferry", held["ferry"])), key=lambda f: -f[1])
    assert [words.holds(form) for form in ("mayor", "may")] == [True, False]
    n = held["storm"]
    assert words.idf("storm") == pytest.approx(np.log(1 + (COUNT - n + 0.5) / (n + 0.5)))


@pytest.mark.parametrize(
    "address", ["", "milvus://", "postgresql://127.0.0.1", "milvus://host:0", "milvus://[::1", "milvus://h:99999"]
)
def test_an_address_of_no_engine_is_refused_without_repeating_what_may_hold_a_password(
    address: str, tmp_path: Path
) -> None:
    with pytest.raises(AddressError) as refused:
        engine_at(address, tmp_path)
    assert str(refused.value) == "VERBATIM_INDEX names no engine: give embedded, or milvus://host:19530"

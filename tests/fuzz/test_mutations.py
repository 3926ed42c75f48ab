"""Hostile files are parsed as every parser promises; a few hundred in each run, any number with the slow tests.

FUZZ_FILES=100000 FUZZ_SEED=1 .venv/bin/python -m pytest -n auto -m slow tests/fuzz
"""

import os
from collections.abc import Callable

import pytest

from index.article import Article, Span
from index.parsers import Parsed, Skipped
from tests.fuzz import promises, workers
from tests.fuzz.mutation import hostile
from tests.fuzz.promises import SUFFIXES
from tests.fuzz.repetition import Case, cases
from tests.sampled import amount

SEED = 20_260_101
TEXTS = ("text", "markdown", "jsonl", "json", "table", "chat", "feed")
EACH, EACH_HTML, EACH_PACKED = 120, 40, 30
# Of the slow tests.
FILES = amount("FUZZ_FILES", 2_000)
FILES_SEED = amount("FUZZ_SEED", 0)
SIZE = amount("FUZZ_SIZE", 100_000)


def _each(kind: str) -> int:
    """Return how many hostile files of a kind each run parses; pages and packed files take longer."""
    return EACH_HTML if kind == "html" else EACH if kind in TEXTS else EACH_PACKED


@pytest.fixture(scope="module")
def warm() -> None:
    """Load what parsers load once."""
    workers.warm()


@pytest.mark.timeout(120)
@pytest.mark.parametrize("kind", SUFFIXES)
def test_every_hostile_file_is_parsed_as_promised(kind: str) -> None:
    for number in range(_each(kind)):
        raw = hostile(kind, number, SEED)
        promises.check(kind, raw)
        if number % 10 == 0:
            promises.check_twice(kind, raw)


@pytest.mark.slow
@pytest.mark.timeout(0)
@pytest.mark.usefixtures("warm")
@pytest.mark.parametrize("kind", SUFFIXES)
def test_none_of_many_hostile_files_crashes_hangs_or_breaks_a_promise(kind: str) -> None:
    assert workers.failures(kind, range(FILES), FILES_SEED) == {}


@pytest.mark.slow
@pytest.mark.usefixtures("warm")
@pytest.mark.parametrize("case", list(cases()), ids=str)
def test_a_file_of_twice_the_size_takes_about_twice_the_time(case: Case) -> None:
    # A tenth of a second is that of loading, and of other programs on the machine.
    assert workers.seconds(case, 2 * SIZE) < 3 * workers.seconds(case, SIZE) + 0.1


def test_a_seed_and_a_number_make_the_same_hostile_file_each_time() -> None:
    assert hostile("html", 7, SEED) == hostile("html", 7, SEED)
    assert len({hostile("html", number, seed) for number in range(20) for seed in (1, 2)}) > 30


def gives(*articles: Article, reason: str = "") -> Callable[[str, bytes], Parsed]:
    return lambda path, _: Parsed(articles, (Skipped(path, reason),) if reason else ())


@pytest.mark.parametrize(
    "parser",
    [
        gives(),
        gives(reason="two\nlines"),
        gives(Article("a", "a", "other text")),
        gives(Article("a", "a", "  ")),
        gives(Article("a", "a", "words \ud800")),
        gives(Article("a", "a", "words"), Article("a", "a", "words")),
        gives(Article("a", "a", "words", headings=(Span(0, 9),))),
        gives(Article("a", "a", "words", outside=(Span(0, 3), Span(2, 5)))),
    ],
)
def test_a_broken_promise_is_noticed(parser: Callable[[str, bytes], Parsed], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(promises, "read", parser)
    with pytest.raises(promises.BrokenPromiseError):
        promises.check("text", b"words")


def test_two_different_results_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = iter("ab")
    monkeypatch.setattr(promises, "read", lambda path, _: Parsed((Article(path, path, next(texts)),)))
    with pytest.raises(promises.BrokenPromiseError, match="two results"):
        promises.check_twice("text", b"words")


def test_a_crash_a_hang_and_an_error_are_reported_by_their_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    def trap(_: str, raw: bytes) -> int:
        number = int(raw)
        if number == 3:
            os._exit(9)
        while number == 5:
            pass
        return 100 // ((number - 8) * (number - 10))

    monkeypatch.setattr(workers, "LIMIT_SECONDS", 1)
    monkeypatch.setattr(workers, "hostile", lambda _kind, number, _seed: str(number).encode())
    monkeypatch.setattr(workers, "check", trap)
    monkeypatch.setattr(workers, "check_twice", trap)
    found = workers.failures("text", range(1, 11), seed=0)
    assert sorted(found) == [3, 5, 8, 10]
    assert found[3] == "ended its process: 9"
    assert found[5] == "hung for 1 s"
    assert found[8].startswith("ZeroDivisionError: ")


@pytest.mark.parametrize(
    ("parser", "said"),
    [(lambda _: os._exit(9), "ended its process: 9"), (lambda _: [][0], "IndexError: list index out of range")],
)
def test_a_file_that_ends_its_process_or_fails_is_not_measured(
    parser: Callable[[bytes], object], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "read", lambda _, raw: parser(raw))
    with pytest.raises(AssertionError, match=f"^9 bytes: {said}$"):
        workers.seconds(Case("text", "a", bytes), 9)

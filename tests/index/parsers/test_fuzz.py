"""A few hundred of the hostile files that `python -m benchmarks.fuzz` tries in far greater number, and its own eyes."""

import os
from collections.abc import Callable

import pytest

from benchmarks import fuzz
from benchmarks.mutation import hostile
from benchmarks.reading import SUFFIXES
from index.article import Article, Span
from index.parsers import Parsed, Skipped

SEED = 20_260_101
EACH = {"text": 250, "markdown": 250, "html": 80, "jsonl": 250, "json": 250, "table": 250, "chat": 250, "feed": 250}
EACH_PACKED = 60


@pytest.mark.timeout(120)
@pytest.mark.parametrize("parser", SUFFIXES)
def test_every_hostile_file_is_read_as_promised(parser: str) -> None:
    for number in range(EACH.get(parser, EACH_PACKED)):
        raw = hostile(parser, number, SEED)
        fuzz.check(parser, raw)
        if number % 10 == 0:
            fuzz.check_twice(parser, raw)


def test_a_hostile_file_is_told_by_its_seed_and_its_number() -> None:
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
    monkeypatch.setattr(fuzz, "read", parser)
    with pytest.raises(fuzz.BrokenPromiseError):
        fuzz.check("text", b"words")


def test_two_different_results_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = iter("ab")
    monkeypatch.setattr(fuzz, "read", lambda path, _: Parsed((Article(path, path, next(texts)),)))
    with pytest.raises(fuzz.BrokenPromiseError, match="two results"):
        fuzz.check_twice("text", b"words")


def test_a_crash_and_a_hang_and_an_error_are_told_by_their_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    def trap(_: str, raw: bytes) -> int:
        number = int(raw)
        if number == 3:
            os._exit(9)
        while number == 5:
            pass
        return 100 // (number - 8)

    monkeypatch.setattr(fuzz, "LIMIT_SECONDS", 1)
    monkeypatch.setattr(fuzz, "hostile", lambda _reader, number, _seed: str(number).encode())
    monkeypatch.setattr(fuzz, "check", trap)
    monkeypatch.setattr(fuzz, "check_twice", trap)
    tally = fuzz.fuzz("text", 1, 11, seed=0)
    assert tally.tried == 10
    told = dict(tally.failures)
    assert sorted(told) == [3, 5, 8]
    assert told[3] == "ended its process with 9"
    assert told[5] == "hung for 1 s"
    assert told[8].startswith("ZeroDivisionError: ")

"""The passages that a search may find, as conditions of a Milvus server.

Collections store the origin of every passage, so that one condition on articles, sources and days says which passages
are meant, however many they are. What is meant otherwise is named by the numbers of the passages, in several requests
where those are many. Conditions hold numbers alone: there is nothing in them to be quoted.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np

from index.engines.among import Among, Scope
from index.engines.protocol import Numbers

NUMBER: Final = "number"
ARTICLE: Final = "article"
SOURCE: Final = "source"
DAY: Final = "day"
# Passages in a row that are named by the first and the last of them.
_RUN: Final = 8
# Runs, and single numbers, that one request names: a hundred of the former take as long as thousands of the latter.
_RUNS_AT_ONCE: Final = 200
_NUMBERS_AT_ONCE: Final = 10_000


def conditions(among: Among | None, *, origins: bool) -> Iterator[str]:
    """Yield conditions, each for one request, of which each passage that is meant, and no other, fits one.

    Parameters:
        origins: whether the collection stores the origins of passages.
    """
    if among is None:
        yield ""
    elif among.scope is not None and origins:
        yield _of_scope(among.scope)
    else:
        yield from _of_numbers(among.numbers)


def _of_scope(scope: Scope) -> str:
    parts = []
    if scope.sources is not None:
        parts.append(f"{SOURCE} in {list(scope.sources)}")
    if scope.first is not None:
        parts.append(f"{DAY} >= {scope.first} and {DAY} <= {scope.last}")
    if scope.articles is not None:
        parts.append(f"{ARTICLE} in {scope.articles.tolist()}")
    return " and ".join(parts)


def _of_numbers(numbers: Numbers) -> Iterator[str]:
    # The passages of an article, and of the files of a folder, have numbers in a row.
    ends = np.flatnonzero(np.diff(numbers, append=np.iinfo(np.int64).max) != 1)
    lengths = np.diff(ends, prepend=-1)
    long = lengths >= _RUN
    last, first = numbers[ends], numbers[ends] - lengths + 1
    runs = [f"({NUMBER} >= {a} and {NUMBER} <= {b})" for a, b in zip(first[long], last[long], strict=True)]
    single = numbers[~np.repeat(long, lengths)]
    for start in range(0, len(runs), _RUNS_AT_ONCE):
        yield " or ".join(runs[start : start + _RUNS_AT_ONCE])
    for start in range(0, len(single), _NUMBERS_AT_ONCE):
        yield f"{NUMBER} in {single[start : start + _NUMBERS_AT_ONCE].tolist()}"

"""The passages that a search may find, and the conditions on articles that choose them.

Every engine can take the numbers of the passages. A server that holds millions takes conditions on what it stores of
each passage instead, which choose the same ones: see `Origin` and `Scope`. All of that is numbers, so that nothing that
an article says of itself ever stands in a server's query.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

# Passages up to which their numbers alone are known; of more the conditions are known too.
MANY: Final = 2_000
NO_SOURCE: Final = -1
NO_DAY: Final = 0
_LAST_DAY: Final = 99_991_231


@dataclass(frozen=True, slots=True)
class Origin:
    """The article of a passage, as filters see it.

    Attributes:
        article: its number.
        source: the number of its source, see `Catalog.source_numbers`; NO_SOURCE if not known.
        day: on which it was published, see `day_number`; NO_DAY if not known.
    """

    article: int
    source: int
    day: int


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """Conditions that all hold for the article of a passage; None for any.

    Attributes:
        sources: the numbers of its source; one of them.
        first, last: the days on or between which it was published, both or none; an article without a day does not fit.
        articles: its number; one of them.
    """

    sources: tuple[int, ...] | None = None
    first: int | None = None
    last: int | None = None
    articles: NDArray[np.int64] | None = None

    @classmethod
    def of(cls, sources: tuple[int, ...] | None, first: str | None, last: str | None) -> Self:
        """Return the scope of these sources and days, which may be open at either end.

        Parameters:
            first, last: in ISO 8601.
        """
        if first is None and last is None:
            return cls(sources)
        return cls(sources, day_number(first) or NO_DAY + 1, day_number(last) or _LAST_DAY)


@dataclass(frozen=True, eq=False)
class Among:
    """The passages that a search may find.

    Attributes:
        found: returns their numbers, int64, ascending, each once; it is called once, where they are needed.
        scope: conditions that hold for them and for no other passage; None where there are none, or where so few
            passages are meant that their numbers say it best.
    """

    found: Callable[[], NDArray[np.int64]]
    scope: Scope | None = None

    @classmethod
    def of(cls, numbers: NDArray[np.int64], scope: Scope | None = None) -> Self:
        """Return these passages, whose numbers ascend."""
        return cls(lambda: numbers, scope)

    @cached_property
    def numbers(self) -> NDArray[np.int64]:
        """Return the numbers of the passages, int64, ascending, each once."""
        return self.found()

    def only(self, numbers: NDArray[np.int64]) -> "Among":
        """Return those of the passages that are among `numbers` too; there is no scope for them."""
        return Among.of(np.intersect1d(self.numbers, numbers))


def day_number(published: str | None) -> int:
    """Return a day in ISO 8601, perhaps with a time, as a number that grows with it: 20220115 for 2022-01-15."""
    return NO_DAY if published is None else int(published[:10].replace("-", ""))

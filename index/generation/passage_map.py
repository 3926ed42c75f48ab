"""The passages of a generation by their articles, in memory."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class PassageMap:
    """The passages of a generation by their articles, and the articles by their languages and copies; in memory.

    To ask the catalog for each of a question's hundreds of candidates would take longer than to find them. A map takes
    some 17 bytes an article.

    Attributes:
        starts: the number of each article's first passage, and at the end the number of passages, int64 of shape
            (articles + 1,).
        copies_of: the number of the first article that each copies, its own if none, int32 of shape (articles,).
        is_copied: whether other articles are the same as it, or nearly, bool of shape (articles,).
        languages: those that there are.
        language_of: which of `languages` each article is in, int32 of shape (articles,).
    """

    starts: NDArray[np.int64]
    copies_of: NDArray[np.int32]
    is_copied: NDArray[np.bool_]
    languages: tuple[str | None, ...]
    language_of: NDArray[np.int32]

    @classmethod
    def of(cls, starts: NDArray[np.int64], copies_of: NDArray[np.int64], languages: Sequence[str | None]) -> Self:
        """Return the map of articles with these first passages, originals and languages."""
        names = tuple(dict.fromkeys(languages))
        places = {name: place for place, name in enumerate(names)}
        return cls(
            starts,
            copies_of.astype(np.int32),
            np.bincount(copies_of, minlength=len(copies_of))[copies_of] > 1,
            names,
            np.array([places[name] for name in languages], np.int32),
        )

    def articles(self, passages: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the number of each passage's article, int64 of the same shape."""
        # Of articles without a passage the first passage is that of the next one, which this finds.
        articles: NDArray[np.int64] = np.searchsorted(self.starts, passages, side="right") - 1
        return articles

    def passages(self, articles: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the numbers of all passages of these articles, int64, ascending.

        Parameters:
            articles: their numbers, int64, ascending, each once.
        """
        counts = np.diff(self.starts)[articles]
        # From each article to the next the numbers jump by what lies between the two.
        jumps = self.starts[articles] - (np.cumsum(counts) - counts)
        passages: NDArray[np.int64] = np.repeat(jumps, counts) + np.arange(counts.sum())
        return passages

    def ordinals(self, passages: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return each passage's place in its article, from 0, int64 of the same shape."""
        return passages - self.starts[self.articles(passages)]

    def passages_by_language(self) -> dict[str | None, int]:
        """Count the passages in each language."""
        counts = np.bincount(self.language_of, np.diff(self.starts), minlength=len(self.languages))
        return {name: int(count) for name, count in zip(self.languages, counts, strict=True) if count}

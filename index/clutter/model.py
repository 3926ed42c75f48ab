"""The classifier: boosted trees over the features of lines, and how sure it must be to leave a line out.

Trees as in Friedman 2001; `python -m training clutter` fits them and writes them to `coefficients.json`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from index.clutter.features import FEATURES, features

COEFFICIENTS: Final = "coefficients.json"
# The power of a line's words that leaves the least clutter at the same loss of prose.
COST: Final = 2.0
SENTENCE_COST: Final = np.float32(0.7)
# If more lines than this share continue a sentence, links have cut sentences apart, and a line like a menu's entry may
# be a name within one.
BROKEN: Final = np.float32(0.05)
BROKEN_COST: Final = np.float32(3.0)
# Lines that are classified together: this bounds memory, and nearly all have their neighbours.
BLOCK: Final = 2_000


@dataclass(frozen=True, slots=True)
class Trees:
    """Boosted trees whose nodes stand in one table; a leaf leads to itself.

    Attributes:
        roots: the first node of each tree, int32 of shape (trees,).
        feature: which feature a node asks for, int32 of shape (nodes,).
        threshold: above which the answer is in the next node but one, float32 of shape (nodes,).
        below: the node of the others, int32 of shape (nodes,); the node after it is that of those above.
        value: what a leaf adds to the log-odds, float32 of shape (nodes,).
        depth: of the deepest tree.
    """

    roots: NDArray[np.int32]
    feature: NDArray[np.int32]
    threshold: NDArray[np.float32]
    below: NDArray[np.int32]
    value: NDArray[np.float32]
    depth: int

    @classmethod
    def of(cls, trees: Sequence[Any]) -> "Trees":
        """Make trees from the file's form: a leaf is its value, another node [feature, threshold, below, above]."""
        place = {name: number for number, name in enumerate(FEATURES)}
        feature: list[int] = []
        threshold: list[float] = []
        below: list[int] = []
        value: list[float] = []

        def room(count: int) -> int:
            first = len(feature)
            for number in range(first, first + count):
                feature.append(0)
                threshold.append(np.inf)
                below.append(number)
                value.append(0.0)
            return first

        def put(node: Any, at: int) -> int:
            if not isinstance(node, list):
                value[at] = node
                return 0
            name, limit, low, high = node
            children = room(2)
            feature[at], threshold[at], below[at] = place[name], limit, children
            return 1 + max(put(low, children), put(high, children + 1))

        roots = []
        depth = 0
        for tree in trees:
            roots.append(room(1))
            depth = max(depth, put(tree, roots[-1]))
        return cls(
            np.array(roots, np.int32),
            np.array(feature, np.int32),
            np.array(threshold, np.float32),
            np.array(below, np.int32),
            np.array(value, np.float32),
            depth,
        )

    def sums(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the sum over all trees for every row of features, of shape (rows,)."""
        count, width = rows.shape
        flat = rows.ravel()
        offsets = (np.arange(count, dtype=np.int32) * width)[:, None]
        node = np.broadcast_to(self.roots, (count, len(self.roots)))
        for _ in range(self.depth):
            node = self.below[node] + (flat[offsets + self.feature[node]] > self.threshold[node])
        sums: NDArray[np.float32] = self.value[node].sum(axis=1, dtype=np.float32)
        return sums


@dataclass(frozen=True, slots=True)
class Classifier:
    """The classifier of lines, as `coefficients.json` holds it.

    Attributes:
        known: lines that are clutter wherever the collections have them, as `normalized` spells them.
        phrases, heads, topics: those that are clutter for certain, labels of other stories, and labels of topics.
        openings: beginnings of lines that are clutter for certain, by their first word.
        weights: of the vocabulary's terms.
        trees: over the features.
        start: the log-odds before the first tree.
        limit: the log-odds per word from which on a line is left out: losing a long line costs more.
        bonus: what a known line adds to its log-odds.
    """

    known: frozenset[str]
    phrases: frozenset[str]
    heads: frozenset[str]
    topics: frozenset[str]
    openings: Mapping[str, Sequence[str]]
    weights: Mapping[str, float]
    trees: Trees
    start: float
    limit: float
    bonus: float

    @classmethod
    def of(cls, held: Mapping[str, Any]) -> "Classifier":
        """Make the classifier from the content of a file that `python -m training clutter` wrote."""
        openings: dict[str, list[str]] = {}
        for opening in held["openings"]:
            openings.setdefault(opening.split(" ", 1)[0], []).append(opening)
        return cls(
            known=frozenset(held["lines"]),
            phrases=frozenset(held["phrases"]),
            heads=frozenset(held["heads"]),
            topics=frozenset(held["topics"]),
            openings=openings,
            weights=held["weights"],
            trees=Trees.of(held["trees"]),
            start=held["start"],
            limit=held["limit"],
            bonus=held["bonus"],
        )

    def margins(self, lines: Sequence[str]) -> NDArray[np.float32]:
        """Return how far each line of a page is beyond the limit; those above 0 are clutter. Of shape (lines,).

        Parameters:
            lines: without white space around them, none empty.
        """
        blocks = [lines[start : start + BLOCK] for start in range(0, len(lines), BLOCK)]
        return np.concatenate([np.zeros(0, np.float32), *map(self._margins, blocks)])

    def _margins(self, lines: Sequence[str]) -> NDArray[np.float32]:
        rows = features(lines, self.weights)
        return self.start + self.trees.sums(rows) - self.limit - cost(rows)


def cost(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return what losing each line would cost, as a logarithm: a power of its words, more of a sentence or its part."""
    words = np.log1p(rows[:, FEATURES.index("words")])
    broken = rows[:, FEATURES.index("going on share")] > BROKEN
    costs: NDArray[np.float32] = COST * words + SENTENCE_COST * rows[:, FEATURES.index("ends")] + BROKEN_COST * broken
    return costs


@cache
def classifier() -> Classifier:
    """Return the classifier that the package ships."""
    return Classifier.of(json.loads(files("index.clutter").joinpath(COEFFICIENTS).read_text(encoding="utf-8")))

"""The same passage in several articles, shown once with the other articles named.

The catalog knows which articles are copies as a whole. Their passages are compared with each other, so that what only
one copy says is never hidden behind another.
"""

from typing import Final

from index.engines.bm25 import tokens
from index.generation.catalog import ArticleHead, Catalog, PassageMap, StoredPassage

# Share of the smaller passage's word pairs that the other must hold too. It is far below 1, since copies that differ in
# a lead sentence are cut into passages at other places.
_SAME: Final = 0.5


class Duplicates:
    """Recognises copies among the passages found for one question, reading each text once."""

    def __init__(self, catalog: Catalog, layout: PassageMap) -> None:
        self._catalog = catalog
        self._layout = layout
        self._texts: dict[int, str] = {}

    def group_of(self, passage: StoredPassage) -> int:
        """Return the number of the first article that this passage's article is a copy of; its own where it is none."""
        return int(self._layout.copies_of[passage.article])

    def same(self, one: StoredPassage, other: StoredPassage) -> bool:
        """Return whether both say the same, in different articles that are copies of each other."""
        if one.article == other.article or self.group_of(one) != self.group_of(other):
            return False
        mine, theirs = self._pairs(one), self._pairs(other)
        return len(mine & theirs) >= _SAME * min(len(mine), len(theirs))

    def others(self, passage: StoredPassage) -> tuple[ArticleHead, ...]:
        """Return the other articles that hold the same passage, by number."""
        if not self._layout.is_copied[passage.article]:
            return ()
        heads = [head for head in self._catalog.copies(passage.article) if head.number != passage.article]
        return tuple(
            head
            for head in heads
            if any(self.same(passage, candidate) for candidate in self._catalog.passages_of(head.number))
        )

    def _pairs(self, passage: StoredPassage) -> set[tuple[str, str]]:
        if passage.article not in self._texts:
            self._texts[passage.article], _ = self._catalog.text(passage.article)
        words = tokens(passage.span.of(self._texts[passage.article]))
        return set(zip(words, [*words[1:], ""], strict=True))

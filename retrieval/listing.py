"""Articles of a generation as people look them up: in order, by words, by title."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from index.generation.catalog import ArticleHead, Catalog
from retrieval.sanitize import one_line

if TYPE_CHECKING:
    from retrieval.snapshot import Snapshot

# Bytes of SHA-256 that name an article: 96 bits are unique.
NAME: Final = 12
# SQLite limits the number of values in a query.
_HEADS_AT_ONCE: Final = 1000


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of a list of articles.

    Attributes:
        total: how many articles the whole list has.
        page: which page this is, from 0.
        changed: when the texts of those of the articles that changed while they were indexed did so last, ISO 8601, by
            their ids.
    """

    total: int
    page: int
    heads: tuple[ArticleHead, ...]
    changed: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, snapshot: "Snapshot", numbers: Sequence[int], page: int, size: int) -> "Listed":
        """Return a page of a list of articles, given by their numbers; the nearest page where there is no such one."""
        page = max(0, min(page, (len(numbers) - 1) // size))
        shown = numbers[page * size : (page + 1) * size]
        heads = snapshot.listing.heads(shown)
        times = snapshot.generation.catalog.changed_at(shown)
        changed = {head.id: times[head.number] for head in heads if head.number in times}
        return cls(len(numbers), page, tuple(heads), changed)


@dataclass(frozen=True, slots=True)
class Excerpts:
    """Parts of an article's text.

    Attributes:
        sha256: of its whole text.
    """

    head: ArticleHead
    sha256: str
    words: tuple[str, ...]


class Listing:
    """Numbers of articles, the newest first, those of a day by title, those without a date last.

    It holds about 200 bytes an article in memory, since reading titles from a catalog means to read whole texts. One
    instance may be used from several threads.

    Parameters:
        withdrawn: numbers of articles that are left out.
    """

    def __init__(self, catalog: Catalog, withdrawn: frozenset[int] = frozenset()) -> None:
        self._catalog = catalog
        self._withdrawn = withdrawn
        rows = [
            (published or "", _folded(title, *facts, published), number)
            for number, published, title, *facts in catalog.facts()
            if number not in withdrawn
        ]
        # Two stable sorts: by title, with which the folded facts begin, then by day.
        rows.sort(key=lambda row: row[1])
        rows.sort(key=lambda row: row[0], reverse=True)
        self._numbers = [number for _, _, number in rows]
        self._folded = [folded for _, folded, _ in rows]

    def heads(self, numbers: Sequence[int]) -> list[ArticleHead]:
        """Return the articles of these numbers, in this order."""
        heads: dict[int, ArticleHead] = {}
        for start in range(0, len(numbers), _HEADS_AT_ONCE):
            heads |= self._catalog.heads_of(numbers[start : start + _HEADS_AT_ONCE])
        return [heads[number] for number in numbers]

    def found(self, words: str) -> Sequence[int]:
        """Return the articles whose title, source, author, file or date holds every one of these words."""
        wanted = words.casefold().split()
        if not wanted:
            return self._numbers
        return [
            number
            for number, folded in zip(self._numbers, self._folded, strict=True)
            if all(word in folded for word in wanted)
        ]

    def titled(self, title: str) -> Sequence[int]:
        """Return the articles that have this title, in whatever case."""
        beginning = _folded(title)
        return [
            number for number, folded in zip(self._numbers, self._folded, strict=True) if folded.startswith(beginning)
        ]

    def named(self, name: bytes) -> int | None:
        """Return the article that has this name, see `name_of`; None where there is none."""
        if len(name) != NAME:
            return None
        digests, numbers = self._by_name
        wanted = np.frombuffer(name, _DIGEST)[0]
        place = int(np.searchsorted(digests, wanted))
        return int(numbers[place]) if place < len(digests) and digests[place] == wanted else None

    @cached_property
    def _by_name(self) -> tuple[NDArray[np.bytes_], NDArray[np.int64]]:
        ids = [(article_id, number) for article_id, number in self._catalog.ids() if number not in self._withdrawn]
        digests = np.array([name_of(article_id) for article_id, _ in ids], _DIGEST)
        order = digests.argsort()
        return digests[order], np.array([number for _, number in ids], np.int64)[order]


_DIGEST: Final = np.dtype(f"S{NAME}")


def name_of(article_id: str) -> bytes:
    """Return a name of an article that has the same few bytes whatever its id holds."""
    return hashlib.sha256(article_id.encode()).digest()[:NAME]


def _folded(title: str, *facts: str | None) -> str:
    return "\n".join((one_line(title).casefold(), *(fact.casefold() for fact in facts if fact), ""))

"""Articles whose texts are the same, or nearly: syndicated copies.

MinHash over the words of an article (Broder 1997, "On the resemblance and containment of documents"), compared
through locality-sensitive hashing (Leskovec, Rajaraman & Ullman, "Mining of Massive Datasets", chapter 3). Only the
text of passages counts, so that two copies are alike whatever clutter their pages put around them.
"""

import zlib
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from index.article import Article, Passage
from index.engines.bm25 import tokens

# Words in a row that make one feature: long enough that articles on one event do not resemble each other.
_SHINGLE: Final = 5
_PERMUTATIONS: Final = 128
# Resemblance (shared features over all features) from which two articles are copies. A search looks at the
# passages themselves before it treats them as one, so this may be generous.
_ALIKE: Final = 0.5
# Two articles are compared where all hash values of one band are the same. At a resemblance of one half this finds
# 1 - (1 - 0.5 ** 5) ** 25, of two that share a tenth 0.0002.
_BANDS: Final = 25
_ROWS: Final = 5
# Hash values of h -> a * h + b modulo 2 ** 32, each with an odd a, so that no two features get the same one.
_CHANCE = np.random.default_rng(20220121)
_FACTORS: Final = _CHANCE.integers(0, 1 << 31, _PERMUTATIONS, np.uint32)[:, np.newaxis] * np.uint32(2) + np.uint32(1)
_TERMS: Final = _CHANCE.integers(0, 1 << 32, _PERMUTATIONS, np.uint32)[:, np.newaxis]
# One for each place in a feature, so that the order of its words counts.
_PLACES: Final = _CHANCE.integers(0, 1 << 63, _SHINGLE, np.uint64) * np.uint64(2) + np.uint64(1)


def signature(article: Article, passages: tuple[Passage, ...]) -> bytes:
    """Return the MinHash of an article, 128 little-endian 32-bit numbers."""
    features = _features(article, passages)
    values: NDArray[np.uint32] = (_FACTORS * features + _TERMS).min(axis=1)
    return values.astype("<u4").tobytes()


def _features(article: Article, passages: tuple[Passage, ...]) -> NDArray[np.uint32]:
    """Return a hash of each run of five words, or of all where there are fewer; uint32 of shape (features,)."""
    # Passages overlap: text that one repeats of the one before is counted once.
    words: list[str] = []
    covered = 0
    for passage in passages:
        words += tokens(article.text[max(passage.span.start, covered) : passage.span.end])
        covered = passage.span.end
    if not words:
        # Emoji and signs alone are alike only where they are the same.
        words = [passage.span.of(article.text) for passage in passages]
    return _shingled(words)


def _shingled(words: Sequence[str]) -> NDArray[np.uint32]:
    hashed = np.array([zlib.crc32(word.encode()) for word in words] or [0], np.uint64)
    length = min(_SHINGLE, len(hashed))
    count = len(hashed) - length + 1
    mixed = np.zeros(count, np.uint64)
    for place in range(length):
        mixed ^= _mixed(hashed[place : place + count] * _PLACES[place])
    return (_mixed(mixed + np.uint64(length)) >> np.uint64(32)).astype(np.uint32)


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Spread every bit of each value over all of it: the end of MurmurHash3 for 64 bits (Appleby, public domain)."""
    for factor in (np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53)):
        values = (values ^ (values >> np.uint64(33))) * factor
    return values ^ (values >> np.uint64(33))


def copies(signatures: Mapping[int, bytes]) -> dict[int, int]:
    """Return, for each article that is a copy, by number, the number of the first article of its group."""
    near = _near(signatures)
    first: dict[int, int] = {}
    for number in sorted(near):
        others = np.unique(np.concatenate(near.pop(number)))
        others = others[others < number]
        theirs = np.frombuffer(b"".join(signatures[other] for other in others.tolist()), "<u4")
        shared = np.mean(theirs.reshape(-1, _PERMUTATIONS) == np.frombuffer(signatures[number], "<u4"), axis=1)
        alike = others[shared >= _ALIKE].tolist()
        if alike:
            first[number] = min(first.get(other, other) for other in alike)
    return first


def _near(signatures: Mapping[int, bytes]) -> dict[int, list[NDArray[np.int64]]]:
    """Return, for each article but the first of a bucket, its buckets: the numbers in each, ascending."""
    numbers = np.array(sorted(signatures), np.int64)
    bands = np.zeros((_BANDS, len(numbers)), np.uint64)
    for row, number in enumerate(numbers.tolist()):
        values = np.frombuffer(signatures[number], "<u4", _BANDS * _ROWS).reshape(_BANDS, _ROWS).astype(np.uint64)
        bands[:, row] = values @ _PLACES[:_ROWS]
    near: dict[int, list[NDArray[np.int64]]] = {}
    for hashes in bands:
        order = np.argsort(hashes, kind="stable")
        starts = np.flatnonzero(np.diff(hashes[order], prepend=hashes[order][:1] + np.uint64(1)))
        lengths = np.diff(starts, append=len(order))
        for start, length in zip(starts[lengths > 1].tolist(), lengths[lengths > 1].tolist(), strict=True):
            bucket = numbers[order[start : start + length]]
            for number in bucket[1:].tolist():
                near.setdefault(number, []).append(bucket)
    return near

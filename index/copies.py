"""Which articles are the same text, or nearly: syndicated copies.

MinHash over the words of an article (Broder 1997, "On the resemblance and containment of documents"), compared
through locality-sensitive hashing. Only what its passages hold counts: two copies keep their likeness whatever clutter
their pages put around them.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np

from index.article import Article, Passage
from index.lexicon import tokens

# Words in a row that make one feature: long enough that articles on one event do not resemble each other.
_SHINGLE: Final = 5
_PERMUTATIONS: Final = 128
# Its hash values are 32 bits wide, and do not depend on the order of the features.
_SCHEME: Final = "affine32"
# Resemblance (shared features over all features) from which two articles are copies. A search looks at the
# passages themselves before it treats them as one, so this may be generous.
_ALIKE: Final = 0.5


def signature(article: Article, passages: tuple[Passage, ...]) -> bytes:
    """The MinHash of an article, 128 little-endian 32-bit numbers."""
    from datasketch import MinHash  # slow to import, and not needed where nothing is new

    minhash = MinHash(num_perm=_PERMUTATIONS, scheme=_SCHEME)
    minhash.update_batch([" ".join(words).encode() for words in _shingles(article, passages)])
    values: bytes = minhash.hashvalues.astype("<u4").tobytes()
    return values


def _shingles(article: Article, passages: tuple[Passage, ...]) -> set[tuple[str, ...]]:
    # Passages overlap: what one repeats of the one before is counted once.
    words: list[str] = []
    covered = 0
    for passage in passages:
        words += tokens(article.text[max(passage.span.start, covered) : passage.span.end])
        covered = passage.span.end
    if not words:
        # Emoji and signs alone: alike only where they are the same.
        return {tuple(passage.span.of(article.text) for passage in passages)}
    return {tuple(words[i : i + _SHINGLE]) for i in range(max(1, len(words) - _SHINGLE + 1))}


def copies(signatures: Mapping[int, bytes]) -> dict[int, int]:
    """For each article that is a copy, by number, the number of the first article of its group."""
    from datasketch import MinHash, MinHashLSH

    lsh = MinHashLSH(threshold=_ALIKE, num_perm=_PERMUTATIONS)
    minhashes: dict[int, MinHash] = {}
    first: dict[int, int] = {}
    for number, values in sorted(signatures.items()):
        minhash = MinHash(hashvalues=np.frombuffer(values, "<u4"), scheme=_SCHEME)
        alike = [other for other in lsh.query(minhash) if minhashes[other].jaccard(minhash) >= _ALIKE]
        if alike:
            first[number] = min(first.get(other, other) for other in alike)
        lsh.insert(number, minhash, check_duplication=False)
        minhashes[number] = minhash
    return first

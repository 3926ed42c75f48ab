"""BM25 by sparse vectors gives the scores that tantivy gives, for passages of any length."""

from pathlib import Path

import numpy as np
import pytest

from index.engines.bm25 import Bm25Index
from index.engines.protocol import Document
from index.engines.sparse import Vocabulary, WordCounts, dimension_of, rounded_length, sparse_rows
from tests.conftest import write_bm25

# Words that no stemmer changes.
WORDS = "storm harbour ferry mayor ab cd fg hk lm np qr tv wx zb".split()


@pytest.mark.parametrize(
    ("length", "stored"),
    # Lucene's SmallFloat: as they are to 40; then by twos to 56, by fours to 88, by eights to 152, by sixteens.
    [
        *((n, n) for n in (0, 1, 24, 39, 40, 42, 56, 60, 88, 96, 152, 168)),
        *((41, 40), (55, 54), (59, 56), (87, 84), (95, 88), (151, 144), (167, 152)),
    ],
)
def test_lengths_are_rounded_as_one_byte_holds_them(length: int, stored: int) -> None:
    assert rounded_length(length) == stored


def test_scores_are_those_of_tantivy_in_passages_of_any_length(tmp_path: Path) -> None:
    draw = np.random.default_rng(3)
    texts = [" ".join(draw.choice(WORDS, size=length)) for length in draw.integers(1, 400, size=120)]
    passages = [Document(number, text, None) for number, text in enumerate(texts)]
    write_bm25(tmp_path / "lexicon", passages)
    with WordCounts(tmp_path) as counts:
        for passage in passages:
            counts.add(passage)
    rows = [row.as_dict() for row in sparse_rows(tmp_path)]
    vocabulary, lexicon = Vocabulary(tmp_path, len(texts)), Bm25Index.open(tmp_path / "lexicon", len(texts))
    every = np.arange(len(texts))
    for words in (["storm"], ["ferry", "mayor"], WORDS):
        weights = {dimension_of(word): vocabulary.idf(word) for word in words}
        ours = [sum(weight * row.get(place, 0.0) for place, weight in weights.items()) for row in rows]
        assert ours == pytest.approx(lexicon.scores(tuple((word,) for word in words), every).tolist(), rel=1e-5)
    vocabulary.close()

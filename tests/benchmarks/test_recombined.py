"""Recombined passages are the same every time, and each quote stands at its place."""

from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from benchmarks.recombined import Pool, articles, compose_into, composed, pool
from benchmarks.scaled_index import PARTS
from index.engines.bm25 import Bm25Index, word_query
from index.engines.embedded import LEXICON
from index.generation.catalog import Catalog
from index.generation.generation import CATALOG

# Ten sentences of as many words, of three articles.
WORDS = ("herring", "quay", "lantern", "meadow", "barley", "anvil", "ferry", "orchard", "kettle", "saddle")
SENTENCES = [f"The {word} of the {number} was seen by nobody at all today." for number, word in enumerate(WORDS)]
POOL = Pool(SENTENCES, np.array([0, 4, 7, 10]))


def test_the_same_passages_come_first_however_many_there_are() -> None:
    few, many = list(articles(POOL, 40)), list(articles(POOL, 400))
    assert many[:8] == few
    assert sum(len(article.passages) for article in many) == 400
    assert [len(article.passages) for article in articles(POOL, 7)] == [5, 2]


def test_a_passage_has_some_130_words_of_mostly_two_articles() -> None:
    mixed = 0
    for article in articles(POOL, 500):
        for passage in article.passages:
            assert 120 <= len(POOL.text(passage).split()) < 120 + 13
        of = [int(np.searchsorted(POOL.starts, one, side="right")) for passage in article.passages for one in passage]
        mixed += len(set(of)) == 3
    assert mixed > 0, "an article strays from its topics now and then"


def test_the_vector_of_a_passage_is_the_mean_of_its_sentences_weighted_by_their_words() -> None:
    two = Pool(["one two three", "one two three four five six seven eight nine"], np.array([0, 2]))
    vectors = np.eye(2, dtype=np.float32)
    # Three words east and nine north: (3, 9) over the root of 90. And twice the first: east.
    expected = [[3 / 90**0.5, 9 / 90**0.5], [1.0, 0.0]]
    assert composed(two, vectors, [[0, 1], [0, 0]]) == pytest.approx(np.array(expected), abs=1e-6)


def test_vectors_composed_in_blocks_are_those_of_the_passages_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    sentences = np.random.default_rng(1).normal(size=(10, 8)).astype(np.float32)
    monkeypatch.setattr("benchmarks.recombined._BLOCK", 16)
    rows = np.zeros((50, 8), np.float32)
    compose_into(rows, POOL, sentences)
    passages = [passage for article in articles(POOL, 50) for passage in article.passages]
    assert np.array_equal(rows, composed(POOL, sentences, passages))


def test_only_english_sentences_of_fitting_length_are_taken_each_once(tmp_path: Path) -> None:
    long = "A" + " very" * 50 + " long sentence about the harbour was read here."
    fits = "The old harbour of the town was closed to all the fishing boats today."
    other = "Nobody had told the crews of the boats about the closing before noon."
    text = f"{fits}\n\n{long}\n\nToo short.\n\n{fits} {other}"
    (tmp_path / "a.txt").write_text(f"The harbour\n\n{text}\n", encoding="utf-8")
    (tmp_path / "b.txt").write_text(f"The same harbour\n\n{fits}\n", encoding="utf-8")
    found = pool(tmp_path, 100)
    assert sorted(found.sentences) == sorted([fits, other])
    assert (found.starts[0], found.starts[-1]) == (0, 2)
    assert len(pool(tmp_path, 1).sentences) == 1
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="holds no English sentence of 8 to 40 words"):
        pool(tmp_path / "empty", 100)


def test_the_parts_of_an_index_hold_the_same_passages_under_the_same_numbers(tmp_path: Path) -> None:
    PARTS[CATALOG](tmp_path, tmp_path, POOL, 23)
    PARTS[LEXICON](tmp_path, tmp_path, POOL, 23)
    expected = [POOL.text(passage) for article in articles(POOL, 23) for passage in article.passages]
    with Catalog(tmp_path / CATALOG) as catalog:
        texts = [text for _, text in catalog.texts()]
        stored = catalog.passages(range(23)).values()
        assert [passage.span.of(texts[passage.article]) for passage in stored] == expected
        assert (catalog.article_count, catalog.passage_count) == (5, 23)
    lexicon = Bm25Index.open(tmp_path / LEXICON, 23)
    holding = [number for number, text in enumerate(expected) if "herring" in text]
    titled = [5 * a.number + i for a in islice(articles(POOL, 23), 5) for i in range(5) if "herring" in a.title]
    found, _ = lexicon.search(word_query(["herring"], ["en"]), 100)
    assert set(found.tolist()) == {number for number in {*holding, *titled} if number < 23}
